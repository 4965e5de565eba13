"""Connections of this library on one side, raw ends on the other."""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import pytest

from peers.certificates import client_context, server_context
from peers.raw import PATIENCE, RawEnd, frame, tcp_pair
from RobotWebSocketLibrary.connection import reading_thread
from RobotWebSocketLibrary.connection.attention import Attention
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.terms import Limits, Terms
from RobotWebSocketLibrary.connection.tls_stream import TlsStream
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.messages import Message, Messages

LIMIT = 1024 * 1024
"""Longest message that a connection of these tests accepts, in bytes."""


class Ends:
    """Opens connections without an opening handshake: the library's end is read, the raw end is for the test."""

    def __init__(self) -> None:
        self._connections: list[Connection] = []
        self._peers: list[RawEnd] = []

    def open(self, role: str = "client", *, tls: bool = False, **options: Any) -> tuple[Connection, RawEnd]:
        ours, theirs = tls_pair(role) if tls else tcp_pair()
        stream = ours if isinstance(ours, Stream) else Stream(ours)
        return self.connection(stream, role, **options), self.peer(theirs, role)

    def open_both(self) -> tuple[Connection, Connection]:
        """A client's and a server's end of the same connection."""
        ours, theirs = tcp_pair()
        return self.connection(Stream(ours), "client"), self.connection(Stream(theirs), "server")

    def connection(self, stream: Stream, role: str, *, received: bytes = b"", **options: Any) -> Connection:
        terms = Terms("ws://peer/", **taken(options, "subprotocol", "compression"))
        limits = Limits(options.pop("max_message_size", LIMIT), **taken(options, "inbox", "traffic", "keep_last"))
        connection = Connection(stream, role, options.pop("name", "main"), terms, limits, **options)
        connection.start(received)
        self._connections.append(connection)
        return connection

    def peer(self, theirs: socket.socket, role: str) -> RawEnd:
        """The raw end opposite to that role."""
        peer = RawEnd(theirs, masked=role == "server")
        self._peers.append(peer)
        return peer

    def forget_closed(self) -> None:
        """Keeps what is open: a test may open very many."""
        self._connections = [connection for connection in self._connections if connection.state != "closed"]

    def end(self) -> None:
        for connection in self._connections:
            connection.abort("the test has ended")
            connection.waits.wait_until_closed(soon())
            assert connection.state == "closed"
        for peer in self._peers:
            peer.close()


class FaultyPeer:
    """Opens the same end again and again, and knows what its failures call the peer."""

    def __init__(self, ends: Ends, role: str, *, tls: bool) -> None:
        self.role = role
        self.tls = tls
        self.name = "server" if role == "client" else "client"
        self._ends = ends

    def open(self, **options: Any) -> tuple[Connection, RawEnd]:
        return self._ends.open(self.role, tls=self.tls, **options)

    def frame(self, opcode: int, payload: bytes = b"", *, wrongly_masked: bool = False, **fields: Any) -> bytes:
        """A frame of the peer, masked as its role wants it, or the other way."""
        return frame(opcode, payload, masked=(self.role == "server") != wrongly_masked, **fields)


def taken(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Those of the options, which has them no more."""
    return {name: options.pop(name) for name in names if name in options}


def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """`select` instead of `epoll`: it takes no change while it waits, and no socket wakes it by its own shutdown."""
    monkeypatch.setattr(reading_thread.selectors, "DefaultSelector", selectors.SelectSelector)
    monkeypatch.delattr("select.poll", raising=False)


def soon() -> Deadline:
    """For what a test expects: nobody waits that long unless it fails."""
    return Deadline(PATIENCE)


class Answering:
    """An end that answers by a function, at once."""

    busy = behind = False
    holds_reading = True

    def __init__(self, answer: Callable[[Connection, Messages], None]) -> None:
        self.answer = answer


class Asked(Attention):
    """Counts how often it is asked."""

    count = 0

    def ask(self) -> None:
        self.count += 1


class Matching:
    """What a wait looks for, by a function. It can stand for a function, too."""

    def __init__(self, matches: Callable[[Any], bool], text: str = "message") -> None:
        self.matches = matches
        self._text = text

    def cut(self, _: Message) -> None:
        return None

    def __call__(self, item: object) -> bool:
        return self.matches(item)

    def __str__(self) -> str:
        return self._text


anything = Matching(lambda _: True)


def text_of(connection: Connection) -> str | bytes:
    """The next message."""
    return connection.waits.wait_for_message(soon(), anything).data


def lines(connection: Connection) -> list[str]:
    """What the connection recorded, as text."""
    return [str(record) for record in connection.traffic.records]


def until(reached: Callable[[], bool], what: str) -> None:
    """Waits for what no wake-up announces to a test."""
    deadline, pause = soon(), threading.Event()
    while not reached():
        assert not deadline.expired, what
        pause.wait(0.001)


def tls_streams() -> tuple[TlsStream, TlsStream]:
    """A client's and a server's end of the same connection over TLS."""
    ours, theirs = tcp_pair()
    client = TlsStream(client_context().wrap_socket(ours, server_hostname="localhost", do_handshake_on_connect=False))
    server = TlsStream(server_context().wrap_socket(theirs, server_side=True, do_handshake_on_connect=False))
    handshaking = threading.Thread(target=server.handshake, args=(soon(),), daemon=True)
    handshaking.start()
    client.handshake(soon())
    handshaking.join(PATIENCE)
    return client, server


def tls_pair(role: str = "client") -> tuple[TlsStream, ssl.SSLSocket]:
    """Our end over TLS, and the peer's socket."""
    ours, theirs = tcp_pair()
    mine, others = client_context(), server_context()
    if role == "server":
        mine, others = others, mine
    stream = TlsStream(
        mine.wrap_socket(
            ours,
            server_side=role == "server",
            server_hostname="localhost" if role == "client" else None,
            do_handshake_on_connect=False,
        )
    )
    handshaking = threading.Thread(target=stream.handshake, args=(soon(),), daemon=True)
    handshaking.start()
    wrapped = others.wrap_socket(
        theirs, server_side=role == "client", server_hostname="localhost" if role == "server" else None
    )
    handshaking.join(PATIENCE)
    return stream, wrapped
