"""What a wait that failed adds to its failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ConnectionClosedError, WaitError
from ..matching.mismatches import list_elsewhere, list_mismatches, list_taken
from ..matching.predicates import Predicate
from ..session.websocket_variable import WebSocket


@contextmanager
def explaining(websocket: WebSocket, predicate: Predicate | None = None) -> Iterator[None]:
    """Notes how a wait failed, and adds to the failure what came instead, or elsewhere."""
    try:
        yield
    except (ConnectionClosedError, WaitError) as error:
        websocket.note("closed" if isinstance(error, ConnectionClosedError) else "timeout")
        inbox = websocket.connection.inbox
        relay = websocket.connection.relay
        error.details = [
            *list_mismatches(inbox, predicate),
            *list_taken(inbox, predicate),
            *([] if relay is None else relay.describe_passed()),
            *list_elsewhere([other.connection for other in websocket.others], predicate),
        ]
        raise
