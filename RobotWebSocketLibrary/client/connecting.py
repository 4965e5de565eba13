"""A client's end of a connection: opened, with a reader thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, time

from ..connection.connection import Connection
from ..connection.heartbeat import HeartbeatTimes
from ..connection.inbox import InboxLimit
from ..connection.traffic import TrafficLimit
from ..deadline import Deadline
from ..protocol.http import Exchange
from ..threads import start
from .opening import open_connection
from .opening_request import OpeningRequest


def connect(
    request: OpeningRequest,
    *,
    name: str,
    max_message_size: int,
    inbox_limit: InboxLimit,
    traffic_limit: TrafficLimit | None = None,
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
    connection = Connection(
        opened.stream,
        "client",
        name=name,
        url=str(opened.url),
        subprotocol=opened.subprotocol,
        compression=opened.compression,
        heartbeat=heartbeat,
        max_message_size=max_message_size,
        inbox_limit=inbox_limit,
        traffic_limit=traffic_limit,
    )
    try:
        start(f"reader of {name}", connection.read, opened.received)
        return connection, handshake
    except BaseException:
        connection.abort("opening it was interrupted")
        opened.stream.close()
        raise
