"""What became of the last messages on their way through a proxy, for failures."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from ..connection.kept_messages import as_message
from ..errors import quoted

KEPT_FATES = 10
"""Messages of each direction whose fate is kept."""
SHOWN_WIDTH = 80
"""Characters or bytes that are shown of each."""
FORWARDED = "forwarded"
BEHIND = "waits behind it"
NOT_FORWARDED = "not forwarded: the other end has ended"


class Fate:
    """One message: how it reads, and what became of it."""

    __slots__ = ("became", "shown")

    def __init__(self, shown: str, became: str) -> None:
        self.shown = shown
        self.became = became

    def __str__(self) -> str:
        return f"{self.shown} {self.became}"


class Fates:
    """The fates of the last messages in one direction. Threads of the link note, and any thread lists."""

    def __init__(self) -> None:
        self._kept: deque[Fate] = deque(maxlen=KEPT_FATES)

    def note(self, data: str | bytes, became: str) -> Fate:
        fate = Fate(quoted(data, SHOWN_WIDTH), became)
        self._kept.append(fate)
        return fate

    def note_forwarded(self, messages: Sequence[Any]) -> None:
        """Notes the last of the messages that have passed together."""
        for message in messages[-KEPT_FATES:]:
            self.note(as_message(message).data, FORWARDED)

    def describe(self, whither: str) -> list[str]:
        """A line for each, below one that says whither they were on their way."""
        rows = [f"  {fate}" for fate in list(self._kept)]
        return [f"what the proxy did with the last messages to the {whither}:", *rows] if rows else []
