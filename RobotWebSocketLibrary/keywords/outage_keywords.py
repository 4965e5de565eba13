"""Keywords for outages of the test server, and for how an application connects again."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword

from ..errors import WebSocketError
from ..protocol.close import CloseCode, check_close_code
from ..report.outcome import log_outcome
from ..server.connection_attempts import ConnectionAttempt
from ..server.outage import NewAttempts, OpenConnections, Suspension
from ..server.server import WebSocketServer
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures
from ..session.scopes import find_place
from ..session.settings import Settings
from .reconnect_delays import Tolerance, check_delays


class OutageKeywords:
    """A server that goes away for a while, and the attempts of its clients to come back."""

    def __init__(self, settings: Settings, servers: Registry[WebSocketServer]) -> None:
        self._settings = settings
        self._servers = servers

    @keyword(name="Suspend WebSocket Server", tags=["Server", "Fault"])
    def suspend_websocket_server(
        self,
        *,
        connections: OpenConnections = OpenConnections.CLOSE,
        code: CloseCode | int = CloseCode.SERVICE_RESTART,
        attempts: NewAttempts | int = NewAttempts.RESET,
        server: WebSocketServer | str | None = None,
    ) -> None:
        """Makes the test server unavailable: ends its open connections, and lets nobody in until it resumes.

        `Resume WebSocket Server` lets clients in again. So does the end of the test, or the end of the suite if a
        suite setup suspended the server. Suspending again replaces the behavior. The server keeps its port.

        Args:
            connections: What becomes of open connections. ``CLOSE`` closes them with ``code``; ``DROP`` ends TCP
                without a close frame; ``RESET`` resets TCP; ``KEEP`` leaves them open.
            code: Close code for ``CLOSE``: a number or a name such as ``GOING_AWAY``.
            attempts: What becomes of new attempts to connect. ``RESET`` resets TCP when the request has come; a status
                from 300 to 599 answers the request; ``SILENT`` never answers it; ``REFUSE`` lets TCP be refused, as if
                nothing listened (on Linux).
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`
        | `Open WebSocket`    ${websocket.server.url}
        | `Suspend WebSocket Server`    attempts=503
        | `Wait For Close`    code=SERVICE_RESTART
        | `Open WebSocket`    ${websocket.server.url}    expected_status=503
        | `Resume WebSocket Server`
        | `Open WebSocket`    ${websocket.server.url}
        """
        check_close_code(int(code))
        suspending = self._servers.find(server)
        raise_reply_failures(suspending)
        suspending.outage.suspend(Suspension(attempts, find_place()), connections, int(code))
        log_outcome("Suspended a WebSocket server.")

    @keyword(name="Resume WebSocket Server", tags=["Server", "Fault"])
    def resume_websocket_server(self, *, server: WebSocketServer | str | None = None) -> None:
        """Lets clients in again after `Suspend WebSocket Server`.

        Does nothing if the server is not suspended, or if it was stopped.

        Args:
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`
        | `Suspend WebSocket Server`
        | `Resume WebSocket Server`
        | `Open WebSocket`    ${websocket.server.url}
        """
        resuming = self._servers.find(server)
        raise_reply_failures(resuming)
        resuming.outage.resume()
        log_outcome("Resumed a WebSocket server.")

    @keyword(tags=["Server", "Waiting"])
    def wait_for_connection_attempts(
        self,
        count: int,
        *,
        path: str | None = None,
        timeout: timedelta | None = None,
        server: WebSocketServer | str | None = None,
    ) -> list[ConnectionAttempt]:
        """Waits until clients have tried to connect ``count`` times, and returns these attempts, the oldest first.

        Attempts count from the last `Suspend WebSocket Server` on. In a test without one, they count from the end of
        the last connection on. The one that succeeds is an attempt too. Waiting again returns the same attempts.

        | ``outcome`` | ``accepted``, ``reset``, ``silent``, a status such as ``503``, or ``left``: the client gave up |
        | ``delay``   | seconds since the attempt or connection before it on that path has ended, or ``None`` |
        | ``path``    | what the client asked for; ``None`` where no request came |

        Args:
            count: Number of attempts.
            path: Only attempts for this path, such as ``/chat``; ``*`` stands for any characters.
            timeout: How long to wait. The library's ``timeout`` by default.
            server: Alias or object of the server. The current one by default.

        Returns:
            A list of that many attempts.

        Example:
        | `Start WebSocket Server`
        | `Suspend WebSocket Server`    attempts=503
        | `Open WebSocket`    ${websocket.server.url}feed    expected_status=503
        | ${attempts} =    `Wait For Connection Attempts`    1    path=/feed
        | Should Be Equal    ${attempts[0].outcome}    503
        """
        if count < 1:
            raise WebSocketError(f"The argument 'count' is {count}; it must be at least 1.")
        deadline = self._settings.deadline(timeout)
        waiting = self._servers.find(server)
        raise_reply_failures(waiting)
        attempts = waiting.outage.wait_for_attempts(deadline, count, path)
        log_outcome("Clients have tried to connect.")
        return attempts

    @keyword(tags=["Server", "Waiting"])
    def reconnect_delays_should_be(
        self,
        *delays: timedelta,
        tolerance: str = "25%",
        path: str | None = None,
        timeout: timedelta | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        """Waits for as many attempts to connect as there are delays, and fails unless each came after its delay.

        A delay is the time from the end of the connection, or of the attempt before, to the next attempt. The
        attempts are those that `Wait For Connection Attempts` returns.

        Args:
            delays: The delays in their order, such as ``1s    2s    4s``.
            tolerance: How far each may differ from what is expected: a percentage of it, or a time such as ``200ms``.
            path: Only attempts for this path, such as ``/chat``; ``*`` stands for any characters.
            timeout: How long to wait for all of them together. The library's ``timeout`` by default.
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`
        | `Open WebSocket`    ${websocket.server.url}
        | `Suspend WebSocket Server`    attempts=503
        | FOR    ${delay}    IN    0.1s    0.2s    # what an application does by itself
        |     Sleep    ${delay}
        |     `Open WebSocket`    ${websocket.server.url}    expected_status=503
        | END
        | `Reconnect Delays Should Be`    100ms    200ms    tolerance=1s
        """
        if not delays:
            raise WebSocketError("The arguments of `Reconnect Delays Should Be` are delays, such as  1s    2s    4s.")
        allowed = Tolerance.read(tolerance)
        expected = [read_seconds(delay, "delays") for delay in delays]
        deadline = self._settings.deadline(timeout)
        waiting = self._servers.find(server)
        raise_reply_failures(waiting)
        attempts = waiting.outage.wait_for_attempts(deadline, len(expected), path)
        check_delays(attempts, expected, allowed, path, waiting.outage.unseen)
        log_outcome("Clients have connected again after the expected delays.")
