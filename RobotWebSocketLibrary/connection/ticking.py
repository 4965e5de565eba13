"""What the reading thread repeats."""

from __future__ import annotations

from collections.abc import Callable

from .reading_thread import later, withdraw


class Ticking:
    """One action that the reading thread repeats, from `start` until `stop`. The test's thread calls these.

    Nobody keeps the timer: `start` may be interrupted behind it, and `stop` finds it nevertheless.
    """

    def __init__(self, interval: float, action: Callable[[], None]) -> None:
        self._interval = interval
        self._action = action
        self._stopped = False

    def start(self) -> None:
        later(self._interval, self._tick)
        if self._stopped:  # in the meantime: `stop` knew nothing of this timer
            withdraw(self._tick)

    def stop(self) -> None:
        self._stopped = True
        withdraw(self._tick)

    def _tick(self) -> None:
        if not self._stopped:
            self._action()
            self.start()
