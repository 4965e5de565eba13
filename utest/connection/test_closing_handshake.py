"""How two ends close a connection, whatever one of them does."""

from __future__ import annotations

import threading
import time

import pytest

from peers.raw import AT_ONCE, CLOSE, PATIENCE, PING, TEXT, RawEnd, WireFrame, frame, seconds_since
from RobotWebSocketLibrary.connection import serving
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, NotClosedError
from RobotWebSocketLibrary.protocol.close import CloseStatus

from .ends import Ends, anything, lines, soon, text_of, until

Both = tuple[Connection, RawEnd]


def close(connection: Connection, timeout: float = PATIENCE, code: int = 1000, reason: str = "") -> CloseStatus | None:
    deadline = Deadline(timeout)
    connection.begin_close(code, reason, deadline)
    return connection.finish_close(deadline)


def fields(status: CloseStatus | None) -> tuple[int, str, str, bool]:
    assert status is not None
    return status.code, status.reason, status.initiator, status.clean


def answering_close(peer: RawEnd, *, code: int | None = None) -> threading.Thread:
    """A peer that answers the close frame and ends TCP."""

    def answer() -> None:
        received = peer.receive_frame()
        while received.opcode != CLOSE:
            received = peer.receive_frame()
        peer.send_close(code or int.from_bytes(received.payload[:2], "big"))
        peer.finish()
        peer.receive_rest()
        peer.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("role", ["client", "server"])
