"""How other threads ask the reading thread to look at a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reading_thread import ReadingThread, Served


class Attention:
    """Belongs to one connection. Whoever changes something that the reading thread must see calls `ask` afterwards.

    Any thread may ask. Before the connection is read, nothing happens: its first look sees everything.
    """

    def __init__(self) -> None:
        self._thread: ReadingThread | None = None
        self._served: Served | None = None

    def direct(self, thread: ReadingThread, served: Served) -> None:
        """From now on the thread looks at the connection when it is asked to."""
        self._served = served
        self._thread = thread

    def ask(self) -> None:
        """Asks for a look, soon."""
        if self._thread is not None and self._served is not None:
            self._thread.look_at(self._served)

    def release(self) -> None:
        """Nobody is asked any more: the connection has ended."""
        self._thread = self._served = None
