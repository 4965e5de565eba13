"""Closes what tests left open."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn

from ..connection.connection import Connection
from ..deadline import Deadline
from ..protocol.close import CloseCode
from ..server.server import WebSocketServer
from .registry import Registry
from .reply_failures import describe_failure
from .websocket_variable import WebSocket

CLOSE_SECONDS = 1.0
"""Seconds for the closing handshakes of all connections that a test left open together."""


class AutoClose(Enum):
    """When connections and servers that a test left open are closed.

    ``TEST``: what a test opened, when it ends; what a suite setup opened, when the suite ends.
    ``SUITE``: when the suite that opened them ends. ``RUN``: at the end of the whole run. ``MANUAL``: never.
    """

    TEST = "TEST"
    SUITE = "SUITE"
    RUN = "RUN"
    MANUAL = "MANUAL"


class Lifetime:
    """Says who owns what is opened, and closes it when the owner ends: connections first, then servers."""

    def __init__(
        self, auto_close: AutoClose, connections: Registry[WebSocket], servers: Registry[WebSocketServer]
    ) -> None:
        self._auto_close = auto_close
        self._connections = connections
        self._servers = servers

    @property
    def owner(self) -> str:
        """Owner of what is opened now: the running test, or the suite whose setup or teardown runs."""
        builtin = BuiltIn()
        if not builtin.robot_running:
            return "python"
        match self._auto_close:
            case AutoClose.TEST if builtin.get_variable_value("${TEST NAME}") is not None:
                return "test"
            case AutoClose.TEST | AutoClose.SUITE:
                return f"suite {builtin.get_variable_value('${SUITE NAME}')}"
            case AutoClose.RUN:
                return "run"
        return "nobody"

    def end(self, owner: str) -> None:
        """Closes what the owner left open. The current connection and server are then what others opened before."""
        for server in self._servers.items:
            server.end(owner)  # first: what a test holds up, or has made deaf, would let our close frames wait in vain
        left = self._connections.find_owned_by(owner)
        if any(websocket.state != "closed" for websocket in left):
            self._connections.farewell = _say_farewell("closed", owner)
        close_all((websocket.connection for websocket in left), Deadline(CLOSE_SECONDS))
        for server in self._servers.find_owned_by(owner):
            self._servers.farewell = _say_farewell("stopped", owner)
            server.stop()
            for what, failure in server.take_failures():
                server.notices.append(describe_failure(what, failure))
        self._connections.forget_owned_by(owner)
        self._servers.forget_owned_by(owner)

    def end_run(self) -> None:
        """Closes what the run owns and what was opened outside of a run, and warns about what nobody closes."""
        for owner in ("run", "python"):
            self.end(owner)
        for websocket in self._connections.items:
            if websocket.state != "closed":
                logger.warn(f"Connection '{websocket.connection.name}' was left open.")
        for server in self._servers.items:
            logger.warn(f"Test server '{server.url}' was left running.")


def _say_farewell(ended: str, owner: str) -> str:
    return f" The last one was {ended} when its {owner.partition(' ')[0]} ended (`auto_close`)."


def close_all(connections: Iterable[Connection], deadline: Deadline) -> None:
    """Closes connections at once, all under one deadline."""
    closing = [connection for connection in connections if connection.state != "closed"]
    for connection in closing:
        connection.begin_close(CloseCode.NORMAL_CLOSURE, "", deadline)
    for connection in closing:
        connection.finish_close(deadline)