def test_our_close_is_answered(role: str, tls: bool, ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open(role, tls=tls)
    threads.append(answering_close(peer))
    assert fields(close(connection, code=1001, reason="bye")) == (1001, "", role, True)
    assert connection.state == "closed"
    assert connection.close_status == "1001 (going away)"
    assert lines(connection) == ["> close 1001 (going away) bye", "< close 1001 (going away)"]
    assert not connection.notices


def test_server_ends_tcp_first(ends: Ends):
    connection, peer = ends.open("server")
    peer.send_close()
    assert peer.receive_frame() == WireFrame(CLOSE, (1000).to_bytes(2, "big"))
    assert peer.receive_rest() == b""
    peer.close()
    assert connection.waits.wait_for_close(soon()).clean


def test_messages_before_a_close_are_still_received(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send(frame(TEXT, b"one") + frame(TEXT, b"two") + frame(CLOSE) + frame(TEXT, b"behind"))
    peer.receive_frame()
    peer.close()
    connection.waits.wait_for_close(soon())
    assert [text_of(connection), text_of(connection)] == ["one", "two"]
    with pytest.raises(ConnectionClosedError):
        connection.waits.wait_for_message(soon(), anything)


def test_reading_goes_on_behind_our_close_frame(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.begin_close(1000, "", soon())
    assert peer.receive_frame().opcode == CLOSE
    peer.send(frame(TEXT, b"one") + frame(PING, b"late") + frame(TEXT, b"two"))
    assert [text_of(connection), text_of(connection)] == ["one", "two"]
    peer.send_close()
    peer.finish()
    assert peer.receive_rest() == b"", "no pong follows our close frame"
    status = connection.finish_close(soon())
    assert status is not None
    assert status.clean


def test_message_on_its_way_leaves_before_our_close_frame(ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open()
    connection.post([bytes(10_000_000)])
    threads.append(answering_close(peer))
    assert fields(close(connection)) == (1000, "", "client", True)


def test_silent_peer_is_left_at_the_deadline(connection_and_peer: Both):
    connection, peer = connection_and_peer
    began = time.monotonic()
    assert fields(close(connection, 0.3)) == (1006, "", "client", False)
    assert 0.3 <= seconds_since(began) < AT_ONCE
    assert connection.state == "closed"
    assert list(connection.notices) == ["the server did not answer the close frame in 300 milliseconds"]
    assert peer.receive_frame().opcode == CLOSE
    assert peer.receive_rest() == b""
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.wait_for_message(soon(), anything)
    how = "the server did not answer our close frame 1000 (normal closure)"
    assert str(failure.value) == f"No message from 'main': {how}."


def test_deadline_also_holds_where_nobody_waits_for_the_close(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.begin_close(1000, "", Deadline(0.2))
    peer.receive_frame()
    peer.send_frame(TEXT, b"not yet")  # so that the reader looks at the clock
    began = time.monotonic()
    assert fields(connection.waits.wait_for_close(soon())) == (1006, "", "client", False)
    assert time.monotonic() - began < AT_ONCE


def test_peer_that_answers_but_keeps_tcp_is_left_after_a_second(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.begin_close(1000, "", soon())
    peer.receive_frame()
    began = time.monotonic()
    peer.send_close()
    assert fields(connection.finish_close(soon())) == (1000, "", "client", True)
    assert 0.8 <= seconds_since(began) < AT_ONCE
    assert not connection.notices
    assert peer.receive_rest() == b""


def test_peer_that_answers_but_keeps_tcp_is_left_at_the_deadline(connection_and_peer: Both):
    connection, peer = connection_and_peer
    deadline = Deadline(0.8)  # less than that second, and more than a busy machine takes for the answer
    connection.begin_close(1000, "", deadline)
    peer.receive_frame()
    peer.send_close()
    assert fields(connection.finish_close(deadline)) == (1000, "", "client", True)
    assert connection.state == "closed"
    assert not connection.notices


def test_peer_that_answers_with_an_rst(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.begin_close(1000, "", soon())
    peer.receive_frame()
    peer.reset()
    assert fields(connection.finish_close(soon())) == (1006, "", "client", False)
    assert not connection.notices, "a warning is for a peer that does nothing"


def test_closing_twice_is_harmless(connection_and_peer: Both, threads: list[threading.Thread]):
    connection, peer = connection_and_peer
    threads.append(answering_close(peer))
    first = close(connection, code=4000)
    assert fields(first) == (4000, "", "client", True)
    assert close(connection, code=4001) == first
    assert lines(connection) == ["> close 4000 (private use)", "< close 4000 (private use)"]


def test_closing_after_the_peer_has_closed_keeps_its_status(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_close(4005, b"why")
    peer.close()
    connection.waits.wait_for_close(soon())
    assert fields(close(connection)) == (4005, "why", "server", True)


def test_close_from_both_ends_at_once(ends: Ends):
    for _ in range(60):
        client, server = ends.open_both()
        closing = threading.Thread(target=close, args=(server,), daemon=True)
        closing.start()
        status = close(client)
        closing.join(PATIENCE)
        assert (client.state, server.state) == ("closed", "closed")
        assert status is not None
        assert status.clean
        assert server.close_status is not None
        assert server.close_status.clean


def test_close_while_another_thread_waits(ends: Ends):
    failures: list[str] = []

    def wait(connection: Connection) -> None:
        with pytest.raises(ConnectionClosedError) as failure:
            connection.waits.wait_for_message(soon(), anything)
        failures.append(str(failure.value))

    for number in range(100):
        connection, peer = ends.open()
        working = [threading.Thread(target=wait, args=(connection,), daemon=True), answering_close(peer)]
        working[0].start()
        assert fields(close(connection, code=4002)) == (4002, "", "client", True)
        for thread in working:
            thread.join(PATIENCE)
        assert failures == ["No message from 'main': closed with 4002 (private use)."] * (number + 1)


def test_waiting_for_the_close_of_an_open_connection_ends_at_the_deadline(connection_and_peer: Both):
    connection, _ = connection_and_peer
    with pytest.raises(NotClosedError) as failure:
        connection.waits.wait_for_close(Deadline(0.1))
    assert str(failure.value) == "'main' was not closed in 100 milliseconds; the connection is open."


def test_peer_that_does_not_end_tcp_is_said_to_have_sent_its_close_frame(
    connection_and_peer: Both, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "LINGER", PATIENCE)
    connection, peer = connection_and_peer
    peer.send_close(1000, b"bye")
    until(lambda: connection.close_status, "the close frame has arrived")
    with pytest.raises(NotClosedError) as failure:
        connection.waits.wait_for_close(Deadline(0.1))
    assert str(failure.value) == (
        "'main' was not closed in 100 milliseconds; the server has sent the close frame 1000 (normal closure) bye, "
        "but has not ended TCP."
    )


def test_full_inbox_is_why_a_close_frame_is_not_read(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(2))
    for text in (b"one", b"two", b"three"):
        peer.send_frame(TEXT, text)
    peer.send_close()
    until(lambda: connection.inbox.full, "the messages have arrived")
    with pytest.raises(NotClosedError) as failure:
        connection.waits.wait_for_close(Deadline(0.1))
    assert str(failure.value) == (
        "'main' was not closed in 100 milliseconds; the inbox is full (2 messages), so reading is paused."
    )


def test_aborted_connection_ends_at_once(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.abort("the server went deaf")
    assert connection.state == "closed"
    assert fields(connection.close_status) == (1006, "", "none", False)
    assert peer.receive_rest() == b""
    with pytest.raises(ConnectionClosedError, match="No message from 'main': the server went deaf"):
        connection.waits.wait_for_message(soon(), anything)
