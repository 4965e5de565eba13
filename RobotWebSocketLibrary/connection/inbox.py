"""Messages that have arrived, in order, until a test takes them."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any, Protocol

from ..deadline import Deadline
from ..defaults import INBOX_MESSAGES, INBOX_SIZE
from ..protocol.messages import Message, Messages
from .attention import Attention

LAST_MESSAGES_SIZE = 16 * 1024 * 1024
"""Bytes of the last messages, where an inbox keeps only these; one message may be longer."""
REMEMBERED, REMEMBERED_SIZE = 100, 4096
"""Messages that were taken and are remembered, and characters or bytes that each of them has at most."""
LOOKED_AT_ONCE = 100
"""Messages that a search gets from the inbox at once."""


class Wanted(Protocol):
    """What a wait looks for. Its text continues `No …`; the test's thread alone asks it."""

    def matches(self, message: Message) -> bool: ...


@dataclass(frozen=True)
class InboxLimit:
    """How much an inbox holds before reading pauses."""

    messages: int = INBOX_MESSAGES
    size: int = INBOX_SIZE


Kept = Message | str | bytes
"""A message in the inbox. One that came whole in a single frame is its data alone: most are, and objects cost time."""


@dataclass(slots=True)
class Taken:
    """What the test's thread took last, until it is confirmed.

    The very call that deletes messages fills `deleted`. So it is right wherever an exception of a signal handler
    strikes.
    """

    taken_before: int
    position: int = 0
    messages: Sequence[Kept] = ()
    size: int = 0
    deleted: list[Any] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Bytes that were ever taken."""
        return self.taken_before + self.size if self.deleted else self.taken_before


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

    def __init__(self, limit: InboxLimit, keep_last: int | None = None, attention: Attention | None = None) -> None:
        self.limit = limit
        self.room_is_awaited = False
        self._attention = attention or Attention()
        self._messages: deque[Kept] = deque(maxlen=keep_last)
        self._added = 0
        self.forgotten = 0
        self._arrived = 0
        self._taken = Taken(0)
        self.taken: deque[tuple[str, Kept]] = deque(maxlen=REMEMBERED)
        self._dropping = _thread.allocate_lock()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def size(self) -> int:
        """Bytes of the messages in it. Where it keeps only the last ones, they may be fewer."""
        taken = self._taken
        return self._added - taken.taken_before - (taken.size if taken.deleted else 0)

    @property
    def untouched(self) -> bool:
        """No message has ever arrived."""
        return not (self._added or self._messages or self.taken)

    @property
    def full(self) -> bool:
        if self._messages.maxlen is not None:
            return False
        return len(self._messages) >= self.limit.messages or self.size >= self.limit.size

    def keep_all(self) -> None:
        """From now on nothing is dropped: a test has asked for this connection."""
        with self._dropping:
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

    def take(self, wanted: Wanted) -> Message | None:
        """Takes the first message that matches; the others stay where they are."""
        return Search(self, wanted, Deadline(0)).take()

    def take_first(self, count: int) -> list[Kept]:
        """Takes so many messages, or those that there are."""
        messages = list(islice(self._messages, count))  # in one call, so the reader adds nothing meanwhile
        self._taken = taken = Taken(self._taken.total, 0, messages, measure(messages))
        taken.deleted.extend(islice(iter(self._messages.popleft, None), len(messages)))
        self._announce_room()
        return messages

    def remove(self, position: int, message: Message) -> Message:
        """Takes the message at that position."""
        self._taken = taken = Taken(self._taken.total, position, [message], message.size)
        taken.deleted.extend(map(self._messages.__delitem__, [position]))
        self._announce_room()
        return message

    def put_back(self) -> None:
        """Puts what was taken last, and was not confirmed, back where it was."""
        taken = self._taken
        if taken.deleted:
            deque(map(self._messages.insert, repeat(taken.position), reversed(taken.messages)), maxlen=0)  # in one call
            self._taken = Taken(taken.taken_before)

    def confirm(self, by: str = "") -> None:
        """The test has what was taken last. `by` is the keyword that took it."""
        taken = self._taken
        if by and taken.deleted:
            self.taken.extend((by, kept) for kept in taken.messages[-REMEMBERED:] if is_remembered(kept))
        self._taken = Taken(taken.total)

    def peek(self, start: int, count: int) -> list[Message]:
        """Messages from that position on, which stay where they are."""
        messages = self._messages  # by position: an iterator ends with an error when the reader adds meanwhile
        return [as_message(messages[at]) for at in range(start, min(start + count, len(messages)))]

    def _announce_room(self) -> None:
        if self.room_is_awaited:
            self._attention.ask()

    def _has_room_for(self, count: int, size: int) -> bool:
        return len(self._messages) + count <= self.limit.messages and self.size + size <= self.limit.size

    def _add_dropping(self, messages: Sequence[Message] | Messages, size: int) -> None:
        """Adds to the last messages. A test may ask for the connection at this very moment."""
        with self._dropping:
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


class Search:
    """Looks for the first message that matches, and at each message only once, however often it is asked.

    Used by the test's thread. It looks at all that had arrived before, and at what arrives until the deadline.
    """

    def __init__(self, inbox: Inbox, wanted: Wanted, deadline: Deadline, start: int = 0) -> None:
        self._inbox = inbox
        self._wanted = wanted
        self._deadline = deadline
        self._due = len(inbox)
        self._position = start

    def take(self) -> Message | None:
        """Takes the message out of the inbox."""
        found = self.find()
        return None if found is None else self._inbox.remove(self._position, found)

    def find(self) -> Message | None:
        """The message, which stays in the inbox."""
        if self._deadline.expired:
            self._due = len(self._inbox)
        count = 1  # the first one is often the right one
        while messages := self._inbox.peek(self._position, count):
            for message in messages:
                if self._wanted.matches(message):
                    return message
                self._position += 1
                if self._position >= self._due and self._deadline.expired:
                    return None
            count = LOOKED_AT_ONCE
        return None


def is_remembered(kept: Kept) -> bool:
    return len(kept.data if isinstance(kept, Message) else kept) <= REMEMBERED_SIZE


def as_message(kept: Kept) -> Message:
    return kept if isinstance(kept, Message) else Message.of(kept)


def read_data(messages: Iterable[Kept]) -> list[str | bytes]:
    return [message.data if isinstance(message, Message) else message for message in messages]


def measure(messages: Collection[Kept]) -> int:
    """Bytes of messages. Most often they are plain, and this takes a few calls for all of them."""
    types = set(map(type, messages))
    if types == {bytes} or (types == {str} and all(map(str.isascii, messages))):  # type: ignore[arg-type]
        return sum(map(len, messages))
    return sum(as_message(message).size for message in messages)
