"""Keywords that open connections, and that say which one is the current one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret

from ..addresses import is_loopback
from ..byte_size import ByteSize
from ..client.dialing import DialingError
from ..client.opening_request import OpeningRequest
from ..client.proxy_route import find_route
from ..client.url import read_secret_url, read_url
from ..connection.terms import Limits
from ..errors import SWITCHING_PROTOCOLS, HandshakeError
from ..report.outcome import log_outcome
from ..server.server import WebSocketServer
from ..server.stopped_server import StoppedServer
from ..session.auto_close import Lifetime, close_all
from ..session.opening_options import OpeningOptions
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import LiveWebSocket, WebSocket
from .argument_types import split_names
from .expected_status import check_acceptance, check_refusal


class OpeningKeywords:
    """`Open WebSocket`, and the current connection."""

    def __init__(
        self,
        settings: Settings,
        connections: Registry[WebSocket],
        servers: Registry[WebSocketServer],
        live: LiveWebSocket,
        lifetime: Lifetime,
    ) -> None:
        self._settings = settings
        self._connections = connections
        self._servers = servers
        self._live = live
        self._lifetime = lifetime

    @keyword(name="Open WebSocket", tags=["Connection"])
    def open_websocket(
        self,
        url: str | Secret,
        *,
        alias: str | None = None,
        subprotocols: list[str | Secret] | str | Secret = "",
        headers: dict[str, str | Secret | None] | list[tuple[str, str | Secret | None]] | None = None,
        cookies: dict[str, str | Secret] | None = None,
        origin: str | None = None,
        username: str | None = None,
        password: Secret | str | None = None,
        proxy: Secret | str | None = None,
        verify: Literal[True, False] | Path | None = None,
        client_certificate: Path | None = None,
        client_key: Path | None = None,
        client_key_password: Secret | str | None = None,
        compression: bool | None = None,
        ping_interval: timedelta | None = None,
        pong_timeout: timedelta | None = None,
        max_message_size: ByteSize | None = None,
        redirects: int | None = None,
        expected_status: int = SWITCHING_PROTOCOLS,
        method: str = "GET",
        server_name: str | None = None,
        timeout: timedelta | None = None,
    ) -> WebSocket | None:
        """Opens a connection to a WebSocket server and makes it the current one.

        From now on, every message that arrives is kept, in order, until a keyword takes it.

        Args:
            url: Where to connect, such as ``ws://localhost:8080/chat`` or ``wss://example.org/?room=1``, or
                ``ws+unix:/run/app.sock:/chat`` for a Unix socket. It can be a `Secret`: then only its host is shown.
            alias: Name for this connection, for the ``connection`` argument of other keywords.
            subprotocols: Subprotocols to offer, as a list or separated by commas. Their case is kept. Each can be a
                `Secret`.
            headers: Further headers of the handshake, such as ``{'Authorization': 'Bearer …'}``. Values can be
                `Secret`. They can also make a wrong handshake, see `Wrong handshakes`.
            cookies: Cookies to send, by name. Those of other connections are not sent, see `Handshake`.
            origin: ``Origin`` header, as a browser would send it. None by default.
            username: For HTTP Basic authentication. It can also be in the URL.
            password: Belongs to ``username``. Can be a `Secret`.
            proxy: Proxy to go through, such as ``http://user:password@host:3128`` or ``socks5h://host:1080``; ``NONE``
                for none. That of the environment by default, see `Proxies`. Can be a `Secret`.
            verify: For ``wss`` and for proxies with TLS: ``True`` trusts what this machine trusts, a file trusts the
                authorities in it, and ``False`` trusts anybody.
            client_certificate: PEM file with the client's own certificate, if the server asks for one.
            client_key: PEM file with the private key of ``client_certificate``, unless it is in the same file.
            client_key_password: Password of that key, if it is encrypted. Can be a `Secret`.
            compression: ``True`` offers to compress messages (permessage-deflate, RFC 7692). ``False`` by default.
            ping_interval: Sends a ping each time this interval has passed, and fails the connection with 1011 if no
                pong comes, see `Compression, fragments and heartbeat`.
            pong_timeout: How long the server may take to answer such a ping. The library's ``timeout`` by default.
            max_message_size: Longest message to accept, such as ``1 MiB``. A longer one fails the connection with 1009.
            redirects: How many redirects to follow, see `Handshake`. None by default.
            expected_status: HTTP status that the test expects. With ``401``, the keyword passes if the server refuses
                with this status.
            method: HTTP method of the request. Servers expect ``GET``.
            server_name: Name that TLS asks the server for (SNI), and that its certificate must be valid for. The host
                of the URL by default.
            timeout: Limit for everything together: name resolution, TCP, proxy, TLS, the handshake and its redirects.
                The library's ``timeout`` by default.

        Returns:
            The connection, with the attributes of `${websocket}`, or ``None`` if a refusal was expected.

        The server's HTTP answer is in ``${websocket.response}``, also after a refusal.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    alias=main    subprotocols=echo
        | Should Be Equal    ${websocket.subprotocol}    echo
        """
        given = OpeningOptions().replace_with(locals())
        from ..client.opening import open_connection  # a run may only serve

        deadline = self._settings.deadline(timeout)
        target = read_secret_url(url.value) if isinstance(url, Secret) else read_url(url)
        options = given.with_user_of(target).over(self._settings.options)
        request = options.make_request(target, split_names(subprotocols), method=method, server_name=server_name)
        heartbeat = options.read_heartbeat(self._settings.timeout)
        limit = self._settings.message_limit(max_message_size)
        self._remark(request)
        self._live.response = None
        try:
            connection, handshake = open_connection(
                request,
                name=alias or str(request.url),
                limits=Limits(limit, self._settings.inbox_limit, self._settings.traffic_limit),
                deadline=deadline,
                heartbeat=heartbeat,
                on_move=self._remark,
            )
        except DialingError as error:
            error.details = self._say_that_server_was_stopped(request)
            raise
        except HandshakeError as error:
            self._live.response = error.response
            check_refusal(error, expected_status)
            log_outcome("The server refused a WebSocket connection as expected.")
            return None
        websocket = WebSocket(connection, self._live, handshake, alias=alias)
        self._live.response = handshake.response
        failure = check_acceptance(str(request.url), handshake, expected_status)
        self._connections.add(websocket, self._lifetime.owner, alias if failure is None else None)
        self._connections.news.watch(connection.announcer, websocket)
        if failure is not None:
            close_all([connection], deadline)
            raise failure
        self._connections.current = websocket
        log_outcome("Opened a WebSocket connection.")
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
        self._connections.current = self._connections.find(connection)
        log_outcome("Switched the current WebSocket connection.")
        return previous

    @keyword(name="Get WebSocket", tags=["Connection"])
    def get_websocket(self, connection: WebSocket | str | None = None) -> WebSocket:
        """Returns a connection, with the attributes of `${websocket}`. Fails if there is none.

        Args:
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}    alias=first
        | `Open WebSocket`    ${websocket.server.url}    alias=second
        | ${first} =    `Get WebSocket`    first
        | Should Be Equal    ${first.state}    open
        """
        websocket = self._connections.find(connection)
        log_outcome("Got a WebSocket connection.")
        return websocket

    def _say_that_server_was_stopped(self, request: OpeningRequest) -> list[str]:
        """Why nothing listens at the address of a test server, as `${websocket.server.url}` still shows it."""
        url, stopped = request.url, self._servers.last
        if not isinstance(stopped, StoppedServer) or stopped.port != url.port or not is_loopback(url.host):
            return []
        if find_route(url, request.proxy).proxy is not None:
            return []
        hint = "A test server that was stopped had this port: use `Start WebSocket Server` first."
        return [f"{hint}{self._servers.farewell}"]

    def _remark(self, request: OpeningRequest) -> None:
        """Logs what the test may not know, also about another server that a redirect leads to."""
        if request.url.secure and request.tls.verify is False:
            logger.warn(f"The certificate of '{request.url}' is not verified.")
        if remark := find_route(request.url, request.proxy).remark:
            logger.info(remark)
