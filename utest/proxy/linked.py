"""Links of a proxy whose both peers are raw: every byte that they send is a test's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from peers.certificates import client_context, server_context
from peers.clients import raw_client, request, tls_client
from peers.raw import PATIENCE, RawEnd, switching
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.server.clients import Client


class RawTarget:
    """A listening socket. A test accepts what a proxy dials, in its own thread."""

    def __init__(self, receive_buffer: int | None = None, *, tls: bool = False) -> None:
        self.tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        if receive_buffer is not None:
            self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)  # of what it accepts, too
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{self.port}/"

    def accept(self) -> RawEnd:
        accepted = self._listening.accept()[0]
        return RawEnd(server_context().wrap_socket(accepted, server_side=True) if self.tls else accepted)

    def close(self) -> None:
        self._listening.close()


@dataclass
class Linked:
    """Both peers of a link, behind their opening handshakes, and the heads of what they got."""

    client: RawEnd
    target: RawEnd
    asked: str
    answered: str
    proxy: WebSocketProxy

    @property
    def sides(self) -> tuple[RawEnd, RawEnd]:
        return self.client, self.target


@contextmanager
def linked(
    proxy: WebSocketProxy,
    target: RawTarget,
    path: str = "/",
    *further: str,
    receive_buffer: int | None = None,
    **fields: str,
) -> Iterator[Linked]:
    """A link through the proxy. `fields` are headers of the client, `further` header lines of the target's 101."""
    connecting = tls_client(proxy, client_context()) if target.tls else raw_client(proxy, receive_buffer=receive_buffer)
    with connecting as client:
        client.send(request(path, **fields))
        with target.accept() as accepted:
            asked = accepted.receive_head()
            accepted.send(switching(asked, *further))
            answered = client.receive_head()
            assert answered.startswith(b"HTTP/1.1 101 "), answered
            yield Linked(client, accepted, asked.decode(), answered.decode(), proxy)


def client_of(proxy: WebSocketProxy) -> Client:
    """The next client that was not handed out yet."""
    return proxy.wait_for_client(Deadline(PATIENCE), lambda _: True, "client")


def ends_of(proxy: WebSocketProxy) -> tuple[Connection, Connection]:
    """Our ends of a link: the one that faces the client, and the one that faces the target."""
    client = client_of(proxy)
    assert client.upstream is not None
    return client.connection, client.upstream.connection
