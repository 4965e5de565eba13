"""Pieces of the stream that messages of one type make, for protocols whose packets do not end where messages end."""

from __future__ import annotations

from typing import Any

from ..errors import quoted
from ..protocol.messages import Message
from .inbox import LOOKED_AT_ONCE, Inbox, Place


class PieceSearch:
    """Looks for the first so many bytes or characters, or for those up to a delimiter.

    Used by the test's thread. It looks at each message once, however often it is asked. Messages of the other type stay
    where they are. `nothing` is of the type wanted, as `until` is: text or bytes.
    """

    def __init__(self, inbox: Inbox, *, count: int | None, until: Any, nothing: Any) -> None:
        self._inbox = inbox
        self._count = count
        self._until = until
        self._nothing = nothing
        self._begin()

    def take(self) -> Any:
        """Takes the piece out of the inbox; None where it is not there yet."""
        if self._count == 0:
            return self._nothing
        while messages := self._look():
            for message in messages:
                if isinstance(message.data, type(self._nothing)):
                    end = self._add(message.data)
                    if end is not None:
                        return self._take(end)
                self._place.position += 1
        return None

    def describe_missing(self) -> str:
        """What there is instead, to begin a sentence."""
        unit = "bytes" if isinstance(self._nothing, bytes) else "characters"
        if self._count is None:
            return f"No {quoted(self._until)} in {self._size:,} {unit}"
        return f"Only {self._size:,} of {self._count:,} {unit}"

    def _begin(self) -> None:
        self._dropped = self._inbox.dropped
        self._place = Place(0, self._dropped)
        self._positions: list[int] = []
        self._pieces: list[Any] = []
        self._size = 0
        self._tail = self._nothing

    def _look(self) -> list[Message]:
        messages = self._inbox.look(self._place, LOOKED_AT_ONCE)
        while self._place.dropped != self._dropped:  # an end of a proxy forgets its oldest messages
            self._begin()
            messages = self._inbox.look(self._place, LOOKED_AT_ONCE)
        return messages

    def _add(self, data: Any) -> int | None:
        """Adds what a message holds; returns where in it the piece ends, if it ends there."""
        self._positions.append(self._place.position)
        self._pieces.append(data)
        before, self._size = self._size, self._size + len(data)
        if self._count is not None:
            return self._count - before if self._count <= self._size else None
        return self._find_delimiter(data)

    def _find_delimiter(self, data: Any) -> int | None:
        """Where in the last message the delimiter ends, which may have begun in the ones before."""
        seen = self._tail + data
        at: int = seen.find(self._until)
        if at >= 0:
            return at + len(self._until) - len(self._tail)
        self._tail = seen[max(0, len(seen) - len(self._until) + 1) :]
        return None

    def _take(self, end: int) -> Any:
        last = self._pieces[-1]
        piece = self._nothing.join([*self._pieces[:-1], last[:end]])
        self._inbox.take_piece(piece, self._positions, last[end:], self._dropped)
        return piece
