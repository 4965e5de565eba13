"""JSONPath (RFC 9535). The package behind it is imported by the first path: it takes longer than all of `matching`."""

from __future__ import annotations

from typing import Any

from robot.errors import TimeoutExceeded

from ..errors import WebSocketError, quoted
from .json_values import JsonError
from .operators import shorten_error


class JsonPath:
    """A path, checked before any wait begins. Any thread may use it.

    The package also raises what it does not declare, and it differs between releases: release 1 fails with a TypeError
    on `$[?value(@) == 1]` where an item is not an array or object. So every `Exception` becomes our sentence, except
    Robot Framework's timeouts, which are an `Exception` until Robot Framework 7.5.
    """

    def __init__(self, text: str) -> None:
        from jsonpath_rfc9535 import compile as compile_path

        self._text = text
        try:
            self._query = compile_path(text)
        except TimeoutExceeded:
            raise
        except Exception as error:
            raise WebSocketError(f"The JSONPath {quoted(text)} cannot be used: {shorten_error(error)}.") from error

    def find(self, value: Any) -> list[Any]:
        """Returns the values at the path."""
        try:
            return [node.value for node in self._query.find(value)]
        except TimeoutExceeded:
            raise
        except Exception as error:
            raise JsonError(f"cannot be searched with {quoted(self._text)}: {shorten_error(error)}") from error
