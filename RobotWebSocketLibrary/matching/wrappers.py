"""JSON in a wrapper: `42[…]` of Socket.IO, `a[…]` of SockJS, `{…}` with an end mark of SignalR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ..errors import WebSocketError, quoted
from ..protocol.messages import Message
from .json_values import JsonError, read_texts
from .operators import compile_patterns


class Record(NamedTuple):
    """One JSON text in a message, where it begins there, and where the whole match does and ends."""

    json: Any
    at: int
    start: int
    end: int


class Wrapper:
    """A pattern that finds JSON within a message: its first group. Each match is a record. Any thread may use it."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self._for_text, self._for_bytes = compile_patterns(pattern)
        if self._for_text is None or not self._for_text.groups:
            raise WebSocketError(
                f"The pattern {quoted(pattern)} of 'inside' has no group: put the JSON in one, as in '^42(.*)$'."
            )

    def find(self, data: str | bytes) -> list[Record]:
        """The records of a message, in their order."""
        pattern = self._for_text if isinstance(data, str) else self._for_bytes
        if pattern is None:
            return []
        matches = (match for match in pattern.finditer(data) if match[1] is not None and match[0])
        return [Record(match[1], match.start(1), match.start(), match.end()) for match in matches]

    def unwrap(self, text: str) -> tuple[str, str, str] | None:
        """What is before the first JSON in a text, this JSON, and what is behind it; None where there is none."""
        for record in self.find(text):
            return text[: record.at], record.json, text[record.at + len(record.json) :]
        return None

    def read(self, data: str | bytes) -> list[tuple[Record, Any]]:
        """The records that are JSON, with their values. Fails if there is none."""
        found, problem = [], JsonError(f"does not match {quoted(self.text)}, so there is no JSON inside")
        for record in self.find(data):
            try:
                found.append((record, read_texts.read(record.json)))
            except JsonError as error:
                problem = JsonError(f"has something inside that {error}")
        if not found:
            raise problem
        return found


def cut(data: str | bytes, records: Sequence[Record]) -> Any:
    """What is left of a message without some of its records."""
    left, position = data[:0], 0
    for record in records:
        left += data[position : record.start]  # type: ignore[operator]
        position = record.end
    return left + data[position:]  # type: ignore[operator]


class Records:
    """The records of a message that a rule answers. Without a wrapper, the message is the only one."""

    def __init__(self, wrapper: Wrapper | None, accepts: Callable[[Any], bool]) -> None:
        self._wrapper = wrapper
        self._accepts = accepts

    def split(self, message: Message) -> list[tuple[Message, Message]]:
        """Each record that is accepted: as it came, and its JSON."""
        if self._wrapper is None:
            return [(message, message)]
        records = self._wrapper.find(message.data)
        accepted = self._choose(message)
        if len(records) == 1:
            return [(message, Message.of(record.json)) for record in accepted]
        return [(Message.of(message.data[at.start : at.end]), Message.of(at.json)) for at in accepted]

    def leave(self, message: Message) -> str | bytes | None:
        """What is left for others of a message that is answered; None where nothing is."""
        if self._wrapper is None:
            return None
        accepted = self._choose(message)
        left: str | bytes = cut(message.data, accepted)
        return left if self._wrapper.find(left) else None

    def _choose(self, message: Message) -> list[Record]:
        assert self._wrapper is not None
        return [record for record, value in self._wrapper.read(message.data) if self._accepts(value)]


@lru_cache
def make_wrapper(pattern: str) -> Wrapper | None:
    """The wrapper that a test names; none for `NONE` or an empty text."""
    return None if pattern.upper() in ("", "NONE") else Wrapper(pattern)
