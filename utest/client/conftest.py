from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from peers.certificates import TlsFiles, tls_files
from peers.raw import PATIENCE
from RobotWebSocketLibrary.client.opening import Opened, open_connection
from RobotWebSocketLibrary.client.request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.deadline import Deadline

Opening = Callable[..., Opened]


@pytest.fixture(scope="package")
def files() -> Iterator[TlsFiles]:
    """The TLS material as files."""
    with tls_files() as made:
        yield made


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Opens streams, and closes them after the test."""
    streams = []

    def open_one(url: str, *, timeout: float = PATIENCE, **options: Any) -> Opened:
        opened = open_connection(OpeningRequest(read_url(url), **options), Deadline(timeout))
        streams.append(opened.stream)
        return opened

    yield open_one
    for stream in streams:
        stream.close()


@pytest.fixture
def threads() -> Iterator[list[threading.Thread]]:
    """Threads of a test, joined after it."""
    started: list[threading.Thread] = []
    yield started
    for thread in started:
        thread.join(PATIENCE)
        assert not thread.is_alive(), thread
