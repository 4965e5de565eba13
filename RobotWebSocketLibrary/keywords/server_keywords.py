"""Keywords for the test server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from robot.api.deco import keyword
from robot.api.types import Secret

from ..byte_size import ByteSize
from ..defaults import HANDSHAKE_TIMEOUT, SERVER_HOST, SERVER_PORT, SERVER_PROTOCOL
from ..errors import WebSocketError
from ..report.outcome import log_outcome
from ..server.behaviors import PING_INTERVAL, TIME_INTERVAL
from ..server.certificates import ServerTls, choose_tls
from ..server.server import WebSocketServer
from ..server.server_options import ServerOptions
from ..server.stopped_server import StoppedServer
from ..session.auto_close import Lifetime
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures
from ..session.secret_values import reveal_any
from ..session.settings import Settings
from .argument_types import split_names


class ServerKeywords:
    """A server that stands in for the peer of the application under test."""

    def __init__(self, settings: Settings, servers: Registry[WebSocketServer], lifetime: Lifetime) -> None:
        self._settings = settings
        self._servers = servers
        self._lifetime = lifetime

    @keyword(name="Start WebSocket Server", tags=["Server"])
    def start_websocket_server(
        self,
        host: str = SERVER_HOST,
        port: int = SERVER_PORT,
        *,
        alias: str | None = None,
        tls: bool = False,
        certificate: Path | None = None,
        private_key: Path | None = None,
        private_key_password: Secret | str | None = None,
        client_ca: Path | None = None,
        protocols: dict[str, str] | None = None,
        default_protocol: str = SERVER_PROTOCOL,
        ping_interval: timedelta = timedelta(seconds=PING_INTERVAL),
        time_interval: timedelta = timedelta(seconds=TIME_INTERVAL),
        compression: bool = True,
        max_message_size: ByteSize | None = None,
        max_clients: int | None = None,
        allowed_origins: list[str] | str = "",
        handshake_timeout: timedelta = timedelta(seconds=HANDSHAKE_TIMEOUT),
    ) -> WebSocketServer:
        """Starts a test server and makes it the current one.

        What the server does with a client's messages depends on the subprotocol, see `Test server`.

        Args:
            host: Address or name to listen on, a name on each of its addresses. Only this machine can connect by
                default.
            port: Port to listen on. By default a free one is chosen; ``${websocket.server.port}`` says which.
            alias: Name for this server, for the ``server`` argument of other keywords.
            tls: ``True`` for ``wss`` with a certificate made for this server; clients trust it with
                ``verify=${websocket.server.ca_file}``.
            certificate: PEM file with a certificate of your own, for ``wss``.
            private_key: PEM file with its private key, unless it is in the same file.
            private_key_password: Password of that key, if it is encrypted. Can be a `Secret`.
            client_ca: PEM file with the authorities of client certificates. With it, clients must have a certificate.
            protocols: Further subprotocols by name, each with its behavior: ``{'ocpp1.6': 'silent'}``. In a name ``*``
                stands for any characters: ``{'*': 'silent'}`` accepts what is offered.
            default_protocol: Behavior for a client that offers no subprotocol.
            ping_interval: Time between the pings of ``echo-broadcast-ping``. 0 for none.
            time_interval: Time between the messages of ``time-broadcast``. 0 for none.
            compression: ``True`` compresses messages for clients that offer it (permessage-deflate, RFC 7692).
            max_message_size: Longest message to accept, such as ``1 MiB``.
            max_clients: More clients than this are refused with HTTP 503.
            allowed_origins: Origins of browser pages that may connect, besides those of this machine, such as
                ``https://example.org`` or ``https://*.example.org``; a list, or separated by commas. ``*`` allows all.
            handshake_timeout: How long a client may take for TLS and the opening handshake.

        Returns:
            The server, with ``url``, ``host``, ``port`` and ``ca_file``.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Open WebSocket`    ${websocket.server.url}
        | ${peer} =    `Wait For Client`
        | `Send Text Message`    hello from the server    connection=${peer}
        | ${message} =    `Wait For Message`    timeout=2s
        | Should Be Equal    ${message}    hello from the server
        """
        if max_clients is not None and max_clients < 1:
            raise WebSocketError(f"The argument 'max_clients' is {max_clients}; a server has at least 1 client.")
        options = ServerOptions(
            host=host,
            port=port,
            protocols=protocols or {},
            default_protocol=default_protocol,
            ping_interval=read_seconds(ping_interval, "ping_interval"),
            time_interval=read_seconds(time_interval, "time_interval"),
            max_message_size=self._settings.message_limit(max_message_size),
            max_clients=max_clients,
            allowed_origins=split_names(allowed_origins),
            compression=compression,
            handshake_timeout=read_seconds(handshake_timeout, "handshake_timeout"),
            inbox_limit=self._settings.inbox_limit,
            traffic_limit=self._settings.traffic_limit,
        )
        password = reveal_any(private_key_password)
        own_tls = choose_tls(host, tls, certificate, private_key, client_ca, password=password)
        server = _make(options, own_tls)
        self._servers.add(server, self._lifetime.owner, alias)  # a start that is interrupted leaves a server to stop
        server.start()
        self._servers.current = server
        log_outcome("Started a WebSocket server.")
        return server

    @keyword(name="Stop WebSocket Server", tags=["Server"])
    def stop_websocket_server(self, *, server: WebSocketServer | str | None = None) -> None:
        """Stops a test server: closes every client with 1001 (going away) and frees the port at once.

        Does nothing if no server is running. Until the next one starts, ``${websocket.server}`` shows ``url``,
        ``host``, ``port`` and ``ca_file`` of the stopped server. Only a variable that holds the server itself still
        gives access to its clients and requests.

        Args:
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`
        | `Open WebSocket`    ${websocket.server.url}
        | `Stop WebSocket Server`
        | `Wait For Close`    code=GOING_AWAY
        """
        if server is None and self._servers.current is None:
            log_outcome("There was no current WebSocket server.")
            return
        if isinstance(server, StoppedServer):
            log_outcome("The WebSocket server was stopped before.")
            return
        stopping = self._servers.find(server)
        stopping.stop()
        if stopping in self._servers.items:
            self._servers.forget(stopping)
        raise_reply_failures(stopping)
        log_outcome("Stopped a WebSocket server.")

    @keyword(name="Switch WebSocket Server", tags=["Server"])
    def switch_websocket_server(self, server: WebSocketServer | str) -> WebSocketServer | None:
        """Makes another test server the current one, which keywords use when they are not given a ``server``.

        Args:
            server: Alias or object of a server.

        Returns:
            The server that was the current one before.

        Example:
        | `Start WebSocket Server`    alias=first
        | `Start WebSocket Server`    alias=second
        | `Switch WebSocket Server`    first
        """
        previous = self._servers.current
        switched = self._servers.find(server)
        raise_reply_failures(switched)
        self._servers.current = switched
        log_outcome("Switched the current WebSocket server.")
        return previous


def _make(options: ServerOptions, tls: ServerTls | None) -> WebSocketServer:
    try:
        return WebSocketServer(options._replace(tls=tls))
    except BaseException:
        if tls is not None:
            tls.remove()
        raise
