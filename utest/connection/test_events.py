"""What the traffic tells of an end that no frame tells of: one event, before anybody can see that it is the end."""

from __future__ import annotations

import pytest

from peers.raw import CLOSE, TEXT, RawEnd
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.heartbeat import HeartbeatTimes
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WebSocketError

from .ends import Answering, Ends, lines, soon

Both = tuple[Connection, RawEnd]


def test_clean_close_is_no_event(ends: Ends):
    for role in ("client", "server"):
        connection, peer = ends.open(role)
        peer.send_close(1000)
        connection.waits.wait_for_close(soon())
        assert lines(connection) == ["< close 1000 (normal closure)", "> close 1000 (normal closure)"]


def test_end_of_tcp(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_frame(TEXT, b"hello")
    peer.close()
    connection.waits.wait_for_close(soon())
    assert lines(connection) == [
        "< 'hello'",
        "! connection lost: the server closed TCP without a close frame (1006)",
    ]


def test_reset(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.reset()
    connection.waits.wait_for_close(soon())
    assert lines(connection) == ["! connection lost: the server reset the connection (1006)"]


def test_protocol_error_comes_before_the_close_frame_that_tells_it(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_frame(0x3, b"?")
    assert peer.receive_frame().opcode == CLOSE
    what = "protocol error by the server: reserved opcode 0x3"
    refused = "! what was refused begins with the bytes 83 01 3f"
    assert lines(connection) == [refused, f"! {what}", f"> close 1002 (protocol error) {what}"]
    peer.close()
    connection.waits.wait_for_close(soon())
    assert len(lines(connection)) == 3, "the end of TCP is no second event"


def test_frame_that_was_recorded_is_not_shown_again(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_frame(TEXT, b"a\xff")
    assert peer.receive_frame().opcode == CLOSE
    assert lines(connection)[0] == "< 'a\N{REPLACEMENT CHARACTER}'"
    assert not any("refused" in line for line in lines(connection))


def test_peer_that_answers_no_ping(ends: Ends):
    connection, _ = ends.open(heartbeat=HeartbeatTimes(0.01, 0.05))
    connection.waits.wait_for_close(soon())
    _, event, close = lines(connection)
    assert event == "! the server did not answer a ping in 50 milliseconds"
    assert close.startswith("> close 1011 ")


def test_answer_that_failed(ends: Ends):
    def fail(*_: object) -> None:
        raise ValueError("no\x1b")

    connection, peer = ends.open("server", responder=Answering(fail))
    peer.send_frame(TEXT, b"?")
    peer.receive_frame()
    _, event, _ = lines(connection)
    assert event == r"! a reply failed: 'ValueError('no\x1b')'"


def test_close_frame_without_an_answer(connection_and_peer: Both):
    connection, _ = connection_and_peer
    deadline = Deadline(1)
    connection.begin_close(4000, "bye\n", deadline)
    connection.finish_close(deadline)
    assert lines(connection) == [
        r"> close 4000 (private use) bye\n",
        r"! the server did not answer our close frame 4000 (private use) bye\n",
    ]


def test_message_that_the_peer_did_not_take(connection_and_peer: Both):
    connection, _ = connection_and_peer
    with pytest.raises(WebSocketError):
        connection.send(bytes(50_000_000), Deadline(0.05))
    assert lines(connection)[-1].startswith("! connection broken: only ")


def test_event_is_there_when_the_end_is_seen(ends: Ends):
    for _ in range(200):
        connection, peer = ends.open()
        peer.reset()
        while connection.close_status is None:
            pass
        assert len(lines(connection)) == 1
