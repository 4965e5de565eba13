"""Keywords that open, switch and close connections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret

from ..byte_size import ByteSize
from ..client.opening import open_connection
from ..client.opening_request import OpeningRequest
from ..client.proxy_route import find_route
from ..client.url import read_url
from ..connection.connection import Limits
from ..errors import SWITCHING_PROTOCOLS, HandshakeError, WebSocketError, quoted
from ..protocol.close import REASON_LIMIT, CloseCode, CloseStatus, check_close_code
from ..protocol.messages import encodable
from ..session.auto_close import Lifetime, close_all
from ..session.opening_options import OpeningOptions
from ..session.registry import Registry
from ..session.settings import Settings, message_limit
from ..session.websocket_variable import LiveWebSocket, WebSocket
from .argument_types import names


class ConnectionKeywords:
    """`Open WebSocket` and what else concerns a connection as a whole."""

    def __init__(
        self, settings: Settings, connections: Registry[WebSocket], live: LiveWebSocket, lifetime: Lifetime
    ) -> None:
        self._settings = settings
        self._connections = connections
        self._live = live
        self._lifetime = lifetime

    @keyword(name="Open WebSocket", tags=["Connection"])
    def open_websocket(
        self,
        url: str,
        *,
        alias: str | None = None,
        subprotocols: list[str] | str = "",
        headers: dict[str, str | Secret] | None = None,
        cookies: dict[str, str | Secret] | None = None,
        origin: str | None = None,
        username: str | None = None,
        password: Secret | str | None = None,
        proxy: Secret | str | None = None,
        verify: Literal[True, False] | Path | None = None,
        client_certificate: Path | None = None,
        client_key: Path | None = None,
        compression: bool | None = None,
        ping_interval: timedelta | None = None,
        pong_timeout: timedelta | None = None,
        max_message_size: ByteSize | None = None,
        redirects: int | None = None,
        expected_status: int = SWITCHING_PROTOCOLS,
        timeout: timedelta | None = None,
    ) -> WebSocket | None:
        """Opens a connection to a WebSocket server and makes it the current one.

        From now on every message that arrives is kept, in order, until a keyword takes it.

        Args:
            url: Where to connect, such as ``ws://localhost:8080/chat`` or ``wss://example.org/?room=1``.
            alias: Name for this connection, for the ``connection`` argument of other keywords.
            subprotocols: Subprotocols to offer, as a list or separated by commas. Their case is kept.
            headers: Further headers of the handshake, such as ``{'Authorization': 'Bearer …'}``. Values can be
                `Secret`.
            cookies: Cookies to send, by name. Nothing is carried over from other connections, see `Handshake`.
            origin: ``Origin`` header, as a browser would send it. None by default.
            username: For HTTP Basic authentication; also possible in the URL.
            password: Belongs to ``username``. Can be a `Secret`.
            proxy: Proxy to go through, such as ``http://user:password@host:3128`` or ``socks5h://host:1080``; ``NONE``
                for none. That of the environment by default, see `Proxies`. Can be a `Secret`. A proxy that is itself
                reached with TLS (``https://``) cannot be used.
            verify: For ``wss``: ``True`` trusts what this machine trusts, a file trusts the authorities in it,
                ``False`` anybody.
            client_certificate: PEM file with the client's own certificate, if the server asks for one.
            client_key: PEM file with the private key of ``client_certificate``, unless it is in the same file.
            compression: ``True`` offers to compress messages (permessage-deflate, RFC 7692). ``False`` by default.
            ping_interval: Sends a ping that often, and fails the connection with 1011 when no pong comes, see
                `Compression, fragments and heartbeat`.
            pong_timeout: How long the server may take to answer such a ping. The library's ``timeout`` by default.
            max_message_size: Longest message to accept, such as ``1 MiB``. A longer one fails the connection with 1009.
            redirects: How many redirects to follow, see `Handshake`. None by default.
            expected_status: HTTP status that the test expects. With ``401``, being refused so is a success.
            timeout: Limit for everything together: name resolution, TCP, proxy, TLS, the handshake and its redirects.

        Returns:
            The connection, with the attributes of `${websocket}`, or ``None`` where a refusal was expected.

        The server's HTTP answer is in ``${websocket.response}``, also after a refusal.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    alias=main    subprotocols=echo
        | Should Be Equal    ${websocket.subprotocol}    echo
        """
        deadline = self._settings.deadline(timeout)
        target = read_url(url)
        options = OpeningOptions(
            headers=headers,
            cookies=cookies,
            origin=origin,
            username=target.username if username is None else username,
            password=target.password if password is None else password,
            proxy=proxy,
            verify=verify,
            client_certificate=client_certificate,
            client_key=client_key,
            redirects=redirects,
            compression=compression,
            ping_interval=ping_interval,
            pong_timeout=pong_timeout,
        ).over(self._settings.options)
        request = options.request(target, names(subprotocols))
        times = options.heartbeat(self._settings.timeout)
        limit = message_limit(max_message_size, self._settings.max_message_size)
        self._remark(request)
        self._live.response = None
        try:
            connection, handshake = open_connection(
                request,
                name=alias or str(request.url),
                limits=Limits(limit, self._settings.inbox_limit, self._settings.traffic_limit),
                deadline=deadline,
                heartbeat=times,
                on_move=self._remark,
            )
        except HandshakeError as error:
            self._live.response = error.response
            _check_refusal(error, expected_status)
            logger.info("The server refused a WebSocket connection as expected.")
            return None
        websocket = WebSocket(connection, self._live, handshake, alias=alias)
        self._live.response = handshake.response
        expected = expected_status == SWITCHING_PROTOCOLS
        self._connections.add(websocket, self._lifetime.owner, alias if expected else None)
        if not expected:
            close_all([connection], deadline)
            raise HandshakeError(str(request.url), response=handshake.response, expected_status=expected_status)
        self._connections.current = websocket
        logger.info("Opened a WebSocket connection.")
        return websocket

    @keyword(name="Switch WebSocket", tags=["Connection"])
    def switch_websocket(self, connection: WebSocket | str) -> WebSocket | None:
        """Makes another connection the current one, which keywords use when they are not given a ``connection``.

        Args:
            connection: Alias or object of a connection.

        Returns:
            The connection that was the current one before.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    alias=first
        | `Open WebSocket`    ${websocket.server.url}    alias=second
        | ${previous} =    `Switch WebSocket`    first
        | Should Be Equal    ${previous.alias}    second
        """
        previous = self._connections.current
        self._connections.current = self._connections[connection]
        logger.info("Switched the current WebSocket connection.")
        return previous

    @keyword(name="Get WebSocket", tags=["Connection"])
    def get_websocket(self, connection: WebSocket | str | None = None) -> WebSocket:
        """Returns a connection, with the attributes of `${websocket}`. Fails when there is none.

        Args:
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    alias=first
        | `Open WebSocket`    ${websocket.server.url}    alias=second
        | ${first} =    `Get WebSocket`    first
        | Should Be Equal    ${first.state}    open
        """
        websocket = self._connections[connection]
        logger.info("Got a WebSocket connection.")
        return websocket

    @keyword(name="Close WebSocket", tags=["Connection"])
    def close_websocket(
        self,
        code: CloseCode | int = CloseCode.NORMAL_CLOSURE,
        reason: str = "",
        *,
        connection: WebSocket | str | None = None,
        timeout: timedelta | None = None,
    ) -> CloseStatus | None:
        """Closes a connection with the closing handshake, and returns how it closed.

        Sends a close frame, waits for the peer's, and ends TCP. A peer that does not answer in time causes a warning,
        not a failure. Messages that have arrived can still be taken. Closing again does nothing.

        Args:
            code: Close code: a number or a name such as ``GOING_AWAY``. Codes that may be sent are 1000 to 1003,
                1007 to 1014, and 3000 to 4999.
            reason: Text for the peer, at most 123 bytes.
            connection: Alias or object of the connection. The current one by default.
            timeout: Limit for everything together.

        Returns:
            The `CloseStatus`: text such as ``1000 (normal closure)`` with ``code``, ``reason``, ``initiator`` and
            ``clean``.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | ${status} =    `Close WebSocket`    GOING_AWAY    shift is over
        | Should Be Equal As Integers    ${status.code}    1001
        """
        closing = self._connections[connection].connection
        _check_close(int(code), reason)
        deadline = self._settings.deadline(timeout)
        closing.begin_close(int(code), reason, deadline)
        status = closing.finish_close(deadline)
        logger.info("Closed a WebSocket connection.")
        return status

    @keyword(name="Close All WebSockets", tags=["Connection"])
    def close_all_websockets(self, *, timeout: timedelta | None = None) -> None:
        """Closes all connections at once. Servers, and their ends of connections, stay as they are.

        Args:
            timeout: Limit for all of them together.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    alias=first
        | `Open WebSocket`    ${websocket.server.url}    alias=second
        | `Close All WebSockets`
        | Should Be Equal    ${websocket.state}    closed
        """
        close_all((item.connection for item in self._connections.items), self._settings.deadline(timeout))
        logger.info("Closed all WebSocket connections.")

    @keyword(name="Wait For Close", tags=["Connection"])
    def wait_for_close(
        self,
        *,
        code: CloseCode | int | None = None,
        timeout: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> CloseStatus:
        """Waits until a connection has ended, however it ends; returns at once if it already has.

        Args:
            code: Close code that the test expects; with another one the keyword fails. 1006 stands for lost TCP.
            timeout: How long to wait.
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
        waiting = self._connections[connection].connection
        status = waiting.waits.wait_for_close(self._settings.deadline(timeout))
        if code is not None and status.code != code:
            expected = CloseStatus(int(code))
            raise WebSocketError(f"'{waiting.name}' was closed with {quoted(status)[1:-1]}, expected {expected}.")
        logger.info("The WebSocket connection has closed.")
        return status

    def _remark(self, request: OpeningRequest) -> None:
        """Logs what the test may not know, also about another server that a redirect leads to."""
        if request.url.secure and request.tls.verify is False:
            logger.warn(f"The certificate of '{request.url}' is not verified.")
        if remark := find_route(request.url, request.proxy).remark:
            logger.info(remark)


def _check_refusal(error: HandshakeError, expected_status: int) -> None:
    """Fails unless the server refused the handshake with the HTTP status that the test expects."""
    error.expected_status = expected_status
    if expected_status == SWITCHING_PROTOCOLS or error.status != expected_status:
        raise error


def _check_close(code: int, reason: str) -> None:
    check_close_code(code)
    size = len(encodable(reason, "close reason"))
    if size > REASON_LIMIT:
        raise WebSocketError(f"The close reason has {size} bytes; {REASON_LIMIT} fit into a close frame.")
