"""Messages that have arrived, in order, until a test takes them."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..deadline import WakeUp
from ..protocol.messages import Message, Messages


@dataclass(frozen=True)
class InboxLimit:
    """How much an inbox holds before reading pauses."""

    messages: int = 100_000
    size: int = 256 * 1024 * 1024


class Inbox:
    """A queue between the reader, the only one to add, and the test's thread, the only one to take.

    `deque` appends and deletes atomically, and each side keeps its own count of bytes. `keep_last` is for the end of a
    server that answers by itself: it holds the last messages only, until a test asks for the connection.
    """

    def __init__(self, limit: InboxLimit, keep_last: int | None = None) -> None:
        self.limit = limit
        self.room = WakeUp()
        self._messages: deque[Message | str | bytes] = deque()
        self._added = 0
        self._taken = 0
        self._keep_last = keep_last
        self._dropping = _thread.allocate_lock()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def size(self) -> int:
        """Bytes of the messages in it."""
        return self._added - self._taken

    @property
    def full(self) -> bool:
        if self._keep_last is not None:
            return False
        return len(self._messages) >= self.limit.messages or self.size >= self.limit.size

    def keep_all(self) -> None:
        """From now on nothing is dropped: a test has asked for this connection."""
        with self._dropping:
            self._keep_last = None

    def add(self, message: Message) -> None:
        self._messages.append(message)
        self._added += message.size
        if self._keep_last is not None:
            self._drop_oldest()

    def add_all(self, messages: Messages, size: int) -> bool:
        """Adds messages of one frame each at once, where there is room for all of them."""
        count = len(self._messages) + len(messages)
        if self._keep_last is None and (count > self.limit.messages or self.size + size > self.limit.size):
            return False
        self._messages.extend(messages)
        self._added += size
        if self._keep_last is not None:
            self._drop_oldest()
        return True

    def take(self, matches: Callable[[Message], bool]) -> Message | None:
        """Takes the first message that matches; the others stay where they are."""
        for position in range(len(self._messages)):
            message = _whole(self._messages[position])
            if matches(message):
                self._taken += message.size
                self.room.set()
                del self._messages[position]  # last: nothing is lost when a signal handler raises before this step
                return message
        return None

    def _drop_oldest(self) -> None:
        with self._dropping:
            while self._keep_last is not None and len(self._messages) > self._keep_last:
                self._added -= _whole(self._messages.popleft()).size


def _whole(message: Message | str | bytes) -> Message:
    return message if isinstance(message, Message) else Message.of(message)
