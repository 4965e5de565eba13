"""Keywords that are given several connections at once, as a list or by a pattern of their aliases."""

from __future__ import annotations

from collections.abc import Sequence

from ..deadline import Deadline
from ..errors import WebSocketError, format_count
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket

Ends = WebSocket | str | Sequence[WebSocket | str] | None
NAMED_FAILURES = 3
"""Failures of single connections that one failure names."""


def find_several(connections: Registry[WebSocket], named: Ends) -> list[WebSocket] | None:
    """The connections that an argument names; None where it names one, or the current one."""
    if isinstance(named, str):
        return connections.find_all(named) if "*" in named else None
    return connections.find_all(named) if isinstance(named, Sequence) else None


def send_to_each(
    websockets: Sequence[WebSocket], data: str | bytes, deadline: Deadline, fragment_size: int | None
) -> None:
    """Sends to all of them; a failure at one does not keep the message from the others."""
    failures = []
    for websocket in websockets:
        try:
            websocket.connection.send(data, deadline, fragment_size)
        except WebSocketError as failure:
            failures.append(str(failure))
    if failures:
        count = format_count(len(websockets), "connection")
        error = WebSocketError(f"Could not send to {len(failures):,} of {count}.")
        error.details = name_some(failures)
        raise error


def name_some(failures: Sequence[str]) -> list[str]:
    """The first failures, each once, and how many there are behind them."""
    different = list(dict.fromkeys(failures))
    more = len(different) - NAMED_FAILURES
    return different[:NAMED_FAILURES] + ([f"and {more:,} more"] if more > 0 else [])
