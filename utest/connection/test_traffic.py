from __future__ import annotations

import time

import pytest

from RobotWebSocketLibrary.connection.traffic import EVENT, Count, Traffic, TrafficLimit
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
    traffic.record(">", frame.opcode, [frame.payload], frame.fin)
    assert str(traffic.records[0]) == line


def test_records_know_when_and_what():
    traffic = Traffic()
    before = time.time()
    traffic.record("<", Opcode.BINARY, [bytes(1000)])
    (record,) = traffic.records
    assert before <= record.time <= time.time()
    assert (record.direction, record.opcode, record.size, record.fin) == ("<", Opcode.BINARY, 1000, True)
    assert record.preview == bytes(TrafficLimit().preview)


def test_the_last_frames_are_kept_and_all_are_counted():
    traffic = Traffic()
    for number in range(TrafficLimit().frames + 5):
        traffic.record(">", Opcode.TEXT, [b"%d" % number])
    assert traffic.recorded == TrafficLimit().frames + 5
    assert len(traffic.records) == TrafficLimit().frames
    assert traffic.records[0].preview == b"5"


def test_frames_that_came_together_are_records_of_their_own():
    traffic = Traffic(TrafficLimit(frames=5, preview=3))
    traffic.record("<", Opcode.TEXT, [b"one", b"three", b""])
    traffic.record(">", Opcode.BINARY, [b"12"], False, 7)
    first, second, third, fourth = traffic.records
    assert first.time == second.time == third.time <= fourth.time
    assert [(record.direction, record.type, record.size, record.preview, record.cut) for record in traffic.records] == [
        ("<", "text", 3, b"one", False),
        ("<", "text", 5, b"thr", True),
        ("<", "text", 0, b"", False),
        (">", "binary", 2, b"12", False),
    ]
    assert (first.fin, first.compressed_size, fourth.fin, fourth.compressed_size) == (True, None, False, 7)
    assert str(fourth) == "> binary '12' (to be continued) (compressed to 7 bytes)"


def test_records_are_equal_each_time():
    traffic = Traffic()
    traffic.record(">", Opcode.TEXT, [b"hello"])
    assert traffic.records == traffic.records


def test_batches_are_kept_as_long_as_one_of_their_frames_is():
    traffic = Traffic(TrafficLimit(frames=3))
    traffic.record("<", Opcode.TEXT, [b"0", b"1"])
    traffic.record("<", Opcode.TEXT, [b"2", b"3"])
    assert [record.text for record in traffic.records] == ["1", "2", "3"]
    traffic.record(">", Opcode.TEXT, [b"4"])
    assert [record.text for record in traffic.records] == ["2", "3", "4"]
    traffic.record("<", Opcode.TEXT, [b"%d" % number for number in range(5, 105)])
    assert [record.text for record in traffic.records] == ["102", "103", "104"]
    assert traffic.recorded == 105


def test_what_followed_is_told_once():
    traffic = Traffic(TrafficLimit(frames=3))
    seen, new = traffic.since(0)
    assert (seen, new) == (0, [])
    traffic.record("<", Opcode.TEXT, [b"0", b"1"])
    seen, new = traffic.since(seen)
    assert (seen, [record.text for record in new]) == (2, ["0", "1"])
    assert traffic.since(seen) == (2, [])
    traffic.record(">", Opcode.TEXT, [b"2", b"3", b"4", b"5"])
    seen, new = traffic.since(seen)
    assert (seen, [record.text for record in new]) == (6, ["3", "4", "5"])


def test_counts_are_of_all_frames_by_direction_and_type():
    traffic = Traffic(TrafficLimit(frames=1, preview=0))
    traffic.record("<", Opcode.TEXT, [b"one", b"three"])
    traffic.record("<", Opcode.TEXT, [b"begins"], False, 4)
    traffic.record("<", Opcode.CONTINUATION, [b"ends"], True, 3)
    traffic.record(">", Opcode.PING, [b"?"])
    assert traffic.counts == {
        ("<", Opcode.TEXT): Count(frames=3, messages=2, size=14, wire_size=12),
        ("<", Opcode.CONTINUATION): Count(frames=1, messages=1, size=4, wire_size=3),
        (">", Opcode.PING): Count(frames=1, messages=1, size=1, wire_size=1),
    }


def test_event_is_a_line_of_its_own():
    traffic = Traffic(TrafficLimit(preview=1))
    traffic.record_event("connection lost: \x1b\ud800<b>")
    traffic.record_event("x" * 1000)
    event, long = traffic.records
    assert (event.direction, event.opcode, event.type, event.cut) == ("!", EVENT, "event", False)
    assert str(event) == "! connection lost: \\x1b?<b>"
    assert (long.cut, len(str(long))) == (True, 802)


@pytest.mark.parametrize(
    ("opcode", "name"),
    [
        (0, "continuation"),
        (1, "text"),
        (2, "binary"),
        (8, "close"),
        (9, "ping"),
        (10, "pong"),
        (3, "opcode 0x3"),
        (15, "opcode 0xF"),
    ],
)
def test_types_have_names(opcode: int, name: str):
    traffic = Traffic()
    traffic.record("<", opcode, [b""])
    assert traffic.records[0].type == name


@pytest.mark.parametrize(
    ("payload", "preview", "text"),
    [
        ("aaa€".encode(), 6, "aaa€"),
        ("aaa€".encode(), 5, "aaa"),
        ("aaa€".encode(), 4, "aaa"),
        ("aaa€".encode(), 3, "aaa"),
        (b"a\xff\xe2\x82\xac", 4, "a\N{REPLACEMENT CHARACTER}"),
        (b"a\xe2\x82", 3, "a\N{REPLACEMENT CHARACTER}"),
        (b"aaa", 0, ""),
    ],
)
def test_text_ends_with_a_whole_character(payload: bytes, preview: int, text: str):
    traffic = Traffic(TrafficLimit(preview=preview))
    traffic.record("<", Opcode.TEXT, [payload])
    (record,) = traffic.records
    assert record.text == text
    shown = f"< '{text}'" if preview == len(payload) else f"< '{text}…' ({len(payload)} bytes)"
    assert str(record) == shown


def test_control_frames_are_kept_whole():
    traffic = Traffic(TrafficLimit(preview=1))
    traffic.record("<", Opcode.CLOSE, [b"\x03\xe8" + b"x" * 123])
    traffic.record(">", Opcode.PONG, [b"x" * 125])
    assert str(traffic.records[0]) == f"< close 1000 (normal closure) {'x' * 123}"
    assert str(traffic.records[1]) == f"> pong '{'x' * 125}'"


def test_control_frame_that_is_too_long_is_cut():
    traffic = Traffic()
    for reason in ("å" * 500, "x" + "å" * 500):  # the second is cut within a character
        traffic.record(">", Opcode.CLOSE, [b"\x03\xe8" + reason.encode()])
    assert str(traffic.records[0]) == f"> close 1000 (normal closure) {'å' * 127}"
    assert str(traffic.records[1]) == f"> close 1000 (normal closure) x{'å' * 126}"
