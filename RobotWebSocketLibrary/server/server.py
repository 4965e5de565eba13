"""The test server: stands in for the peer of the application under test."""

from __future__ import annotations

import _thread
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import time

from ..connection.connection import Connection
from ..connection.inbox import InboxLimit
from ..connection.stream import Stream, TlsStream
from ..connection.traffic import TrafficLimit
from ..deadline import Deadline, WakeUp
from ..errors import QUOTE_LIMIT, MessageTimeoutError, escaped
from ..protocol.close import CloseCode
from ..protocol.http import Exchange, Request, Response, response, serialize_response
from .accepting import Admission, Answer, origin_notice, receive_request, send_refusal, stream_of
from .certificates import ServerTls
from .listening import Listener
from .protocols import Protocol, Protocols, current_time, ping_all, send_to_all
from .ticker import Ticker

KEPT_MESSAGES = 1000
"""Messages that an end which answers by itself keeps until a test asks for it."""
KEPT_CLIENTS = 1000
"""Closed connections that no test has asked for."""
REFUSAL_SECONDS = 1.0
"""Seconds that a refused client may take to read why."""
STOP_SECONDS = 1.0
"""Seconds for the clients' closing handshakes when the server stops, and again for their threads to end."""


@dataclass(frozen=True)
class ServerOptions:
    """How a server behaves. Intervals and timeouts are in seconds."""

    max_message_size: int
    host: str = "127.0.0.1"
    port: int = 0
    tls: ServerTls | None = None
    protocols: Mapping[str, str] = field(default_factory=dict)
    default_protocol: str = "echo"
    ping_interval: float = 10.0
    time_interval: float = 5.0
    max_clients: int | None = None
    allowed_origins: tuple[str, ...] = ()
    compression: bool = True
    handshake_timeout: float = 10.0
    inbox_limit: InboxLimit = field(default_factory=InboxLimit)
    traffic_limit: TrafficLimit = field(default_factory=TrafficLimit)


@dataclass(frozen=True, eq=False)
class Client:
    """One accepted client: the server's end of its connection and the request that opened it."""

    connection: Connection
    handshake: Exchange
    protocol: Protocol

    @property
    def request(self) -> Request:
        return self.handshake.request


