"""Ends that misbehave as a test wants it: deaf, slow, or without answers."""

from __future__ import annotations

import socket
import ssl
import threading
import time

import pytest

from peers.raw import AT_ONCE, CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd, WireFrame, frame, seconds_since
from RobotWebSocketLibrary.connection import connection as connection_module
from RobotWebSocketLibrary.connection.connection import OUTBOX_LIMIT, Connection
from RobotWebSocketLibrary.connection.heartbeat import HeartbeatTimes
from RobotWebSocketLibrary.connection.misbehavior import Misbehavior
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, MessageTimeoutError, NotClosedError
from RobotWebSocketLibrary.protocol.close import CloseStatus
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode

from .ends import Ends, anything, lines, soon, text_of, until, windows

HOUR = 3600.0


@pytest.fixture(params=["plain client", "plain server", "tls client", "tls server", "plain client, as on Windows"])
def both(request: pytest.FixtureRequest, ends: Ends, monkeypatch: pytest.MonkeyPatch) -> tuple[Connection, RawEnd]:
    kind, role, *system = request.param.replace(",", "").split()
    if system:
        windows(monkeypatch)
    return ends.open(role, tls=kind == "tls")


def close(connection: Connection, timeout: float = PATIENCE) -> CloseStatus | None:
    deadline = Deadline(timeout)
    connection.begin_close(1000, "", deadline)
    return connection.finish_close(deadline)


def finish(peer: RawEnd) -> None:
    """Ends the peer's direction; `SSLSocket.shutdown` would drop the TLS layer."""
    socket.socket.shutdown(peer.socket, socket.SHUT_WR)


def rest_of(peer: RawEnd) -> bytes:
    """What comes until the end; OpenSSL answers an end without "close notify" with an alert."""
    try:
        return peer.receive_rest()
    except ssl.SSLError:
        return b""


def other(connection: Connection) -> str:
    return "server" if connection.role == "client" else "client"


def test_only_what_is_given_changes():
    behavior = Misbehavior()
    behavior.change(answers_pings=False, send_delay=2)
    behavior.change(reads=False)
    behavior.change()
    assert (behavior.answers_pings, behavior.answers_close, behavior.reads, behavior.send_delay) == (
        False,
        True,
        False,
        2,
    )
    behavior.restore()
    assert (behavior.answers_pings, behavior.answers_close, behavior.reads, behavior.send_delay) == (
        True,
        True,
        True,
        0,
    )


def test_pings_without_answer(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_pings=False)
    peer.send_frame(PING, b"one")
    assert connection.waits.wait_for_ping(soon()) == b"one"
    connection.misbehavior.change(answers_pings=True)
    peer.send_frame(PING, b"two")
    assert peer.receive_frame()[:2] == (PONG, b"two")


# Close frames without answer


def test_close_without_answer_ends_with_the_peer(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_close=False)
    peer.send_close(4001, b"bye")
    until(lambda: connection.state == "closing", "the close frame has arrived")
    closed = f"the {other(connection)} closed the connection with 4001 (private use) bye, and got no answer"
    with pytest.raises(NotClosedError) as unended:
        connection.waits.wait_for_close(Deadline(0.3))
    assert str(unended.value) == f"'main' was not closed in 300 milliseconds; {closed}."
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.wait_for_message(soon(), anything)
    assert str(failure.value) == f"No message from 'main': {closed}."
    peer.send_frame(TEXT, b"late")
    finish(peer)
    assert rest_of(peer) == b""
    status = connection.waits.wait_for_close(soon())
    assert (status, status.initiator, status.clean) == ("4001 (private use) bye", other(connection), False)
    assert lines(connection) == ["! " + closed, "< close 4001 (private use) bye"][::-1]


def test_close_without_answer_and_a_peer_that_resets(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_close=False)
    peer.send_close(4001)
    until(lambda: connection.state == "closing", "the close frame has arrived")
    peer.reset()
    status = connection.waits.wait_for_close(soon())
    assert (status, status.clean) == ("4001 (private use)", False)


