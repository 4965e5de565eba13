"""What a test server does later, such as sending a reply for which the client has to wait."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from time import monotonic

from ..deadline import LONGEST_SLEEP, WakeUp
from ..threads import ServerThread


class Delays:
    """Runs each action when it is due, in one thread, which the first of them starts. Actions never wait.

    Threads of clients add, the test's thread clears and stops. An action runs under the lock, so that none runs any
    more when `clear` or `stop` has returned. That is why actions must not wait: adding a reply would wait for them.
    An interrupt of `clear` or `stop` leaves the lock free; both can be called again.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()  # actions that are due at the same time run in the order of their adding
        self._changing = _thread.allocate_lock()
        self._wake_up = WakeUp()
        self._stopping = False
        self._thread: ServerThread | None = None

    def add(self, seconds: float, action: Callable[[], None]) -> None:
        with self._changing:
            if self._stopping:
                return
            heappush(self._due, (monotonic() + seconds, next(self._number), action))
            if self._thread is None:
                self._thread = ServerThread(self._name, self._run)
        self._wake_up.set()

    def clear(self) -> None:
        with self._changing:
            self._due.clear()

    def stop(self) -> None:
        with self._changing:
            self._stopping = True
            self._due.clear()
        self._wake_up.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._wake_up.wait(self._act())

    def _act(self) -> float:
        """Runs what is due, and returns after how many seconds to look again."""
        while True:
            with self._changing:
                remaining = self._due[0][0] - monotonic() if self._due else LONGEST_SLEEP
                if remaining > 0:
                    return min(LONGEST_SLEEP, remaining)
                heappop(self._due)[-1]()
