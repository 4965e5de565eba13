"""Pings at an interval, and a peer that does not answer them."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from leaks import reading_threads
from peers.raw import (
    AT_ONCE,
    BINARY,
    CLOSE,
    PATIENCE,
    PING,
    PONG,
    TEXT,
    RawEnd,
    WireFrame,
    frame,
    mask,
    seconds_since,
    tcp_pair,
)
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.heartbeat import HeartbeatTimes
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.pings import Pings
from RobotWebSocketLibrary.connection.search import take_from
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, MessageTimeoutError, NotClosedError

from .ends import Ends, Matching, anything, lines, soon, text_of, until

OFTEN = HeartbeatTimes(interval=0.02, timeout=PATIENCE)
IMPATIENT = HeartbeatTimes(interval=0.02, timeout=0.2)
PATIENT = HeartbeatTimes(interval=0.02, timeout=2)
"""A pong in time is no matter of luck, also on a busy machine."""
RARELY = HeartbeatTimes(interval=PATIENCE, timeout=PATIENCE)


def answer_pings(peer: RawEnd, count: int) -> None:
    for _ in range(count):
        ping = peer.receive_frame()
        assert ping.opcode == PING
        peer.send_frame(PONG, ping.payload)


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_pings_leave_at_the_interval(role: str, tls: bool, ends: Ends):
    began = time.monotonic()
    connection, peer = ends.open(role, tls=tls, heartbeat=HeartbeatTimes(0.1, PATIENCE))
    answer_pings(peer, 5)
    assert 0.45 < time.monotonic() - began < AT_ONCE
    assert connection.state == "open"
    assert lines(connection)[0].startswith("> ping 'heartbeat ")


def test_no_ping_leaves_before_the_last_one_was_answered(ends: Ends):
    _, peer = ends.open(heartbeat=OFTEN)
    ping = peer.receive_frame()
    peer.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        peer.socket.recv(1)
    peer.socket.settimeout(PATIENCE)
    peer.send_frame(PONG, ping.payload)
    assert peer.receive_frame().payload != ping.payload


def test_peer_that_answers_no_ping_fails_the_connection(ends: Ends):
    began = time.monotonic()
    connection, peer = ends.open(heartbeat=IMPATIENT, received=frame(TEXT, b"before"))
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.wait_for_message(soon(), Matching(lambda message: message.data == "never"))
    assert 0.22 <= seconds_since(began) < AT_ONCE
    assert str(failure.value) == "No message from 'main': the server did not answer a ping in 200 milliseconds."
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.initiator, status.clean) == (1011, "client", False)
    assert str(status) == "1011 (internal error) the server did not answer a ping in 200 milliseconds"
    assert peer.receive_frame().opcode == PING
    assert peer.receive_frame() == WireFrame(
        CLOSE, b"\x03\xf3the server did not answer a ping in 200 milliseconds", masked=True
    )
    assert peer.receive_rest() == b""
    assert text_of(connection) == "before"
    with pytest.raises(ConnectionClosedError) as failure:
        connection.send("too late", soon())
    assert str(failure.value) == "Cannot send to 'main': the server did not answer a ping in 200 milliseconds."
    until(lambda: not reading_threads(), "no timer keeps the thread")


def test_client_that_answers_no_ping_fails_the_connection(ends: Ends):
    connection, _ = ends.open("server", heartbeat=IMPATIENT)
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.initiator, status.clean) == (1011, "server", False)
    assert status.reason == "the client did not answer a ping in 200 milliseconds"


def test_messages_do_not_answer_a_ping(ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open(heartbeat=IMPATIENT)

    def talk() -> None:
        with suppress(OSError):
            while True:
                peer.send_frame(TEXT, b"something else")
                take_from(connection.inbox, anything)

    threads.append(threading.Thread(target=talk, daemon=True))
    threads[0].start()
    assert connection.waits.wait_for_close(soon()).code == 1011
    peer.reset()


def test_another_pong_does_not_answer_a_ping(ends: Ends):
    connection, peer = ends.open(heartbeat=IMPATIENT)
    peer.send_frame(PONG, b"unsolicited")
    assert connection.waits.wait_for_close(soon()).code == 1011


# What a test sees


def test_pongs_of_the_heartbeat_are_not_for_the_test(ends: Ends):
    connection, peer = ends.open(heartbeat=OFTEN)
    ping = peer.receive_frame()
    peer.send_frame(PONG, ping.payload)
    peer.receive_frame()
    with pytest.raises(MessageTimeoutError, match="No pong from 'main'"):
        connection.waits.wait_for_pong(Deadline(0.05), ping.payload)


def test_pings_of_a_test_are_its_own(ends: Ends):
    connection, peer = ends.open(heartbeat=OFTEN)
    wanted = [b"one", b"", b"heartbeat 1"]
    for body in wanted:
        connection.send_control(PING, body)
    seen: list[bytes] = []
    while len(seen) < 6:
        ping = peer.receive_frame()
        peer.send_frame(PONG, ping.payload)
        seen.append(ping.payload)
    for body in reversed(wanted):
        assert connection.waits.wait_for_pong(soon(), body).round_trip is not None
    assert [body for body in seen if body in wanted] == wanted


def test_later_pong_answers_earlier_pings(ends: Ends):
    """A peer may answer the last of several pings only (RFC 6455 section 5.5.3)."""
    connection, peer = ends.open(heartbeat=OFTEN)
    ping = peer.receive_frame()
    connection.send_control(PING, b"later")
    assert peer.receive_frame().payload == b"later"
    peer.send_frame(PONG, b"later")
    assert connection.waits.wait_for_pong(soon(), b"later").round_trip is not None
    following = peer.receive_frame()
    assert following.opcode == PING
    assert following.payload != ping.payload


def test_earlier_pong_does_not_answer_a_later_ping():
    pings = Pings()
    pings.add_sent(b"earlier")
    time.sleep(0.001)
    pings.expect(b"heartbeat")
    pings.accept_pong(b"earlier")
    assert pings.expected == b"heartbeat"
    pings.accept_pong(b"unsolicited")
    assert pings.expected == b"heartbeat"
    pings.accept_pong(b"heartbeat")
    assert pings.expected is None


# What must not fail a connection


def test_message_that_takes_long_to_arrive_fails_nothing(ends: Ends):
    connection, peer = ends.open(heartbeat=PATIENT)
    ping = peer.receive_frame()
    whole = frame(BINARY, bytes(100))
    pause = threading.Event()
    for at in range(0, len(whole), 2):
        peer.send(whole[at : at + 2])
        pause.wait(0.05)
    peer.send_frame(PONG, ping.payload)
    assert len(text_of(connection)) == 100
    assert peer.receive_frame().opcode == PING
    assert connection.state == "open"


def test_message_that_stops_arriving_fails_the_connection(ends: Ends):
    connection, peer = ends.open(heartbeat=IMPATIENT)
    peer.receive_frame()
    peer.send(frame(BINARY, bytes(100))[:50])
    assert connection.waits.wait_for_close(soon()).code == 1011


def test_message_that_takes_long_to_leave_fails_nothing(ends: Ends, threads: list[threading.Thread]):
    ours, theirs = tcp_pair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)  # what is in there has left
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    connection = ends.connection(Stream(ours), "client", heartbeat=HeartbeatTimes(interval=0.2, timeout=1.5))
    peer = ends.peer(theirs, "client")
    message = bytes(5_000_000)
    threads.append(threading.Thread(target=connection.send, args=(message, soon()), daemon=True))
    threads[0].start()
    while (first := peer.receive(2)) == bytes([0x80 | PING, 0x80 | 18]):
        key = peer.receive(4)
        peer.send_frame(PONG, mask(peer.receive(18), key))
    assert first[0] == 0x80 | BINARY
    peer.receive(8 + 4)
    pause = threading.Event()
    for _ in range(40):
        peer.receive(125_000)
        pause.wait(0.06)
    answer_pings(peer, 2)
    threads[0].join(PATIENCE)
    assert connection.state == "open"


def test_peer_that_takes_nothing_fails_the_connection(ends: Ends, threads: list[threading.Thread]):
    connection, _ = ends.open(heartbeat=IMPATIENT)

    def send() -> None:
        with suppress(ConnectionClosedError):
            connection.send(bytes(40 * 1024 * 1024), soon())

    threads.append(threading.Thread(target=send, daemon=True))
    threads[0].start()
    assert connection.waits.wait_for_close(soon()).code == 1011


def test_full_inbox_fails_nothing(ends: Ends):
    connection, peer = ends.open(heartbeat=PATIENT, inbox=InboxLimit(messages=2))
    ping = peer.receive_frame()
    peer.send(frame(TEXT, b"message") * 3 + frame(PONG, ping.payload))
    until(lambda: len(connection.notices) == 1, "reading has paused")
    with pytest.raises(NotClosedError):
        connection.waits.wait_for_close(Deadline(3))
    assert [text_of(connection) for _ in range(3)] == ["message"] * 3
    assert peer.receive_frame().opcode == PING
    assert connection.state == "open"


# The end


@pytest.mark.parametrize("times", [RARELY, OFTEN], ids=["between two pings", "while a pong is awaited"])
@pytest.mark.parametrize("who", ["we", "the peer", "nobody"])
def test_heartbeat_ends_with_the_connection(who: str, times: HeartbeatTimes, ends: Ends):
    connection, peer = ends.open(heartbeat=times)
    if times is OFTEN:
        assert peer.receive_frame().opcode == PING
    if who == "we":
        connection.begin_close(1000, "", soon())
        assert peer.receive_frame().opcode == CLOSE
        peer.send_close()
    elif who == "the peer":
        peer.send_close()
        assert peer.receive_frame().opcode == CLOSE
    peer.close()
    code = connection.waits.wait_for_close(soon()).code
    assert code == (1006 if who == "nobody" else 1000)
    until(lambda: not reading_threads(), "no timer keeps the thread")


def test_closing_handshake_sends_no_pings(ends: Ends):
    connection, peer = ends.open(heartbeat=HeartbeatTimes(1, 1))
    connection.begin_close(1000, "", soon())
    assert peer.receive_frame().opcode == CLOSE
    peer.socket.settimeout(1.5)
    with pytest.raises(TimeoutError):
        peer.socket.recv(1)
    assert connection.state == "closing"


def test_interval_may_be_longer_than_a_selector_can_wait(ends: Ends):
    connection: Connection
    connection, peer = ends.open(heartbeat=HeartbeatTimes(1e12, 1e12))
    peer.send_frame(TEXT, b"all is well")
    assert text_of(connection) == "all is well"