def test_closing_answers_late(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_close=False)
    peer.send_close(4001)
    until(lambda: connection.state == "closing", "the close frame has arrived")
    ended = threading.Thread(target=lambda: (peer.receive_frame(), finish(peer)), daemon=True)
    ended.start()
    status = close(connection)
    ended.join(PATIENCE)
    assert status is not None
    assert (status, status.initiator, status.clean) == ("4001 (private use)", other(connection), True)
    assert not connection.notices
    assert [line[:12] for line in lines(connection) if line[0] != "!"] == ["< close 4001", "> close 1000"]


def test_test_changes_its_mind_about_the_answer(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_close=False)
    peer.send_close(4001)
    until(lambda: connection.state == "closing", "the close frame has arrived")
    connection.misbehavior.change(answers_close=True)
    assert peer.receive_frame()[:2] == (CLOSE, b"\x0f\xa1")
    finish(peer)
    status = connection.waits.wait_for_close(soon())
    assert (status.initiator, status.clean) == (other(connection), True)


def test_answer_as_a_frame(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_close=False)
    peer.send_close(4001)
    until(lambda: connection.state == "closing", "the close frame has arrived")
    connection.send_frame(Frame(CLOSE, b"\x0f\xa2"), connection.role == "client")
    assert peer.receive_frame()[:2] == (CLOSE, b"\x0f\xa2")
    with pytest.raises(NotClosedError):
        connection.waits.wait_for_close(Deadline(0.3))  # the peer has not ended TCP
    finish(peer)
    status = connection.waits.wait_for_close(soon())
    assert (status, status.clean) == ("4001 (private use)", True)


def test_answer_to_our_close_frame_needs_none(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_close=False)
    connection.send_frame(Frame(CLOSE, b"\x0f\xa1"), connection.role == "client")
    peer.receive_frame()
    peer.send_close(4001)
    finish(peer)
    assert rest_of(peer) == b""
    status = connection.waits.wait_for_close(soon())
    assert (status.initiator, status.clean) == (connection.role, True)


# Deaf ends


