import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from robot.utils import secs_to_timestr

from connection.interrupting import interrupted, interruptions
from RobotWebSocketLibrary.deadline import SLICE, Deadline, WakeUp, format_duration

LONG = 60.0
"""Seconds that no test of this file takes, unless a wake-up was lost."""


def test_deadline_that_is_far_away():
    deadline = Deadline(LONG)
    assert 0 < deadline.remaining <= LONG
    assert deadline.slice == SLICE
    assert not deadline.expired


def test_deadline_that_is_close():
    assert round(Deadline(SLICE / 2).slice, 6) <= SLICE / 2  # the clock of Windows ticks in milliseconds


@pytest.mark.parametrize("timeout", [0, -1])
def test_deadline_that_has_passed(timeout: float):
    deadline = Deadline(timeout)
    assert deadline.remaining == 0
    assert deadline.slice == 0
    assert deadline.expired


def test_deadline_does_not_follow_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch):
    deadline = Deadline(LONG)
    tomorrow = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    assert not deadline.expired


def test_deadline_prints_its_timeout():
    assert str(Deadline(90)) == f"{Deadline(90)}" == "1 minute 30 seconds"


# Durations


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (0.0004, "0 seconds"),
        (0.001, "1 millisecond"),
        (0.3, "300 milliseconds"),
        (1, "1 second"),
        (1.001, "1 second 1 millisecond"),
        (2.0, "2 seconds"),
        (59.9996, "1 minute"),
        (90, "1 minute 30 seconds"),
        (3600, "1 hour"),
        (90_061.5, "1 day 1 hour 1 minute 1 second 500 milliseconds"),
        (172_800, "2 days"),
    ],
)
def test_duration_is_put_into_words(seconds: float, text: str):
    assert format_duration(seconds) == text


@given(st.integers(0, 10_000_000_000) | st.integers(0, 200_000))
def test_duration_is_printed_as_robot_does(milliseconds: int):
    assert format_duration(milliseconds / 1000) == secs_to_timestr(milliseconds / 1000)


# Waking up


def seconds_of_wait(wake_up: WakeUp, timeout: float) -> float:
    begin = time.monotonic()
    wake_up.wait(timeout)
    return time.monotonic() - begin


def test_wait_takes_its_time_when_nothing_wakes_it():
    assert 0.09 < seconds_of_wait(WakeUp(), 0.1) < LONG


def test_wake_up_that_came_before_ends_the_wait_at_once():
    wake_up = WakeUp()
    wake_up.set()
    assert seconds_of_wait(wake_up, LONG) < LONG / 2


def test_one_wake_up_ends_one_wait():
    wake_up = WakeUp()
    wake_up.set()
    wake_up.set()
    assert seconds_of_wait(wake_up, LONG) < LONG / 2
    assert seconds_of_wait(wake_up, 0.1) > 0.09
    wake_up.set()
    assert seconds_of_wait(wake_up, LONG) < LONG / 2


def test_another_thread_wakes_the_one_that_waits():
    wake_up, waits, took = WakeUp(), threading.Event(), []

    def wait():
        waits.set()
        took.append(seconds_of_wait(wake_up, LONG))

    waiting = threading.Thread(target=wait)
    waiting.start()
    waits.wait()
    wake_up.set()
    waiting.join()
    assert took[0] < LONG / 2


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns as often as Python lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless_threads")
def test_threads_may_wake_and_wait_all_at_once():
    wake_up = WakeUp()

    def wake_and_wait():
        for _ in range(5_000):
            wake_up.set()
            wake_up.wait(0)

    threads = [threading.Thread(target=wake_and_wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()  # an exception in a thread is a warning, and warnings are errors


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Signals interrupt a wait on POSIX only.")
def test_wake_up_survives_a_wait_that_was_interrupted():
    wake_up = WakeUp()

    with interruptions():
        assert interrupted(lambda: wake_up.wait(LONG), 0.05)
    wake_up.set()
    assert seconds_of_wait(wake_up, LONG) < LONG / 2


class LockThatAnotherThreadReleasesFirst:
    def locked(self) -> bool:
        return True

    def release(self) -> None:
        raise RuntimeError("release unlocked lock")


def test_thread_that_comes_second_need_not_wake_again(monkeypatch: pytest.MonkeyPatch):
    wake_up = WakeUp()
    monkeypatch.setattr(wake_up, "_lock", LockThatAnotherThreadReleasesFirst())
    assert wake_up.set() is None
