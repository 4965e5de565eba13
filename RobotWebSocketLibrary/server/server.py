"""The test server: stands in for the peer of the application under test."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..connection.connection import Agreement, Connection, Limits
from ..connection.delivery import Answer
from ..connection.stream import Stream, TlsStream
from ..deadline import Deadline, WakeUp
from ..errors import QUOTE_LIMIT, WaitError, escaped
from ..protocol.close import CloseCode
from ..protocol.http import Exchange, Request, Response, response, serialize_response
from .admission import Admission, Admitted, origin_notice, receive_request, send_refusal, stream_of
from .behaviors import Behavior, Behaviors, current_time, ping_all, send_to_all
from .clients import Client, ClientFilter, Clients
from .conversation import answering
from .handshake_requests import KEPT_REQUESTS, HandshakeRequest, asks_for_websocket
from .listener import Listener
from .replies import Replies
from .scripted_responses import USUAL, ScriptedResponse, ScriptedResponses
from .server_options import ServerOptions
from .ticker import Ticker

LAST_MESSAGES = 1000
"""Messages that an end which answers by itself keeps until a test asks for it."""
REFUSAL_SECONDS = 1.0
"""Seconds that a refused client may take to read why."""
STOP_SECONDS = 1.0
"""Seconds for the clients' closing handshakes when the server stops, and again for their threads to end."""


