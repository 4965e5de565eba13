from __future__ import annotations

import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress

import pytest

from peers.certificates import client_context
from peers.raw import AT_ONCE, PATIENCE, RawEnd, seconds_since, tcp_pair
from RobotWebSocketLibrary.connection.stream import READ_SIZE, Stream, wait_for
from RobotWebSocketLibrary.connection.tls_stream import TlsStream
from RobotWebSocketLibrary.deadline import Deadline

from .ends import soon, tls_pair, until

Pair = tuple[Stream, RawEnd]


def test_bytes_arrive_in_both_directions(stream_and_peer: Pair):
    stream, peer = stream_and_peer
    stream.send_all(b"there", soon())
    assert peer.receive(5) == b"there"
    peer.send(b"and back")
    assert stream.receive(soon()) == b"and back"


def test_many_small_writes_are_read_at_once():
    ours, theirs = tcp_pair()
    stream = Stream(ours)
    with RawEnd(theirs) as peer:
        for _ in range(1000):
            peer.send(b"12345678")
        peer.finish()
        pieces = []
        while piece := stream.receive(soon()):
            pieces.append(piece)
    assert b"".join(pieces) == b"12345678" * 1000
    assert len(pieces) < 20
    assert max(map(len, pieces)) <= READ_SIZE
    stream.close()


def test_end_of_the_peer_is_no_bytes(stream_and_peer: Pair):
    stream, peer = stream_and_peer
    peer.send(b"last words")
    peer.finish()
    assert stream.receive(soon()) == b"last words"
    assert stream.receive(soon()) == b""


def test_reset_of_the_peer_is_an_error(stream_and_peer: Pair):
    stream, peer = stream_and_peer
    peer.reset()
    with pytest.raises(ConnectionResetError):
        stream.receive(soon())


@pytest.mark.skipif(os.name == "nt", reason="Windows still knows the peer of a connection that was reset")
def test_reset_that_python_takes_for_the_end_of_tls_is_an_error(monkeypatch: pytest.MonkeyPatch):
    stream, theirs = tls_pair()
    RawEnd(theirs).reset()
    until(stream.was_left, "the reset has come")
    monkeypatch.setattr(Stream, "_receive", lambda _: b"")  # as Python does before 3.12.3
    with pytest.raises(ConnectionResetError):
        stream.receive_now()
    stream.close()


def test_receiving_ends_at_the_deadline(stream_and_peer: Pair):
    stream, _ = stream_and_peer
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        stream.receive(Deadline(0.2))
    assert 0.2 <= seconds_since(began) < AT_ONCE


def test_receiving_without_a_deadline_waits(stream_and_peer: Pair, threads: list[threading.Thread]):
    stream, peer = stream_and_peer
    received: list[bytes] = []
    threads.append(threading.Thread(target=lambda: received.append(stream.receive()), daemon=True))
    threads[0].start()
    peer.send(b"at last")
    threads[0].join(PATIENCE)
    assert received == [b"at last"]


def test_shutdown_wakes_the_thread_that_receives(stream_and_peer: Pair, threads: list[threading.Thread]):
    stream, _ = stream_and_peer
    received: list[bytes] = []
    threads.append(threading.Thread(target=lambda: received.append(stream.receive()), daemon=True))
    threads[0].start()
    stream.shutdown()
    threads[0].join(PATIENCE)
    assert received == [b""]


def test_shutdown_of_our_own_just_before_a_read_is_not_a_reset(monkeypatch: pytest.MonkeyPatch):
    stream, theirs = tls_pair()
    real = ssl.SSLSocket.getpeername

    def shut_down_first(connected: ssl.SSLSocket) -> object:
        stream.shutdown()
        return real(connected)

    monkeypatch.setattr(ssl.SSLSocket, "getpeername", shut_down_first)
    with closing(stream), closing(theirs):
        assert stream.receive() == b""


def test_a_wait_sees_that_another_thread_has_ended_the_stream(stream_and_peer: Pair, threads: list[threading.Thread]):
    stream, _ = stream_and_peer
    received: list[bytes] = []
    waits = threading.Event()
    threads.append(threading.Thread(target=lambda: (waits.set(), received.append(stream.receive(soon()))), daemon=True))
    threads[0].start()
    waits.wait(PATIENCE)
    stream.ended = True  # nothing wakes the wait, as on Windows
    threads[0].join(PATIENCE)
    assert received == [b""]


@pytest.mark.parametrize("step", [Stream.receive, Stream.receive_now])
def test_an_ended_stream_has_no_more_bytes_where_windows_fails(step: Callable[[Stream], bytes]):
    ours, theirs = tcp_pair()
    with FailingSocket(fileno=ours.detach()) as failing, theirs:
        stream = Stream(failing)
        with pytest.raises(OSError, match="shut down"):
            step(stream)
        stream.ended = True
        assert step(stream) == b""


class FailingSocket(socket.socket):
    """Receives as a socket of Windows does that was shut down."""

    def recv(self, *_: object) -> bytes:
        raise OSError(10058, "shut down")


