"""Writes to Robot Framework's log what threads have collected: it takes log messages from its main thread only."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakKeyDictionary, WeakSet

from robot.api import logger

from ..connection.connection import Connection
from ..connection.traffic import Traffic
from ..errors import QUOTE_LIMIT, escaped, quoted
from ..protocol.http import Exchange, Headers
from ..secrecy import mask_request_header, mask_response_header, mask_url
from ..server.server import WebSocketServer
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket
from .traffic_html import draw_table

LINES_PER_KEYWORD = 100
"""Frames of one connection that one keyword logs."""
SERVER_PREFIX = "server "
"""The beginning of lines about a test server's ends."""
FRAMES_BENEATH_FAILURE = 20
"""Frames that are shown beneath a keyword that failed."""


class Journal:
    """Logs warnings, and on DEBUG level frames, after every keyword.

    Used by the main thread only. The threads that record frames and collect notices only append to them, so each flush
    takes what is there. What was closed or forgotten since the last flush is flushed once more.
    """

    def __init__(self, connections: Registry[WebSocket], servers: Registry[WebSocketServer]) -> None:
        self._connections = connections
        self._servers = servers
        self._known_connections: list[WebSocket] = []
        self._known_servers: list[WebSocketServer] = []
        self._over: WeakSet[Connection] = WeakSet()
        self._logged: WeakKeyDictionary[Traffic, int] = WeakKeyDictionary()

    def flush(self, *, frames: bool = True) -> None:
        """Logs what is new. Frames are left out if no keyword runs, because Robot Framework ignores prints then."""
        websockets = dict.fromkeys((*self._known_connections, *self._connections.items))
        servers = dict.fromkeys((*self._known_servers, *self._servers.items))
        self._known_connections, self._known_servers = self._connections.items, self._servers.items
        for server in servers:
            self._warn(f"Test server '{server.url}'", server.notices)
        for side, connection, handshake in _list_connections(websockets, servers):
            if connection in self._over and not connection.notices:
                continue
            if frames and connection.state == "closed":  # asked before the flush, which then leaves nothing behind
                self._over.add(connection)
            self._warn(f"Connection '{connection.name}'", connection.notices)
            if frames:
                self._log_frames(side, connection.traffic, handshake)

    def show_last_frames(self, websocket: WebSocket) -> None:
        """Shows the last frames in log.html, on any level. Shows nothing if there were none."""
        recorded, records = websocket.connection.traffic.since(0)
        if records:
            title = f"Last frames of '{websocket.connection.name}'"
            earlier = recorded - len(records)
            logger.info(draw_table(records, title=title, limit=FRAMES_BENEATH_FAILURE, earlier=earlier), html=True)

    def _warn(self, who: str, notices: deque[str]) -> None:
        while notices:
            logger.warn(f"{who}: {escaped(notices.popleft())}.")

    def _log_frames(self, side: str, traffic: Traffic, handshake: Exchange | None) -> None:
        if traffic not in self._logged and handshake is not None:
            _log_handshake(side, handshake)
        self._logged[traffic], new = traffic.since(self._logged.get(traffic, 0))
        if len(new) > LINES_PER_KEYWORD:
            logger.debug(f"{side}earlier frames are not shown")
        for record in new[-LINES_PER_KEYWORD:]:
            _log(record.time, f"{side}{record}")


def _list_connections(
    websockets: Iterable[WebSocket], servers: Iterable[WebSocketServer]
) -> Iterator[tuple[str, Connection, Exchange | None]]:
    for websocket in websockets:
        yield "", websocket.connection, websocket.handshake
    for server in servers:
        for client in server.clients:
            yield SERVER_PREFIX, client.connection, client.handshake
        while server.ended:
            yield SERVER_PREFIX, server.ended.popleft(), None


def _log_handshake(side: str, handshake: Exchange) -> None:
    """Logs the HTTP exchange that opened a connection, in a line for each direction."""
    request, response = handshake.request, handshake.response
    asks, answers = "<>" if side == SERVER_PREFIX else "><"
    target = quoted(mask_url(request.target))[1:-1]
    _log(handshake.started, f"{side}{asks} GET {target}; {_join_headers(request.headers, mask_request_header)}")
    answered = handshake.started + (handshake.seconds or 0)
    _log(answered, f"{side}{answers} HTTP {response}; {_join_headers(response.headers, mask_response_header)}")


def _log(time: float, line: str) -> None:
    """Robot Framework reads level and time from the start of what is printed. The line must be escaped already."""
    print(f"*DEBUG:{time * 1000:.0f}* {line}")  # noqa: T201


def _join_headers(headers: Headers, mask: Callable[[str, str], str]) -> str:
    return escaped("; ".join(f"{name}: {mask(name, value)[:QUOTE_LIMIT]}" for name, value in headers.fields))
