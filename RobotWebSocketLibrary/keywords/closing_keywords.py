"""Keywords that close connections, and that wait until they are closed."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword

from ..errors import WebSocketError, quoted
from ..protocol.close import REASON_LIMIT, CloseCode, CloseStatus, check_close_code
from ..protocol.messages import encode_text
from ..report.outcome import log_outcome
from ..session.auto_close import close_all
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import WebSocket
from .several_ends import find_several


class ClosingKeywords:
    """The closing handshake, and the end of a connection."""

    def __init__(self, settings: Settings, connections: Registry[WebSocket]) -> None:
        self._settings = settings
        self._connections = connections

    @keyword(name="Close WebSocket", tags=["Connection"])
    def close_websocket(
        self,
        code: CloseCode | int = CloseCode.NORMAL_CLOSURE,
        reason: str = "",
        *,
        connection: WebSocket | str | list[WebSocket | str] | None = None,
        timeout: timedelta | None = None,
    ) -> CloseStatus | list[CloseStatus | None] | None:
        """Closes a connection with the closing handshake, and returns how it closed.

        Sends a close frame, waits for that of the peer, and ends TCP. If the peer does not answer in time, a warning
        says so; the keyword does not fail. Messages that have arrived can still be taken. Closing again does nothing.

        Args:
            code: Close code: a number or a name such as ``GOING_AWAY``. Codes that may be sent are 1000 to 1003,
                1007 to 1014, and 3000 to 4999.
            reason: Text for the peer, at most 123 bytes.
            connection: Alias or object of the connection. The current one by default. A list of these, or a pattern of
                aliases such as ``user*``, closes all at once.
            timeout: Limit for everything together. The library's ``timeout`` by default.

        Returns:
            The `CloseStatus`: text such as ``1000 (normal closure)`` with ``code``, ``reason``, ``initiator`` and
            ``clean``. Where several were named, a list of these.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | ${status} =    `Close WebSocket`    GOING_AWAY    shift is over
        | Should Be Equal As Integers    ${status.code}    1001
        """
        several = find_several(self._connections, connection)
        found = [self._connections.find(connection)] if several is None else several  # type: ignore[arg-type]
        _check_close(int(code), reason)
        deadline = self._settings.deadline(timeout)
        for websocket in found:
            websocket.connection.begin_close(int(code), reason, deadline)
        statuses = [websocket.connection.finish_close(deadline) for websocket in found]
        log_outcome("Closed a WebSocket connection.")
        return statuses[0] if several is None else statuses

    @keyword(name="Close All WebSockets", tags=["Connection"])
    def close_all_websockets(self, *, timeout: timedelta | None = None) -> None:
        """Closes all connections at once. Servers, and their ends of connections, stay as they are.

        Args:
            timeout: Limit for all of them together. The library's ``timeout`` by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    alias=first
        | `Open WebSocket`    ${websocket.server.url}    alias=second
        | `Close All WebSockets`
        | Should Be Equal    ${websocket.state}    closed
        """
        close_all((item.connection for item in self._connections.items), self._settings.deadline(timeout))
        log_outcome("Closed all WebSocket connections.")

    @keyword(name="Wait For Close", tags=["Connection"])
    def wait_for_close(
        self,
        code: CloseCode | int | None = None,
        *,
        timeout: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> CloseStatus:
        """Waits until a connection has ended, in whatever way. Returns at once if it already has.

        Args:
            code: Close code that the test expects. The keyword fails if it is another one. 1006 stands for lost TCP.
            timeout: How long to wait. The library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The `CloseStatus`: text such as ``1001 (going away)`` with ``code``, ``reason``, ``initiator`` and
            ``clean``.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    subprotocols=echo-server-close
        | `Send Text Message`    bye
        | ${status} =    `Wait For Close`    code=1000
        | Should Be Equal    ${status.initiator}    server
        """
        waiting = self._connections.find(connection).connection
        status = waiting.waits.wait_for_close(self._settings.deadline(timeout))
        if code is not None and status.code != code:
            by = "" if status.initiator == "none" else f" by the {status.initiator}"
            how = f"was closed{by} with {quoted(status)[1:-1]}"
            raise WebSocketError(f"'{waiting.name}' {how}, expected {CloseStatus(int(code))}.")
        log_outcome("The WebSocket connection has closed.")
        return status


def _check_close(code: int, reason: str) -> None:
    check_close_code(code)
    size = len(encode_text(reason, "close reason"))
    if size > REASON_LIMIT:
        raise WebSocketError(f"The close reason has {size} bytes; {REASON_LIMIT} fit into a close frame.")
