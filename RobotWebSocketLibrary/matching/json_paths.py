"""JSONPath (RFC 9535). The package behind it is imported by the first path that needs it: that takes long."""

from __future__ import annotations

from typing import Any

from robot.errors import TimeoutExceeded

from ..errors import WebSocketError, quoted
from .json_values import JsonError
from .operators import shorten_error
from .singular_paths import find_place, read_segments


class JsonPath:
    """A path, checked before any wait begins. Any thread may use it.

    Most paths lead to one place. These are looked up here, because the package takes six times as long.
    The package also raises what it does not declare, and it differs between releases: release 1 fails with a TypeError
    on `$[?value(@) == 1]` where an item is not an array or object. So every `Exception` becomes our sentence, except
    Robot Framework's timeouts, which are an `Exception` until Robot Framework 7.5.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._segments = read_segments(text)
        self._query: Any = _compile(text) if self._segments is None else None

    def find(self, value: Any) -> list[Any]:
        """Returns the values at the path."""
        if self._segments is not None:
            return find_place(value, self._segments)
        try:
            return [node.value for node in self._query.find(value)]
        except TimeoutExceeded:
            raise
        except Exception as error:
            raise JsonError(f"cannot be searched with {quoted(self._text)}: {shorten_error(error)}") from error


def _compile(text: str) -> Any:
    from jsonpath_rfc9535 import compile as compile_path

    try:
        return compile_path(text)
    except TimeoutExceeded:
        raise
    except Exception as error:
        raise WebSocketError(f"The JSONPath {quoted(text)} cannot be used: {shorten_error(error)}.") from error
