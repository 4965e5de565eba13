"""Scripted replies of the test server: what it answers to some messages, instead of what its behavior does."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..connection.automatic_replies import leave_nothing
from ..connection.delays import Delays
from ..connection.failed_replies import FailedReply
from ..protocol.messages import Message

UNMATCHED_MESSAGES = 1000
"""The server keeps at most so many messages that had no reply."""
UNMATCHED_SIZE = 16 * 1024 * 1024
"""It keeps at most so many bytes of those messages."""


@dataclass(eq=False)
class Rule:
    """Which messages get which replies. Both `matches` and `make_replies` may run code of the test.

    `leave` tells what of a message is left to other rules.
    """

    matches: Callable[[Message], bool]
    make_replies: Callable[[Message], Sequence[str | bytes]]
    leave: Callable[[Message], str | bytes | None] = leave_nothing
    delay: float = 0.0
    times: int | None = None
    path: str | None = None
    subprotocol: str | None = None
    close_code: int | None = None
    drop: bool = False


class Replies:
    """The replies of one server, for all its clients.

    Rules:

    - The test's thread adds and removes rules; threads of clients find them and make replies. Delayed replies go out
      in the thread of `delays`.
    - `rules` is replaced as a whole, never changed, so a client's thread can go through it without a lock.
    - `_changing` guards the rest: how often a rule may still be used, and the unmatched messages. Nobody waits under
      it, and code of the test does not run under it.
    - Threads of clients never raise into the test. Failures are kept, and the next keyword that looks up the server
      takes them. If that keyword is interrupted, the next one takes the rest.
    """

    def __init__(self) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.delays = Delays()
        self._failures: deque[FailedReply] = deque(maxlen=100)
        self._unmatched: deque[Message] = deque()
        self._unmatched_size = 0
        self._changing = _thread.allocate_lock()

    @property
    def unmatched(self) -> list[str | bytes]:
        """Messages for which there was no reply, since the first reply was added."""
        return [message.data for message in self._unmatched.copy()]

    def add(self, rule: Rule) -> None:
        """Adds a reply. It is tried after those that are there."""
        with self._changing:
            if not self.rules:
                self._unmatched.clear()
                self._unmatched_size = 0
            self.rules = (*self.rules, rule)

    def remove(self) -> None:
        """Removes all replies, also those that wait for their delay."""
        with self._changing:
            self.rules = ()
        self.delays.clear()

    def stop(self) -> None:
        self.delays.stop()

    def take_failures(self) -> list[FailedReply]:
        """Takes the failures since the last call."""
        return [self._failures.popleft() for _ in range(len(self._failures))]

    def find(self, message: Message, fits: Callable[[Rule], bool]) -> Rule | None:
        """Finds the first rule that fits the client, is not used up, and matches, and counts this use of it."""
        rules = (rule for rule in self.rules if rule.times != 0 and fits(rule))
        return next((rule for rule in rules if rule.matches(message) and self._use(rule)), None)

    def keep_failure(self, message: Message, error: BaseException) -> None:
        """Keeps why there is no reply to a message."""
        self._failures.append(FailedReply.of(message, error))

    def keep_unmatched(self, message: Message) -> None:
        """Keeps a message for which there was no reply, and forgets the oldest ones when they become too many."""
        with self._changing:
            self._unmatched.append(message)
            self._unmatched_size += message.size
            while len(self._unmatched) > UNMATCHED_MESSAGES or (
                len(self._unmatched) > 1 and self._unmatched_size > UNMATCHED_SIZE
            ):
                self._unmatched_size -= self._unmatched.popleft().size

    def _use(self, rule: Rule) -> bool:
        with self._changing:  # two clients must not both use a rule for the last time
            if rule.times == 0:
                return False
            if rule.times is not None:
                rule.times -= 1
            return True
