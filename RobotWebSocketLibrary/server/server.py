"""The test server: stands in for the peer of the application under test."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..connection.failed_replies import FailedReply
from ..connection.news import News
from ..connection.stream import Stream
from ..deadline import Deadline, WakeUp
from ..errors import WaitError
from ..protocol.close import CloseCode
from ..protocol.http import Response
from .admission import Admission, Admitted
from .behaviors import Behaviors, send_to_all
from .clients import Client, ClientFilter, Clients, Upstream
from .connection_attempts import ACCEPTED, PLAIN, ConnectionAttempt
from .counted_notices import CountedNotices
from .failed_attempts import REFUSED
from .greetings import Greetings
from .handshake_requests import HandshakeRequest
from .hosting import Host, Link, PlainExchange
from .http_responses import HttpResponses
from .missing_client import describe_instead
from .outage import Outage
from .plain_http import ANSWER_SECONDS
from .reception import open_stream
from .refusals import REFUSAL_SECONDS, note_loss, note_passed_on, note_refusal, send_refusal
from .replies import Replies
from .scripted_responses import ScriptedResponses
from .server_options import ServerOptions
from .ticker import Ticker

STOP_SECONDS = 1.0
"""Seconds for the clients' closing handshakes when the server stops, and again for their threads to end."""


