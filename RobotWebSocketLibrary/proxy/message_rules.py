"""The rules of a proxy: which messages it drops, delays, replaces or holds."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import NamedTuple, Protocol

from ..connection.failed_replies import FailedReply
from ..deadline import Deadline, WakeUp
from ..protocol.messages import Message


class To(Enum):
    """Which messages a rule of a proxy is for: those to the ``CLIENT``, those to the ``TARGET``, or ``BOTH``."""

    BOTH = "both"
    CLIENT = "client"
    TARGET = "target"

    def covers(self, direction: To) -> bool:
        return self in (To.BOTH, direction)


class Action(Enum):
    """What a rule does with a message."""

    DROP = "dropped"
    DELAY = "delayed"
    REPLACE = "replaced"
    HOLD = "held"


class Course(NamedTuple):
    """Which messages a rule, or a release, is for: their direction, and the path and subprotocol of their client."""

    to: To = To.BOTH
    path: str | None = None
    subprotocol: str | None = None


@dataclass(eq=False)
class MessageRule:
    """One rule. `matches` and `replace` run in threads of clients, and `replace` may run code of the test.

    `text` is the rule as the test has written it. `count` is how many messages it has matched. It lasts as long as its
    `owner`, which is a test or a suite.
    """

    action: Action
    text: str
    matches: Callable[[Message], bool]
    course: Course = Course()  # noqa: RUF009, it never changes
    times: int | None = None
    delay: float = 0.0
    replace: Callable[[Message], str | bytes | None] | None = None
    owner: str = ""
    count: int = 0
    number: int = 0
    removed: bool = False

    def __str__(self) -> str:
        return f"rule {self.number} ({self.text})"


class Passageway(Protocol):
    """One direction of a link, as the rules see it."""

    def fits(self, course: Course) -> bool: ...

    @property
    def is_leaving(self) -> bool:
        """A message may leave, and has not left yet."""

    def list_held(self) -> list[tuple[int, MessageRule]]:
        """The held messages: the number of each among all that were ever held, and its rule."""

    def release(self, numbers: set[int] | None) -> None:
        """Lets held messages with these numbers go; None lets go what removed rules have let wait."""


class MessageRules:
    """The rules of one proxy, for all its links.

    - The test's thread adds, removes and releases. Threads of clients look for rules.
    - `rules` is replaced as a whole, so it can be gone through without a lock. `_changing` guards the counts.
    - A rule is marked as removed before what it holds is released: whoever holds a message later sees the mark.
    - `progress` wakes the test's thread where messages were looked at, or have left.
    - An interrupted `remove` or `release` can be repeated: each step is harmless twice.
    """

    def __init__(self) -> None:
        self.rules: tuple[MessageRule, ...] = ()
        self.numbers = count()
        self.progress = WakeUp()
        self._passages: dict[Passageway, None] = {}
        self._failures: deque[FailedReply] = deque(maxlen=100)
        self._changing = _thread.allocate_lock()

    def any(self) -> bool:
        return bool(self.rules)

    def add(self, rule: MessageRule) -> None:
        """Adds a rule. It is tried after those that are there."""
        rule.number = max((rule.number for rule in self.rules), default=0) + 1
        self.rules = (*self.rules, rule)

    def remove(self, owner: str | None = None) -> None:
        """Removes all rules, or those of an owner, and lets everything go that waits because of them."""
        rules = [rule for rule in self.rules if owner in (None, rule.owner)]
        self.rules = tuple(rule for rule in self.rules if rule not in rules)
        for rule in rules:
            rule.removed = True
        for passage in list(self._passages):
            passage.release(None)

    def release(self, number: int | None, course: Course) -> int:
        """Lets so many held messages go, the oldest first, or all; returns how many there were."""
        passages = [passage for passage in list(self._passages) if passage.fits(course)]
        held = sorted(at for passage in passages for at, _ in passage.list_held())[:number]
        for passage in passages:
            passage.release(set(held))
        return len(held)

    def wait_until_left(self, deadline: Deadline) -> None:
        """Waits until what may leave has left: what a test does next, such as a close, goes behind it."""
        for passage in list(self._passages):
            while passage.is_leaving and not deadline.expired:
                self.progress.wait(deadline.slice)

    def count_held(self, rule: MessageRule) -> int:
        """How many messages a rule holds now."""
        return sum(by is rule for passage in list(self._passages) for _, by in passage.list_held())

    def find(self, message: Message, fits: Callable[[Course], bool]) -> MessageRule | None:
        """Finds the first rule that fits, is not used up, and matches, and counts this use of it."""
        rules = (rule for rule in self.rules if rule.times != 0 and fits(rule.course))
        return next((rule for rule in rules if rule.matches(message) and self._use(rule)), None)

    def watch(self, passage: Passageway) -> None:
        """A direction of a link in which messages may be held from now on."""
        self._passages[passage] = None

    def forget(self, passage: Passageway) -> None:
        self._passages.pop(passage, None)

    def keep_failure(self, message: Message, error: BaseException) -> None:
        self._failures.append(FailedReply.of(message, error))

    def take_failures(self) -> list[FailedReply]:
        """Takes the failures since the last call."""
        return [self._failures.popleft() for _ in range(len(self._failures))]

    def _use(self, rule: MessageRule) -> bool:
        with self._changing:  # two links must not both use a rule for the last time
            if rule.times == 0:
                return False
            if rule.times is not None:
                rule.times -= 1
            rule.count += 1
            return True
