"""The library as Robot Framework sees it: introduction, import arguments, and the composition of its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from robot.api.types import Secret
from robot.errors import TimeoutExceeded
from robot.libraries.BuiltIn import BuiltIn
from robotlibcore import DynamicCore

from .byte_size import ByteSize
from .defaults import INBOX_MESSAGES, MAX_MESSAGE_SIZE, TIMEOUT, TRAFFIC_FRAMES, TRAFFIC_PREVIEW
from .errors import WebSocketError
from .introduction import INTRODUCTION
from .keywords.argument_types import CONVERTERS
from .keywords.client_keywords import ClientKeywords
from .keywords.connection_keywords import ConnectionKeywords
from .keywords.default_keywords import DefaultsKeywords
from .keywords.fault_keywords import FaultKeywords
from .keywords.handshake_keywords import HandshakeKeywords
from .keywords.message_keywords import MessageKeywords
from .keywords.ping_keywords import PingKeywords
from .keywords.reply_keywords import ReplyKeywords, check_replies
from .keywords.server_keywords import ServerKeywords
from .keywords.traffic_keywords import TrafficKeywords
from .keywords.waiting_keywords import WaitingKeywords
from .report.journal import Journal
from .server.server import WebSocketServer
from .session.auto_close import AutoClose, Lifetime
from .session.registry import Registry
from .session.settings import read_settings
from .session.websocket_variable import LiveWebSocket, WebSocket

__version__ = "0.1.0"

CODE = re.compile("``.+?``")
NO_BREAK = "\N{NO-BREAK SPACE}"
"""A space that a browser neither drops nor breaks a line at, and that Robot Framework takes for any other."""


class RobotWebSocketLibrary(DynamicCore):
    __doc__ = INTRODUCTION

    ROBOT_LIBRARY_SCOPE = "GLOBAL"
    ROBOT_LIBRARY_VERSION = __version__
    ROBOT_LIBRARY_DOC_FORMAT = "ROBOT"
    ROBOT_LISTENER_API_VERSION = 3
    ROBOT_LIBRARY_CONVERTERS = CONVERTERS

    _shown: RobotWebSocketLibrary | None = None

    def __init__(
        self,
        *,
        timeout: timedelta | float | str = TIMEOUT,
        auto_close: AutoClose | str = AutoClose.TEST,
        max_message_size: ByteSize | str = MAX_MESSAGE_SIZE,
        inbox_limit: int | str = INBOX_MESSAGES,
        traffic_frames: int | str = TRAFFIC_FRAMES,
        traffic_preview: ByteSize | str = TRAFFIC_PREVIEW,
        verify: Literal[True, False] | Path = True,
        headers: dict[str, str | Secret] | str | None = None,
        proxy: Secret | str | None = None,
    ) -> None:
        """The arguments apply wherever a keyword is not told otherwise.

        Args:
            timeout: How long keywords wait: for opening, closing, sending, and every wait that is given no ``timeout``.
            auto_close: When what a test left open is closed, see `AutoClose`.
            max_message_size: Longest message that a connection accepts.
            inbox_limit: Messages that a connection keeps for the test. When so many wait, or 256 MiB of them, reading
                pauses.
            traffic_frames: Frames that a connection keeps for the log and for `Get WebSocket Traffic`.
            traffic_preview: How much of the payload of each frame is kept.
            verify: What ``wss`` connections trust: ``True`` for what this machine trusts, a file with authorities,
                ``False`` for anybody.
            headers: Headers for the handshake of every connection.
            proxy: Proxy for every connection, ``NONE`` for none. That of the environment by default, see `Proxies`.

        Example:
        | Library    RobotWebSocketLibrary    timeout=10s    auto_close=SUITE
        """
        settings = read_settings(
            timeout,
            auto_close,
            max_message_size,
            inbox_limit=inbox_limit,
            traffic_frames=traffic_frames,
            traffic_preview=traffic_preview,
            verify=verify,
            headers=headers,
            proxy=proxy,
        )
        self._connections = connections = Registry[WebSocket]("WebSocket connection", "Open WebSocket")
        servers: Registry[WebSocketServer] = Registry("WebSocket server", "Start WebSocket Server", check_replies)
        self._live = LiveWebSocket(connections, servers)
        self._lifetime = Lifetime(settings.auto_close, connections, servers)
        self._journal = Journal(connections, servers)
        super().__init__(
            [
                ConnectionKeywords(settings, connections, self._live, self._lifetime),
                DefaultsKeywords(settings),
                MessageKeywords(settings, connections),
                WaitingKeywords(settings, connections),
                PingKeywords(settings, connections),
                FaultKeywords(connections),
                TrafficKeywords(connections, __version__),
                ServerKeywords(settings, servers, self._lifetime),
                ClientKeywords(settings, servers, self._live),
                HandshakeKeywords(servers),
                ReplyKeywords(servers),
            ]
        )

    def run_keyword(self, name: str, args: list[Any], kwargs: dict[str, Any] | None = None) -> Any:
        """Runs a keyword, and writes to the log what its connections collected meanwhile."""
        self._publish()
        try:
            return super().run_keyword(name, args, kwargs)  # type: ignore[no-untyped-call]
        except (WebSocketError, TimeoutExceeded):
            self._show_frames(name, kwargs or {})
            raise
        finally:
            self._journal.flush()

    def get_keyword_documentation(self, name: str) -> str:
        """Documentation in which several spaces within code stay several on the page, to be copied as they are."""
        documentation: str = super().get_keyword_documentation(name)  # type: ignore[no-untyped-call]
        return CODE.sub(lambda code: code[0].replace("  ", NO_BREAK * 2), documentation)

    def start_suite(self, _data: Any, _result: Any) -> None:
        self._publish()

    def end_test(self, _data: Any, _result: Any) -> None:
        self._lifetime.end("test")
        self._journal.flush(frames=False)

    def end_suite(self, _data: Any, result: Any) -> None:
        self._lifetime.end(f"suite {result.full_name}")
        self._journal.flush(frames=False)

    def close(self) -> None:
        self._lifetime.end_run()
        self._journal.flush(frames=False)

    def _show_frames(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Shows, beneath a keyword that failed, what was last on the wire of the connection that it worked on."""
        parameters = self.get_keyword_arguments(name)  # type: ignore[no-untyped-call]
        if "*" in parameters and ("connection", None) in parameters:  # `Get WebSocket` only fails to find one
            with suppress(WebSocketError):  # there is no such connection, which the failure tells
                self._journal.show_last_frames(self._connections[arguments.get("connection")])

    def _publish(self) -> None:
        """Makes `${websocket}` show this instance: two imports with different arguments are two instances."""
        if RobotWebSocketLibrary._shown is not self:
            BuiltIn().set_global_variable("${websocket}", self._live)
            RobotWebSocketLibrary._shown = self