class WebSocketServer:
    """Has its port as soon as it is made, and serves from `start` until `stop`.

    Rules:

    - Every public method is for the test's thread. One further thread accepts. Each client has one for its TLS and its
      opening handshake, which hands the connection to the reading thread and ends. The reading thread also sends the
      pings and times of `Ticker`.
    - A stream is in `_streams` until it was closed. Only the thread of its handshake or the end of its connection
      closes it; others only call `shutdown`, those of clients before those that were opened for them.
    - These threads never wait for the test. They leave what it has to know in `notices` and `_clients`.
    - An interrupted `start` leaves a server that `stop` ends. An interrupted `stop` can be called again, and goes
      through the same steps: each of them is harmless twice.
    """

    def __init__(self, options: ServerOptions, host: Host | None = None, notices: CountedNotices | None = None) -> None:
        from .host_listener import HostListener  # `socketserver`, and what serves a client: a run may have no server

        self.notices = CountedNotices() if notices is None else notices
        self.host = options.host
        self.scripted_responses = ScriptedResponses()
        self.replies = Replies()
        self.greetings = Greetings()
        self.http_responses = HttpResponses(keeps_requests=not options.unattended)
        self._tls = options.tls
        self._is_unattended = options.unattended
        self._clients = Clients(
            options.max_clients,
            unattended=options.unattended,
            announces=options.shows_traffic or not options.unattended,
        )
        self._streams: dict[Stream, None] = {}
        self._client_left = WakeUp()
        behaviors = Behaviors(options.protocols, options.default_protocol)
        self._listener = HostListener(options.host, options.port, self.notices)
        self.port = self._listener.port
        self.outage = Outage(self.url, self._listener, self._clients)
        self._admission = Admission(
            options,
            behaviors,
            self.url,
            clients=self._clients,
            scripted_responses=self.scripted_responses,
            replies=self.replies,
            notices=self.notices,
            outage=self.outage,
            greetings=self.greetings,
            http_responses=self.http_responses,
            host=host,
        )
        self._ticker = Ticker(self._clients, options.ping_interval, options.time_interval)

    @property
    def url(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        scheme = "wss" if self._tls else "ws"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def ca_file(self) -> Path | None:
        """The file that makes a client trust a throw-away certificate: the value for its `verify`."""
        return None if self._tls is None else self._tls.ca_file

    @property
    def clients(self) -> list[Client]:
        """Clients whose connections have not ended, in the order of their opening."""
        return self._clients.connected

    @property
    def news(self) -> News[Client]:
        """Clients with something new for the log. A server that nobody attends has none."""
        return self._clients.news

    @property
    def upstream_news(self) -> News[Upstream]:
        """Second ends of a proxy's clients with something new for the log."""
        return self._clients.upstream_news

    @property
    def served(self) -> int:
        """How many clients it has had."""
        return self._clients.served

    @property
    def handshake_requests(self) -> list[HandshakeRequest]:
        """The last requests for an opening handshake, however they were answered."""
        return list(self._admission.handshake_requests.copy())

    def __repr__(self) -> str:
        count = len(self._clients)
        return f"<WebSocketServer '{self.url}': {count:,} {'client' if count == 1 else 'clients'}>"

    def start(self) -> None:
        """Serves from now on. Whoever calls it knows the server already, and stops it also if this is interrupted."""
        self._ticker.start()
        self._listener.start(self._serve)

    @property
    def arrivals(self) -> Clients:
        """Where a test takes clients from, and can put the last one back."""
        return self._clients

    def wait_for_client(self, deadline: Deadline, wanted: ClientFilter, what: str) -> Client:
        """Waits for the next client that is wanted and was not handed out yet."""
        while (client := self._clients.take(wanted)) is None:
            if self._clients.closed:
                raise WaitError(f"No {what} can connect to '{self.url}': the server was stopped.")
            if deadline.expired:
                instead = describe_instead(self.outage.attempts.of_test, self._clients.waiting, wanted)
                nobody = "" if instead else ": nobody has connected at all"
                failure = WaitError(f"No {what} connected to '{self.url}' in {deadline}{nobody}.")
                failure.details = instead
                raise failure
            self._clients.arrived.wait(deadline.slice)
        return client

    def take_open_clients(self, wanted: ClientFilter) -> list[Client]:
        """Takes all open clients that are wanted; `wait_for_client` does not return them again."""
        return self._clients.take_open(wanted)

    def broadcast(self, message: str | bytes, wanted: ClientFilter) -> int:
        """Sends a message to each open client that is wanted, and returns how many they are. None waits for another."""
        connections = [client.connection for client in self.clients if wanted(client)]
        return send_to_all(connections, [message])  # type: ignore[arg-type]

    def end(self, owner: str) -> None:
        """Undoes what an owner that ends has done so that clients wait in vain."""
        self.outage.end(owner)
        for client in self.clients:
            client.connection.misbehavior.restore()
            if client.upstream is not None:
                client.upstream.connection.misbehavior.restore()

    def take_failures(self) -> list[tuple[str, FailedReply]]:
        """Takes what has failed since the last call in code of the test, each with what it was to make."""
        replies, responses = self.replies.take_failures(), self.http_responses.take_failures()
        return [*(("reply", failure) for failure in replies), *(("response", failure) for failure in responses)]

    def stop(self) -> None:
        """Closes every client with 1001, frees the port, and leaves no thread behind."""
        clients = self._clients.close()
        self._ticker.stop()
        self.replies.stop()
        self.greetings.remove()
        self._listener.stop()
        deadline = Deadline(STOP_SECONDS)
        for client in clients:
            client.connection.begin_close(CloseCode.GOING_AWAY, "", deadline)
        self._admission.end_unanswered()
        self._wait_until_left(deadline)
        for stream in list(self._streams):
            stream.shutdown()
        for client in clients:
            client.connection.look()
            if client.upstream is not None:
                client.upstream.connection.look()
        self._wait_until_left(Deadline(STOP_SECONDS))
        if self._tls is not None:
            self._tls.remove()

    def _serve(self, accepted: socket.socket, address: str) -> None:
        """Leads one client through its opening handshake, in the thread that the listener has made for it."""
        attempt = self.outage.attempts.begin(address)
        with suppress(OSError):  # the client left, or the server stops
            stream = open_stream(accepted, None if self._tls is None else self._tls.context)
            self._streams[stream] = None
            try:
                self._answer(stream, attempt)
            finally:
                if attempt.outcome != ACCEPTED:
                    self._forget(stream)
                    if not attempt.is_plain:
                        self.outage.attempts.end(attempt)

    def _answer(self, stream: Stream, attempt: ConnectionAttempt) -> None:
        """Lets a client in, or refuses it."""
        try:
            outcome = self._admission.admit(stream, attempt)
        except OSError:
            if not self._clients.closed:
                note_loss(attempt)
            raise
        if isinstance(outcome, Response):
            failure = note_refusal(attempt, outcome)
            if self._is_unattended and failure.kind is REFUSED:  # no test asks for it
                self.notices.append(f"a {failure}")
            self.outage.attempts.decide(attempt, str(outcome.status))
            seconds = ANSWER_SECONDS if attempt.is_plain else REFUSAL_SECONDS
            send_refusal(stream, outcome, attempt.request, seconds)
        elif not isinstance(outcome, Admitted):
            note_passed_on(attempt)
            self.outage.attempts.decide(attempt, PLAIN)
            self._run_plainly(outcome, stream)
        else:
            attempt.subprotocol = outcome.client.subprotocol
            self.outage.attempts.decide(attempt, ACCEPTED)
            self._hand_over(outcome, stream, attempt)

    def _hand_over(self, admitted: Admitted, stream: Stream, attempt: ConnectionAttempt) -> None:
        """Hands an admitted connection to the reading thread, until it has ended."""
        end = partial(self._end, admitted.client, stream, attempt)
        try:
            admitted.client.connection.start(admitted.received, end)
        except Exception as error:  # the machine has no room for another thread
            self._note_unserved(admitted, error)
            stream.close()
            end()
            return
        if admitted.link is not None:
            try:
                self._start_upstream(admitted.client, admitted.link)
            except Exception as error:
                self._note_unserved(admitted, error)
                stream.shutdown()  # the reading thread has it already, and sees that it has ended

    def _note_unserved(self, admitted: Admitted, error: Exception) -> None:
        self.notices.append(f"the server could not serve '{admitted.client.connection.name}': {error!r}")
        if admitted.link is not None:
            admitted.link.give_up()
            self._forget(admitted.link.stream)

    def _run_plainly(self, exchange: PlainExchange, client: Stream) -> None:
        """Passes a request of plain HTTP on, in the thread of its client, until one side ends, or `stop` ends both."""
        self._streams[exchange.stream] = None
        try:
            if not self._clients.closed:
                exchange.run(client)
        finally:
            self._forget(exchange.stream)

    def _start_upstream(self, client: Client, link: Link) -> None:
        """Hands the second end of a client to the reading thread, until it has ended."""
        self._streams[link.stream] = None
        link.start(partial(self._end_upstream, client, link.stream))
        if self._clients.closed:  # `stop` may have ended the streams that it found before this one came
            link.stream.shutdown()

    def _end_upstream(self, client: Client, stream: Stream) -> None:
        assert client.upstream is not None
        self._clients.end_upstream(client.upstream)
        self._forget(stream)

    def _end(self, client: Client, stream: Stream, attempt: ConnectionAttempt) -> None:
        """The connection of a client has ended."""
        self._clients.remove(client)
        self.greetings.forget(client)
        self.outage.attempts.end(attempt)
        self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        stream.close()
        self._streams.pop(stream, None)
        self._client_left.set()

    def _wait_until_left(self, deadline: Deadline) -> None:
        while self._streams and not deadline.expired:
            self._client_left.wait(deadline.slice)