def test_shutdown_of_a_closed_stream_does_nothing(stream_and_peer: Pair):
    stream, _ = stream_and_peer
    stream.close()
    stream.shutdown()
    stream.finish()


def test_finish_ends_our_direction_only(stream_and_peer: Pair):
    stream, peer = stream_and_peer
    stream.send_all(b"the end", soon())
    stream.finish()
    assert peer.receive_rest() == b"the end"
    if not isinstance(stream, TlsStream):  # a TLS peer cannot write behind its "close notify"
        peer.send(b"noted")
        assert stream.receive(soon()) == b"noted"


def test_sending_takes_what_the_socket_takes_at_once(stream_and_peer: Pair, threads: list[threading.Thread]):
    stream, peer = stream_and_peer
    sent = 0
    while count := stream.send(bytes(65536)):
        sent += count
    assert sent > 0
    received: list[bytes] = []
    threads.append(threading.Thread(target=lambda: received.append(peer.receive_rest()), daemon=True))
    threads[0].start()
    stream.send_all(bytes(65536), soon())
    stream.finish()
    threads[0].join(PATIENCE)
    assert received[0] == bytes(sent + 65536)


def test_sending_everything_waits_for_the_peer(stream_and_peer: Pair, threads: list[threading.Thread]):
    stream, peer = stream_and_peer
    received: list[bytes] = []
    threads.append(threading.Thread(target=lambda: received.append(peer.receive(20_000_000)), daemon=True))
    threads[0].start()
    stream.send_all(b"0123456789" * 2_000_000, soon())
    threads[0].join(PATIENCE)
    assert received == [b"0123456789" * 2_000_000]


def test_sending_everything_ends_at_the_deadline(stream_and_peer: Pair):
    stream, _ = stream_and_peer
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        stream.send_all(bytes(20_000_000), Deadline(0.2))
    assert 0.2 <= seconds_since(began) < AT_ONCE


def test_sending_everything_ends_with_a_stream_that_will_be_reset(
    stream_and_peer: Pair, threads: list[threading.Thread]
):
    stream, peer = stream_and_peer
    failures: list[type] = []

    def send() -> None:
        try:
            stream.send_all(bytes(20_000_000), soon())
        except OSError as error:
            failures.append(type(error))

    threads.append(threading.Thread(target=send, daemon=True))
    threads[0].start()
    peer.receive(1)  # it sends
    stream.reset()
    stream.shutdown()
    threads[0].join(AT_ONCE)
    assert failures == [BrokenPipeError]


def test_no_end_goes_before_a_reset(stream_and_peer: Pair):
    stream, peer = stream_and_peer
    stream.reset()
    stream.finish()
    stream.shutdown()
    stream.close()
    assert peer.sees_reset()


def test_stream_works_over_a_unix_socket():
    ours, theirs = socket.socketpair()
    stream = Stream(ours)
    with RawEnd(theirs) as peer:
        peer.send(b"no TCP here")
        assert stream.receive(soon()) == b"no TCP here"
    stream.close()


def test_what_openssl_has_read_already_is_received_without_new_bytes():
    stream, theirs = tls_pair()
    with RawEnd(theirs) as peer:
        peer.send(b"x" * 16_000)  # one record, which the smaller reads of somebody else might leave in OpenSSL
        received = b""
        while len(received) < 16_000:
            received += stream.receive(soon())
        assert received == b"x" * 16_000
    stream.close()


def test_tls_handshake_ends_at_the_deadline():
    ours, theirs = tcp_pair()
    stream = TlsStream(client_context().wrap_socket(ours, server_hostname="localhost", do_handshake_on_connect=False))
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        stream.handshake(Deadline(0.2))
    assert 0.2 <= seconds_since(began) < AT_ONCE
    stream.close()
    theirs.close()


class ReluctantSocket(ssl.SSLSocket):
    """Must write before it can go on, as OpenSSL must when the peer asks for new keys and the send buffer is full."""

    reluctance = 2

    def do_handshake(self, block: bool = False) -> None:
        self._hesitate(2)
        super().do_handshake(block)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self._hesitate(1)
        return super().recv(buflen, flags)

    def _hesitate(self, reluctance: int) -> None:
        if not self.server_side and self.reluctance == reluctance:
            self.reluctance -= 1
            raise ssl.SSLWantWriteError


def test_tls_waits_until_it_can_write_also_where_it_reads(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ssl.SSLContext, "sslsocket_class", ReluctantSocket)
    stream, theirs = tls_pair()
    with RawEnd(theirs) as peer:
        peer.send(b"with new keys")
        assert stream.receive(soon()) == b"with new keys"
    stream.close()


@pytest.mark.parametrize("polls", [True, False], ids=["poll", "select, as on Windows"])
def test_waiting_for_a_socket(polls: bool, monkeypatch: pytest.MonkeyPatch):
    if not polls:
        monkeypatch.delattr(select, "poll", raising=False)
    ours, theirs = tcp_pair()
    ours.setblocking(False)
    with ours, theirs:
        assert not wait_for(ours, 0.01, writing=False)
        assert wait_for(ours, 0.01, writing=True)
        theirs.sendall(b"something")
        assert wait_for(ours, None, writing=False)
        fill(ours)
        assert not wait_for(ours, 0.01, writing=True)


