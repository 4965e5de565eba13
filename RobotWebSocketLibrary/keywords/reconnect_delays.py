"""How long clients wait before they connect again, compared with what a test expects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..deadline import format_duration
from ..errors import WebSocketError, quoted
from ..secrecy import mask_url
from ..server.connection_attempts import ConnectionAttempt
from ..session.durations import read_seconds


class Tolerance(NamedTuple):
    """How far a delay may be away from the expected one: a share of it, or else seconds."""

    share: float | None = None
    seconds: float = 0.0

    @classmethod
    def read(cls, text: str) -> Tolerance:
        """Reads `25%`, or a duration such as `200ms`."""
        if not text.strip().endswith("%"):
            return cls(seconds=read_seconds(text, "tolerance"))
        try:
            share = float(text.strip().removesuffix("%")) / 100
        except ValueError:
            share = -1.0
        if not 0 <= share < float("inf"):
            raise WebSocketError(f"The argument 'tolerance' is {quoted(text)}; write one such as '25%' or '200ms'.")
        return cls(share)

    def allows(self, delay: float, expected: float) -> bool:
        return abs(delay - expected) <= (self.seconds if self.share is None else self.share * expected)

    def __str__(self) -> str:
        return format_duration(self.seconds) if self.share is None else f"{100 * self.share:g} %"


def check_delays(
    attempts: Sequence[ConnectionAttempt],
    expected: Sequence[float],
    tolerance: Tolerance,
    path: str | None,
    unseen: str = "",
) -> None:
    """Fails unless each attempt came after its delay. `unseen` is what the failure adds about attempts not counted."""
    where = "" if path is None else f" on {quoted(mask_url(path))}"
    delays = [attempt.delay for attempt in attempts]
    if None in delays:
        raise WebSocketError(
            f"The delay before attempt {delays.index(None) + 1}{where} is not known: "
            f"no connection and no attempt had ended before it."
        )
    known = [delay for delay in delays if delay is not None]
    if all(map(tolerance.allows, known, expected)):
        return
    one = len(known) == 1
    before = "The delay before 1 attempt" if one else f"Delays before {len(known):,} attempts"
    raise WebSocketError(
        f"{before}{where} {'was' if one else 'were'} {_list(f'{delay:.2f}' for delay in known)} seconds; "
        f"expected {_list(f'{seconds:g}' for seconds in expected)} seconds, "
        f"{'' if one else 'each '}within {tolerance}.{unseen}"
    )


def _list(items: Iterable[str]) -> str:
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last
