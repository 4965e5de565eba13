"""How the package `websockets` takes each fault, at the other end of a real connection."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed

from client.connected import connected
from peers.certificates import TlsFiles, client_context, server_context
from peers.raw import CLOSE, PATIENCE, PING, TEXT
from peers.websockets_peers import WebsocketsClient, WebsocketsPeer, accepting_server
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.protocol.frames import Frame
from RobotWebSocketLibrary.server.certificates import load_tls
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions

from .ends import anything, soon, text_of, until

Both = tuple[Connection, WebsocketsPeer]
QUIET = {"compression": None, "ping_interval": None, "max_size": None}


@contextmanager
def our_client(files: TlsFiles, context: ssl.SSLContext | None) -> Iterator[Both]:
    """Our client, and the server's end of `websockets`."""
    with (
        accepting_server(context, close_timeout=0.5, **QUIET) as (url, peers),
        connected(url, tls=TlsOptions(verify=files.authority)) as connection,
    ):
        until(lambda: bool(peers), "the server has accepted it")
        yield connection, peers[0]


@contextmanager
def our_server(files: TlsFiles, context: ssl.SSLContext | None) -> Iterator[Both]:
    """The end of our server, and a client of `websockets`."""
    tls = load_tls(files.certificate, files.private_key, None) if context else None
    server = WebSocketServer(ServerOptions(1 << 24, tls=tls, default_protocol="silent"))
    server.start()
    trust = client_context() if context else None
    try:
        with WebsocketsClient(server.url, ssl=trust, close_timeout=0.5, **QUIET) as peer:
            yield server.wait_for_client(soon(), anything, "client").connection, peer
    finally:
        server.stop()


@pytest.fixture(params=["client", "server", "client over tls", "server over tls"])
def both(request: pytest.FixtureRequest, files: TlsFiles) -> Iterator[Both]:
    opened = our_client if request.param.startswith("client") else our_server
    context = server_context() if "tls" in request.param else None
    with ExitStack() as stack:
        yield stack.enter_context(opened(files, context))


def reaction(peer: WebsocketsPeer) -> str:
    """How the peer says that the connection ended."""
    with pytest.raises(ConnectionClosed) as closed:
        peer.recv(PATIENCE)
    return str(closed.value)


def own(connection: Connection) -> bool:
    return connection.role == "client"


FAULTS: dict[str, tuple[Callable[[Connection], None], str]] = {
    "mask": (lambda end: end.send_frame(Frame(TEXT, b"?"), not own(end)), "incorrect masking"),
    "reserved bit": (lambda end: end.send_frame(Frame(TEXT, b"?", rsv=1), own(end)), "reserved bits must be 0"),
    "reserved opcode": (lambda end: end.send_frame(Frame(0x7, b"?"), own(end)), "invalid opcode"),
    "fragmented ping": (lambda end: end.send_frame(Frame(PING, b"?", fin=False), own(end)), "fragmented control frame"),
    "close code": (lambda end: end.send_frame(Frame(CLOSE, b"\x03\xee"), own(end)), "invalid status code"),
    "raw bytes": (lambda end: end.send_bytes(b"\xf1\x80mask" if own(end) else b"\xf1\x00"), "reserved bits must be 0"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_illegal_frames(name: str, both: Both):
    connection, peer = both
    send, reason = FAULTS[name]
    send(connection)
    assert reaction(peer).startswith(f"sent 1002 (protocol error) {reason}; ")
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.reason) == (1002, reason)


def test_message_in_frames_of_its_own(both: Both):
    connection, peer = both
    connection.send_frame(Frame(TEXT, b"Hel", fin=False), own(connection))
    connection.send_frame(Frame(PING, b"between"), own(connection))
    connection.send_frame(Frame(0, b"lo"), own(connection))
    assert peer.recv(PATIENCE) == "Hello"
    assert connection.waits.wait_for_pong(soon()).body == b"between"


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_end_of_tcp(reset: bool, both: Both):
    connection, peer = both
    connection.send_frame(Frame(TEXT, b"hello"), own(connection), 4096)
    connection.drop(reset=reset)
    assert reaction(peer) == "no close frame received or sent"
    assert connection.close_status == "1006 (abnormal closure)"


def test_no_answer_to_a_ping(both: Both):
    connection, peer = both
    connection.misbehavior.change(answers_pings=False)
    unanswered = peer.ping(b"one")
    assert connection.waits.wait_for_ping(soon()) == b"one"
    assert not unanswered.wait(0.2)
    connection.misbehavior.change(answers_pings=True)
    assert peer.ping(b"two").wait(PATIENCE)


def test_no_answer_to_a_close(both: Both):
    connection, peer = both
    connection.misbehavior.change(answers_close=False)
    peer.close(4001, "bye")
    assert reaction(peer) == "sent 4001 (private use) bye; no close frame received"
    status = connection.waits.wait_for_close(soon())
    assert (status, status.clean) == ("4001 (private use) bye", False)


def test_end_that_does_not_read(both: Both, threads: list[threading.Thread]):
    connection, peer = both
    connection.misbehavior.change(reads=False)
    much = bytes(1 << 20)
    threads.append(threading.Thread(target=lambda: [peer.send(much) for _ in range(16)], daemon=True))
    threads[0].start()
    threads[0].join(0.5)
    assert threads[0].is_alive(), "it cannot send"
    connection.misbehavior.change(reads=True)
    for _ in range(16):
        assert text_of(connection) == much
    threads[0].join(PATIENCE)


def test_slow_end(both: Both):
    connection, peer = both
    connection.misbehavior.change(send_delay=1)
    connection.send("one", soon())
    connection.send("two", soon())
    with pytest.raises(TimeoutError):
        peer.recv(0.1)
    assert [peer.recv(PATIENCE), peer.recv(PATIENCE)] == ["one", "two"]
    connection.misbehavior.change(send_delay=0)
