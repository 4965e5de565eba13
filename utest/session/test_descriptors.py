"""The limit of open files, which this process must keep."""

from __future__ import annotations

import os
import sys

import pytest

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.session.descriptors import SPARE, make_room

resource = pytest.importorskip("resource")


@pytest.fixture(autouse=True)
def limit():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_limit_is_raised_as_far_as_needed(limit: tuple[int, int]):
    opened = len(os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 20, limit[1]))
    make_room(100)
    assert opened + 100 + SPARE <= resource.getrlimit(resource.RLIMIT_NOFILE)[0] < opened + 110 + SPARE
    make_room(10)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= opened + 100 + SPARE


def test_files_cannot_be_counted(limit: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    def fail(_: str) -> list[str]:
        raise FileNotFoundError

    resource.setrlimit(resource.RLIMIT_NOFILE, (SPARE * 2, limit[1]))
    monkeypatch.setattr(os, "listdir", fail)
    make_room(100)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 100 + 2 * SPARE


def test_more_than_the_system_allows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 300))
    with pytest.raises(WebSocketError) as failure:
        make_room(500)
    told = str(failure.value)
    assert told.startswith("Cannot open so many connections: ")
    assert told.endswith(
        " file descriptors are needed, and this process may have 300 ('ulimit -Hn'). "
        "A connection takes one, and one more where the server is in the same run."
    )


def test_system_without_such_a_limit(monkeypatch: pytest.MonkeyPatch):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "resource", None)
        make_room(1_000_000_000)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
