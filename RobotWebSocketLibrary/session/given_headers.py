"""Headers as tests give them: by name, or as pairs where a name comes more than once; None leaves one out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from robot.api.types import Secret

from ..errors import WebSocketError
from ..protocol.handshake import WRITTEN_HEADERS

Value = str | Secret | None
Pairs = list[tuple[str, Value]]
GivenHeaders = Mapping[str, Value] | Sequence[tuple[str, Value]]


def list_pairs(headers: GivenHeaders | None) -> Pairs:
    """The pairs of names and values. A dictionary cannot mean a name that it has in two cases."""
    if not isinstance(headers, Mapping):
        return list(headers or ())
    counted = Counter(map(str.lower, headers))
    if twice := next((name for name in headers if counted[name.lower()] > 1), None):
        raise WebSocketError(f"The header '{twice}' is given twice, in different cases.")
    return list(headers.items())


def merge(defaults: GivenHeaders | None, own: GivenHeaders | None) -> Pairs:
    """The own headers, and those of the defaults that they do not name."""
    given = list_pairs(own)
    names = {name.lower() for name, _ in given}
    return [*((name, value) for name, value in list_pairs(defaults) if name.lower() not in names), *given]


def divide(pairs: Pairs) -> tuple[dict[str, str | Secret], Pairs]:
    """Headers that a request gets, and those that change its own: replaced, repeated and left out ones."""
    counted = Counter(name.lower() for name, _ in pairs)
    further: dict[str, str | Secret] = {}
    altered: Pairs = []
    for name, value in pairs:
        if value is None or name.lower() in WRITTEN_HEADERS or counted[name.lower()] > 1:
            altered.append((name, value))
        else:
            further[name] = value
    return further, altered
