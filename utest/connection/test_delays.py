"""What the server does later runs in its order, in the reading thread, and not after it was cleared or stopped."""

import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from leaks import reading_threads
from peers.clients import PATIENCE, eventually
from RobotWebSocketLibrary.connection.delays import Delays

SOON = 0.03
LATER = 0.4
"""Seconds in which a test adds, clears and stops, also on a busy machine."""


@pytest.fixture
def delays() -> Iterator[Delays]:
    made = Delays()
    yield made
    made.stop()


def test_actions_run_when_they_are_due(delays: Delays):
    begun, ran = monotonic(), []
    for name, seconds in (("late", 3 * LATER), ("first", LATER), ("second", LATER), ("between", 2 * LATER)):
        delays.add(seconds, lambda name=name: ran.append((name, monotonic() - begun)))
    eventually(lambda: len(ran) == 4)
    assert [name for name, _ in ran] == ["first", "second", "between", "late"]
    for (_, taken), least in zip(ran, (LATER, LATER, 2 * LATER, 3 * LATER), strict=True):
        assert taken >= least


def test_same_time_means_the_order_of_adding(delays: Delays):
    ran: list[int] = []
    for number in range(100):
        delays.add(0, lambda number=number: ran.append(number))
    eventually(lambda: len(ran) == 100)
    assert ran == sorted(ran)


def test_one_reading_thread_keeps_all_delays_and_ends_with_them(delays: Delays):
    assert reading_threads() == []
    for _ in range(10):
        delays.add(PATIENCE, pytest.fail)
    eventually(reading_threads)
    assert len(reading_threads()) == 1
    delays.stop()
    eventually(lambda: not reading_threads())


def test_nothing_runs_after_clearing(delays: Delays):
    ran: list[str] = []
    delays.add(LATER, lambda: ran.append("cleared"))
    delays.clear()
    delays.add(LATER, lambda: ran.append("added later"))
    eventually(lambda: ran)
    assert ran == ["added later"]


def test_clearing_waits_for_what_runs_at_this_moment(delays: Delays):
    began, go_on, ran = threading.Event(), threading.Event(), []
    delays.add(0, lambda: (began.set(), go_on.wait(PATIENCE), ran.append("whole")))
    assert began.wait(PATIENCE)
    threading.Timer(SOON, go_on.set).start()
    delays.clear()
    assert ran == ["whole"]


def test_nothing_runs_after_stopping(delays: Delays):
    delays.add(LATER, lambda: pytest.fail("it ran"))
    delays.stop()
    delays.add(0, lambda: pytest.fail("it ran"))
    delays.stop()
    eventually(lambda: not reading_threads())


def test_far_future_is_possible(delays: Delays):
    ran: list[str] = []
    delays.add(1e12, lambda: ran.append("after 30,000 years"))
    delays.add(0, lambda: ran.append("now"))
    eventually(lambda: ran)
    assert ran == ["now"]


def test_action_that_was_taken_back_on_its_way_does_not_run(delays: Delays):
    delays._run("taken back", lambda: pytest.fail("it ran"))  # noqa: SLF001
