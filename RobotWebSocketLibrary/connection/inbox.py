"""Messages that have arrived, in order, until a test takes them."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from ..deadline import Deadline
from ..defaults import INBOX_MESSAGES, INBOX_SIZE
from ..protocol.messages import Message, Messages
from .attention import Attention

LAST_MESSAGES_SIZE = 16 * 1024 * 1024
"""Bytes of the last messages, where an inbox keeps only these; one message may be longer."""
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


class Inbox:
    """A queue between two threads.

    - The reader alone adds, the test's thread alone takes.
    - `deque` appends and deletes atomically, and each side keeps a count of bytes of its own, so they need no lock.
    - Taking deletes in one call, and only then asks the reading thread to look, where that waits for room.
    - With `keep_last` it holds the last messages only, until a test asks for the connection: that is for the end of a
      server that answers by itself. Both threads may change the deque then, under a lock.
    """

    def __init__(self, limit: InboxLimit, keep_last: int | None = None, attention: Attention | None = None) -> None:
        self.limit = limit
        self.room_is_awaited = False
        self._attention = attention or Attention()
        self._messages: deque[Message | str | bytes] = deque(maxlen=keep_last)
        self._added = 0
        self._taken = 0
        self._dropping = _thread.allocate_lock()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def size(self) -> int:
        """Bytes of the messages in it. Where it keeps only the last ones, they may be fewer."""
        return self._added - self._taken

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

    def take_first(self, count: int) -> list[Message]:
        """Takes so many messages, or those that there are."""
        messages = self.peek(0, count)
        self._taken += sum(message.size for message in messages)
        deque(islice(iter(self._messages.popleft, None), len(messages)), maxlen=0)  # in one call
        if self.room_is_awaited:
            self._attention.ask()
        return messages

    def remove(self, position: int, message: Message) -> Message:
        """Takes the message at that position."""
        self._taken += message.size
        del self._messages[position]
        if self.room_is_awaited:
            self._attention.ask()
        return message

    def peek(self, start: int, count: int) -> list[Message]:
        """Messages from that position on, which stay where they are."""
        messages = self._messages  # by position: an iterator ends with an error when the reader adds meanwhile
        return [_as_message(messages[at]) for at in range(start, min(start + count, len(messages)))]

    def _has_room_for(self, count: int, size: int) -> bool:
        return len(self._messages) + count <= self.limit.messages and self.size + size <= self.limit.size

    def _add_dropping(self, messages: Sequence[Message] | Messages, size: int) -> None:
        """Adds to the last messages. A test may ask for the connection at this very moment."""
        with self._dropping:
            self._messages.extend(messages)
            self._added += size
            if self._messages.maxlen is not None and self.size > LAST_MESSAGES_SIZE:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Leaves half of the bytes that may be kept: so the messages are rarely counted."""
        self._count_added()
        while self.size > LAST_MESSAGES_SIZE // 2 and len(self._messages) > 1:
            self._added -= _as_message(self._messages.popleft()).size

    def _count_added(self) -> None:
        """Counts anew what is there: the deque has dropped messages by itself."""
        self._added = self._taken + sum(_as_message(message).size for message in self._messages)


class Search:
    """Looks for the first message that matches, and at each message only once, however often it is asked.

    Used by the test's thread. It looks at all that had arrived before, and at what arrives until the deadline.
    """

    def __init__(self, inbox: Inbox, wanted: Wanted, deadline: Deadline) -> None:
        self._inbox = inbox
        self._wanted = wanted
        self._deadline = deadline
        self._due = len(inbox)
        self._position = 0

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


def _as_message(message: Message | str | bytes) -> Message:
    return message if isinstance(message, Message) else Message.of(message)
