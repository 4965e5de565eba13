"""The variable of Robot Framework in which a suite finds the live object."""

from __future__ import annotations

import re
from typing import ClassVar

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import normalize

from ..errors import WebSocketError, quoted
from .websocket_variable import LiveWebSocket, WebSocket

NAME = re.compile(r"(?:\$\{)?([^\W\d_][\w ]*)\}?")
"""A name whose attributes Robot Framework finds, as in `${websocket.url}`. It may be written as `${name}`."""
EMPTY_NAMES = ("empty", "none", "null")
"""Variables of Robot Framework that look like those which are declared and have no value."""


class LiveVariable:
    """Shows the live object of an import in a variable, unless a test has a variable of that name.

    - Two imports may share a name. It shows the instance whose keyword ran last (`_shown`).
    - A variable without a value is no test's: suites declare it for their editors.
    - It is a variable of the running suite: a global one would replace those that other suites have in their tables
      (docs/decisions/0012). So `place` is called when a suite starts, and `leave` when one ends.
    """

    _shown: ClassVar[dict[str, LiveWebSocket]] = {}

    def __init__(self, name: str, live: LiveWebSocket) -> None:
        self._name = name
        self._normalized_name = _normalize(name)
        self._live = live
        self._warned_about: object = None

    def show(self) -> None:
        """Makes the variable show this import. Costs nothing if it does already."""
        if self._shown.get(self._normalized_name) is not self._live and BuiltIn().robot_running:
            self.place()

    def place(self) -> None:
        """Sets the variable, or warns that the one of the test stays."""
        value = BuiltIn().get_variable_value(f"${self._name}")  # `${…}` would be replaced by its value
        if isinstance(value, WebSocket):
            return  # a test keeps its connection there, until the next keyword behind it
        if value is None or isinstance(value, LiveWebSocket) or (isinstance(value, str) and not value):
            BuiltIn().set_suite_variable(f"${self._name}", self._live)
        elif value is not self._warned_about:
            self._warned_about = value
            logger.warn(
                f"The variable '${{{self._name}}}' is set already, and keeps its value: choose another name for the "
                f"library's own with the import argument 'variable', such as 'variable={self._name}_library'."
            )
        self._shown[self._normalized_name] = self._live

    def leave(self) -> None:
        """The suite has ended: whatever runs next has no such variable yet."""
        self._shown.pop(self._normalized_name, None)


def read_variable_name(value: str) -> str:
    """The name of a variable, from the argument `variable`."""
    match = NAME.fullmatch(value)
    if match is None or _normalize(match[1]) in EMPTY_NAMES:
        raise WebSocketError(
            f"The argument 'variable' is {quoted(value)}; it must be a name such as 'websocket': letters, digits, "
            "underscores and spaces."
        )
    return match[1]


def _normalize(name: str) -> str:
    """The name as Robot Framework compares it."""
    return normalize(name, ignore="_")
