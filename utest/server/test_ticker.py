"""What a server sends as time passes: in the reading thread, from its start until its stop."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from leaks import reading_threads, server_threads
from peers.clients import PATIENCE, eventually
from RobotWebSocketLibrary.connection import reading_thread, ticking
from RobotWebSocketLibrary.connection.ticking import Ticking
from RobotWebSocketLibrary.server import listener
from RobotWebSocketLibrary.server.clients import Clients
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions
from RobotWebSocketLibrary.server.ticker import Ticker


def test_ticking_repeats_until_it_is_stopped():
    ticks: list[float] = []
    ticking = Ticking(0.02, lambda: ticks.append(time.monotonic()))
    ticking.start()
    eventually(lambda: len(ticks) >= 3)
    ticking.stop()
    eventually(lambda: not reading_threads())
    count = len(ticks)
    ticking.stop()  # again, which changes nothing
    assert len(ticks) == count
    assert all(round(after - before, 6) >= 0.02 for before, after in pairwise(ticks))  # as `seconds_since` does


def test_ticking_can_be_stopped_by_what_it_runs():
    ticks: list[str] = []

    def tick() -> None:
        ticks.append("once")
        ticking.stop()

    ticking = Ticking(0.01, tick)
    ticking.start()
    eventually(lambda: ticks and not reading_threads())
    assert ticks == ["once"]


def test_tick_that_was_on_its_way_when_the_server_stopped_runs_no_more():
    ticking = Ticking(0, lambda: pytest.fail("it ran"))
    ticking._stopped = True  # noqa: SLF001
    ticking._tick()  # noqa: SLF001
    assert not reading_threads()


def test_ticking_that_was_stopped_before_it_started_waits_for_nothing():
    ticking = Ticking(PATIENCE, lambda: pytest.fail("it ran"))
    ticking.stop()
    ticking.start()
    eventually(lambda: not reading_threads())


def test_interval_of_nothing_means_never():
    made = Ticker(Clients(), 0, 0)
    made.start()
    assert not reading_threads()
    made.stop()


class InterruptionError(BaseException):
    """What a signal handler raises."""


def test_interrupted_start_of_the_ticker_leaves_a_server_that_can_be_stopped(monkeypatch: pytest.MonkeyPatch):
    def struck(*arguments: object) -> None:
        reading_thread.later(*arguments)  # type: ignore[arg-type]
        raise InterruptionError

    monkeypatch.setattr(ticking, "later", struck)
    server = WebSocketServer(ServerOptions(max_message_size=1 << 20, ping_interval=PATIENCE))
    with pytest.raises(InterruptionError):
        server.start()
    server.stop()
    eventually(lambda: not reading_threads())


@pytest.mark.parametrize("strikes", ["before", "after"])
def test_start_that_was_interrupted_as_it_began_to_accept_can_be_stopped(strikes: str, monkeypatch: pytest.MonkeyPatch):
    begin = listener.ServerThread

    def struck(*arguments: object) -> None:
        if strikes == "after":
            begin(*arguments)  # type: ignore[arg-type]
        raise InterruptionError

    server = WebSocketServer(ServerOptions(max_message_size=1 << 20))
    with monkeypatch.context() as patched:
        patched.setattr(listener, "ServerThread", struck)
        with pytest.raises(InterruptionError):
            server.start()
    server.stop()
    eventually(lambda: not server_threads(server.port))
    again = WebSocketServer(ServerOptions(max_message_size=1 << 20, port=server.port))
    again.stop()
