from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from peers.raw import PATIENCE
from RobotWebSocketLibrary.client.opening_handshake import CompletedHandshake
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.redirects import follow_redirects
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.deadline import Deadline

Opening = Callable[..., CompletedHandshake]


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Opens streams, and closes them after the test."""
    streams = []

    def open_one(
        url: str, *, timeout: float = PATIENCE, on_move: Callable[[OpeningRequest], None] | None = None, **options: Any
    ) -> CompletedHandshake:
        completed = follow_redirects(OpeningRequest(read_url(url), **options), Deadline(timeout), on_move)
        streams.append(completed.stream)
        return completed

    yield open_one
    for stream in streams:
        stream.close()
