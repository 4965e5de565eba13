"""What a wait looks for: which messages match, and why another one does not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, Protocol

from ..errors import WebSocketError, quoted
from ..protocol.messages import Message
from .hidden_values import refuse_to_compare
from .json_comparisons import ORDERING, can_be_ordered, check_expected, choose_comparison
from .json_paths import JsonPath
from .json_values import (
    JsonError,
    add_attributes,
    describe,
    differs_in_type_only,
    name_type,
    read_message,
    suggest_spelling,
    view_members,
)
from .operators import (
    CONTAINS,
    ENDS,
    EQUAL,
    IN_NORMALIZATION,
    MATCHES,
    STARTS,
    VALIDATE,
    WORDINGS,
    Comparison,
    Operator,
    ValidationError,
    check_operator,
    compile_pattern,
    differs_in_normalization,
    explain_failed_validation,
    name_message_type,
    reads_alike,
)
from .wrappers import Record, Wrapper, cut

VALUES_SHOWN = 3
"""Values that a path found in one message and that a sentence shows."""


class MessageType(Enum):
    """Which messages to wait for: ``TEXT``, ``BINARY`` or ``ANY``."""

    ANY = "message"
    TEXT = "text message"
    BINARY = "binary message"

    def covers(self, data: str | bytes) -> bool:
        return self is MessageType.ANY or isinstance(data, str) is (self is MessageType.TEXT)


class Predicate(Protocol):
    """What a wait looks for. Its text continues `No … from 'main'`. `chooses` says that not any message will do."""

    @property
    def chooses(self) -> bool: ...

    @property
    def timing(self) -> str:
        """Why a message that matches was not taken: continues a sentence that began with the message."""

    def matches(self, message: Message) -> bool: ...

    def explain_mismatch(self, message: Message) -> str:
        """Why a message does not match: continues a sentence that began with the message."""

    def nearly_matches(self, message: Message) -> bool:
        """Whether a message that does not match differs only in a way that a test may have overlooked."""

    def read_value(self, message: Message) -> Any:
        """What a wait returns for a message that matches."""

    def cut(self, message: Message) -> tuple[str | bytes, str | bytes] | None:
        """What a wait takes of a message that matches, and what stays; None where it takes all."""


class MessagePredicate:
    """What `Wait For Message` looks for."""

    timing = "came too late"

    def __init__(
        self,
        wanted: MessageType = MessageType.ANY,
        operator: Operator | None = None,
        expected: str | bytes | None = None,
    ) -> None:
        self._wanted = wanted
        self._comparison = None if operator is None else Comparison(operator, expected)

    @property
    def chooses(self) -> bool:
        return self._comparison is not None

    def matches(self, message: Message) -> bool:
        if not self._wanted.covers(message.data):
            return False
        return self._comparison is None or self._comparison.holds(message.data)

    def explain_mismatch(self, message: Message) -> str:
        if not self._wanted.covers(message.data):
            return f"is {name_message_type(message.data)}"
        return "" if self._comparison is None else self._comparison.explain(message.data)

    def nearly_matches(self, message: Message) -> bool:
        return self._comparison is not None and self._comparison.nearly_holds(message.data)

    def read_value(self, message: Message) -> str | bytes:
        return message.data

    def cut(self, _: Message) -> None:
        return None

    def __str__(self) -> str:
        return self._wanted.value if self._comparison is None else f"{self._wanted.value} {self._comparison}"


class JsonPredicate:
    """What `Wait For Json Message` looks for: JSON with a value at a path, one of which satisfies the operator.

    With a wrapper, a message may hold several records of JSON. One that matches is enough.

    Threads: reply rules ask one predicate from the threads of several clients. Nothing changes here after `__init__`.
    """

    chooses = True
    timing = "came too late"

    def __init__(
        self,
        path: str = "$",
        operator: Operator | None = None,
        expected: Any = None,
        *,
        wrapper: Wrapper | None = None,
        noun: str = "JSON message",
    ) -> None:
        self._wrapper = wrapper
        self._noun = noun
        self._path = path
        self._query = JsonPath(path)
        self._operator = operator
        self._expected = expected
        if operator is not None:
            check_operator(operator)
            check_expected(operator, expected)
        self._operand = compile_pattern(expected) if operator is MATCHES else expected
        self._compare = None if operator is None else choose_comparison(operator)

    def matches(self, message: Message) -> bool:
        try:
            return any(map(self.accepts, self._read(message)))
        except JsonError:
            return False

    def accepts(self, value: Any) -> bool:
        """Whether a JSON value matches."""
        found = self._query.find(value)
        return bool(found) if self._compare is None else any(map(self._holds, found))

    def explain_mismatch(self, message: Message) -> str:
        try:
            found = self._find(message)
        except JsonError as error:
            return str(error)
        if not found:
            return f"has nothing at {self._place}"
        return f"at {self._place}: {self._explain(found)}"

    def nearly_matches(self, message: Message) -> bool:
        try:
            found = self._find(message)
        except JsonError:
            return False
        return any(map(self._differs_slightly, self._list_candidates(found)))

    def read_value(self, message: Message) -> Any:
        """The whole message, or its first record that matches. Its members can be reached as attributes."""
        if self._wrapper is None:
            return add_attributes(read_message(message))
        return add_attributes(self._choose(self._wrapper, message)[1])

    def cut(self, message: Message) -> tuple[str | bytes, str | bytes] | None:
        if self._wrapper is None or len(self._wrapper.find(message.data)) == 1:
            return None
        record, _ = self._choose(self._wrapper, message)
        return message.data[record.start : record.end], cut(message.data, [record])

    def __str__(self) -> str:
        if self._operator is None:
            return self._noun if self._path == "$" else f"{self._noun} with {self._place}"
        return f"{self._noun} with {self._place} {WORDINGS[self._operator].adjective} {self._expectation}"

    @property
    def _place(self) -> str:
        return quoted(self._path)

    @property
    def _expectation(self) -> str:
        return quoted(self._expected) if self._operator in (MATCHES, VALIDATE) else describe(self._expected)

    def _choose(self, wrapper: Wrapper, message: Message) -> tuple[Record, Any]:
        """The first record that matches, of a message that does."""
        records = wrapper.read(message.data)
        return next((found for found in records if self.accepts(found[1])), records[0])

    def _read(self, message: Message) -> list[Any]:
        """The JSON values that a message holds."""
        if self._wrapper is None:
            return [read_message(message)]
        return [value for _, value in self._wrapper.read(message.data)]

    def _find(self, message: Message) -> list[Any]:
        """The values at the path."""
        return [found for value in self._read(message) for found in self._query.find(value)]

    def _holds(self, found: Any) -> bool:
        assert self._compare is not None
        try:
            return self._compare(found, self._operand)
        except (TypeError, AttributeError, ValidationError):
            return False

    def _explain(self, found: Sequence[Any]) -> str:
        """Why none of the values that the path found satisfies the operator."""
        first = found[0]
        if self._operator is VALIDATE and (error := explain_failed_validation(view_members(first), self._expected)):
            return f"{describe(first)} {error}"
        if self._operator is EQUAL:
            return f"found {_list_values(found)}, expected {self._expectation}{self._suggest_remedy(found)}"
        each = "each of " if len(found) > 1 else ""
        why = f"{self._deny(first)} {self._expectation}{self._suggest_remedy(found)}"
        return f"{each}{_list_values(found)} {why}"

    def _deny(self, found: Any) -> str:
        """How a value fails: by its type, or by what it is."""
        assert self._operator is not None
        if self._operator is CONTAINS and not isinstance(found, (str, list, dict)):
            return "cannot contain"
        if self._operator in (MATCHES, STARTS, ENDS) and not isinstance(found, str):
            return f"is not text, so it {WORDINGS[self._operator].denial}"
        if self._operator in ORDERING and not can_be_ordered(found, self._expected):
            return "cannot be compared with"
        return WORDINGS[self._operator].denial

    def _suggest_remedy(self, found: Sequence[Any]) -> str:
        """How to write the expected value in the type that was found, where this would make it match."""
        if self._operator in ORDERING:
            return self._suggest_ordered_type(found[0])
        if self._operator is EQUAL and any(differs_in_normalization(value, self._expected) for value in found):
            return f"; they differ {IN_NORMALIZATION}"
        for alike in filter(self._differs_in_type_only, self._list_candidates(found)):
            if spelling := suggest_spelling(self._expected, alike):
                contained = isinstance(alike, str) or any(isinstance(value, list) for value in found)
                return f": write {'' if self._operator is EQUAL or contained else ' ==  '}{spelling}"
        return ""

    def _suggest_ordered_type(self, found: Any) -> str:
        if isinstance(found, str) and not isinstance(self._expected, str):
            return ": the message has text there, not a number"
        spelling = suggest_spelling(self._expected, found)
        return "" if spelling is None else f": write {spelling}"

    def _list_candidates(self, found: Sequence[Any]) -> Sequence[Any]:
        """The values of which one could match if its type were another one."""
        if self._operator is EQUAL:
            return found
        if self._operator is CONTAINS:
            return [item for value in found for item in (value if isinstance(value, list) else [value])]
        return ()

    def _differs_in_type_only(self, value: Any) -> bool:
        if self._operator is CONTAINS and isinstance(value, str) and not isinstance(self._expected, str):
            with suppress(ValueError):  # an integer of more digits than Python writes
                return str(self._expected) in value
        return differs_in_type_only(self._expected, value)

    def _differs_slightly(self, value: Any) -> bool:
        """In its type only, or in upper and lower case and the space around it."""
        alike = isinstance(value, str) and isinstance(self._expected, str) and reads_alike(value, self._expected)
        return alike or self._differs_in_type_only(value)


def read_expected(expected: Any) -> str | bytes | None:
    """What a whole message can be compared with."""
    refuse_to_compare(expected)
    if isinstance(expected, (dict, list, tuple)):
        raise WebSocketError(
            "Messages are compared with text or bytes: "
            f"to compare with an {name_type(expected)}, give a 'json_path', such as '$'."
        )
    return expected if expected is None or isinstance(expected, (str, bytes)) else str(expected)


def _list_values(found: Sequence[Any]) -> str:
    text = ", ".join(map(describe, found[:VALUES_SHOWN]))
    return text if len(found) <= VALUES_SHOWN else f"{text} and {len(found) - VALUES_SHOWN:,} more"
