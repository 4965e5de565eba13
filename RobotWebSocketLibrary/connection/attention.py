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
        self._directed: tuple[ReadingThread, Served] | None = None
        self._is_released = False

    @property
    def is_directed(self) -> bool:
        """The reading thread has the connection, or has had it."""
        return self._directed is not None or self._is_released

    def direct(self, thread: ReadingThread, served: Served) -> None:
        """From now on the thread looks at the connection when it is asked to."""
        self._directed = thread, served

    def ask(self) -> None:
        """Asks for a look, soon."""
        directed = self._directed  # once: the connection may end meanwhile
        if directed is not None:
            thread, served = directed
            thread.look_at(served)

    def release(self) -> None:
        """Nobody is asked any more: the connection has ended."""
        self._is_released = True
        self._directed = None
