"""One monotonic deadline per operation, and a wake-up for waits that Robot Framework can interrupt."""

from __future__ import annotations

import _thread
from time import monotonic

SLICE = 0.1
"""The longest time in seconds that a wait blocks in C: on Windows nothing interrupts it earlier."""

LONGEST_SLEEP = 3600.0
"""Seconds that a thread which waits for what is due sleeps at most."""

UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1))


class Deadline:
    """A point in time until which one operation may take, however many steps it has."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._end = monotonic() + timeout

    @property
    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._end - monotonic())

    @property
    def expired(self) -> bool:
        return monotonic() >= self._end

    @property
    def slice(self) -> float:
        """Seconds to block before looking again."""
        return min(SLICE, self.remaining)

    def share(self, count: int) -> Deadline:
        """The deadline of the next of so many attempts, which share what is left."""
        return Deadline(self.remaining / count)

    def __str__(self) -> str:
        return format_duration(self.timeout)


class WakeUp:
    """Wakes a waiting thread from another one.

    Any thread may call `set`, any thread `wait`; one `set` ends one `wait`. A raw lock, because exceptions that a
    signal handler raises (Robot's timeouts, Ctrl-C) break `threading.Condition`, `Event` and `queue.Queue` for good.
    Whoever waits checks its condition first and after each wake-up: a wake-up may be early, or consumed by a wait that
    was interrupted.
    """

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()

    def set(self) -> None:
        if self._lock.locked():
            try:  # noqa: SIM105 - runs for every batch and every write, and `suppress` takes 0.5 µs
                self._lock.release()
            except RuntimeError:  # two threads set it at once
                pass

    def wait(self, timeout: float) -> bool:
        """Waits so many seconds at most, and returns whether it was woken."""
        return self._lock.acquire(timeout=timeout)


def format_duration(seconds: float) -> str:
    """Seconds as Robot Framework prints them: `1 minute 30 seconds`."""
    rest = round(seconds * 1000)
    parts = []
    for unit, milliseconds in UNITS:
        count, rest = divmod(rest, milliseconds)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts) or "0 seconds"
