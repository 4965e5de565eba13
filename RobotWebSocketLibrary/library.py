"""The library as Robot Framework sees it: import arguments, and the composition of its parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

from robot.api.types import Secret
from robot.errors import TimeoutExceeded
from robot.libraries.BuiltIn import BuiltIn
from robotlibcore import DynamicCore

from .byte_size import ByteSize
from .defaults import INBOX_MESSAGES, MAX_MESSAGE_SIZE, TIMEOUT, TRAFFIC_FRAMES, TRAFFIC_PREVIEW, VARIABLE
from .editor_documentation import runs_in_ride, write_lists
from .errors import HandshakeError, WebSocketError
from .introduction import INTRODUCTION
from .keywords.argument_conversion import CONVERTERS, prepare_types
from .keywords.automatic_keywords import AutomaticKeywords
from .keywords.byte_keywords import ByteKeywords
from .keywords.client_keywords import ClientKeywords
from .keywords.closing_keywords import ClosingKeywords
from .keywords.defaults_keywords import DefaultsKeywords
from .keywords.fault_keywords import FaultKeywords
from .keywords.greeting_keywords import GreetingKeywords
from .keywords.handshake_keywords import HandshakeKeywords
from .keywords.held_message_keywords import HeldMessageKeywords
from .keywords.http_keywords import HttpKeywords
from .keywords.inbox_keywords import InboxKeywords
from .keywords.load_keywords import LoadKeywords
from .keywords.message_keywords import MessageKeywords
from .keywords.message_rule_keywords import MessageRuleKeywords
from .keywords.opening_keywords import OpeningKeywords
from .keywords.outage_keywords import OutageKeywords
from .keywords.ping_keywords import PingKeywords
from .keywords.proxy_keywords import ProxyKeywords
from .keywords.python_calls import make_method
from .keywords.reply_keywords import ReplyKeywords
from .keywords.request_keywords import RequestKeywords
from .keywords.server_keywords import ServerKeywords
from .keywords.statistics_keywords import StatisticsKeywords
from .keywords.traffic_keywords import TrafficKeywords
from .keywords.waiting_keywords import WaitingKeywords
from .report.journal import Journal
from .report.outcome import forget_outcome, write_outcome
from .server.server import WebSocketServer
from .server.stopped_server import StoppedServer
from .session.auto_close import AutoClose, Lifetime
from .session.handover import Handover
from .session.live_variable import LiveVariable, read_variable_name
from .session.registry import Registry
from .session.settings import read_settings
from .session.websocket_variable import LiveWebSocket, WebSocket

__version__ = "0.1.0"

CODE_SPAN = re.compile("``.+?``")
NO_BREAK = "\N{NO-BREAK SPACE}"
"""A browser neither drops such a space nor breaks a line at it, and Robot Framework reads it like any other."""


class RobotWebSocketLibrary(DynamicCore):
    __doc__ = INTRODUCTION

    ROBOT_LIBRARY_SCOPE = "GLOBAL"
    ROBOT_LIBRARY_VERSION = __version__
    ROBOT_LIBRARY_DOC_FORMAT = "ROBOT"
    ROBOT_LISTENER_API_VERSION = 3
    ROBOT_LIBRARY_CONVERTERS = CONVERTERS

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
        inside: str | None = None,
        variable: str = VARIABLE,
    ) -> None:
        """The arguments apply wherever a keyword is not given something else.

        Args:
            timeout: How long keywords may take to open, close, send and wait if they are given no ``timeout``.
            auto_close: When connections and servers that a test left open are closed, see `AutoClose`.
            max_message_size: Longest message that a connection accepts.
            inbox_limit: Messages that a connection keeps for the test. When this many wait, or 256 MiB of them, reading
                pauses.
            traffic_frames: Frames that a connection keeps for the log and for `Get WebSocket Traffic`.
            traffic_preview: How much of the payload of each frame is kept.
            verify: What ``wss`` connections trust: ``True`` for what this machine trusts, a file with authorities, or
                ``False`` for anybody.
            headers: Headers for the handshake of every connection.
            proxy: Proxy for every connection, ``NONE`` for none. That of the environment by default, see `Proxies`.
            inside: Pattern that finds the JSON within messages, see `JSON in a wrapper`.
            variable: Name of the live variable, for suites that have a ``${websocket}`` of their own.

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
            inside=inside,
        )
        self._settings = settings
        self._connections = connections = Registry(WebSocket, "WebSocket connection", "Open WebSocket")
        servers = Registry(WebSocketServer, "WebSocket server", "Start WebSocket Server", StoppedServer.of)
        connections.counterpart, servers.counterpart = servers, connections
        self._live = LiveWebSocket(connections, servers)
        connections.suggest = self._live.suggest_client
        self._variable = LiveVariable(read_variable_name(variable), self._live)
        self._lifetime = Lifetime(settings.auto_close, connections, servers)
        self._journal = Journal(connections, servers)
        self._handover = handover = Handover()
        super().__init__(
            [
                OpeningKeywords(settings, connections, servers, self._live, self._lifetime),
                ClosingKeywords(settings, connections),
                DefaultsKeywords(settings),
                MessageKeywords(settings, connections),
                WaitingKeywords(settings, connections, handover),
                LoadKeywords(settings, connections, self._live, self._lifetime, handover),
                RequestKeywords(settings, connections, handover),
                ByteKeywords(settings, connections, handover),
                AutomaticKeywords(settings, connections, handover),
                InboxKeywords(connections, handover),
                PingKeywords(settings, connections, handover),
                FaultKeywords(connections),
                TrafficKeywords(connections, __version__),
                StatisticsKeywords(connections),
                ServerKeywords(settings, servers, self._lifetime),
                ClientKeywords(settings, servers, self._live, handover),
                HandshakeKeywords(servers),
                HttpKeywords(servers),
                ReplyKeywords(settings, servers),
                GreetingKeywords(servers),
                OutageKeywords(settings, servers),
                ProxyKeywords(settings, servers, self._lifetime),
                MessageRuleKeywords(settings, servers),
                HeldMessageKeywords(servers),
            ]
        )
        self._methods: dict[str, Callable[..., Any]] = {}

    def add_library_components(self, library_components: list[Any], *translation: Any) -> None:
        """Adds keywords, but not a second time from this object, where robotlibcore would find them all again."""
        if library_components != [self]:
            super().add_library_components(library_components, *translation)

    def __getattr__(self, name: str) -> Any:
        """Keywords as methods for Python."""
        found = super().__getattr__(name)  # type: ignore[no-untyped-call]
        if name not in self._methods:
            keyword = found.robot_name or name
            types = self.get_keyword_types(keyword)
            self._methods[name] = make_method(found, types, partial(self.run_keyword, keyword))
        return self._methods[name]

    @property
    def websocket(self) -> LiveWebSocket:
        """What a suite finds in `${websocket}`, for Python."""
        return self._live

    def run_keyword(self, name: str, args: list[Any], kwargs: dict[str, Any] | None = None) -> Any:
        """Runs a keyword, and then writes to the log what the connections have collected."""
        self._variable.show()
        self._handover.forget()
        forget_outcome()
        try:
            result = super().run_keyword(name, args, kwargs)  # type: ignore[no-untyped-call]
            write_outcome(behind_prints=self._journal.flush())
            self._handover.complete(name)  # last, see there
            return result
        except BaseException as failure:
            self._handover.put_back()
            if isinstance(failure, (WebSocketError, TimeoutExceeded)) and BuiltIn().robot_running:
                self._show_failure(failure, name, kwargs or {})
            self._journal.flush()
            raise

    def get_keyword_documentation(self, name: str) -> str:
        """Documentation whose code keeps several spaces in a row on the page, so that it can be copied as it is."""
        documentation: str = super().get_keyword_documentation(name)  # type: ignore[no-untyped-call]
        documentation = CODE_SPAN.sub(lambda code: code[0].replace("  ", NO_BREAK * 2), documentation)
        return write_lists(documentation) if runs_in_ride() else documentation

    def get_keyword_types(self, name: str) -> dict[str, Any]:
        """Types of arguments, prepared so that each makes its converter once."""
        types: dict[str, Any] = super().get_keyword_types(name)  # type: ignore[no-untyped-call]
        return prepare_types(types) if name in self.keywords else types

    def start_suite(self, _data: Any, _result: Any) -> None:
        self._variable.place()

    def end_test(self, _data: Any, _result: Any) -> None:
        self._lifetime.end("test")
        self._settings.end("test")
        self._journal.flush(frames=False)

    def end_suite(self, _data: Any, result: Any) -> None:
        self._variable.leave()
        self._lifetime.end(f"suite {result.full_name}")
        self._settings.end(f"suite {result.full_name}")
        self._journal.flush(frames=False)

    def close(self) -> None:
        self._lifetime.end_run()
        self._journal.flush(frames=False)

    def _show_failure(self, failure: BaseException, name: str, arguments: Mapping[str, Any]) -> None:
        """Shows beneath a keyword that failed the handshake, or the end of the connection that it worked on."""
        if isinstance(failure, HandshakeError):
            self._journal.show_handshake(failure)
        parameters = self.get_keyword_arguments(name)  # type: ignore[no-untyped-call]
        if "*" in parameters and ("connection", None) in parameters:  # `Get WebSocket` only fails to find one
            with suppress(WebSocketError):  # if there is no such connection, the failure says so
                self._journal.show_end(self._connections.find(arguments.get("connection")))
