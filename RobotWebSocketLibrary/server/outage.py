"""A server that is suspended: what becomes of its connections and of attempts to connect, until it resumes."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from ..connection.stream import Stream
from ..deadline import Deadline
from ..errors import WaitError, WebSocketError, quoted
from ..protocol.http import Response
from ..secrecy import mask_url
from .clients import Client, Clients
from .connection_attempts import RESET, SILENT, ConnectionAttempt, ConnectionAttempts
from .failed_attempts import SUSPENDED, Failure
from .host_listener import HostListener
from .refusals import Refusal
from .scripted_responses import ScriptedResponse

LOWEST_STATUS, HIGHEST_STATUS = 300, 599
CLOSE_SECONDS = 1.0
"""Seconds for the closing handshakes of all clients when a server is suspended."""
SHOWN_ATTEMPTS = 10
"""The last attempts that a failure lists."""


class OpenConnections(Enum):
    """What `Suspend WebSocket Server` does with open connections.

    ``CLOSE`` closes them with a close frame. ``DROP`` ends TCP without one, and ``RESET`` resets TCP. ``KEEP`` leaves
    them open.
    """

    CLOSE = "close"
    DROP = "drop"
    RESET = "reset"
    KEEP = "keep"


class NewAttempts(Enum):
    """What a suspended server does with new attempts to connect.

    ``RESET`` resets TCP as soon as the request has come. ``SILENT`` never answers. ``REFUSE`` lets TCP be refused, as
    if nothing listened on the port.
    """

    RESET = "reset"
    SILENT = "silent"
    REFUSE = "refuse"


class Suspension(NamedTuple):
    """What becomes of attempts, or the HTTP status that answers them. `owner` is who has suspended."""

    attempts: NewAttempts | int
    owner: str

    def check(self) -> None:
        if isinstance(self.attempts, int) and not LOWEST_STATUS <= self.attempts <= HIGHEST_STATUS:
            raise WebSocketError(
                f"Cannot answer attempts with the status {self.attempts}: "
                f"it must be from {LOWEST_STATUS} to {HIGHEST_STATUS}."
            )


class Outage:
    """Whether a server is suspended, and who tried to connect.

    - The test's thread suspends, resumes and waits. Threads of clients `meet` the suspension, and read it once each.
    - A suspension lasts from before the first connection is ended: whoever comes back at once meets it.
    - An interrupted `suspend` is finished by the next one, or taken back by `resume`. Each step is harmless twice.
    """

    def __init__(self, url: str, listener: HostListener, clients: Clients) -> None:
        self.attempts = ConnectionAttempts()
        self._url = url
        self._listener = listener
        self._clients = clients
        self._suspension: Suspension | None = None
        self._refused = False

    @property
    def unseen(self) -> str:
        """What a failure adds where the attempts that count may have begun with some that nobody could see."""
        if not self._refused:
            return ""
        return " The server was suspended with attempts=REFUSE, so attempts that were refused then are not counted."

    def suspend(self, suspension: Suspension, connections: OpenConnections, code: int) -> None:
        """Ends the connections as the test wants, and does with new attempts what it wants."""
        suspension.check()
        if self._clients.closed:
            raise WebSocketError(f"Cannot suspend '{self._url}': the server was stopped.")
        self.attempts.suspend()
        self._suspension = suspension
        self._refused = suspension.attempts is NewAttempts.REFUSE
        if self._refused:
            self._listener.refuse()
        else:
            self._listener.accept_again()
        if connections is not OpenConnections.KEEP:
            self._end_connections(self._clients.admitted, connections, code)

    def resume(self) -> None:
        """Lets clients in again. A server that was stopped has nothing to resume."""
        self._suspension = None
        if not self._clients.closed:
            self._listener.accept_again()

    def end(self, owner: str) -> None:
        """Ends the suspension of an owner that has ended. What came in one test is of no interest to the next one."""
        if owner == "test":
            self.attempts.end_test()
        if self._suspension is not None and self._suspension.owner == owner:
            self.resume()
            self.attempts.end_suspension()
        self._refused = self._refused and self._suspension is not None

    def meet(self, stream: Stream, attempt: ConnectionAttempt) -> Response | None:
        """Does with an attempt what the suspension wants, and returns the answer that its client gets, if any.

        None is for an attempt that nothing is done with: no suspension lasts. Raises `ConnectionAbortedError` where no
        answer is due.
        """
        suspension = self._suspension
        if suspension is None:
            return None
        if isinstance(suspension.attempts, int):
            answer = ScriptedResponse(suspension.attempts, body="The server is suspended.\n").make_refusal()
            return Refusal(answer.status, answer.reason, answer.headers, answer.body, kind=SUSPENDED)
        attempt.failure = Failure(SUSPENDED, attempt.shown_path)
        if suspension.attempts is NewAttempts.SILENT:
            self.attempts.decide(attempt, SILENT)
            while stream.receive():
                pass
        else:
            self.attempts.decide(attempt, RESET)
            stream.reset()
        raise ConnectionAbortedError("the server is suspended")

    def wait_for_attempts(self, deadline: Deadline, count: int, path: str | None) -> list[ConnectionAttempt]:
        """Waits for so many attempts since the last suspension, or since the last connection of the path has ended."""
        while len(found := self.attempts.find(path)) < count:
            if self._suspension is not None and self._suspension.attempts is NewAttempts.REFUSE:
                raise WaitError(
                    f"Cannot wait for connection attempts at '{self._url}': "
                    f"nobody sees them while TCP is refused (attempts=REFUSE)."
                )
            if self._clients.closed:
                raise WaitError(f"No connection attempt can come to '{self._url}': the server was stopped.")
            if deadline.expired:
                raise WaitError(self._describe_missing(found, count, path, deadline))
            self.attempts.decided.wait(deadline.slice)
        return found[:count]

    def _describe_missing(
        self, found: list[ConnectionAttempt], count: int, path: str | None, deadline: Deadline
    ) -> str:
        where = f"'{self._url}'" if path is None else f"'{self._url}' for path {quoted(mask_url(path))}"
        if not found:
            return f"No connection attempt came to {where} in {deadline}.{self.unseen}"
        came = ", ".join(map(str, found[-SHOWN_ATTEMPTS:]))
        attempts = "attempt" if count == 1 else "attempts"
        missing = f"Only {len(found):,} of {count:,} connection {attempts} came to {where} in {deadline}: {came}."
        return missing + self.unseen

    def _end_connections(self, clients: list[Client], how: OpenConnections, code: int) -> None:
        self.attempts.expect_ends([client.request.path for client in clients])
        connections = [client.connection for client in clients]
        if how is OpenConnections.CLOSE:
            deadline = Deadline(CLOSE_SECONDS)
            for connection in connections:
                connection.begin_close(code, "", deadline)
            for connection in connections:
                connection.finish_close(deadline)
        else:
            for connection in connections:
                connection.drop(reset=how is OpenConnections.RESET)
