"""Messages that have arrived, in order, until a test takes them."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import call
from typing import NamedTuple, Protocol

from ..defaults import INBOX_MESSAGES, INBOX_SIZE
from ..protocol.messages import Message, Messages
from .attention import Attention
from .kept_messages import REMEMBERED, Kept, as_message, is_remembered, measure
from .taken_messages import Taken, TakenPiece

LAST_MESSAGES_SIZE = 16 * 1024 * 1024
"""Bytes of the last messages, where an inbox keeps only these; one message may be longer."""
LOOKED_AT_ONCE = 100
"""Messages that a search gets from the inbox at once."""


class Wanted(Protocol):
    """What a wait looks for. Its text continues `No …`; the test's thread alone asks it."""

    def matches(self, message: Message) -> bool: ...

    def cut(self, message: Message) -> tuple[str | bytes, str | bytes] | None:
        """What is taken of a message that matches, and what stays; None where all is taken."""


class InboxLimit(NamedTuple):
    """How much an inbox holds before reading pauses."""

    messages: int = INBOX_MESSAGES
    size: int = INBOX_SIZE


@dataclass(slots=True)
class Place:
    """A position in an inbox, which counts from behind so many messages that were dropped."""

    position: int
    dropped: int = 0


class Inbox:
    """A queue between two threads.

    - The reader alone adds, the test's thread alone takes.
    - `deque` appends and deletes atomically, and each side keeps a count of bytes of its own, so they need no lock.
    - Taking deletes in one call, and only then asks the reading thread to look, where that waits for room.
    - What was taken last can be put back until it is confirmed: an exception of a signal handler may strike before the
      test has it.
    - `taken` are short messages that were taken lately, each with the keyword that took it, for failures.
    - With `keep_last` it holds the last messages only, until a test asks for the connection: that is for the end of a
      server that answers by itself. Both threads may change the deque then, under a lock. `forgotten` is how many
      messages had left it by the time a test asked.
    """

    dropped = 0
    """Messages that an observer's inbox has forgotten; positions count from behind them."""

    def __init__(self, limit: InboxLimit, keep_last: int | None = None, attention: Attention | None = None) -> None:
        self.limit = limit
        self.room_is_awaited = False
        self._attention = attention or Attention()
        self._messages: deque[Kept] = deque(maxlen=keep_last)
        self._added = 0
        self.forgotten = 0
        self._arrived = 0
        self._taken = Taken(0)
        self._taken_lately: deque[tuple[str, Kept]] | None = None
        self._changing = _thread.allocate_lock()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def size(self) -> int:
        """Bytes of the messages in it. Where it keeps only the last ones, they may be fewer."""
        taken = self._taken
        return self._added - taken.taken_before - (taken.size if taken.deleted else 0)

    @property
    def taken(self) -> list[tuple[str, Kept]]:
        """Keywords, and the messages that they took lately. The test's thread alone asks."""
        return list(self._taken_lately or ())

    @property
    def full(self) -> bool:
        if self._messages.maxlen is not None:
            return False
        return len(self._messages) >= self.limit.messages or self.size >= self.limit.size

    @property
    def end(self) -> Place:
        """The place behind all that has arrived."""
        return Place(len(self._messages), self.dropped)

    def keep_all(self) -> None:
        """From now on nothing is dropped: a test has asked for this connection."""
        with self._changing:
            if self._messages.maxlen is not None:
                self._count_added()
                self.forgotten = self._arrived - len(self._messages)
                self._messages = deque(self._messages)

    def add(self, messages: Sequence[Message] | Messages, size: int) -> bool:
        """Adds messages of so many bytes in all, where there is room for all of them. A single one may exceed it."""
        if self._messages.maxlen is not None:
            self._add_dropping(messages, size)
            return True
        if self.full or (len(messages) > 1 and not self._has_room_for(len(messages), size)):
            return False
        self._messages.extend(messages)
        self._added += size
        return True

    def take_first(self, count: int) -> list[Kept]:
        """Takes so many messages, or those that there are."""
        messages = list(islice(self._messages, count))  # in one call, so the reader adds nothing meanwhile
        self._taken = taken = Taken(self._taken.total, 0, messages, measure(messages))
        taken.deleted.extend(islice(iter(self._messages.popleft, None), len(messages)))
        self._announce_room()
        return messages

    def remove(self, place: Place, message: Message) -> None:
        """Takes the message at that place."""
        self._taken = taken = Taken(self._taken.total, place.position, [message], message.size)
        taken.deleted.extend(map(self._messages.__delitem__, [place.position]))
        self._announce_room()

    def take_piece(self, piece: str | bytes, positions: Sequence[int], rest: str | bytes, dropped: int = 0) -> None:
        """Takes a piece that begins in the first of these messages and ends in the last, where its rest stays.

        Positions count from behind so many messages that were dropped. A message that was dropped since is not missed.
        """
        inbox, shift = self._messages, self.dropped - dropped
        places = [(at - shift, inbox[at - shift]) for at in positions if at >= shift]
        cut = places.pop() if rest and places else None
        changes = [partial(inbox.__delitem__, at - before) for before, (at, _) in enumerate(places)]
        if cut is not None:
            changes.insert(0, partial(inbox.__setitem__, cut[0], rest))
        size = measure([message for _, message in places]) + (measure([cut[1]]) - measure([rest]) if cut else 0)
        self._taken = taken = TakenPiece(self._taken.total, 0, [piece], size, whole=places, cut=cut)
        taken.deleted.extend(map(call, changes))  # in one call
        self._announce_room()

    def put_back(self) -> None:
        """Puts what was taken last, and was not confirmed, back where it was."""
        taken = self._taken
        if taken.deleted:
            taken.put_back(self._messages)
            self._taken = Taken(taken.taken_before)

    def confirm(self, by: str = "") -> None:
        """The test has what was taken last. `by` is the keyword that took it."""
        taken = self._taken
        if by and taken.deleted:
            if self._taken_lately is None:  # an empty deque takes a twentieth of the memory of an idle connection
                self._taken_lately = deque(maxlen=REMEMBERED)
            self._taken_lately.extend((by, kept) for kept in taken.messages[-REMEMBERED:] if is_remembered(kept))
        self._taken = Taken(taken.total)

    def count(self, data: str | bytes) -> int:
        """How many messages in it are equal to this one."""
        return self._messages.count(data)

    def peek(self, start: int, count: int) -> list[Message]:
        """Messages from that position on, which stay where they are."""
        messages = self._messages  # by position: an iterator ends with an error when the reader adds meanwhile
        return [as_message(messages[at]) for at in range(start, min(start + count, len(messages)))]

    def look(self, place: Place, count: int) -> list[Message]:
        """Messages from a place on, which stay where they are."""
        return self.peek(place.position, count)

    def _announce_room(self) -> None:
        if self.room_is_awaited:
            self._attention.ask()

    def _has_room_for(self, count: int, size: int) -> bool:
        return len(self._messages) + count <= self.limit.messages and self.size + size <= self.limit.size

    def _add_dropping(self, messages: Sequence[Message] | Messages, size: int) -> None:
        """Adds to the last messages. A test may ask for the connection at this very moment."""
        with self._changing:
            self._messages.extend(messages)
            self._added += size
            self._arrived += len(messages)
            if self._messages.maxlen is not None and self.size > LAST_MESSAGES_SIZE:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Leaves half of the bytes that may be kept: so the messages are rarely counted."""
        self._count_added()
        while self.size > LAST_MESSAGES_SIZE // 2 and len(self._messages) > 1:
            self._added -= as_message(self._messages.popleft()).size

    def _count_added(self) -> None:
        """Counts anew what is there: the deque has dropped messages by itself."""
        self._added = self._taken.total + measure(self._messages)
