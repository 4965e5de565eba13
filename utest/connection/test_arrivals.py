"""When a message arrived, and how long after the last one was sent."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from peers.clients import eventually
from peers.raw import BINARY, PING, TEXT
from RobotWebSocketLibrary.connection.arrivals import ReceivedMessage, find_arrival, measure_answers
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.traffic import Traffic, TrafficRecord
from RobotWebSocketLibrary.protocol.messages import Message

from .ends import Ends, anything, soon


def record(
    time: float, direction: str, opcode: int, payload: bytes, *, fin: bool = True, size: int = 0
) -> TrafficRecord:
    return TrafficRecord(time, direction, opcode, size or len(payload), payload, fin)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "later", "found"),
    [
        (Message("hello", 5), 0, 6),
        (Message("hello", 5), 1, 1),
        (Message("hello", 5), 2, None),
        (Message("none", 4), 0, None),
        (Message(b"hello", 5), 0, 6),
        (Message("in parts", 8, fragments=2), 0, 5),
        (Message("cut payload", 11), 0, 7),
    ],
)
def test_frame_that_ends_the_message(message: Message, later: int, found: int | None):
    records = [
        record(0, ">", TEXT, b"hello"),
        record(1, "<", TEXT, b"hello"),
        record(2, "<", PING, b"hello"),
        record(3, "<", TEXT, b"in ", fin=False),
        record(4, "<", PING, b""),
        record(5, "<", 0, b"parts"),
        record(6, "<", TEXT, b"hello"),
        record(7, "<", TEXT, b"cut", size=11),
    ]
    assert find_arrival(records, message, later) == found


def test_message_whose_end_is_not_kept():
    assert find_arrival([record(0, "<", TEXT, b"in ", fin=False)], Message("in parts", 8, fragments=2)) is None


def take(connection: Connection) -> ReceivedMessage:
    message = connection.waits.wait_for_message(soon(), anything)
    return ReceivedMessage.taken_from(connection, message)


def test_times_are_those_of_the_frames(ends: Ends):
    connection, peer = ends.open()
    peer.send_frame(TEXT, b"first")
    first = take(connection)
    assert (first, first.since_sent) == (Message("first", 5), None)
    connection.send("question", soon())
    peer.receive_frame()
    for _ in range(2):
        peer.send_frame(BINARY, b"answer")
    eventually(lambda: len(connection.inbox) == 2)
    answer, again = take(connection), take(connection)
    *_, asked, one, two = connection.traffic.records
    assert (answer.time, again.time) == (one.time, two.time)
    assert answer.since_sent == pytest.approx(one.time - asked.time)
    connection.send("later", soon())
    assert answer.time == one.time


def test_frames_that_are_no_longer_kept(ends: Ends):
    connection, peer = ends.open()
    peer.send_frame(TEXT, b"first")
    first = take(connection)
    for number in range(1100):
        peer.send_frame(TEXT, str(number).encode())
    eventually(lambda: len(connection.inbox) == 1100)
    assert (first.time, first.since_sent) == (None, None)


def test_connection_that_is_forgotten(ends: Ends):
    connection, peer = ends.open()
    peer.send_frame(TEXT, b"first")
    first = take(connection)
    first._traffic = ref(Traffic())  # of which nothing else is known  # noqa: SLF001
    gc.collect()
    assert (first.time, first.since_sent) == (None, None)


def test_answers_are_measured_from_the_last_question():
    records = [
        record(0, "<", TEXT, b"greeting"),
        record(1, ">", TEXT, b"first"),
        record(2, ">", TEXT, b"second"),
        record(3, "<", PING, b""),
        record(4, "<", TEXT, b"ans", fin=False),
        record(6, "<", 0, b"wer"),
        record(7, "<", TEXT, b"another"),
        record(8, ">", BINARY, b"third"),
        record(7.5, "<", TEXT, b"the clock was set back"),
    ]
    assert measure_answers(records) == [4, 0]
