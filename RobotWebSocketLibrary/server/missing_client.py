"""What came to a server instead of the client that a test has waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..errors import quoted
from ..secrecy import mask_url
from .clients import Client, ClientFilter
from .connection_attempts import ACCEPTED, ConnectionAttempt
from .failed_attempts import describe_failures

LISTED_CLIENTS = 5
"""Lines about clients that wait, and about those that were returned before."""


def describe_instead(
    attempts: Sequence[ConnectionAttempt], waiting: Sequence[Client], wanted: ClientFilter
) -> list[str]:
    """Lines about the attempts of the running test, and about clients that wait for another keyword."""
    failures = [attempt.failure for attempt in attempts if attempt.failure is not None]
    returned = [attempt for attempt in attempts if attempt.outcome == ACCEPTED and wanted(attempt)]
    return [*describe_failures(failures), *_describe_waiting(waiting), *_describe_returned(returned)]


def _describe_waiting(waiting: Sequence[Client]) -> list[str]:
    counted = Counter((client.request.path, client.subprotocol) for client in waiting)
    lines = []
    for (path, subprotocol), count in list(counted.items())[-LISTED_CLIENTS:]:
        named = f" with subprotocol {quoted(subprotocol)}" if subprotocol else ""
        what = f"for path {quoted(mask_url(path))}{named}"
        lines.append(f"1 client {what} waits" if count == 1 else f"{count:,} clients {what} wait")
    return lines


def _describe_returned(returned: Sequence[ConnectionAttempt]) -> list[str]:
    if not returned:
        return []
    last = ", ".join(f"{attempt.shown_path} from {attempt.address}" for attempt in returned[-LISTED_CLIENTS:])
    which = "" if len(returned) <= LISTED_CLIENTS else f", the last {LISTED_CLIENTS}"
    clients = "1 client was" if len(returned) == 1 else f"{len(returned):,} clients were"
    return [f"{clients} returned before{which}: {last}"]
