from __future__ import annotations

import time

import pytest

from RobotWebSocketLibrary.connection.traffic import Traffic, TrafficLimit
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (Frame(Opcode.TEXT, b"hello"), "> 'hello'"),
        (Frame(Opcode.TEXT, b""), "> ''"),
        (Frame(Opcode.TEXT, "å\x1b\n<b>".encode()), r"> 'å\x1b\n<b>'"),
        (Frame(Opcode.TEXT, b"hel", fin=False), "> 'hel' (to be continued)"),
        (Frame(Opcode.CONTINUATION, b"lo"), "> continuation 'lo'"),
        (Frame(Opcode.BINARY, b"\0\xff"), r"> binary '\x00\xff'"),
        (Frame(Opcode.PING, b"are you there"), "> ping 'are you there'"),
        (Frame(Opcode.PONG, b""), "> pong ''"),
        (Frame(Opcode.CLOSE, b""), "> close"),
        (Frame(Opcode.CLOSE, b"\x03\xe8"), "> close 1000 (normal closure)"),
        (Frame(Opcode.CLOSE, b"\x0f\xa5why\n"), r"> close 4005 (private use) why\n"),
        (Frame(Opcode.CLOSE, b"\x03\xe9\xff"), "> close 1001 (going away) \N{REPLACEMENT CHARACTER}"),
        (Frame(Opcode.CLOSE, b"\x03"), "> close 3 (unknown)"),
        (Frame(Opcode.TEXT, b"a" * 201), f"> '{'a' * 200}…' (201 characters)"),
        (Frame(Opcode.BINARY, b"a" * 201), f"> binary '{'a' * 200}…' (201 bytes)"),
        (Frame(Opcode.TEXT, b"a" * 1234567), f"> '{'a' * 200}…' (1,234,567 bytes)"),
        (Frame(Opcode.BINARY, b"\xff" * 2000), f"> binary '{chr(92)}xff{(chr(92) + 'xff') * 199}…' (2,000 bytes)"),
        (Frame(Opcode.TEXT, ("… " * 100).encode()), f"> '{'… ' * 64}…' (400 bytes)"),
    ],
)
def test_record_is_one_line(frame: Frame, line: str):
    traffic = Traffic()
    traffic.record(">", frame)
    assert str(traffic.records[0]) == line


def test_records_know_when_and_what():
    traffic = Traffic()
    before = time.time()
    traffic.record("<", Frame(Opcode.BINARY, bytes(1000)))
    (record,) = traffic.records
    assert before <= record.time <= time.time()
    assert (record.direction, record.opcode, record.size, record.fin) == ("<", Opcode.BINARY, 1000, True)
    assert record.preview == bytes(TrafficLimit().preview)


def test_the_last_frames_are_kept_and_all_are_counted():
    traffic = Traffic()
    for number in range(TrafficLimit().frames + 5):
        traffic.record(">", Frame(Opcode.TEXT, b"%d" % number))
    assert traffic.recorded == TrafficLimit().frames + 5
    assert len(traffic.records) == TrafficLimit().frames
    assert traffic.records[0].preview == b"5"
