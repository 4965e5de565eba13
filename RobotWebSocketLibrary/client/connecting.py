"""A client's end of a connection: opened, with a reader thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, time

from ..connection.connection import Agreement, Connection, Limits
from ..connection.heartbeat import HeartbeatTimes
from ..deadline import Deadline
from ..protocol.http import Exchange
from ..threads import start
from .opening import open_connection
from .opening_request import OpeningRequest


def connect(
    request: OpeningRequest,
    *,
    name: str,
    limits: Limits,
    deadline: Deadline,
    heartbeat: HeartbeatTimes | None = None,
    moved: Callable[[OpeningRequest], None] | None = None,
) -> tuple[Connection, Exchange]:
    """Opens a connection and starts to receive; returns it with its opening handshake.

    `moved` is told of each request that a redirect takes to another origin, before it is sent.
    """
    started, begin = time(), monotonic()
    opened = open_connection(request, deadline, moved)
    handshake = Exchange(opened.request, opened.response, started, monotonic() - begin)
    agreement = Agreement(str(opened.url), opened.subprotocol, opened.compression)
    connection = Connection(opened.stream, "client", name, agreement, limits, heartbeat=heartbeat)
    try:
        start(f"reader of {name}", connection.read, opened.received)
        return connection, handshake
    except BaseException:
        connection.abort("opening it was interrupted")
        opened.stream.close()
        raise
