"""Connections of the client, ended after a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peers.raw import PATIENCE
from RobotWebSocketLibrary.client.opening import open_connection
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.heartbeat import HeartbeatTimes
from RobotWebSocketLibrary.connection.terms import Limits
from RobotWebSocketLibrary.deadline import Deadline


@contextmanager
def connected(
    url: str, *, max_message_size: int = 1024 * 1024, heartbeat: HeartbeatTimes | None = None, **options: Any
) -> Iterator[Connection]:
    """A connection with its reader, ended after the block."""
    connection, handshake = open_connection(
        OpeningRequest(read_url(url), **options),
        name="main",
        limits=Limits(max_message_size),
        deadline=Deadline(PATIENCE),
        heartbeat=heartbeat,
    )
    assert handshake.response.status == 101
    try:
        yield connection
    finally:
        connection.abort("the test has ended")
