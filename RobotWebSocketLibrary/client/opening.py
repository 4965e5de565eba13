"""Opens a connection: what `Open WebSocket` calls. From then on a thread reads."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from ..connection.connection import Connection
from ..connection.heartbeat import HeartbeatTimes
from ..connection.terms import Limits, Terms
from ..deadline import Deadline
from ..protocol.http import Exchange
from ..wall_clock import now
from . import websocket_client
from .opening_request import OpeningRequest
from .redirects import follow_redirects


def open_connection(
    request: OpeningRequest,
    *,
    name: str,
    limits: Limits,
    deadline: Deadline,
    heartbeat: HeartbeatTimes | None = None,
    on_move: Callable[[OpeningRequest], None] | None = None,
) -> tuple[Connection, Exchange]:
    """Opens a connection and starts to receive; returns it with its opening handshake.

    `on_move` is called with each request that a redirect takes to another origin, before it is sent.
    """
    websocket_client.load()  # before the opening is timed
    started, begin = now(), perf_counter()
    completed = follow_redirects(request, deadline, on_move)
    handshake = Exchange(completed.request, completed.response, started, perf_counter() - begin)
    terms = Terms(str(completed.url), completed.subprotocol, completed.compression)
    connection = Connection(completed.stream, "client", name, terms, limits, heartbeat=heartbeat)
    try:
        connection.start(completed.received)
        return connection, handshake
    except BaseException:
        connection.abort("opening it was interrupted")
        raise
