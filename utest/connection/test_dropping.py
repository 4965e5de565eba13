"""TCP that ends without a close frame: by FIN, or by RST."""

from __future__ import annotations

import threading
import time

import pytest

from peers.raw import CLOSE, PATIENCE, TEXT, RawEnd, frame, tcp_pair
from RobotWebSocketLibrary.connection import stream
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.errors import ConnectionClosedError
from RobotWebSocketLibrary.protocol.frames import Frame

from .ends import Ends, anything, lines, soon, text_of, until, windows

LARGE = 16 * 1024 * 1024


@pytest.fixture(params=["plain client", "plain server", "tls client", "tls server", "plain client, as on Windows"])
def both(request: pytest.FixtureRequest, ends: Ends, monkeypatch: pytest.MonkeyPatch) -> tuple[Connection, RawEnd]:
    kind, role, *system = request.param.replace(",", "").split()
    if system:
        windows(monkeypatch)
    return ends.open(role, tls=kind == "tls")


def status_of(connection: Connection) -> tuple[int, str, str, bool]:
    assert connection.state == "closed"
    status = connection.close_status
    assert status is not None
    return status.code, status.reason, status.initiator, status.clean


def test_fin_is_a_fin(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.drop()
    assert peer.receive_rest() == b""
    assert not peer.sees_reset()
    assert status_of(connection) == (1006, "", "none", False)
    assert lines(connection) == ["! our end ended TCP (1006)"]


def test_rst_is_an_rst(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.drop(reset=True)
    assert peer.sees_reset()
    assert status_of(connection) == (1006, "", "none", False)
    assert lines(connection) == ["! our end reset TCP (1006)"]


def test_fin_is_a_fin_also_where_something_is_unread(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    for number in range(20):
        peer.send_frame(TEXT, b"%d" % number * 1000)
    connection.drop()
    assert peer.receive_rest() == b""
    assert not len(connection.inbox)


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_what_was_sent_before_arrives_and_nothing_else(reset: bool, both: tuple[Connection, RawEnd]):
    connection, peer = both
    half = frame(TEXT, b"hello, world", masked=connection.role == "client")[:10]
    connection.send_bytes(half)
    assert peer.receive(10) == half
    connection.drop(reset=reset)
    if not reset:
        assert peer.receive_rest() == b""
        return
    assert peer.sees_reset()


def test_fin_behind_half_a_frame(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.send_bytes(b"\x81\x85half")
    connection.drop()
    assert peer.receive_rest() == b"\x81\x85half"


def test_our_other_end_tells_of_half_a_frame(ends: Ends):
    client, server = ends.open_both()
    server.send_frame(Frame(TEXT, b"hello"), False, 4096)
    server.drop()
    assert client.waits.wait_for_close(soon()).code == 1006
    with pytest.raises(ConnectionClosedError) as failure:
        client.waits.wait_for_message(soon(), anything)
    how = "the server closed TCP without a close frame in the middle of a frame (5 of 4,096 bytes)"
    assert str(failure.value) == f"No message from 'main': connection lost: {how} (1006)."


@pytest.mark.parametrize(("reset", "how"), [(False, "ended TCP"), (True, "reset TCP")])
def test_later_keywords_say_that_it_was_our_end(reset: bool, how: str, both: tuple[Connection, RawEnd]):
    connection, peer = both
    peer.send_frame(TEXT, b"before")
    until(lambda: len(connection.inbox) == 1, "it has arrived")
    connection.drop(reset=reset)
    assert text_of(connection) == "before"
    for act in (
        lambda: connection.waits.wait_for_message(soon(), anything),
        lambda: connection.waits.wait_for_ping(soon()),
        lambda: connection.send("late", soon()),
        lambda: connection.send_frame(Frame(TEXT, b"late"), False),
    ):
        with pytest.raises(ConnectionClosedError, match=rf" 'main': our end {how} \(1006\)\.$"):
            act()
    connection.drop(reset=reset)
    deadline = soon()
    connection.begin_close(1000, "", deadline)
    assert connection.finish_close(deadline) == "1006 (abnormal closure)"
    assert not connection.notices


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_drop_ends_a_wait_at_once(reset: bool, both: tuple[Connection, RawEnd], threads: list[threading.Thread]):
    connection, _ = both
    threads.append(threading.Timer(0.05, connection.drop, kwargs={"reset": reset}))
    threads[0].start()
    began = time.monotonic()
    with pytest.raises(ConnectionClosedError, match="our end"):
        connection.waits.wait_for_message(soon(), anything)
    assert time.monotonic() - began < PATIENCE / 2


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_drop_with_much_on_its_way(reset: bool, both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.post([bytes(LARGE)])
    connection.push()
    connection.drop(reset=reset)
    assert connection.state == "closed"
    if reset:
        assert peer.sees_reset()
    else:
        assert len(peer.receive_rest()) < LARGE


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_drop_of_an_end_that_is_deaf_slow_or_does_not_answer(reset: bool, both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(answers_close=False, send_delay=3600)
    connection.post(["never sent"])
    connection.push()
    peer.send_close()
    until(lambda: connection.state == "closing", "the close frame has arrived")
    connection.misbehavior.change(reads=False)
    connection.drop(reset=reset)
    code, _, initiator, clean = status_of(connection)
    assert (code, initiator, clean) == (1000, "server" if connection.role == "client" else "client", False)


def test_deaf_end_is_dropped_at_once(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"unheard")
    connection.drop(reset=True)
    assert connection.state == "closed"
    assert not len(connection.inbox)


def test_drop_behind_our_close_frame_is_not_blamed_on_the_peer(both: tuple[Connection, RawEnd]):
    connection, peer = both
    connection.begin_close(4001, "", soon())
    assert peer.receive_frame().opcode == CLOSE
    connection.drop()
    assert status_of(connection) == (1006, "", connection.role, False)
    with pytest.raises(ConnectionClosedError, match="our end ended TCP"):
        connection.waits.wait_for_message(soon(), anything)


class DroppedMeanwhile(Stream):
    """The reader has closed the socket when the test, which saw the connection open, sets out to reset it."""

    def reset(self) -> None:
        self.shutdown()
        until(lambda: self._socket.fileno() == -1, "the reader has left")
        super().reset()


def test_connection_that_ends_while_it_is_dropped(ends: Ends):
    ours, theirs = tcp_pair()
    connection = ends.connection(DroppedMeanwhile(ours), "client")
    ends.peer(theirs, "client")
    connection.drop(reset=True)
    assert connection.state == "closed"


@pytest.mark.parametrize("again", ["drop", "close"])
def test_interrupted_drop_can_be_repeated(again: str, ends: Ends, monkeypatch: pytest.MonkeyPatch):
    ours, theirs = tcp_pair()
    connection = ends.connection(Stream(ours), "client")
    peer = ends.peer(theirs, "client")

    def interrupt() -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(connection._attention, "ask", interrupt)  # noqa: SLF001
        with pytest.raises(InterruptedError):
            connection.drop()
    if again == "drop":
        connection.drop()
    else:
        connection.begin_close(1000, "", soon())
        connection.finish_close(soon())
    assert status_of(connection)[0] == 1006
    assert peer.receive_rest() == b"", "no close frame"


@pytest.mark.parametrize("deaf", [False, True], ids=["reading", "deaf"])
@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_peer_that_sends_all_the_time_notices(
    deaf: bool, reset: bool, both: tuple[Connection, RawEnd], threads: list[threading.Thread]
):
    connection, peer = both
    connection.misbehavior.change(reads=not deaf)
    sent: list[bytes] = []
    ended: list[OSError] = []

    def send() -> None:
        try:
            while True:
                peer.send(frame(TEXT, bytes(1000), masked=peer.masked))
                sent.append(b"")
        except OSError as error:
            ended.append(error)

    threads.append(threading.Thread(target=send, daemon=True))
    threads[0].start()
    until(lambda: len(sent) > 10, "the peer is sending")
    reached = -1
    while deaf and reached != len(sent):  # until it stands still
        reached = len(sent)
        threads[0].join(0.2)
    connection.drop(reset=reset)
    threads[0].join(PATIENCE / 2)
    assert ended
    assert not isinstance(ended[0], TimeoutError)
    assert connection.state == "closed"


def test_peer_that_waits_for_room_notices_the_end(
    ends: Ends, threads: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
):
    """All that has arrived is read at the end, although the peer was told that there is no room."""
    monkeypatch.setattr(stream, "DISCARDED", 1 << 24)
    connection, peer = ends.open()
    connection.misbehavior.change(reads=False)
    ended: list[OSError] = []
    sent: list[bytes] = []

    def send() -> None:
        try:
            while True:
                peer.send(bytes(1000))
                sent.append(b"")
        except OSError as error:
            ended.append(error)

    threads.append(threading.Thread(target=send, daemon=True))
    threads[0].start()
    reached = -1
    while reached != (reached := len(sent)):  # until it stands still
        threads[0].join(0.2)
    connection.drop()
    threads[0].join(PATIENCE / 2)
    assert ended
    assert not isinstance(ended[0], TimeoutError)
