"""What happens later: the timers of one reading thread."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from time import monotonic

from ..deadline import LONGEST_SLEEP


class Timer:
    """An action and when it is due. `action` is None once it has run or was cancelled."""

    __slots__ = ("action", "due")

    def __init__(self, due: float, action: Callable[[], object]) -> None:
        self.due = due
        self.action: Callable[[], object] | None = action


class Schedule:
    """Timers in the order in which they are due.

    - Any thread adds and cancels. The reading thread alone runs what is due.
    - A lock guards the timers, and nobody waits or runs an action while holding it.
    - Timers that are due at the same time run in the order in which they were added.
    - A cancelled timer stays in the heap until it is the next one. Nothing counts the timers: an exception of a signal
      handler that strikes while one is added would leave a wrong count, and a thread that never ends.
    """

    def __init__(self) -> None:
        self._timers: list[tuple[float, int, Timer]] = []
        self._number = count()
        self._changing = _thread.allocate_lock()

    @property
    def empty(self) -> bool:
        with self._changing:
            return self._find_next() is None

    @property
    def remaining(self) -> float | None:
        """Seconds until the next timer is due; None where there is none."""
        if not self._timers:
            return None
        with self._changing:
            timer = self._find_next()
        return None if timer is None else min(LONGEST_SLEEP, max(0.0, timer.due - monotonic()))

    def add(self, seconds: float, action: Callable[[], object]) -> Timer:
        """Runs the action after so many seconds."""
        timer = Timer(monotonic() + seconds, action)
        with self._changing:
            heappush(self._timers, (timer.due, next(self._number), timer))
        return timer

    def cancel(self, timer: Timer) -> None:
        """Makes sure that a timer does not run any more."""
        with self._changing:
            timer.action = None

    def withdraw(self, action: Callable[[], object]) -> None:
        """Cancels all timers of an action."""
        with self._changing:
            for _, _, timer in self._timers:
                if timer.action == action:
                    timer.action = None

    def run_due(self) -> None:
        """Runs what is due now, and not what that adds."""
        if not self._timers:
            return
        now = monotonic()
        while (action := self._take_due(now)) is not None:
            action()

    def _take_due(self, now: float) -> Callable[[], object] | None:
        with self._changing:
            timer = self._find_next()
            if timer is None or timer.due > now:
                return None
            heappop(self._timers)
            action, timer.action = timer.action, None
            return action

    def _find_next(self) -> Timer | None:
        """The timer that is due next. Those that were cancelled before it are forgotten."""
        while self._timers and self._timers[0][2].action is None:
            heappop(self._timers)
        return self._timers[0][2] if self._timers else None