class WebSocketServer:
    """Listens as soon as it is made.

    Threads: one accepts, one serves pings and times to all clients, and each client has one, which reads its
    connection. The test's thread calls `wait_for_client` and `stop`. What the others change they announce through
    `_changed`.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.notices: deque[str] = deque(maxlen=100)
        self.ended: deque[Connection] = deque(maxlen=100)
        self.host = options.host
        self._options = options
        self._admission = Admission(
            Protocols(options.protocols, options.default_protocol), options.allowed_origins, options.compression
        )
        self._changed = WakeUp()
        self._stopping = False
        self._streams: set[Stream] = set()
        self._clients: dict[Connection, Client] = {}
        self._admitting = _thread.allocate_lock()
        self._arrived: deque[Client] = deque()
        self._listener = Listener(options.host, options.port, self._serve, self.notices)
        self.port = self._listener.port
        self._ticker = Ticker(
            f"ticker of port {self.port}",
            [(options.ping_interval, self._ping), (options.time_interval, self._tell_time)],
        )

    @property
    def url(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        scheme = "wss" if self._options.tls else "ws"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def ca_file(self) -> Path | None:
        """The file that makes a client trust a throw-away certificate: the value for its `verify`."""
        return None if self._options.tls is None else self._options.tls.ca_file

    @property
    def clients(self) -> list[Client]:
        """Clients whose connections have not ended, in the order of their opening."""
        return list(self._clients.copy().values())

    def __repr__(self) -> str:
        return f"<WebSocketServer '{self.url}': {len(self._clients)} clients>"

    def wait_for_client(self, deadline: Deadline, matches: Callable[[Client], bool], what: str) -> Client:
        """The next connection that matches and was not handed out yet."""
        while (client := self._take(matches)) is None:
            if self._stopping:
                raise MessageTimeoutError(f"No {what} can connect to '{self.url}': the server was stopped.")
            if deadline.expired:
                count = len(self._arrived)
                others = f"; {count:,} others wait to be asked for" if count else ""
                raise MessageTimeoutError(f"No {what} connected to '{self.url}' in {deadline}{others}.")
            self._changed.wait(deadline.slice)
        return client

    def stop(self) -> None:
        """Closes every client with 1001, frees the port, and leaves no thread behind."""
        self._stopping = True
        self._ticker.stop()
        self._listener.stop()
        self._close_clients(Deadline(STOP_SECONDS))
        for stream in self._streams.copy():
            stream.shutdown()
        self._wait_until_empty(Deadline(STOP_SECONDS))
        if self._options.tls is not None:
            self._options.tls.remove()

    def _serve(self, accepted: socket.socket, address: str) -> None:
        """Serves one client for as long as it stays, in a thread of its own."""
        deadline = Deadline(self._options.handshake_timeout)
        with suppress(OSError):  # the client left, or sent no TLS: that is its own affair
            stream = stream_of(accepted, None if self._options.tls is None else self._options.tls.context)
            self._streams.add(stream)
            try:
                if self._stopping:  # which waits only for the streams that it has seen
                    return
                if isinstance(stream, TlsStream):
                    stream.handshake(deadline)
                self._converse(stream, address, deadline)
            finally:
                stream.close()
                self._streams.discard(stream)
                self._changed.set()

    def _converse(self, stream: Stream, address: str, deadline: Deadline) -> None:
        received = receive_request(stream, deadline)
        if received is None or self._stopping:
            return
        if isinstance(received, Response):
            send_refusal(stream, received, Deadline(REFUSAL_SECONDS))
            return
        request, rest = received
        answer, connection = self._admit(stream, address, request)
        if connection is None:
            send_refusal(stream, answer, Deadline(REFUSAL_SECONDS))
            return
        try:
            connection.read(rest)
        finally:
            self.ended.append(connection)
            del self._clients[connection]

    def _admit(self, stream: Stream, address: str, request: Request) -> tuple[Response, Connection | None]:
        with self._admitting:  # one at a time, so that no two clients take the last place
            answer = self._answer(request)
            if answer.protocol is None:
                return answer.response, None
            connection = self._connection(stream, address, request, answer, answer.protocol)
            connection.post_raw(serialize_response(answer.response))  # before anybody can broadcast to it
            self._welcome(Client(connection, Exchange(request, answer.response, time()), answer.protocol))
            connection.drain()
            return answer.response, connection

    def _answer(self, request: Request) -> Answer:
        answer = self._admission.answer(request)
        if answer.response.status == 403:
            self.notices.append(origin_notice(request.headers["Origin"]))
        limit = self._options.max_clients
        if answer.protocol is not None and limit is not None and self._open_clients >= limit:
            return Answer(response(503, f"The server has its {limit} clients.\n"))
        return answer

    @property
    def _open_clients(self) -> int:
        return sum(client.connection.close_status is None for client in self.clients)

    def _connection(
        self, stream: Stream, address: str, request: Request, agreed: Answer, protocol: Protocol
    ) -> Connection:
        url = self.url.rstrip("/") + escaped(request.path[:QUOTE_LIMIT])
        answer, peers = protocol.answer, partial(self._peers, protocol)
        return Connection(
            stream,
            "server",
            name=f"{url} (client {address})",
            url=url,
            max_message_size=self._options.max_message_size,
            subprotocol=agreed.subprotocol,
            inbox_limit=self._options.inbox_limit,
            traffic_limit=self._options.traffic_limit,
            keep_last=None if protocol.name == "silent" else KEPT_MESSAGES,
            compression=agreed.compression,
            answer=None if answer is None else lambda connection, messages: answer(connection, messages, peers),
        )

    def _welcome(self, client: Client) -> None:
        self._clients[client.connection] = client
        self._arrived.append(client)
        while len(self._arrived) > KEPT_CLIENTS and self._arrived[0].connection.state == "closed":
            self._arrived.popleft()
        self._changed.set()

    def _take(self, matches: Callable[[Client], bool]) -> Client | None:
        client = next((client for client in self._arrived.copy() if matches(client)), None)
        if client is not None:
            client.connection.inbox.keep_all()
            client.connection.drain()  # its 101, which a ping of the test would overtake
            self._arrived.remove(client)
        return client

    def _peers(self, protocol: Protocol) -> list[Connection]:
        return [client.connection for client in self.clients if client.protocol is protocol]

    def _ping(self) -> None:
        with self._admitting:  # a ping would overtake a 101 that was not sent yet
            clients = self.clients
        ping_all(client.connection for client in clients if client.protocol.pings)

    def _tell_time(self) -> None:
        send_to_all((client.connection for client in self.clients if client.protocol.tells_time), [current_time()])

    def _close_clients(self, deadline: Deadline) -> None:
        while self._streams and not deadline.expired:
            for client in self.clients:  # again and again: a handshake may end only now
                client.connection.begin_close(CloseCode.GOING_AWAY, "", deadline)
            self._changed.wait(deadline.slice)

    def _wait_until_empty(self, deadline: Deadline) -> None:
        while self._streams and not deadline.expired:
            self._changed.wait(deadline.slice)
