"""Messages that wait until code of the test has made their answers."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from ..threads import start

if TYPE_CHECKING:
    from .connection import Connection

Item = TypeVar("Item")

WAITING = 1000
"""Messages that may wait for answers before reading from the peer pauses."""
WAITING_SIZE = 1024 * 1024
"""Bytes of such messages; of text, its characters."""


class Backlog(Generic[Item]):
    """Items with messages that wait for `answer`, which runs code of the test, in their order.

    - They are answered in a thread of their connection's own, which starts with the first item and ends when none is
      left (`at_rest` is called then). It may wait for its peer, but for no other one.
    - The reading thread adds. `_changing` guards the hand-over.
    - While too many messages wait, reading from the peer pauses (`behind`). Its close frame waits for the thread
      (`busy`).
    """

    def __init__(self, answer: Callable[[Connection, Item], None], at_rest: Callable[[], object] = bool) -> None:
        self.busy = False
        self._answer = answer
        self._at_rest = at_rest
        self._waiting: deque[tuple[Item, int, int]] = deque()
        self._count = 0
        self._size = 0
        self._changing = _thread.allocate_lock()

    @property
    def behind(self) -> bool:
        """So many messages wait that reading from the peer pauses."""
        return self._count > WAITING or self._size > WAITING_SIZE

    def add(self, connection: Connection, item: Item, count: int, size: int) -> None:
        """Adds an item with so many messages."""
        with self._changing:
            self._waiting.append((item, count, size))
            self._count += count
            self._size += size
            if self.busy:
                return
            self.busy = True
        start(f"replies to {connection.name}", self._work, connection)

    def _work(self, connection: Connection) -> None:
        while (item := self._take()) is not None:
            self._answer(connection, item)
            connection.look()  # reading may have paused for this
        connection.look()  # the peer's close frame may have waited for it
        self._at_rest()

    def _take(self) -> Item | None:
        with self._changing:
            if not self._waiting:
                self.busy = False
                return None
            item, count, size = self._waiting.popleft()
            self._count -= count
            self._size -= size
            return item
