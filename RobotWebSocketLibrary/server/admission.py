"""Who may connect, and how: TLS, the request, the scripted response, the decision, and the 101 (RFC 6455 section 4.2).

`Admission.admit` is the whole way of one client; everything below it stands in the order in which it happens. Answers
that let nobody in are in `refusals`, what the two sides agree on is in `agreement`.
"""

from __future__ import annotations

import socket
import ssl
from collections import deque
from dataclasses import dataclass
from functools import partial

from ..connection.connection import Connection
from ..connection.stream import Stream, TlsStream
from ..connection.terms import Limits, Terms
from ..deadline import Deadline
from ..errors import QUOTE_LIMIT, escaped
from ..protocol.http import Exchange, HeadReader, HttpError, Request, Response, read_request, serialize_response
from . import refusals
from .agreement import Agreement, agree
from .behaviors import Behaviors
from .clients import Client, Clients
from .connection_attempts import ConnectionAttempt
from .conversation import Conversation
from .counted_notices import CountedNotices
from .failed_attempts import explain_tls_failure
from .greetings import Greetings
from .handshake_requests import KEPT_REQUESTS, HandshakeRequest, asks_for_websocket
from .origins import Origins, explain_refused_origin
from .outage import Outage
from .replies import Replies
from .scripted_responses import UNSCRIPTED, ScriptedResponse, ScriptedResponses
from .server_options import ServerOptions

TLS_HANDSHAKE = b"\x16"
"""How a client that speaks TLS begins."""
LAST_MESSAGES = 1000
"""Messages that are kept for a client that is answered by itself and that no test has asked for yet."""


@dataclass(frozen=True)
class Attempt:
    """A request whose answer is due, the response that a test has scripted for it, and the bytes that came behind."""

    asked: HandshakeRequest
    scripted: ScriptedResponse
    received: bytes


@dataclass(frozen=True)
class Admitted:
    """A client that was let in, and the bytes that came behind its request: the first that its connection reads."""

    client: Client
    received: bytes


