"""Messages that have arrived, in order, until a test takes them."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from ..deadline import Deadline, WakeUp
from ..defaults import INBOX_MESSAGES, INBOX_SIZE
from ..protocol.messages import Message, Messages

LAST_MESSAGES_SIZE = 16 * 1024 * 1024
"""Bytes of the last messages, where an inbox keeps only these; one message may be longer."""
LOOKED_AT_ONCE = 100
"""Messages that a search gets from the inbox at once."""

Matches = Callable[[Message], bool]


@dataclass(frozen=True)
class InboxLimit:
    """How much an inbox holds before reading pauses."""

    messages: int = INBOX_MESSAGES
    size: int = INBOX_SIZE


class Inbox:
    """A queue between the reader, the only one to add, and the test's thread, the only one to take.

    `deque` appends and deletes atomically, and each side keeps its own count of bytes. `keep_last` is for the end of a
    server that answers by itself: it holds the last messages only, until a test asks for the connection.
    """

    def __init__(self, limit: InboxLimit, keep_last: int | None = None) -> None:
        self.limit = limit
        self.room = WakeUp()
        self._messages: deque[Message | str | bytes] = deque(maxlen=keep_last)
        self._added = 0
        self._taken = 0
        self._dropping = _thread.allocate_lock()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def size(self) -> int:
        """Bytes of the messages in it; where it keeps only the last ones, at most so many are."""
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
                self._added = self._taken + sum(_as_message(message).size for message in self._messages)
                self._messages = deque(self._messages)

    def add(self, message: Message) -> None:
        if self._messages.maxlen is not None:
            self._add_dropping([message], message.size)
            return
        self._messages.append(message)
        self._added += message.size

    def add_all(self, messages: Messages, size: int) -> bool:
        """Adds messages of one frame each at once, where there is room for all of them."""
        if self._messages.maxlen is not None:
            self._add_dropping(messages, size)
            return True
        count = len(self._messages) + len(messages)
        if count > self.limit.messages or self._added - self._taken + size > self.limit.size:
            return False
        self._messages.extend(messages)
        self._added += size
        return True

    def take(self, matches: Matches) -> Message | None:
        """Takes the first message that matches; the others stay where they are."""
        return Search(self, matches, Deadline(0)).take()

    def take_first(self, count: int) -> list[Message]:
        """Takes so many messages, or those that there are."""
        messages = self.shown(0, count)
        self._taken += sum(message.size for message in messages)
        self.room.set()
        # Last, and one call: a signal handler's exception can come before it or after it, but not between two messages.
        deque(islice(iter(self._messages.popleft, None), len(messages)), maxlen=0)
        return messages

    def remove(self, position: int, message: Message) -> Message:
        """Takes the message at that position."""
        self._taken += message.size
        self.room.set()
        del self._messages[position]  # last: nothing is lost when a signal handler raises before this step
        return message

    def shown(self, start: int, count: int) -> list[Message]:
        """Messages from that position on, which stay where they are."""
        messages = self._messages  # by position: an iterator ends with an error when the reader adds meanwhile
        return [_as_message(messages[at]) for at in range(start, min(start + count, len(messages)))]

    def _add_dropping(self, messages: Sequence[Message] | Messages, size: int) -> None:
        """Adds to the last messages; a test may ask for the connection at this very moment."""
        with self._dropping:
            self._messages.extend(messages)
            self._added += size
            if self._messages.maxlen is not None and self._added - self._taken > LAST_MESSAGES_SIZE:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Leaves half of the bytes that may be kept: so the messages are rarely counted."""
        self._added = self._taken + sum(_as_message(message).size for message in self._messages)
        while self.size > LAST_MESSAGES_SIZE // 2 and len(self._messages) > 1:
            self._added -= _as_message(self._messages.popleft()).size


class Search:
    """Looks for the first message that matches, and at each message only once, however often it is asked.

    Used by the test's thread. What had arrived before is looked at in any case, and what arrives until the deadline.
    """

    def __init__(self, inbox: Inbox, matches: Matches, deadline: Deadline) -> None:
        self._inbox = inbox
        self._matches = matches
        self._deadline = deadline
        self._due = len(inbox)
        self._position = 0

    def take(self) -> Message | None:
        found = self.find()
        return None if found is None else self._inbox.remove(self._position, found)

    def find(self) -> Message | None:
        """The message, which stays in the inbox."""
        if self._deadline.expired:
            self._due = len(self._inbox)
        count = 1  # the first one is often the right one
        while messages := self._inbox.shown(self._position, count):
            for message in messages:
                if self._matches(message):
                    return message
                self._position += 1
                if self._position >= self._due and self._deadline.expired:
                    return None
            count = LOOKED_AT_ONCE
        return None


def _as_message(message: Message | str | bytes) -> Message:
    return message if isinstance(message, Message) else Message.of(message)