def test_deaf_end_reads_later_in_order(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"one")
    peer.send_frame(PING, b"two")
    peer.send_frame(TEXT, b"three")
    with pytest.raises(MessageTimeoutError) as failure:
        connection.waits.wait_for_message(Deadline(0.2), anything)
    assert str(failure.value) == (
        "No message from 'main' in 200 milliseconds; the connection is open, and this end was told not to read."
    )
    connection.misbehavior.change(reads=True)
    assert [text_of(connection), text_of(connection)] == ["one", "three"]
    assert peer.receive_frame()[:2] == (PONG, b"two")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_peer_of_a_deaf_end_cannot_send(tls: bool, ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open(tls=tls, max_message_size=1 << 20)
    connection.misbehavior.change(reads=False)
    sent: list[int] = []

    def send() -> None:
        for number in range(256):
            peer.send_frame(2, number.to_bytes(2, "big") * 32768)
            sent.append(number)

    threads.append(threading.Thread(target=send, daemon=True))
    threads[0].start()
    reached = -1
    while reached != len(sent):  # until it stands still
        reached = len(sent)
        threads[0].join(0.3)
    assert len(sent) < 256
    assert not len(connection.inbox)
    connection.misbehavior.change(reads=True)
    for number in range(256):
        assert text_of(connection) == number.to_bytes(2, "big") * 32768


def test_deaf_end_still_sends(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"unheard")
    connection.send("hello", soon())
    assert peer.receive_frame()[:2] == (TEXT, b"hello")


def test_closing_makes_a_deaf_end_listen(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"unheard")
    peer.send_close(4001)
    finish(peer)
    began = time.monotonic()
    status = close(connection)
    assert time.monotonic() - began < PATIENCE / 2
    assert status is not None
    assert (status.code, status.clean) == (4001, True)
    assert text_of(connection) == "unheard"
    assert not connection.notices


def test_deaf_end_with_a_close_frame_of_its_own_stays_deaf(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    connection.send_frame(Frame(CLOSE, b"\x0f\xa1"), connection.role == "client")
    peer.receive_frame()
    peer.send_close(4001)
    with pytest.raises(NotClosedError, match="the connection is closing"):
        connection.waits.wait_for_close(Deadline(0.3))
    finish(peer)
    assert close(connection) == "4001 (private use)"


def test_silent_peer_of_a_deaf_end_is_left_at_the_deadline(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"unheard")
    began = time.monotonic()
    status = close(connection, 0.3)
    assert 0.3 <= seconds_since(began) < AT_ONCE
    assert status is not None
    assert (status.code, status.clean) == (1006, False)
    assert list(connection.notices) == [f"the {other(connection)} did not answer the close frame in 300 milliseconds"]


def test_heartbeat_of_a_deaf_end_excuses_its_peer(ends: Ends):
    connection, peer = ends.open(heartbeat=HeartbeatTimes(0.02, 1))
    connection.misbehavior.change(reads=False)
    ping = peer.receive_frame()
    peer.send_frame(PONG, ping.payload)
    with pytest.raises(NotClosedError, match="the connection is open"):
        connection.waits.wait_for_close(Deadline(2))
    connection.misbehavior.change(reads=True)
    assert peer.receive_frame().opcode == PING, "the next one, when the pong was read"


def test_heartbeat_of_an_end_that_is_deaf_to_nothing_fails(ends: Ends):
    connection, peer = ends.open(heartbeat=HeartbeatTimes(0.02, 0.04))
    connection.misbehavior.change(reads=False)
    assert connection.waits.wait_for_close(soon()).code == 1011
    assert peer.receive_frame().opcode == PING


def test_heartbeat_waits_for_a_ping_that_is_held_back(ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open(heartbeat=HeartbeatTimes(0.02, 1))
    connection.misbehavior.change(send_delay=1.3)

    def answer() -> None:
        ping = peer.receive_frame()
        while ping.opcode == PING:
            peer.send_frame(PONG, ping.payload)
            ping = peer.receive_frame()
        finish(peer)

    threads.append(threading.Thread(target=answer, daemon=True))
    threads[0].start()
    with pytest.raises(NotClosedError, match="the connection is open"):
        connection.waits.wait_for_close(Deadline(3))
    close(connection)


# Slow ends


def test_each_frame_waits_and_the_order_stays(both: tuple[Connection, RawEnd]):
    connection, peer = both
    expected = [b"one", b"two", b" th", b"ree", b"four", b"five"]
    connection.misbehavior.change(send_delay=HOUR)
    began = time.monotonic()
    send_six_frames(connection)
    assert time.monotonic() - began < AT_ONCE, "nobody waits for it"
    connection.misbehavior.change(send_delay=0)
    assert [peer.receive_frame().payload for _ in range(6)] == expected
    connection.misbehavior.change(send_delay=0.3)
    began = time.monotonic()
    send_six_frames(connection)
    arrived = [(peer.receive_frame().payload, time.monotonic() - began) for _ in range(6)]
    assert [payload for payload, _ in arrived] == expected
    for number, (_, at) in enumerate(arrived, 1):
        assert number * 0.3 <= at < number * 0.3 + AT_ONCE
    assert connection.state == "open"


def send_six_frames(connection: Connection) -> None:
    connection.send("one", soon())
    connection.send("two three", soon(), fragment_size=3)
    connection.post(["four", "five"])
    connection.push()


def test_pongs_wait_too_and_still_go_first(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(send_delay=0.1)
    connection.post(["data"])
    began = time.monotonic()
    peer.send(
        frame(PING, b"1", masked=peer.masked)
        + frame(PING, b"2", masked=peer.masked)
        + frame(TEXT, b".", masked=peer.masked)
    )
    assert text_of(connection) == "."
    assert [peer.receive_frame()[:2] for _ in range(3)] == [(PONG, b"1"), (PONG, b"2"), (TEXT, b"data")]
    assert seconds_since(began) >= 0.3


def test_large_frame_waits_once(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(send_delay=0.3)
    connection.send(bytes(8 << 20), soon())
    connection.send("behind", soon())
    began = time.monotonic()
    assert len(peer.receive_frame().payload) == 8 << 20
    assert peer.receive_frame().payload == b"behind"
    assert time.monotonic() - began < AT_ONCE, "each of its writes would wait"


def test_slow_end_delays_no_other(ends: Ends):
    slow, slows_peer = ends.open("server")
    quick, quicks_peer = ends.open("server")
    slow.misbehavior.change(send_delay=HOUR)
    for connection in (slow, quick):
        connection.send("hello", soon())
    assert quicks_peer.receive_frame().payload == b"hello"
    slows_peer.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        slows_peer.socket.recv(1)


def test_delay_that_ends_lets_all_leave_at_once(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(send_delay=HOUR)
    connection.send("one", soon())
    connection.send("two", soon())
    connection.misbehavior.change(send_delay=0)
    assert [peer.receive_frame().payload for _ in range(2)] == [b"one", b"two"]


def test_closing_a_slow_end_waits_for_nothing(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(send_delay=HOUR)
    connection.send("one", soon())
    ended = threading.Thread(
        target=lambda: (peer.receive_frame(), peer.receive_frame(), peer.send_close(1000), finish(peer)), daemon=True
    )
    ended.start()
    status = close(connection)
    ended.join(PATIENCE)
    assert status is not None
    assert status.clean
    assert not connection.notices


def test_slow_answer_to_a_close_frame(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(send_delay=0.3)
    began = time.monotonic()
    peer.send(frame(PING, b"!", masked=peer.masked) + frame(CLOSE, b"\x0f\xa1", masked=peer.masked))
    assert peer.receive_frame().opcode == PONG
    assert peer.receive_frame() == WireFrame(CLOSE, b"\x0f\xa1", masked=connection.role == "client")
    assert seconds_since(began) >= 0.6
    finish(peer)
    assert connection.waits.wait_for_close(soon()).clean


def test_answer_that_does_not_leave_in_time(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(send_delay=HOUR)
    peer.send_close(4001)
    until(lambda: connection.state == "closing", "the close frame has arrived")
    connection.abort("the server was stopped")
    status = connection.close_status
    assert connection.state == "closed"
    assert status is not None
    assert (status.code, status.clean) == (4001, False)
    with pytest.raises(ConnectionClosedError, match=r"with 4001 \(private use\), and got no answer\.$"):
        connection.send("late", soon())
    assert peer.receive_rest() == b""


def test_much_for_a_slow_end_is_not_blamed_on_the_peer(
    connection_and_peer: tuple[Connection, RawEnd], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection_module, "OUTBOX_LIMIT", 1000)
    connection, _ = connection_and_peer
    connection.misbehavior.change(send_delay=HOUR)
    connection.post([bytes(2000)])
    with pytest.raises(ConnectionClosedError) as failure:
        connection.post(["more"])
    assert str(failure.value) == "Cannot send to 'main': our end was told to be slow, and 1,000 bytes waited for it."


def test_slow_ping_waits_for_its_pong(connection_and_peer: tuple[Connection, RawEnd], threads: list[threading.Thread]):
    connection, peer = connection_and_peer
    connection.misbehavior.change(send_delay=0.2)
    threads.append(threading.Thread(target=lambda: peer.send_frame(PONG, peer.receive_frame().payload), daemon=True))
    threads[0].start()
    connection.send_control(Opcode.PING, b"?")
    round_trip = connection.waits.wait_for_pong(soon()).round_trip
    assert round_trip is not None
    assert 0.2 <= round_trip < AT_ONCE


def test_slow_end_holds_back_no_more_than_its_outbox_may(ends: Ends):
    connection, _ = ends.open("client")
    connection.misbehavior.change(send_delay=HOUR)
    connection.send(bytes(OUTBOX_LIMIT + 1), soon())
    with pytest.raises(ConnectionClosedError, match="our end was told to be slow, and 16,777,216 bytes waited for it"):
        connection.send(b"one more", soon())
