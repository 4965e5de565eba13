from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from peers.raw import PATIENCE
from RobotWebSocketLibrary.client.opening import Opened, open_connection
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.deadline import Deadline

Opening = Callable[..., Opened]


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Opens streams, and closes them after the test."""
    streams = []

    def open_one(
        url: str, *, timeout: float = PATIENCE, moved: Callable[[OpeningRequest], None] | None = None, **options: Any
    ) -> Opened:
        opened = open_connection(OpeningRequest(read_url(url), **options), Deadline(timeout), moved)
        streams.append(opened.stream)
        return opened

    yield open_one
    for stream in streams:
        stream.close()
