"""Which connections have something new for the log, so that nobody has to ask all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

Item = TypeVar("Item")

KEPT_NOTICES = 100
"""Warnings that a connection keeps until the test's thread logs them."""
KEPT_ENDED = 100
"""Connections that have ended, and that are kept for the log alone."""


class Announcer:
    """Announces what is new at one connection: frames, notices and its end. Any thread calls `announce`, afterwards.

    `logged` belongs to whoever keeps the log: how many frames it has seen, None before it has seen the connection.
    """

    def __init__(self) -> None:
        self.announce: Callable[[], object] = bool
        self.logged: int | None = None


class Notices(deque[str]):
    """Warnings about one connection, in their order. Any thread appends, and the test's thread takes."""

    def __init__(self, announcer: Announcer) -> None:
        super().__init__(maxlen=KEPT_NOTICES)
        self._announcer = announcer

    def append(self, notice: str) -> None:
        super().append(notice)
        self._announcer.announce()


class News(Generic[Item]):
    """What has changed since the test's thread has looked at it, each item once. An item stands for one connection.

    - Any thread announces a change. The test's thread alone calls `take` and `finish`.
    - Announcing, copying and removing are single calls of C, because items are hashed by their identity.
    - `take` removes an item from `_announced` before it is looked at: what changes meanwhile is announced again.
    - An item that was taken stays in `_taken` until it is finished. So an exception of a signal handler loses nothing.
    - What has ended is kept in a bounded queue, because a test may not run a keyword for a long time.
    """

    def __init__(self) -> None:
        self._announced: dict[Item, None] = {}
        self._ended: deque[Item] = deque(maxlen=KEPT_ENDED)
        self._taken: dict[Item, None] = {}

    def watch(self, announcer: Announcer, item: Item) -> None:
        """Announces an item now, and whenever its connection changes. Keeps nothing alive that has not changed."""
        announced, find = self._announced, ref(item)

        def announce() -> None:
            if (changed := find()) is not None:
                announced[changed] = None

        announcer.announce = announce
        announce()

    def end(self, item: Item) -> None:
        """The connection of an item has ended, and whoever kept the item does so no longer."""
        self._ended.append(item)
        self._announced.pop(item, None)

    def take(self) -> list[Item]:
        """Takes what has changed, and what was taken before and is not finished."""
        if self._announced or self._ended:
            for item in self._announced.copy():
                self._taken[item] = None
                self._announced.pop(item, None)
            while self._ended:
                self._taken[self._ended[0]] = None
                self._ended.popleft()
        return list(self._taken)

    def finish(self, item: Item) -> None:
        """Everything that was new about an item when it was taken has been looked at."""
        self._taken.pop(item, None)
