"""What a test holds in its hands: one connection, and the live `${websocket}`."""

from __future__ import annotations

from typing import Any, Literal
from weakref import WeakSet

from ..connection.arrivals import ReceivedMessage
from ..connection.closing import State
from ..connection.connection import Connection
from ..protocol.close import CloseStatus
from ..protocol.deflate import DeflateParameters
from ..protocol.http import Exchange, Response
from ..protocol.messages import Message
from ..server.handshake_requests import HandshakeRequest
from ..server.server import WebSocketServer
from ..server.stopped_server import StoppedServer
from .registry import Registry

MessageState = Literal["none", "received", "timeout", "closed"]


class WebSocket:
    """One end of a connection, with its part of what `${websocket}` shows."""

    def __init__(
        self,
        connection: Connection,
        live: LiveWebSocket,
        handshake: Exchange,
        *,
        alias: str | None = None,
        upstream: WebSocket | None = None,
    ) -> None:
        self.connection = connection
        self._upstream = upstream
        self.alias = alias
        self.handshake = handshake
        self.requests = 0
        self.msgstate: MessageState = "none"
        self.received: ReceivedMessage | None = None
        self.message: Any = None
        self._live = live
        live.ends.add(self)

    @property
    def upstream(self) -> WebSocket:
        """The end that faces the target of a proxy. None in its place would stand for the current connection."""
        if self._upstream is None:
            raise AttributeError(
                f"'{self.connection.name}' has no upstream: only the ends that face the clients of a proxy have one."
            )
        return self._upstream

    @property
    def request(self) -> HandshakeRequest:
        """What the client has asked for, as `Get Handshake Requests` shows it."""
        return HandshakeRequest.of(self.handshake)

    @property
    def response(self) -> Response:
        return self.handshake.response

    @property
    def url(self) -> str:
        return self.connection.url

    @property
    def subprotocol(self) -> str | None:
        return self.connection.subprotocol

    @property
    def compression(self) -> DeflateParameters | None:
        return self.connection.compression

    @property
    def state(self) -> State:
        return self.connection.state

    @property
    def close(self) -> CloseStatus | None:
        return self.connection.close_status

    @property
    def server(self) -> WebSocketServer | StoppedServer | None:
        return self._live.server

    @property
    def is_open_client(self) -> bool:
        """Whether it is a server's end of a connection that has not ended."""
        return self.connection.role == "server" and self.state != "closed"

    @property
    def others(self) -> list[WebSocket]:
        """The other ends that a test holds: what it opened, and clients of its servers; in the order of opening."""
        return [end for end in self._live.held if end is not self]

    def note(self, msgstate: MessageState, received: Message | None = None, value: Any = None) -> None:
        """Remembers how a wait ended, here and in `${websocket}`; `value` is what the wait returns for a message."""
        for holder in (self, self._live):
            holder.msgstate = msgstate
        if received is not None:
            taken = ReceivedMessage.taken_from(self.connection, received)
            self.received = self._live.received = taken
            self.message = self._live.message = value

    def __repr__(self) -> str:
        return f"<WebSocket '{self.connection.name}': {self.state}>"


class LiveWebSocket:
    """The `${websocket}` of a run: always shows the current connection and server, and the last wait."""

    def __init__(self, connections: Registry[WebSocket], servers: Registry[WebSocketServer]) -> None:
        self.msgstate: MessageState = "none"
        self.received: ReceivedMessage | None = None
        self.message: Any = None
        self.response: Response | None = None
        self.ends: WeakSet[WebSocket] = WeakSet()
        self._connections = connections
        self._servers = servers

    @property
    def url(self) -> str | None:
        return None if self._connections.last is None else self._connections.last.url

    @property
    def subprotocol(self) -> str | None:
        return None if self._connections.last is None else self._connections.last.subprotocol

    @property
    def compression(self) -> DeflateParameters | None:
        return None if self._connections.last is None else self._connections.last.compression

    @property
    def alias(self) -> str | None:
        return None if self._connections.last is None else self._connections.last.alias

    @property
    def state(self) -> State | None:
        return None if self._connections.last is None else self._connections.last.state

    @property
    def close(self) -> CloseStatus | None:
        return None if self._connections.last is None else self._connections.last.close

    @property
    def server(self) -> WebSocketServer | StoppedServer | None:
        server: WebSocketServer | StoppedServer | None = self._servers.last
        return server

    @property
    def current(self) -> WebSocket:
        return self._connections.find(None)

    @property
    def held(self) -> list[WebSocket]:
        """The ends that tests hold now: what they opened, and the clients that their servers have handed out."""
        opened = set(self._connections.items)
        held = [end for end in self.ends if end in opened or end.is_open_client]
        return sorted(held, key=lambda end: end.handshake.started)

    def suggest_client(self) -> str:
        """What to do with a client of a server, for a failure that says that there is no connection."""
        if not any(end.is_open_client for end in self.ends):
            return ""
        return ", or give what `Wait For Client` has returned as 'connection' or to `Switch WebSocket`"

    def __str__(self) -> str:
        return "${websocket}"

    def __repr__(self) -> str:
        return f"<WebSocket: {self._connections.last!r}, {self._servers.last!r}>"
