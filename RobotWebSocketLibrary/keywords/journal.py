"""Writes to Robot's log what threads collected: Robot takes log messages from its main thread only."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from robot.api import logger

from ..connection.connection import Connection
from ..connection.registry import Registry
from ..connection.traffic import Traffic
from ..errors import escaped
from ..server.server import WebSocketServer
from .websocket import WebSocket

LINES = 100
"""Frames of one connection that one keyword logs."""


class Journal:
    """Flushed after every keyword: warnings, and on DEBUG level the frames since the last flush."""

    def __init__(self, connections: Registry[WebSocket], servers: Registry[WebSocketServer]) -> None:
        self._connections = connections
        self._servers = servers
        self._logged: WeakKeyDictionary[Traffic, int] = WeakKeyDictionary()

    def flush(self) -> None:
        for server in self._servers.items:
            self._warn(f"Test server '{server.url}'", server.notices)
        for side, connection in self._all():
            self._warn(f"Connection '{connection.name}'", connection.notices)
            self._log_frames(side, connection.traffic)

    def _all(self) -> Iterator[tuple[str, Connection]]:
        for websocket in self._connections.items:
            yield "", websocket.connection
        for server in self._servers.items:
            for client in server.clients:
                yield "server ", client.connection

    def _warn(self, who: str, notices: deque[str]) -> None:
        while notices:
            logger.warn(f"{who}: {escaped(notices.popleft())}.")

    def _log_frames(self, side: str, traffic: Traffic) -> None:
        recorded = traffic.recorded
        new = recorded - self._logged.get(traffic, 0)
        if not new:
            return
        self._logged[traffic] = recorded
        if new > LINES:
            logger.debug(f"{side}{new - LINES:,} earlier frames")
        for record in traffic.records[-min(new, LINES) :]:
            # Robot reads level and time from the start of what is printed; the record's text is one escaped line.
            print(f"*DEBUG:{record.time * 1000:.0f}* {side}{record}")  # noqa: T201
