"""The time of day, as finely as this system measures durations."""

from __future__ import annotations

from collections.abc import Callable
from time import get_clock_info, perf_counter, time

COARSE = 0.001
"""Seconds. Python before 3.13 reads the time of Windows, which moves on every 15.6 ms."""


def choose_clock(resolution: float) -> Callable[[], float]:
    """A function that returns the seconds since 1970. A coarse clock is read once, and durations are added."""
    if resolution <= COARSE:
        return time
    offset = time() - perf_counter()
    return lambda: offset + perf_counter()


now = choose_clock(get_clock_info("time").resolution)
