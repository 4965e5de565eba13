"""Who may connect, and how: TLS, the request, the scripted response, the decision, and the 101 (RFC 6455 section 4.2).

`Admission.admit` is the whole way of one client; everything below it stands in the order in which it happens. Answers
that let nobody in are in `refusals`, what the two sides agree on is in `agreement`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from ..connection.connection import Connection
from ..connection.stream import Stream
from ..connection.terms import Limits, Terms
from ..connection.tls_stream import TlsStream
from ..deadline import Deadline
from ..errors import QUOTE_LIMIT, escaped
from ..protocol.http import Exchange, Request, Response, serialize_response
from . import refusals
from .agreement import Agreement, agree
from .behaviors import Behaviors
from .clients import Client, Clients
from .connection_attempts import ConnectionAttempt
from .conversation import Conversation
from .counted_notices import CountedNotices
from .greetings import Greetings
from .handshake_requests import KEPT_REQUESTS, HandshakeRequest, HttpRequest, asks_for_websocket
from .hosting import ClientLeftError, Host, Link, Patience, PlainExchange
from .http_responses import HttpResponses
from .origins import Origins, explain_refused_origin
from .outage import Outage
from .plain_http import PlainHttp
from .reception import perform_tls, receive_request
from .replies import Replies
from .scripted_responses import UNSCRIPTED, ScriptedResponse, ScriptedResponses
from .server_options import ServerOptions

LAST_MESSAGES = 1000
"""Messages that are kept for a client that is answered by itself and that no test has asked for yet."""


class Attempt(NamedTuple):
    """A request whose answer is due, the response that a test has scripted for it, and the bytes that came behind."""

    asked: HandshakeRequest
    scripted: ScriptedResponse
    received: bytes


class Admitted(NamedTuple):
    """A client that was let in, and the bytes that came behind its request: the first that its connection reads."""

    client: Client
    received: bytes
    link: Link | None = None


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
        http_responses: HttpResponses,
        host: Host | None = None,
    ) -> None:
        self.handshake_requests: deque[HandshakeRequest] = deque(maxlen=0 if options.unattended else KEPT_REQUESTS)
        self._options = options
        self._origins = Origins(options.allowed_origins, options.host)
        self._plain_http = PlainHttp(http_responses, self._origins, options.handshake_timeout)
        self._behaviors = behaviors
        self._url = url
        self._clients = clients
        self._scripted_responses = scripted_responses
        self._replies = replies
        self._notices = notices
        self._outage = outage
        self._greetings = greetings
        self._host = host
        self._unanswered: set[Stream] = set()

    def admit(self, stream: Stream, began: ConnectionAttempt) -> Admitted | Response | PlainExchange:
        """Leads one client all the way, and returns it with its connection, or the refusal that it must get.

        Raises `OSError` where nobody is left to be answered: the client has left, or the server is stopping.
        """
        attempt = self._receive_attempt(stream, began)
        if isinstance(attempt, Response):
            return attempt
        if not asks_for_websocket(attempt.asked.request):
            return self._answer_plainly(stream, began, attempt)
        decision = self._decide(stream, attempt.asked.request, attempt.scripted)
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
        with self._waiting(stream):
            if isinstance(stream, TlsStream):
                perform_tls(stream, deadline, began)
            received = receive_request(stream, deadline)
            self._check_open()
            if isinstance(received, Response):
                return received
            request, rest = received
            began.request, asked = request, HandshakeRequest(request)
            opens = asks_for_websocket(request)  # plain HTTP is listed and scripted elsewhere
            if opens:
                self.handshake_requests.append(asked)
            if (refusal := self._outage.meet(stream, began)) is not None:
                asked.status = refusal.status
                return refusal
            scripted = self._scripted_responses.take(request) if opens else UNSCRIPTED
            return Attempt(asked, scripted, rest + scripted.wait(stream))

    @contextmanager
    def _waiting(self, stream: Stream) -> Iterator[None]:
        """Waits for a client, unless the server stops."""
        self._unanswered.add(stream)
        try:
            self._check_open()
            yield
        finally:
            self._unanswered.discard(stream)

    def _check_open(self) -> None:
        if self._clients.closed:
            raise ConnectionAbortedError("the server is stopping")

    def _decide(self, stream: Stream, request: Request, scripted: ScriptedResponse) -> Agreement | Response:
        """Decides about a request. A scripted 101 applies only to clients that the server would let in anyway."""
        if scripted.status != 101:
            return scripted.make_refusal()
        refusal = refusals.refuse_handshake(request) or self._check_origin(request)
        if refusal is not None:
            return refusal
        if self._host is None:
            return agree(request, scripted, self._behaviors, compression=self._options.compression)
        return self._ask_host(self._host, stream, request, scripted)

    def _ask_host(
        self, host: Host, stream: Stream, request: Request, scripted: ScriptedResponse
    ) -> Agreement | Response:
        """Lets a proxy ask its target. It sees by itself when the client leaves, and when the server stops."""
        with self._be_patient(stream) as patience:
            return host.agree(request, scripted, patience)

    def _answer_plainly(self, stream: Stream, began: ConnectionAttempt, attempt: Attempt) -> PlainExchange | Response:
        """Answers plain HTTP as a test wants it. Otherwise a proxy may pass it on."""
        asked = self._plain_http.note(attempt.asked.request)
        response = self._plain_http.take(asked.request)
        if response is None and self._host is not None and self._host.relays_http:
            answer = self._ask_plainly(self._host, stream, asked, attempt.received)
        else:
            with self._waiting(stream):
                answer = self._plain_http.answer(stream, began, asked, attempt.received, response)
        if isinstance(answer, Response):
            asked.status = answer.status
        return answer

    def _ask_plainly(self, host: Host, stream: Stream, asked: HttpRequest, received: bytes) -> PlainExchange | Response:
        """Lets a proxy pass plain HTTP on."""
        if refusal := self._check_origin(asked.request):
            return refusal
        with self._be_patient(stream) as patience:
            return host.ask_plainly(asked, received, patience)

    @contextmanager
    def _be_patient(self, stream: Stream) -> Iterator[Patience]:
        try:
            yield Patience(self._options.handshake_timeout, stream, lambda: self._clients.closed)
        except ClientLeftError:
            raise ConnectionAbortedError("the client left before the target answered") from None

    def _check_origin(self, request: Request) -> Response | None:
        if self._origins.allow(request):
            return None
        origin = request.headers["Origin"]
        if not self._options.unattended:
            self._notices.append(explain_refused_origin(origin))
        return refusals.refuse_origin(origin)

    def _let_in(self, stream: Stream, address: str, attempt: Attempt, agreement: Agreement) -> Admitted | Response:
        """Makes a client and sends its 101, or refuses it when every place is taken."""
        asked, response, link = attempt.asked, agreement.response, agreement.link
        admitted: Admitted | None = None
        try:
            with self._clients.changing:
                self._check_open()
                if self._clients.full:
                    return refusals.refuse_above_limit(self._options.max_clients)
                asked.status = response.status
                connection = self._connect(stream, address, asked.request, agreement)
                connection.post_raw(serialize_response(response))
                handshake = Exchange(asked.request, response, asked.time)
                upstream = None if link is None else link.join(connection)
                client = Client(connection, handshake, agreement.behavior, upstream)
                self._greetings.greet(client)
                self._clients.add(client)
                connection.push()
                admitted = Admitted(client, attempt.received, link)
                return admitted
        finally:
            if admitted is None and link is not None:
                link.give_up()

    def _connect(self, stream: Stream, address: str, request: Request, agreement: Agreement) -> Connection:
        """Makes the server's end of a connection."""
        options, behavior, link = self._options, agreement.behavior, agreement.link
        url = self._url.rstrip("/") + escaped(request.path[:QUOTE_LIMIT])
        peers = partial(self._clients.find_connections, behavior)
        keep_last = 0 if options.unattended else None if behavior.name == "silent" else LAST_MESSAGES
        conversation = Conversation(self._replies, request, agreement.subprotocol, behavior, peers)
        return Connection(
            stream,
            "server",
            f"{url} (client {address})",
            Terms(url, agreement.subprotocol, agreement.compression),
            Limits(options.max_message_size, options.inbox_limit, options.traffic_limit, keep_last, link is not None),
            responder=conversation,
            relay=None if link is None else link.near_relay,
        )
