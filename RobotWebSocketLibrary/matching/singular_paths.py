"""Paths that lead to one place in a JSON value (singular queries, RFC 9535 section 2.3.5.1). It can be filled there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ..errors import WebSocketError, quoted

_SEGMENT = re.compile(r"""\.([^\W\d]\w*)|\['([^'\\\0-\x1f]*)'\]|\["([^"\\\0-\x1f]*)"\]|\[(0|-?[1-9][0-9]{0,14})\]""")
"""Names without escapes, and indexes of a size that every reader of JSON knows."""
Segments = Sequence[str | int]


def read_segments(text: str) -> Segments | None:
    """Names and indexes of a path; None if it is not a path to one place, or is written in another way."""
    rest = text.removeprefix("$")
    segments = list(_SEGMENT.finditer(rest))
    if text[:1] != "$" or "".join(match[0] for match in segments) != rest:
        return None
    return [_read_segment(match) for match in segments]


def find_place(value: Any, segments: Segments) -> list[Any]:
    """What is at a place, in a list of one; none where nothing is."""
    for segment in segments:
        if isinstance(segment, str):
            if not isinstance(value, dict) or segment not in value:
                return []
        elif not isinstance(value, list) or not -len(value) <= segment < len(value):
            return []
        value = value[segment]
    return [value]


class SingularPath:
    """A path such as `$.id`, `$['id']` or `$[1]`."""

    def __init__(self, text: str) -> None:
        segments = read_segments(text)
        if not segments:
            raise WebSocketError(
                f"The path {quoted(text)} cannot name an id: it must lead to one place, such as '$.id' or '$[1]'."
            )
        self._text = text
        self._segments = segments

    def __str__(self) -> str:
        return self._text

    def find(self, value: Any) -> list[Any]:
        """What is there, in a list of one; none where nothing is."""
        return find_place(value, self._segments)

    def fill(self, value: Any, member: Any) -> Any:
        """A copy of a value with a member in that place. Only a member of an object can be added."""
        copy = deepcopy(value)
        parents = find_place(copy, self._segments[:-1])
        last = self._segments[-1]
        if not parents or not isinstance(parents[0], dict) or isinstance(last, int):
            raise WebSocketError(
                f"The request has no id at {quoted(self._text)}, and none can be added there: "
                f"only an object takes another member."
            )
        parents[0][last] = member
        return copy


def _read_segment(match: re.Match[str]) -> str | int:
    return int(match[4]) if match[4] is not None else next(name for name in match.groups()[:3] if name is not None)
