"""What a failed wait lists beneath its sentence: the messages that came instead, and why each did not match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robot.utils import printable_name

from ..connection.connection import Connection
from ..connection.inbox import Inbox, as_message
from ..deadline import Deadline
from ..errors import format_count, quoted
from ..protocol.messages import Message
from .predicates import Predicate

LISTED_MESSAGES = 10
"""Messages that a failure lists. Equal ones count as one."""
EXAMINED_MESSAGES = 1_000
"""The last messages among which it looks for those that nearly match."""
NAMED_CONNECTIONS = 3
"""Other connections that hold messages and that a failure names."""
LISTED_WIDTH = 80
"""Characters or bytes that it shows of each."""
ROW_WIDTH = 230
"""Characters of a line about one message: Robot Framework cuts failures of more than 40 lines of 78 characters."""
EXPLAIN_SECONDS = 1.0
"""Seconds after which a failure only lists messages: a test's own `validate` may take long for each of them."""


@dataclass
class Equals:
    """Messages of the same data, in their order among all: where the last one is, and how many they are."""

    message: Message
    count: int = 0
    nearly_matches: bool = False


def list_mismatches(inbox: Inbox, predicate: Predicate | None) -> list[str]:
    """The last messages that no wait has taken, each with the reason why this wait did not; no lines for no messages.

    Those that nearly match come first. A wait without a predicate takes any message: its list has no reasons.
    """
    count = len(inbox)
    if not count:
        return []
    deadline = Deadline(EXPLAIN_SECONDS)
    groups = _fold(inbox.peek(max(0, count - EXAMINED_MESSAGES), EXAMINED_MESSAGES))
    near = _find_near(groups, predicate, deadline)
    last = [group for group in groups if not group.nearly_matches][-max(1, LISTED_MESSAGES - len(near)) :]
    rows = [_write_row(group, None if deadline.expired else predicate) for group in (*near, *last)]
    heading = "1 message has arrived and stays" if count == 1 else f"{count:,} messages have arrived and stay"
    return [f"{heading} in the inbox{_say_which(near, last, count)}:", *rows]


def list_taken(inbox: Inbox, predicate: Predicate | None) -> list[str]:
    """A line about messages that an earlier keyword has taken, and that this wait would have taken."""
    if predicate is None or not predicate.chooses:
        return []
    deadline = Deadline(EXPLAIN_SECONDS)
    taken = [by for by, kept in inbox.taken.copy() if not deadline.expired and predicate.matches(as_message(kept))]
    if not taken:
        return []
    keyword: str = printable_name(taken[-1], code_style=True)  # type: ignore[no-untyped-call]
    if len(taken) == 1:
        return [f"1 {predicate} was taken before by '{keyword}'"]
    return [f"a {predicate} was taken {len(taken):,} times before, last by '{keyword}'"]


def list_elsewhere(others: Sequence[Connection]) -> list[str]:
    """A line about other connections with messages that nobody has taken."""
    holding = [(connection.name, len(connection.inbox)) for connection in others if len(connection.inbox)]
    if not holding:
        return []
    named = ", ".join(f"{count:,} from '{name}'" for name, count in holding[:NAMED_CONNECTIONS])
    more = len(holding) - NAMED_CONNECTIONS
    further = f", and from {format_count(more, 'more connection')}" if more > 0 else ""
    return [f"messages that nobody took: {named}{further}"]


def _fold(messages: Sequence[Message]) -> list[Equals]:
    """Groups equal messages, in the order of their last ones."""
    groups: dict[str | bytes, Equals] = {}
    for message in messages:
        group = groups.pop(message.data, None) or Equals(message)
        group.count += 1
        groups[message.data] = group
    return list(groups.values())


def _find_near(groups: Sequence[Equals], predicate: Predicate | None, deadline: Deadline) -> list[Equals]:
    """The last ones that nearly match, as long as there is time to look."""
    near: list[Equals] = []
    for group in reversed(groups):
        if predicate is None or deadline.expired or len(near) == LISTED_MESSAGES - 1:
            break
        if predicate.nearly_matches(group.message) and not predicate.matches(group.message):
            group.nearly_matches = True
            near.insert(0, group)
    return near


def _say_which(near: Sequence[Equals], last: Sequence[Equals], count: int) -> str:
    listed = sum(group.count for group in (*near, *last))
    if listed < count:
        return f", {'the nearest and ' if near else ''}the last {len(last)} of them"
    return ", the nearest first" if near and last else ""


def _write_row(group: Equals, predicate: Predicate | None) -> str:
    times = "" if group.count == 1 else f"{group.count:,} times: "
    row = f"  {times}{quoted(group.message.data, LISTED_WIDTH)}"
    if predicate is not None:
        row += f" {_explain(group.message, predicate)}"
    return row if len(row) <= ROW_WIDTH else f"{row[:ROW_WIDTH]}…"


def _explain(message: Message, predicate: Predicate) -> str:
    return "came too late" if predicate.matches(message) else predicate.explain_mismatch(message)
