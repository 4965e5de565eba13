"""Keywords for pings and pongs."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword

from ..errors import WebSocketError
from ..protocol.frames import CONTROL_PAYLOAD_LIMIT, Opcode
from ..report.outcome import log_outcome
from ..session.handover import Handover
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import WebSocket


class PingKeywords:
    """Pings of this end, and their pongs. Pings of the peer are answered as they arrive, without a keyword."""

    def __init__(self, settings: Settings, connections: Registry[WebSocket], handover: Handover) -> None:
        self._settings = settings
        self._connections = connections
        self._handover = handover

    @keyword(tags=["Ping"])
    def send_ping(self, body: bytes = b"", *, connection: WebSocket | str | None = None) -> None:
        """Sends a ping. `Wait For Pong` waits for its answer.

        Args:
            body: At most 125 bytes, which the peer returns in its pong.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Ping`    are you there
        | `Wait For Pong`    timeout=2s
        """
        self._send(connection, Opcode.PING, body)
        log_outcome("Sent a ping.")

    @keyword(tags=["Ping"])
    def send_pong(self, body: bytes = b"", *, connection: WebSocket | str | None = None) -> None:
        """Sends a pong that no ping asked for. Pings of the peer are answered without this keyword.

        Args:
            body: At most 125 bytes.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Pong`    still here
        """
        self._send(connection, Opcode.PONG, body)
        log_outcome("Sent a pong.")

    @keyword(tags=["Ping"])
    def wait_for_pong(
        self,
        body: bytes | None = None,
        *,
        timeout: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> float | None:
        """Waits for the peer's pong and returns the round trip in seconds.

        Args:
            body: Body of the ping that was sent. The last ping by default.
            timeout: How long to wait. The library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The round trip in seconds, or ``None`` for a pong that no ping of this test asked for.

        Fails if the pong does not come in time. Fails at once if the connection has ended.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Ping`    are you there
        | ${round_trip} =    `Wait For Pong`    timeout=2s
        | Should Be True    ${round_trip} < 2
        """
        waiting = self._connections.find(connection).connection
        self._handover.take_from(waiting.pings)
        pong = waiting.waits.wait_for_pong(self._settings.deadline(timeout), body)
        log_outcome("Received a pong.")
        return pong.round_trip

    @keyword(tags=["Ping"])
    def wait_for_ping(self, *, timeout: timedelta | None = None, connection: WebSocket | str | None = None) -> bytes:
        """Waits for a ping of the peer and returns its body. The library has answered the ping already.

        Args:
            timeout: How long to wait. The library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The body of the first ping that this keyword has not returned yet, as bytes.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | ${peer} =    `Wait For Client`
        | `Send Ping`    hello    connection=${peer}
        | ${body} =    `Wait For Ping`    timeout=2s
        | Should Be Equal    ${body}    hello    type=bytes
        """
        waiting = self._connections.find(connection).connection
        self._handover.take_from(waiting.pings)
        body = waiting.waits.wait_for_ping(self._settings.deadline(timeout))
        log_outcome("Received a ping.")
        return body

    def _send(self, connection: WebSocket | str | None, opcode: Opcode, body: bytes) -> None:
        if len(body) > CONTROL_PAYLOAD_LIMIT:
            what = opcode.name.lower()
            raise WebSocketError(
                f"The body of a {what} has {len(body):,} bytes; at most {CONTROL_PAYLOAD_LIMIT} are allowed."
            )
        self._connections.find(connection).connection.send_control(opcode, body)
