from __future__ import annotations

from collections.abc import Iterator

import pytest

from peers.raw import RawEnd, tcp_pair
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.stream import Stream

from .ends import Ends, FaultyPeer, tls_pair


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Makes connections whose peer is a raw end, and ends them all after the test."""
    made = Ends()
    yield made
    made.end()


@pytest.fixture(params=["plain", "tls"])
def stream_and_peer(request: pytest.FixtureRequest) -> Iterator[tuple[Stream, RawEnd]]:
    """A stream, over TCP and over TLS, and the raw end behind it."""
    if request.param == "plain":
        ours, theirs = tcp_pair()
        stream = Stream(ours)
    else:
        stream, theirs = tls_pair()
    with RawEnd(theirs) as peer:
        yield stream, peer
    stream.close()


@pytest.fixture
def connection_and_peer(ends: Ends) -> tuple[Connection, RawEnd]:
    """A client's connection, and the raw server's end behind it."""
    return ends.open()


@pytest.fixture(params=["client-ws", "client-wss", "server-ws", "server-wss"])
def faulty(request: pytest.FixtureRequest, ends: Ends) -> FaultyPeer:
    """Either end of this library, plain and over TLS, and a raw peer that breaks what it likes."""
    role, _, scheme = request.param.partition("-")
    return FaultyPeer(ends, role, tls=scheme == "wss")