class Admission:
    """Lets the clients of one server in, or refuses them.

    Rules:

    - `admit` runs in the handler's thread of its client, for many clients at once. It may wait for that client, until
      the deadline of the handshake or for as long as a script wants, but never for another one.
    - The stream of a client is in `_unanswered` until its answer is due. `end_unanswered` ends TCP of them all, which
      wakes their threads. The order matters: a thread adds its stream and then checks `clients.closed`, while `stop`
      closes the clients and then ends the unanswered streams.
    - Clients are let in one at a time, under `clients.changing`, where nobody waits. So no two take the last place; and
      the 101 is posted before anybody can find the client and send something that would arrive before it.
    - The status of a request is set before its answer leaves, so a client that has the answer finds it there.
    - An interrupt strikes only the test's thread, which never admits a client.
    """

    def __init__(
        self,
        options: ServerOptions,
        behaviors: Behaviors,
        url: str,
        *,
        clients: Clients,
        scripted_responses: ScriptedResponses,
        replies: Replies,
        notices: CountedNotices,
        outage: Outage,
        greetings: Greetings,
    ) -> None:
        self.handshake_requests: deque[HandshakeRequest] = deque(maxlen=0 if options.unattended else KEPT_REQUESTS)
        self._options = options
        self._origins = Origins(options.allowed_origins, options.host)
        self._behaviors = behaviors
        self._url = url
        self._clients = clients
        self._scripted_responses = scripted_responses
        self._replies = replies
        self._notices = notices
        self._outage = outage
        self._greetings = greetings
        self._unanswered: set[Stream] = set()

    def admit(self, stream: Stream, began: ConnectionAttempt) -> Admitted | Response:
        """Leads one client all the way, and returns it with its connection, or the refusal that it must get.

        Raises `OSError` where nobody is left to be answered: the client has left, or the server is stopping.
        """
        attempt = self._receive_attempt(stream, began)
        if isinstance(attempt, Response):
            return attempt
        decision = self._decide(attempt.asked.request, attempt.scripted)
        outcome = (
            self._let_in(stream, began.address, attempt, decision) if isinstance(decision, Agreement) else decision
        )
        if isinstance(outcome, Response):
            attempt.asked.status = outcome.status
        return outcome

    def end_unanswered(self) -> None:
        """Ends TCP of all clients that still wait for their answer. The server's clients are closed already."""
        for stream in self._unanswered.copy():
            stream.shutdown()

    def _receive_attempt(self, stream: Stream, began: ConnectionAttempt) -> Attempt | Response:
        """Performs TLS, receives the request, and waits for the scripted delay. A suspended server ends it here."""
        deadline = Deadline(self._options.handshake_timeout)
        self._unanswered.add(stream)
        try:
            self._check_open()
            if isinstance(stream, TlsStream):
                _perform_tls(stream, deadline, began)
            received = receive_request(stream, deadline)
            self._check_open()
            if isinstance(received, Response):
                return received
            request, rest = received
            began.request, asked = request, HandshakeRequest(request)
            if (refusal := self._outage.meet(stream, began)) is not None:
                return refusal
            scripted = self._take_script(asked)
            return Attempt(asked, scripted, rest + scripted.wait(stream))
        finally:
            self._unanswered.discard(stream)

    def _check_open(self) -> None:
        if self._clients.closed:
            raise ConnectionAbortedError("the server is stopping")

    def _take_script(self, asked: HandshakeRequest) -> ScriptedResponse:
        """Remembers a request for a handshake and takes the response that a test has scripted for it."""
        if not asks_for_websocket(asked.request):  # plain HTTP is neither listed nor scripted
            return UNSCRIPTED
        self.handshake_requests.append(asked)
        return self._scripted_responses.take(asked.request)

    def _decide(self, request: Request, scripted: ScriptedResponse) -> Agreement | Response:
        """Decides about a request. A scripted 101 applies only to clients that the server would let in anyway."""
        if scripted.status != 101:
            return scripted.make_refusal()
        refusal = refusals.refuse_handshake(request) or self._check_origin(request)
        return refusal or agree(request, scripted, self._behaviors, compression=self._options.compression)

    def _check_origin(self, request: Request) -> Response | None:
        if self._origins.allow(request):
            return None
        origin = request.headers["Origin"]
        self._notices.append(explain_refused_origin(origin))
        return refusals.refuse_origin(origin)

    def _let_in(self, stream: Stream, address: str, attempt: Attempt, agreement: Agreement) -> Admitted | Response:
        """Makes a client and sends its 101, or refuses it when every place is taken."""
        asked, response = attempt.asked, agreement.response
        with self._clients.changing:
            self._check_open()
            if self._clients.full:
                return refusals.refuse_above_limit(self._options.max_clients)
            asked.status = response.status
            connection = self._connect(stream, address, asked.request, agreement)
            connection.post_raw(serialize_response(response))
            client = Client(connection, Exchange(asked.request, response, asked.time), agreement.behavior)
            self._greetings.greet(client)
            self._clients.add(client)
            connection.push()
            return Admitted(client, attempt.received)

    def _connect(self, stream: Stream, address: str, request: Request, agreement: Agreement) -> Connection:
        """Makes the server's end of a connection."""
        options, behavior = self._options, agreement.behavior
        url = self._url.rstrip("/") + escaped(request.path[:QUOTE_LIMIT])
        peers = partial(self._clients.find_connections, behavior)
        keep_last = 0 if options.unattended else None if behavior.name == "silent" else LAST_MESSAGES
        conversation = Conversation(self._replies, request, agreement.subprotocol, behavior, peers)
        return Connection(
            stream,
            "server",
            f"{url} (client {address})",
            Terms(url, agreement.subprotocol, agreement.compression),
            Limits(options.max_message_size, options.inbox_limit, options.traffic_limit, keep_last),
            responder=conversation,
        )


def open_stream(accepted: socket.socket, context: ssl.SSLContext | None) -> Stream:
    """Makes the stream of an accepted socket. `admit` performs TLS, in the client's own thread: it stops no other."""
    if context is None:
        return Stream(accepted)
    return TlsStream(context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False))


def _perform_tls(stream: TlsStream, deadline: Deadline, began: ConnectionAttempt) -> None:
    try:
        stream.handshake(deadline)
    except OSError as error:
        began.failure = explain_tls_failure(error, has_sent_certificate=stream.has_sent_certificate)
        raise
    began.secure = True


def receive_request(stream: Stream, deadline: Deadline) -> tuple[Request, bytes] | Response:
    """Receives a request and what came behind it. Returns the refusal of what is not a request."""
    head = HeadReader(skips_empty_lines=True)
    try:
        while True:
            data = stream.receive(deadline)
            if not data:
                raise ConnectionAbortedError("the client left before its request was complete")
            if data.startswith(TLS_HANDSHAKE) and not head.received:
                return refusals.refuse_tls()
            if head.feed(data):
                break
    except TimeoutError:
        return refusals.refuse_late_request(deadline)
    except HttpError as error:
        return refusals.refuse_large_request(error)
    try:
        return read_request(head.lines), head.rest
    except HttpError as error:
        return refusals.refuse_malformed_request(error, b"\r\n".join(head.lines))
