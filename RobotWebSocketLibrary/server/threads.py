"""Threads that run for as long as a server does."""

from __future__ import annotations

from collections.abc import Callable

from ..connection.threads import start
from ..deadline import Deadline, WakeUp

LONGEST = 5.0
"""Seconds to wait for the end of a thread at most: one for which the machine had no room never begins, nor ends."""


class ServerThread:
    """A thread that a test starts, and whose end it waits for; an interruption of the test harms neither."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._work = work
        self._ended = False
        self._changed = WakeUp()
        start(name, self._run)

    def join(self) -> None:
        deadline = Deadline(LONGEST)
        while not self._ended and not deadline.expired:
            self._changed.wait(deadline.slice)

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._ended = True
            self._changed.set()
