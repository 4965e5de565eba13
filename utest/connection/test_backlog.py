"""Messages that wait for code of a test: when they hold up reading, and when they no longer do."""

from __future__ import annotations

import threading

import pytest

from peers.clients import eventually
from peers.raw import PATIENCE
from RobotWebSocketLibrary.connection.backlog import WAITING, WAITING_SIZE, Backlog
from RobotWebSocketLibrary.connection.connection import Connection

from .ends import Ends


@pytest.fixture
def connection(ends: Ends) -> Connection:
    return ends.open()[0]


@pytest.mark.parametrize(("count", "size"), [(WAITING + 1, 1), (1, WAITING_SIZE + 1)])
def test_reading_pauses_only_as_long_as_much_waits(count: int, size: int, connection: Connection):
    goes_on, answered = threading.Event(), []

    def answer(_: Connection, item: str) -> None:
        goes_on.wait(PATIENCE)
        answered.append(item)

    backlog = Backlog(answer)
    for item in ("first", "little", "much"):
        backlog.add(connection, item, *((count, size) if item == "much" else (1, 1)))
    assert backlog.behind
    goes_on.set()
    eventually(lambda: not backlog.busy)
    assert answered == ["first", "little", "much"]
    assert not backlog.behind


def test_what_waits_is_counted_together(connection: Connection):
    goes_on = threading.Event()
    backlog: Backlog[str] = Backlog(lambda *_: goes_on.wait(PATIENCE))
    for _ in range(WAITING):
        backlog.add(connection, "little", 1, 1)
        assert not backlog.behind
    for _ in range(2):  # one may be on its way to its answer
        backlog.add(connection, "little", 1, 1)
    assert backlog.behind
    goes_on.set()
    eventually(lambda: not backlog.busy)
    assert not backlog.behind