@pytest.mark.parametrize("polls", [True, False], ids=["poll", "select, as on Windows"])
def test_stream_works_with_each_way_of_waiting(polls: bool, monkeypatch: pytest.MonkeyPatch, stream_and_peer: Pair):
    if not polls:
        monkeypatch.delattr(select, "poll", raising=False)
    stream, peer = stream_and_peer
    with pytest.raises(TimeoutError):
        stream.receive(Deadline(0.01))
    answering = threading.Timer(0.05, peer.send, [b"late"])
    answering.start()
    assert stream.receive(soon()) == b"late"
    answering.join(PATIENCE)


def fill(connected: socket.socket) -> int:
    """Writes until the socket takes no more; returns how many bytes it took."""
    size = 0
    while True:
        try:
            size += connected.send(bytes(65536))
        except BlockingIOError:
            if not select.select([], [connected], [], 0.5)[1]:  # the system may still pass some of it on
                return size


def test_socket_that_never_waits_is_waited_for():
    ours, theirs = socket.socketpair()
    stream = Stream(ours)
    assert not ours.getblocking()
    sending = threading.Timer(0.05, theirs.sendall, [b"hello"])
    sending.start()
    assert stream.receive() == b"hello"
    assert stream.send(b"x" * 10_000_000) < 10_000_000
    sending.join()
    stream.close()
    theirs.close()


def test_tls_gives_up_at_the_deadline_also_where_there_is_something_to_read():
    stream, peer = tls_pair()
    peer.sendall(b"hello")
    with pytest.raises(TimeoutError):
        stream.receive(Deadline(0))
    stream.close()
    peer.close()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_reader_is_woken_by_a_reset_also_where_the_system_does_not_wake_it(
    tls: bool, monkeypatch: pytest.MonkeyPatch, threads: list[threading.Thread]
):
    monkeypatch.setattr("RobotWebSocketLibrary.connection.stream.LONGEST_WAIT", 0.05)  # as on Windows
    monkeypatch.delattr(select, "poll", raising=False)
    ours, theirs = tls_pair() if tls else tcp_pair()
    stream = ours if isinstance(ours, Stream) else Stream(ours)
    received: list[bytes] = []
    threads.append(threading.Thread(target=lambda: received.append(stream.receive()), daemon=True))
    threads[0].start()
    threads[0].join(0.2)  # longer than it waits at once
    assert not received
    stream.reset()
    stream.shutdown()
    threads[0].join(PATIENCE)
    assert received == [b""]
    stream.close()
    theirs.close()


def test_tls_that_has_to_write_before_it_can_read_says_so(monkeypatch: pytest.MonkeyPatch):
    stream, theirs = tls_pair()

    def renegotiate(_: Stream) -> bytes:
        raise ssl.SSLWantWriteError

    with closing(stream), RawEnd(theirs) as peer:
        peer.send(b"later")
        with monkeypatch.context() as patched:
            patched.setattr(Stream, "_receive", renegotiate)
            until(lambda: stream.receive_now() is None and stream.wants_to_write, "nothing has arrived")
        until(lambda: stream.receive_now() == b"later", "what has arrived is read once TLS has written")
        assert not stream.wants_to_write


def test_tls_that_has_written_reads_although_nothing_has_arrived():
    stream, theirs = tls_pair()
    with closing(stream), closing(theirs):
        assert stream.receive_now() is None  # session tickets
        stream.wants_to_write = True
        assert stream.receive_now() is None
        assert not stream.wants_to_write


def test_tls_that_the_peer_has_ended_says_when_tcp_ends():
    stream, theirs = tls_pair()
    ending = threading.Thread(target=unwrap, args=(theirs,), daemon=True)
    with theirs:
        theirs.settimeout(PATIENCE)
        ending.start()
        assert stream.receive(soon()) == b"", "the peer has ended TLS"
        assert stream.receive_below() is None, "and not TCP"
        stream.finish()
        ending.join(PATIENCE)
    until(stream.has_arrived, "TCP has ended")
    assert stream.receive_below() == b""
    stream.close()


@pytest.mark.parametrize("tells", [True, False], ids=["POLLRDHUP", "without it"])
@pytest.mark.parametrize("leave", [RawEnd.finish, RawEnd.reset], ids=["FIN", "RST"])
def test_peer_that_has_left_is_noticed_without_reading(
    monkeypatch: pytest.MonkeyPatch, tells: bool, leave: Callable[[RawEnd], None]
):
    if not tells:
        monkeypatch.delattr(select, "POLLRDHUP", raising=False)
    ours, theirs = tcp_pair()
    stream = Stream(ours)
    with RawEnd(theirs) as peer:
        assert not stream.was_left()
        leave(peer)
        until(stream.was_left, "the peer has left")
    stream.close()


def unwrap(wrapped: ssl.SSLSocket) -> None:
    with suppress(OSError):
        wrapped.unwrap()
