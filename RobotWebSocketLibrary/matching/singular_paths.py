"""Paths that lead to one place in a JSON value (singular queries, RFC 9535 section 2.3.5.1), where it can be filled."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from ..errors import WebSocketError, quoted

_SEGMENT = re.compile(r"""\.([^\W\d]\w*)|\['([^'\\]*)'\]|\["([^"\\]*)"\]|\[(-?(?:0|[1-9][0-9]*))\]""")


class SingularPath:
    """A path such as `$.id`, `$['id']` or `$[1]`."""

    def __init__(self, text: str) -> None:
        self._text = text
        rest = text.removeprefix("$")
        segments = list(_SEGMENT.finditer(rest))
        if not segments or text[:1] != "$" or "".join(match[0] for match in segments) != rest:
            raise WebSocketError(
                f"The path {quoted(text)} cannot name an id: it must lead to one place, such as '$.id' or '$[1]'."
            )
        self._segments = [_read_segment(match) for match in segments]

    def __str__(self) -> str:
        return self._text

    def find(self, value: Any) -> list[Any]:
        """What is there, in a list of one; none where nothing is."""
        found = [value]
        for segment in self._segments:
            found = _step(found[0], segment)
            if not found:
                break
        return found

    def fill(self, value: Any, member: Any) -> Any:
        """A copy of a value with a member in that place. Only a member of an object can be added."""
        copy = deepcopy(value)
        parents = [copy]
        for segment in self._segments[:-1]:
            parents = _step(parents[0], segment) if parents else []
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


def _step(value: Any, segment: str | int) -> list[Any]:
    if isinstance(segment, str):
        return [value[segment]] if isinstance(value, dict) and segment in value else []
    return [value[segment]] if isinstance(value, list) and -len(value) <= segment < len(value) else []
