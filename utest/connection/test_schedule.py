"""What happens later, in its order. The tests are the reading thread themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from time import monotonic

import pytest

from peers.raw import PATIENCE
from RobotWebSocketLibrary.connection import schedule as module
from RobotWebSocketLibrary.connection.schedule import Schedule
from RobotWebSocketLibrary.deadline import LONGEST_SLEEP

from .interrupting import InterruptionError


@pytest.fixture
def schedule() -> Schedule:
    return Schedule()


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass, which otherwise stands still."""
    now = [monotonic()]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


def test_actions_run_in_the_order_in_which_they_are_due(schedule: Schedule, passes: Callable[[float], None]):
    ran: list[str] = []
    for seconds, name in ((3, "late"), (1, "first"), (1, "second"), (2, "between"), (0, "now")):
        schedule.add(seconds, partial(ran.append, name))
    schedule.run_due()
    assert ran == ["now"]
    passes(1.5)
    schedule.run_due()
    assert ran == ["now", "first", "second"]
    passes(10)
    schedule.run_due()
    assert ran == ["now", "first", "second", "between", "late"]
    assert schedule.empty


def test_remaining_is_the_time_until_the_next_action(schedule: Schedule, passes: Callable[[float], None]):
    assert schedule.remaining is None
    schedule.add(5, int)
    timer = schedule.add(2, int)
    assert schedule.remaining == pytest.approx(2)
    schedule.cancel(timer)
    assert schedule.remaining == pytest.approx(5)
    passes(7)
    assert schedule.remaining == 0


@pytest.mark.parametrize("seconds", [1e12, float("inf")])
def test_far_future_is_slept_for_in_parts(schedule: Schedule, seconds: float):
    schedule.add(seconds, pytest.fail)
    schedule.run_due()
    assert schedule.remaining == LONGEST_SLEEP
    assert not schedule.empty


def test_cancelled_action_does_not_run(schedule: Schedule, passes: Callable[[float], None]):
    ran: list[str] = []
    timers = [schedule.add(1, partial(ran.append, name)) for name in ("first", "second", "third")]
    schedule.cancel(timers[1])
    schedule.cancel(timers[1])  # again, which changes nothing
    passes(1)
    schedule.run_due()
    assert ran == ["first", "third"]
    assert schedule.empty


def test_schedule_is_empty_once_all_are_cancelled(schedule: Schedule):
    assert schedule.empty
    timers = [schedule.add(seconds, pytest.fail) for seconds in (9, 1, 5)]
    for timer in timers:
        assert not schedule.empty
        schedule.cancel(timer)
    assert schedule.empty
    assert schedule.remaining is None


def test_action_that_runs_or_ran_is_cancelled_in_vain(schedule: Schedule):
    timer = schedule.add(0, lambda: schedule.cancel(timer))
    schedule.add(9, int)
    schedule.run_due()
    schedule.cancel(timer)
    assert not schedule.empty, "the other one still counts"


def test_action_cancels_one_that_is_due_as_well(schedule: Schedule):
    schedule.add(0, lambda: schedule.cancel(second))
    second = schedule.add(0, pytest.fail)
    schedule.run_due()
    assert schedule.empty


def test_what_an_action_adds_waits_for_the_next_turn(schedule: Schedule, passes: Callable[[float], None]):
    ran: list[str] = []

    def repeat() -> None:
        ran.append("again")
        passes(0.001)
        schedule.add(0, repeat)

    schedule.add(0, repeat)
    for count in (1, 2, 3):
        schedule.run_due()
        assert len(ran) == count


def test_failed_action_leaves_the_others(schedule: Schedule):
    ran: list[str] = []
    schedule.add(0, lambda: 1 / 0)
    schedule.add(0, lambda: ran.append("other"))
    with pytest.raises(ZeroDivisionError):
        schedule.run_due()
    assert schedule.remaining == 0
    schedule.run_due()
    assert ran == ["other"]


def test_interrupted_adding_and_cancelling_count_nothing_wrong(
    schedule: Schedule, monkeypatch: pytest.MonkeyPatch, passes: Callable[[float], None]
):
    def struck(heap: list[object], item: object) -> None:
        heap.append(item)
        raise InterruptionError

    with monkeypatch.context() as patched:
        patched.setattr(module, "heappush", struck)
        with pytest.raises(InterruptionError):
            schedule.add(1, int)
    assert not schedule.empty
    passes(1)
    schedule.run_due()
    assert schedule.empty, "a thread that waits for it can end"


def test_threads_add_and_cancel_at_once(schedule: Schedule):
    ran: list[tuple[int, int]] = []
    threads, count = 8, 2_000

    def add(number: int) -> None:
        for index in range(count):
            schedule.add(0, partial(ran.append, (number, index)))
            schedule.cancel(schedule.add(0, int))
            schedule.cancel(schedule.add(PATIENCE, pytest.fail))

    adding = [threading.Thread(target=add, args=(number,)) for number in range(threads)]
    for thread in adding:
        thread.start()
    while any(thread.is_alive() for thread in adding):
        schedule.run_due()
    schedule.run_due()
    assert schedule.empty
    for number in range(threads):
        assert [index for other, index in ran if other == number] == list(range(count))
