"""What a failed wait lists beneath its sentence: the messages that came instead, and why each did not match."""

from __future__ import annotations

from ..connection.inbox import Inbox
from ..deadline import Deadline
from ..errors import quoted
from ..protocol.messages import Message
from .predicates import Predicate

LISTED_MESSAGES = 10
"""Messages that a failure lists."""
LISTED_WIDTH = 80
"""Characters or bytes that it shows of each."""
ROW_WIDTH = 230
"""Characters of a line about one message: Robot Framework cuts failures of more than 40 lines of 78 characters."""
EXPLAIN_SECONDS = 1.0
"""Seconds after which a failure only lists messages: a test's own `validate` may take long for each of them."""


def list_mismatches(inbox: Inbox, predicate: Predicate | None) -> list[str]:
    """The last messages that no wait has taken, each with the reason why this wait did not; no lines for no messages.

    A wait without a predicate takes any message: its list has no reasons.
    """
    count = len(inbox)
    if not count:
        return []
    heading = "1 message has arrived and stays" if count == 1 else f"{count:,} messages have arrived and stay"
    which = ":" if count <= LISTED_MESSAGES else f", the last {LISTED_MESSAGES} of them:"
    deadline = Deadline(EXPLAIN_SECONDS)
    messages = inbox.peek(max(0, count - LISTED_MESSAGES), LISTED_MESSAGES)
    rows = (_write_row(message, None if deadline.expired else predicate) for message in messages)
    return [f"{heading} in the inbox{which}", *rows]


def _write_row(message: Message, predicate: Predicate | None) -> str:
    row = f"  {quoted(message.data, LISTED_WIDTH)}"
    if predicate is not None:
        row += f" {'came too late' if predicate.matches(message) else predicate.explain_mismatch(message)}"
    return row if len(row) <= ROW_WIDTH else f"{row[:ROW_WIDTH]}…"
