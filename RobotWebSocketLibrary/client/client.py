"""A client's end of a connection: opened, with a reader thread of its own."""

from __future__ import annotations

from ..connection.connection import Connection
from ..connection.heartbeat import HeartbeatTimes
from ..connection.inbox import InboxLimit
from ..connection.threads import start
from ..deadline import Deadline
from ..protocol.http import Response
from .opening import open_connection
from .request import OpeningRequest


def connect(
    request: OpeningRequest,
    *,
    name: str,
    max_message_size: int,
    inbox_limit: InboxLimit,
    deadline: Deadline,
    heartbeat: HeartbeatTimes | None = None,
) -> tuple[Connection, Response]:
    """Opens a connection and starts to receive; returns it with the server's 101."""
    opened = open_connection(request, deadline)
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
    )
    try:
        start(f"reader of {name}", connection.read, opened.received)
        return connection, opened.response
    except BaseException:
        connection.abort("opening it was interrupted")
        opened.stream.close()
        raise
