"""Writes to Robot's log what threads collected: Robot takes log messages from its main thread only."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import takewhile
from weakref import WeakKeyDictionary

from robot.api import logger

from ..connection.connection import Connection
from ..connection.registry import Registry
from ..connection.traffic import Traffic, TrafficRecord
from ..errors import escaped
from ..server.server import WebSocketServer
from .websocket import WebSocket

LINES = 100
"""Frames of one connection that one keyword logs."""


class Journal:
    """Flushed after every keyword: warnings, and on DEBUG level the frames since the last flush.

    What was closed or forgotten since then is flushed once more.
    """

    def __init__(self, connections: Registry[WebSocket], servers: Registry[WebSocketServer]) -> None:
        self._connections = connections
        self._servers = servers
        self._known_connections: list[WebSocket] = []
        self._known_servers: list[WebSocketServer] = []
        self._logged: WeakKeyDictionary[Traffic, TrafficRecord] = WeakKeyDictionary()

    def flush(self, *, frames: bool = True) -> None:
        """Without frames where no keyword runs: there Robot does not take what is printed."""
        websockets = dict.fromkeys((*self._known_connections, *self._connections.items))
        servers = dict.fromkeys((*self._known_servers, *self._servers.items))
        self._known_connections, self._known_servers = self._connections.items, self._servers.items
        for server in servers:
            self._warn(f"Test server '{server.url}'", server.notices)
        for side, connection in _all(websockets, servers):
            self._warn(f"Connection '{connection.name}'", connection.notices)
            if frames:
                self._log_frames(side, connection.traffic)

    def _warn(self, who: str, notices: deque[str]) -> None:
        while notices:
            logger.warn(f"{who}: {escaped(notices.popleft())}.")

    def _log_frames(self, side: str, traffic: Traffic) -> None:
        last = self._logged.get(traffic)
        new = list(takewhile(lambda record: record is not last, reversed(traffic.records)))
        if not new:
            return
        self._logged[traffic] = new[0]
        if len(new) > LINES:
            logger.debug(f"{side}earlier frames are not shown")
        for record in reversed(new[:LINES]):
            # Robot reads level and time from the start of what is printed; the record's text is one escaped line.
            print(f"*DEBUG:{record.time * 1000:.0f}* {side}{record}")  # noqa: T201


def _all(websockets: Iterable[WebSocket], servers: Iterable[WebSocketServer]) -> Iterator[tuple[str, Connection]]:
    for websocket in websockets:
        yield "", websocket.connection
    for server in servers:
        for client in server.clients:
            yield "server ", client.connection
        while server.ended:
            yield "server ", server.ended.popleft()
