"""What a failed wait lists beneath its sentence: the messages that came instead, and why each did not match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robot.utils import printable_name

from ..connection.connection import Connection
from ..connection.inbox import Inbox
from ..connection.kept_messages import as_message
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
ROW_WIDTHS = (230,) * 5 + (150,) * 5
"""Characters of the lines about messages: Robot Framework cuts failures of more than 40 lines of 78 characters."""
DESCRIBED_WIDTH = 80
"""Characters up to which the line about messages that were taken repeats what the wait looked for."""
NAME_WIDTH = 60
"""Characters of the name of another connection."""
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
    rows = (_write_row(group, None if deadline.expired else predicate) for group in (*near, *last))
    cut = [row if len(row) <= width else f"{row[:width]}…" for row, width in zip(rows, ROW_WIDTHS, strict=False)]
    heading = "1 message has arrived and stays" if count == 1 else f"{count:,} messages have arrived and stay"
    return [f"{heading} in the inbox{_say_which(near, last, count)}:", *cut]


def list_taken(inbox: Inbox, predicate: Predicate | None) -> list[str]:
    """A line about messages that an earlier keyword has taken, and that this wait would have taken."""
    if predicate is None or not predicate.chooses:
        return []
    deadline = Deadline(EXPLAIN_SECONDS)
    taken = [by for by, kept in inbox.taken if not deadline.expired and predicate.matches(as_message(kept))]
    if not taken:
        return []
    keyword: str = printable_name(taken[-1], code_style=True)  # type: ignore[no-untyped-call]
    short = len(str(predicate)) <= DESCRIBED_WIDTH
    if len(taken) == 1:
        return [f"1 {predicate if short else 'such message'} was taken before by '{keyword}'"]
    sought = f"a {predicate}" if short else "such a message"
    return [f"{sought} was taken {len(taken):,} times before, last by '{keyword}'"]


def list_elsewhere(others: Sequence[Connection], predicate: Predicate | None = None) -> list[str]:
    """A line about other connections with messages that nobody has taken; those where one matches come first.

    An end of a proxy passes its messages on, so they need nobody to take them. It is named only where one matches.
    """
    deadline = Deadline(EXPLAIN_SECONDS)
    counted = [(_count_matching(other.inbox, predicate, deadline), other) for other in others if len(other.inbox)]
    holding = [(matching, other) for matching, other in counted if matching or other.relay is None]
    if not holding:
        return []
    holding.sort(key=lambda entry: -entry[0])
    named = ", ".join(_describe_held(other, matching) for matching, other in holding[:NAMED_CONNECTIONS])
    more = len(holding) - NAMED_CONNECTIONS
    further = f", and from {format_count(more, 'more connection')}" if more > 0 else ""
    return [f"messages that nobody took: {named}{further}"]


def _count_matching(inbox: Inbox, predicate: Predicate | None, deadline: Deadline) -> int:
    if predicate is None or not predicate.chooses:
        return 0
    return sum(not deadline.expired and predicate.matches(message) for message in inbox.peek(0, EXAMINED_MESSAGES))


def _describe_held(connection: Connection, matching: int) -> str:
    count = len(connection.inbox)
    name = connection.name if len(connection.name) <= NAME_WIDTH else f"{connection.name[:NAME_WIDTH]}…"
    held = f"{count:,} from '{name}'"
    if not matching:
        return held
    return f"{held} (it matches)" if count == 1 else f"{held} ({matching:,} of them match{'es' * (matching == 1)})"


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
    return row


def _explain(message: Message, predicate: Predicate) -> str:
    return predicate.timing if predicate.matches(message) else predicate.explain_mismatch(message)
