"""What an end or a test server does later, such as sending a reply for which the peer has to wait."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from functools import partial

from .reading_thread import ReadingThread, later
from .schedule import Timer


class Delays:
    """Runs each action when it is due, in the reading thread. Actions never wait.

    Threads of replies add, the test's thread clears and stops. An action runs under the lock, so that none runs when
    `clear` or `stop` has returned. An action that waits would block `add`. An
    interrupt of `clear` or `stop` leaves the lock free; both can be called again.
    """

    def __init__(self) -> None:
        self._due: dict[object, tuple[ReadingThread, Timer]] = {}
        self._changing = _thread.allocate_lock()
        self._stopped = False

    def add(self, seconds: float, action: Callable[[], None]) -> None:
        """Runs an action after so many seconds."""
        with self._changing:
            if not self._stopped:
                key = object()
                self._due[key] = later(seconds, partial(self._run, key, action))

    def clear(self) -> None:
        """Runs none of what is due later."""
        with self._changing:
            for key, (thread, timer) in list(self._due.items()):
                thread.cancel(timer)
                del self._due[key]  # afterwards: an interrupted call can be repeated

    def stop(self) -> None:
        """Runs nothing more."""
        self._stopped = True
        self.clear()

    def _run(self, key: object, action: Callable[[], None]) -> None:
        with self._changing:
            if self._due.pop(key, None) is not None:
                action()