class WebSocketServer:
    """Listens as soon as it is made.

    Threads: one accepts, one serves pings and times to all clients, and each client has one, which reads its
    connection. Every public method is for the test's thread. What the others change they announce through `_changed`.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.notices: deque[str] = deque(maxlen=100)
        self.ended: deque[Connection] = deque(maxlen=0 if options.unattended else 100)
        self.host = options.host
        self.scripted_responses = ScriptedResponses()
        self.replies = Replies()
        self._options = options
        self._admission = Admission(
            Behaviors(options.protocols, options.default_protocol), options.allowed_origins, options.compression
        )
        self._changed = WakeUp()
        self._stopping = False
        self._streams: set[Stream] = set()
        self._unanswered: set[Stream] = set()
        self._clients = Clients(options.max_clients, unattended=options.unattended)
        self._requests: deque[HandshakeRequest] = deque(maxlen=0 if options.unattended else KEPT_REQUESTS)
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
        return self._clients.connected

    @property
    def served(self) -> int:
        """How many clients it has had."""
        return self._clients.served

    @property
    def requests(self) -> list[HandshakeRequest]:
        """The last requests for an opening handshake, whatever they were answered."""
        return list(self._requests.copy())

    def __repr__(self) -> str:
        count = len(self._clients)
        return f"<WebSocketServer '{self.url}': {count:,} {'client' if count == 1 else 'clients'}>"

    def wait_for_client(self, deadline: Deadline, matches: ClientFilter, what: str) -> Client:
        """The next connection that matches and was not handed out yet."""
        while (client := self._clients.take(matches)) is None:
            if self._stopping:
                raise WaitError(f"No {what} can connect to '{self.url}': the server was stopped.")
            if deadline.expired:
                count = self._clients.waiting
                waiting = "1 other waits" if count == 1 else f"{count:,} others wait"
                others = f"; {waiting} to be asked for" if count else ""
                raise WaitError(f"No {what} connected to '{self.url}' in {deadline}{others}.")
            self._changed.wait(deadline.slice)
        return client

    def take_open_clients(self, matches: ClientFilter) -> list[Client]:
        """All open connections that match; `wait_for_client` does not return them again."""
        return self._clients.take_open(matches)

    def broadcast(self, message: str | bytes, matches: ClientFilter) -> int:
        """Sends a message to each open client that matches, none waits for another, and returns how many they are."""
        connections = [client.connection for client in self.clients if matches(client)]
        return send_to_all(connections, [message])  # type: ignore[arg-type]

    def stop(self) -> None:
        """Closes every client with 1001, frees the port, and leaves no thread behind."""
        self._stopping = True
        self._ticker.stop()
        self.replies.stop()
        self._listener.stop()
        deadline = Deadline(STOP_SECONDS)
        for client in self._clients.close():
            client.connection.begin_close(CloseCode.GOING_AWAY, "", deadline)
        self._end(self._unanswered, deadline)
        self._end(self._streams, Deadline(STOP_SECONDS))
        if self._options.tls is not None:
            self._options.tls.remove()

    def _serve(self, accepted: socket.socket, address: str) -> None:
        """Serves one client for as long as it stays, in a thread of its own."""
        deadline = Deadline(self._options.handshake_timeout)
        with suppress(OSError):  # the client left, or sent no TLS: that is its own affair
            stream = stream_of(accepted, None if self._options.tls is None else self._options.tls.context)
            self._streams.add(stream)
            self._unanswered.add(stream)
            try:
                if self._stopping:  # which waits only for the streams that it has seen
                    return
                if isinstance(stream, TlsStream):
                    stream.handshake(deadline)
                self._converse(stream, address, deadline)
            finally:
                stream.close()
                self._unanswered.discard(stream)
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
        asked = HandshakeRequest(request)
        scripted = USUAL
        if asks_for_websocket(request):
            self._requests.append(asked)
            scripted = self.scripted_responses.next_for(request)
        early = scripted.wait(stream)
        if early is not None:
            self._unanswered.discard(stream)
            self._give_answer(stream, address, asked, scripted, rest + early)

    def _give_answer(
        self, stream: Stream, address: str, asked: HandshakeRequest, scripted: ScriptedResponse, received: bytes
    ) -> None:
        admitted = self._admit(stream, address, asked, scripted)
        if isinstance(admitted, Response):
            send_refusal(stream, admitted, Deadline(REFUSAL_SECONDS))
        elif admitted is not None:
            self._changed.set()
            try:
                admitted.connection.read(received)
            finally:
                self.ended.append(admitted.connection)
                self._clients.remove(admitted)

    def _admit(
        self, stream: Stream, address: str, asked: HandshakeRequest, scripted: ScriptedResponse
    ) -> Client | Response | None:
        """Makes a client of whom the server lets in; returns the refusal of others, and None when it is stopping."""
        with self._clients.changing:  # one at a time, so that no two clients take the last place
            if self._clients.closed:
                return None
            answer = self._answer(asked.request, scripted)
            asked.status = answer.response.status
            if answer.behavior is None:
                return answer.response
            connection = self._connection(stream, address, asked.request, answer, answer.behavior)
            connection.post_raw(serialize_response(answer.response))  # before anybody can broadcast to it
            client = Client(connection, Exchange(asked.request, answer.response, asked.time), answer.behavior)
            self._clients.add(client)
            connection.push()
            return client

    def _answer(self, request: Request, scripted: ScriptedResponse) -> Admitted:
        answer = self._admission.answer(request, scripted)
        if answer.response.status == 403 and scripted.status == 101:
            self.notices.append(origin_notice(request.headers["Origin"]))
        if answer.behavior is not None and self._clients.full:
            return Admitted(response(503, f"The server has its {self._options.max_clients} clients.\n"))
        return answer

    def _connection(
        self, stream: Stream, address: str, request: Request, agreed: Admitted, behavior: Behavior
    ) -> Connection:
        url = self.url.rstrip("/") + escaped(request.path[:QUOTE_LIMIT])
        peers = partial(self._peers, behavior)
        keep_last = 0 if self._options.unattended else None if behavior.name == "silent" else LAST_MESSAGES
        return Connection(
            stream,
            "server",
            f"{url} (client {address})",
            Agreement(url, agreed.subprotocol, agreed.compression),
            Limits(self._options.max_message_size, self._options.inbox_limit, self._options.traffic_limit, keep_last),
            answer=Answer(
                answering(self.replies, request, agreed.subprotocol, behavior.answer, peers),
                holds_reading=behavior.answer is not None,  # scripted replies wait for their client themselves
            ),
        )

    def _peers(self, behavior: Behavior) -> list[Connection]:
        return [client.connection for client in self.clients if client.behavior is behavior]

    def _ping(self) -> None:
        clients = self._clients.admitted  # a ping would overtake a 101 that was not sent yet
        ping_all(client.connection for client in clients if client.behavior.pings)

    def _tell_time(self) -> None:
        send_to_all((client.connection for client in self.clients if client.behavior.tells_time), [current_time()])

    def _end(self, streams: set[Stream], deadline: Deadline) -> None:
        """Ends TCP of some clients, and waits until all have left."""
        for stream in streams.copy():
            stream.shutdown()
        while self._streams and not deadline.expired:
            self._changed.wait(deadline.slice)
