"""Threads that a test which is interrupted cannot break."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable

from .deadline import Deadline, WakeUp

LONGEST_JOIN = 5.0
"""Seconds to wait for the end of a thread at most."""


def start(name: str, target: Callable[..., object], *arguments: object) -> None:
    """Starts a daemon thread.

    Another thread calls `Thread.start`, because there an exception of a signal handler, which only strikes the main
    thread, would leave a thread that waits for ever to be told that it was started.
    """
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    _thread.start_new_thread(_begin, (thread.start, target, arguments))


def _begin(begin: Callable[[], None], target: Callable[..., object], arguments: tuple[object, ...]) -> None:
    try:
        begin()
    except RuntimeError:  # the machine has room for this thread, and for no further one
        target(*arguments)


class ServerThread:
    """A thread that a test starts, and whose end it waits for; an interruption of the test harms neither."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._work = work
        self._ended = False
        self._changed = WakeUp()
        start(name, self._run)

    def join(self, seconds: float = LONGEST_JOIN) -> None:
        deadline = Deadline(seconds)
        while not self._ended and not deadline.expired:
            self._changed.wait(deadline.slice)

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._ended = True
            self._changed.set()
