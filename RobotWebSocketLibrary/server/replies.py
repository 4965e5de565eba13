"""Scripted replies of the test server: what it answers to some messages instead of what its protocol does."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import QUOTE_LIMIT, WebSocketError, escaped, quoted
from ..protocol.messages import Message
from .delays import Delays

UNMATCHED_MESSAGES = 1000
"""Messages without a reply that a server keeps,"""
UNMATCHED_SIZE = 16 * 1024 * 1024
"""and their bytes."""


@dataclass(eq=False)
class Rule:
    """Which messages get which replies. `replies` makes them and runs code of the test, as `matches` may."""

    matches: Callable[[Message], bool]
    replies: Callable[[Message], Sequence[str | bytes]]
    delay: float = 0.0
    times: int | None = None
    path: str | None = None
    subprotocol: str | None = None
    close_code: int | None = None
    drop: bool = False


class Replies:
    """The replies of one server, for all its clients.

    Threads: that of the test adds and removes, those of clients answer, and what has a delay goes out in one of its
    own.
    """

    def __init__(self) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.delays = Delays("delayed replies")
        self._failures: deque[str] = deque(maxlen=100)
        self._unmatched: deque[Message] = deque()
        self._unmatched_size = 0
        self._changing = _thread.allocate_lock()

    @property
    def unmatched(self) -> list[str | bytes]:
        """Messages for which there was no reply, since the first of the replies was added."""
        return [message.data for message in self._unmatched.copy()]

    def add(self, rule: Rule) -> None:
        """Adds a reply, which is tried after those that are there."""
        with self._changing:
            if not self.rules:
                self._unmatched.clear()
                self._unmatched_size = 0
            self.rules = (*self.rules, rule)

    def remove(self) -> None:
        """Removes all replies, also those that have not gone out yet."""
        with self._changing:
            self.rules = ()
        self.delays.clear()

    def stop(self) -> None:
        self.delays.stop()

    def take_failures(self) -> list[str]:
        """What has failed since this was asked: each continues a sentence about a reply."""
        return [self._failures.popleft() for _ in range(len(self._failures))]

    def find(self, message: Message, fits: Callable[[Rule], bool]) -> Rule | None:
        """The first rule that fits the client, is not used up, and matches."""
        rules = (rule for rule in self.rules if rule.times != 0 and fits(rule))
        return next((rule for rule in rules if rule.matches(message) and self._use(rule)), None)

    def failed(self, message: Message, error: BaseException) -> None:
        self._failures.append(f"to {quoted(message.data)} failed: {reason(error)}")

    def not_matched(self, message: Message) -> None:
        """Keeps a message, and forgets the oldest where they become too many."""
        with self._changing:
            self._unmatched.append(message)
            self._unmatched_size += message.size
            while len(self._unmatched) > UNMATCHED_MESSAGES or (
                len(self._unmatched) > 1 and self._unmatched_size > UNMATCHED_SIZE
            ):
                self._unmatched_size -= self._unmatched.popleft().size

    def _use(self, rule: Rule) -> bool:
        with self._changing:  # the threads of two clients must not take the last time both
            if rule.times == 0:
                return False
            if rule.times is not None:
                rule.times -= 1
            return True


def reason(error: BaseException) -> str:
    """An error in a script, for a sentence: without line breaks, cut, and without its final dot."""
    text = str(error)
    shown = escaped(text[:QUOTE_LIMIT]) + ("…" if len(text) > QUOTE_LIMIT else "")
    if not isinstance(error, WebSocketError):
        shown = f"{type(error).__name__}: {shown}" if shown else type(error).__name__
    return shown.removesuffix(".")
