"""The keyword that starts an intercepting proxy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret

from ..byte_size import ByteSize
from ..client.proxy_route import find_route
from ..client.tls import create_tls_context
from ..client.url import read_url
from ..defaults import HANDSHAKE_TIMEOUT, SERVER_HOST, SERVER_PORT
from ..errors import WebSocketError
from ..proxy.proxy import WebSocketProxy
from ..proxy.target import TargetOptions
from ..report.outcome import log_outcome
from ..server.certificates import ServerTls, choose_tls
from ..server.server import WebSocketServer
from ..server.server_options import ServerOptions
from ..session.auto_close import Lifetime
from ..session.durations import read_seconds
from ..session.opening_options import OpeningOptions
from ..session.registry import Registry
from ..session.secret_values import reveal_any
from ..session.settings import Settings
from .argument_types import split_names


class ProxyKeywords:
    """A proxy between a real client and the real server."""

    def __init__(self, settings: Settings, servers: Registry[WebSocketServer], lifetime: Lifetime) -> None:
        self._settings = settings
        self._servers = servers
        self._lifetime = lifetime

    @keyword(name="Start WebSocket Proxy", tags=["Proxy", "Server"])
    def start_websocket_proxy(
        self,
        target: str,
        *,
        host: str = SERVER_HOST,
        port: int = SERVER_PORT,
        alias: str | None = None,
        tls: bool = False,
        certificate: Path | None = None,
        private_key: Path | None = None,
        private_key_password: Secret | str | None = None,
        client_ca: Path | None = None,
        verify: Literal[True, False] | Path | None = None,
        client_certificate: Path | None = None,
        client_key: Path | None = None,
        client_key_password: Secret | str | None = None,
        headers: dict[str, str | Secret | None] | None = None,
        proxy: Secret | str | None = None,
        http: bool = False,
        rewrite: bool = True,
        compression: bool = True,
        allowed_origins: list[str] | str = "",
        max_clients: int | None = None,
        max_message_size: ByteSize | None = None,
        handshake_timeout: timedelta = timedelta(seconds=HANDSHAKE_TIMEOUT),
    ) -> WebSocketServer:
        """Starts a proxy between an application and its real server, and makes it the current server.

        The application connects to the proxy, which connects to the target for it, and passes everything on. A test
        sees both directions, and changes what it wants to, see `Intercepting proxy`.

        Args:
            target: URL of the real server, such as ``wss://app.example.org/``. The path that a client asks for follows
                that of the target.
            host: Address or name to listen on, a name on each of its addresses. Only this machine can connect by
                default.
            port: Port to listen on. By default a free one is chosen; ``${websocket.server.port}`` says which.
            alias: Name for this proxy, for the ``server`` argument of other keywords.
            tls: ``True`` for ``wss`` with a certificate made for this proxy; clients trust it with
                ``verify=${websocket.server.ca_file}``.
            certificate: PEM file with a certificate of your own, for ``wss``.
            private_key: PEM file with its private key, unless it is in the same file.
            private_key_password: Password of that key, if it is encrypted. Can be a `Secret`.
            client_ca: PEM file with the authorities of client certificates. With it, clients must have a certificate.
            verify: For a ``wss`` target: ``True`` trusts what this machine trusts, a file trusts the authorities in it,
                and ``False`` trusts anybody.
            client_certificate: PEM file with a certificate for the target, if it asks for one.
            client_key: PEM file with the private key of ``client_certificate``, unless it is in the same file.
            client_key_password: Password of that key, if it is encrypted. Can be a `Secret`.
            headers: Headers for the target, which replace those of the client. Values can be `Secret`.
            proxy: HTTP or SOCKS proxy to go through to the target, see `Proxies`. Can be a `Secret`.
            http: ``True`` passes plain HTTP on, too: for pages that come through the proxy, and for protocols such as
                Socket.IO and SignalR that begin with it.
            rewrite: ``False`` passes ``Host``, ``Origin``, ``Location`` and ``Set-Cookie`` on as they are.
            compression: ``False`` compresses with neither side.
            allowed_origins: Origins of browser pages that may connect, besides those of this machine and the target.
            max_clients: More clients than this are refused with HTTP 503.
            max_message_size: Longest message to accept from either side, such as ``1 MiB``.
            handshake_timeout: How long a client may take for its opening handshake, and then the target for its own.

        Returns:
            The proxy: a server with ``url``, ``host``, ``port``, ``ca_file`` and ``target``.

        Example:
        | `Start WebSocket Server`    alias=real
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Open WebSocket`    ${websocket.server.url}    # in a test of yours, the application does this
        | ${app} =    `Wait For Client`
        | `Send Text Message`    hello
        | `Wait For Message`    ==    hello    connection=${app}    # what the application has sent
        | `Wait For Message`    ==    hello    connection=${app.upstream}    # what the target has answered
        """
        if max_clients is not None and max_clients < 1:
            raise WebSocketError(f"The argument 'max_clients' is {max_clients}; a proxy has at least 1 client.")
        given = OpeningOptions(
            headers=headers,
            proxy=proxy,
            verify=verify,
            client_certificate=client_certificate,
            client_key=client_key,
            client_key_password=client_key_password,
        )
        options = ServerOptions(
            host=host,
            port=port,
            max_message_size=self._settings.message_limit(max_message_size),
            max_clients=max_clients,
            allowed_origins=split_names(allowed_origins),
            compression=compression,
            handshake_timeout=read_seconds(handshake_timeout, "handshake_timeout"),
            inbox_limit=self._settings.inbox_limit,
            traffic_limit=self._settings.traffic_limit,
        )
        leads_to = self._read_target(target, given)._replace(http=http, rewrite=rewrite)
        password = reveal_any(private_key_password)
        own_tls = choose_tls(host, tls, certificate, private_key, client_ca, password=password)
        server = _make(options, own_tls, leads_to)
        self._servers.add(server, self._lifetime.owner, alias)  # a start that is interrupted leaves a proxy to stop
        server.start()
        self._servers.current = server
        log_outcome("Started a WebSocket proxy.")
        return server

    def _read_target(self, target: str, given: OpeningOptions) -> TargetOptions:
        """How the proxy opens connections. Of the library's own options only those apply that say how to get there."""
        defaults = self._settings.options
        ways = OpeningOptions(
            proxy=defaults.proxy,
            verify=defaults.verify,
            client_certificate=defaults.client_certificate,
            client_key=defaults.client_key,
            client_key_password=defaults.client_key_password,
        )
        opening = given.over(ways).make_request(read_url(target))
        opening.check()
        if opening.url.secure:
            create_tls_context(opening.tls)
            if opening.tls.verify is False:
                logger.warn(f"The certificate of '{opening.url}' is not verified.")
        if remark := find_route(opening.url, opening.proxy).remark:
            logger.info(remark)
        return TargetOptions(opening)


def _make(options: ServerOptions, tls: ServerTls | None, target: TargetOptions) -> WebSocketProxy:
    try:
        return WebSocketProxy(options._replace(tls=tls), target)
    except BaseException:
        if tls is not None:
            tls.remove()
        raise
