"""What a server does as time passes, for all its clients, in one thread."""

from __future__ import annotations

from collections.abc import Callable

from ..deadline import LONGEST_SLEEP, Deadline, WakeUp
from ..threads import ServerThread


class Ticker:
    """Runs each action every so many seconds until it is stopped; an interval of 0 means never. Actions never wait."""

    def __init__(self, name: str, actions: list[tuple[float, Callable[[], None]]]) -> None:
        self._due = [(Deadline(interval), action) for interval, action in actions if interval > 0]
        self._wake_up = WakeUp()
        self._stopping = False
        self._thread = ServerThread(name, self._run)

    def stop(self) -> None:
        self._stopping = True
        self._wake_up.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._wake_up.wait(min([LONGEST_SLEEP, *(deadline.remaining for deadline, _ in self._due)]))
            self._due = [self._act(deadline, action) for deadline, action in self._due]

    def _act(self, deadline: Deadline, action: Callable[[], None]) -> tuple[Deadline, Callable[[], None]]:
        if not deadline.expired or self._stopping:
            return deadline, action
        action()
        return Deadline(deadline.timeout), action
