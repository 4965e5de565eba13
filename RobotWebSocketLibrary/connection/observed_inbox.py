"""The inbox of an end that a test only observes: where it is full it forgets its oldest messages, and nobody waits."""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol.messages import Message, Messages
from .attention import Attention
from .inbox import Inbox, InboxLimit, Place
from .kept_messages import Kept, as_message
from .taken_messages import Taken


class ObservedInbox(Inbox):
    """An inbox that is never full.

    - Both threads change it, under `_changing`: the reader drops messages while the test's thread looks and takes.
    - `dropped` counts what was dropped. A place counts from behind what had been dropped when it was found.
    """

    def __init__(self, limit: InboxLimit, keep_last: int | None = None, attention: Attention | None = None) -> None:
        super().__init__(limit, keep_last, attention)
        self.dropped = 0
        self._dropped_before = 0

    @property
    def full(self) -> bool:
        return False

    @property
    def end(self) -> Place:
        with self._changing:
            return super().end

    def add(self, messages: Sequence[Message] | Messages, size: int) -> bool:
        """Adds messages. A single one may exceed the limit."""
        if self._messages.maxlen is not None:
            return super().add(messages, size)
        with self._changing:
            self._messages.extend(messages)
            self._added += size
            limit = self.limit
            while len(self._messages) > limit.messages or (len(self._messages) > 1 and self.size > limit.size):
                self._added -= as_message(self._messages.popleft()).size
                self.dropped += 1
        return True

    def take_first(self, count: int) -> list[Kept]:
        with self._changing:
            self._dropped_before = self.dropped
            return super().take_first(count)

    def remove(self, place: Place, message: Message) -> None:
        with self._changing:
            self._catch_up(place)
            self._dropped_before = self.dropped
            if place.position >= 0:  # otherwise it was dropped in the meantime
                super().remove(place, message)

    def take_piece(self, piece: str | bytes, positions: Sequence[int], rest: str | bytes, dropped: int = 0) -> None:
        with self._changing:
            self._dropped_before = self.dropped
            super().take_piece(piece, positions, rest, dropped)

    def put_back(self) -> None:
        with self._changing:
            taken, dropped = self._taken, self.dropped - self._dropped_before
            if taken.deleted:
                taken.put_back(self._messages, dropped)
                self._taken = Taken(taken.taken_before)
                if dropped:  # the rest of a piece may be among these
                    self._count_added()

    def peek(self, start: int, count: int) -> list[Message]:
        with self._changing:
            return super().peek(start, count)

    def look(self, place: Place, count: int) -> list[Message]:
        """Messages from a place on, or from the first that is left behind it."""
        with self._changing:
            self._catch_up(place)
            place.position = max(0, place.position)
            return super().peek(place.position, count)

    def _catch_up(self, place: Place) -> None:
        place.position -= self.dropped - place.dropped
        place.dropped = self.dropped
