"""JSONPath (RFC 9535). The package behind it is imported by the first path: it takes longer than all of `matching`."""

from __future__ import annotations

from typing import Any

from ..errors import WebSocketError, quoted
from .json_values import JsonError
from .operators import shorten_error


class JsonPath:
    """A path, checked before any wait begins. Any thread may use it."""

    def __init__(self, text: str) -> None:
        from jsonpath_rfc9535 import JSONPathError
        from jsonpath_rfc9535 import compile as compile_path

        self._text = text
        self._errors = (JSONPathError, RecursionError)
        try:
            self._query = compile_path(text)
        except self._errors as error:
            raise WebSocketError(f"The JSONPath {quoted(text)} cannot be used: {shorten_error(error)}.") from error

    def find(self, value: Any) -> list[Any]:
        """Returns the values at the path."""
        try:
            return [node.value for node in self._query.find(value)]
        except self._errors as error:
            raise JsonError(f"cannot be searched with {quoted(self._text)}: {shorten_error(error)}") from error
