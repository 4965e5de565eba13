"""What a wait looks for: which messages match, and why another one does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Protocol

from jsonpath_rfc9535 import JSONPathError, JSONPathQuery
from jsonpath_rfc9535 import compile as compile_path

from ..errors import WebSocketError, quoted
from ..protocol.messages import Message
from .json_values import JsonError, read_json, same, shown, spelling, with_attributes
from .operators import (
    CONTAINS,
    DIFFERENT,
    ENDS,
    EQUAL,
    MATCHES,
    NOT_CONTAINS,
    OPERATORS,
    STARTS,
    VALIDATE,
    Comparison,
    Operator,
    ValidationError,
    check_operator,
    failed_validation,
    kind,
    pattern,
    told,
    validates,
)

ORDERED = (Operator["<"], Operator[">"], Operator["<="], Operator[">="])
VALUES_SHOWN = 3
"""Values that a path found in one message and a sentence shows."""


class MessageType(Enum):
    """Which messages to wait for: ``TEXT``, ``BINARY`` or ``ANY``."""

    ANY = "message"
    TEXT = "text message"
    BINARY = "binary message"

    def covers(self, data: str | bytes) -> bool:
        return self is MessageType.ANY or isinstance(data, str) is (self is MessageType.TEXT)


class Predicate(Protocol):
    """Its text continues `No … from 'main'`; a mismatch continues a sentence that began with the message."""

    def matches(self, message: Message) -> bool: ...

    def mismatch(self, message: Message) -> str: ...

    def value(self, message: Message) -> Any:
        """What a wait returns for a message that matches."""


class MessagePredicate:
    """What `Wait For Message` looks for."""

    def __init__(
        self,
        wanted: MessageType = MessageType.ANY,
        operator: Operator | None = None,
        expected: str | bytes | None = None,
    ) -> None:
        self._wanted = wanted
        self._comparison = None if operator is None else Comparison(operator, expected)

    def matches(self, message: Message) -> bool:
        if not self._wanted.covers(message.data):
            return False
        return self._comparison is None or self._comparison.holds(message.data)

    def mismatch(self, message: Message) -> str:
        if not self._wanted.covers(message.data):
            return f"is {kind(message.data)}"
        return "" if self._comparison is None else self._comparison.denial(message.data)

    def value(self, message: Message) -> str | bytes:
        return message.data

    def __str__(self) -> str:
        return self._wanted.value if self._comparison is None else f"{self._wanted.value} {self._comparison}"


class JsonPredicate:
    """What `Wait For Json Message` looks for: JSON with a value at a path, one of which satisfies the operator."""

    def __init__(self, path: str = "$", operator: Operator | None = None, expected: Any = None) -> None:
        self._path = path
        self._query = query_of(path)
        self._operator = operator
        self._expected = expected
        if operator is not None:
            check_operator(operator)
            _check_expected(operator, expected)
        self._operand = pattern(expected) if operator is MATCHES else expected

    def matches(self, message: Message) -> bool:
        try:
            found = self._find(read_json(message.data))
        except JsonError:
            return False
        return bool(found) if self._operator is None else any(map(self._holds, found))

    def mismatch(self, message: Message) -> str:
        try:
            found = self._find(read_json(message.data))
        except JsonError as error:
            return str(error)
        if not found:
            return f"has nothing at {self._place}"
        return self._denial(found)

    def value(self, message: Message) -> Any:
        """The whole message, whose members can be reached as attributes."""
        return with_attributes(read_json(message.data))

    def __str__(self) -> str:
        if self._operator is None:
            return "JSON message" if self._path == "$" else f"JSON message with {self._place}"
        expected = quoted(self._expected) if self._operator in (MATCHES, VALIDATE) else shown(self._expected)
        return f"JSON message with {self._place} {OPERATORS[self._operator].adjective} {expected}"

    @property
    def _place(self) -> str:
        return quoted(self._path)

    def _find(self, value: Any) -> list[Any]:
        try:
            return [node.value for node in self._query.find(value)]
        except (JSONPathError, RecursionError) as error:
            raise JsonError(f"cannot be searched with {self._place}: {told(error)}") from error

    def _holds(self, found: Any) -> bool:
        assert self._operator is not None
        try:
            return _comparison(self._operator)(found, self._operand)
        except (TypeError, AttributeError, ValidationError):
            return False

    def _denial(self, found: Sequence[Any]) -> str:
        assert self._operator is not None
        if self._operator is VALIDATE and (error := failed_validation(with_attributes(found[0]), self._expected)):
            return f"at {self._place}: {shown(found[0])} {error}"
        expected = quoted(self._expected) if self._operator in (MATCHES, VALIDATE) else shown(self._expected)
        if self._operator is EQUAL:
            return f"at {self._place}: found {_list(found)}, expected {expected}{self._remedy(found[0])}"
        each = "each of " if len(found) > 1 else ""
        return f"at {self._place}: {each}{_list(found)} {self._how(found[0])} {expected}{self._remedy(found[0])}"

    def _how(self, found: Any) -> str:
        """How a value fails: by its type, or by what it is."""
        assert self._operator is not None
        if self._operator is CONTAINS and not isinstance(found, (str, list, dict)):
            return "can contain nothing, so not"
        if self._operator in (MATCHES, STARTS, ENDS) and not isinstance(found, str):
            return f"is no text, so it {OPERATORS[self._operator].denial}"
        if self._operator in ORDERED and not _can_be_ordered(found, self._expected):
            return "cannot be compared with"
        return OPERATORS[self._operator].denial

    def _remedy(self, found: Any) -> str:
        """How to write the expected value in the type that was found."""
        if self._operator not in (EQUAL, CONTAINS, *ORDERED):
            return ""
        if self._operator in ORDERED and isinstance(found, str) and not isinstance(self._expected, str):
            return ": the message has text there, not a number"
        if self._operator is CONTAINS and not isinstance(found, str):
            found = found[0] if isinstance(found, list) and found else self._expected
        written = spelling(self._expected, found)
        return "" if written is None else f": write {written}"


def query_of(path: str) -> JSONPathQuery:
    try:
        return compile_path(path)
    except (JSONPathError, RecursionError) as error:
        raise WebSocketError(f"The JSONPath {quoted(path)} cannot be used: {told(error)}.") from error


def _check_expected(operator: Operator, expected: Any) -> None:
    if expected is None and operator not in (EQUAL, DIFFERENT, CONTAINS, NOT_CONTAINS):
        raise WebSocketError(f"The operator '{operator.name}' comes with a value to compare with.")
    if operator in (MATCHES, VALIDATE, STARTS, ENDS) and not isinstance(expected, str):
        raise WebSocketError(f"The operator '{operator.name}' comes with text, not with {shown(expected)}.")


def _comparison(operator: Operator) -> Callable[[Any, Any], bool]:
    return TYPED.get(operator, OPERATORS[operator].holds)


def _ordered(operator: Operator) -> Callable[[Any, Any], bool]:
    return lambda found, expected: _can_be_ordered(found, expected) and OPERATORS[operator].holds(found, expected)


def _can_be_ordered(found: Any, expected: Any) -> bool:
    """Numbers are less or greater than numbers, strings than strings; true is no number here."""
    if bool in (type(found), type(expected)):
        return False
    return any(isinstance(found, kind) and isinstance(expected, kind) for kind in (str, (int, float)))


def _contains(found: Any, expected: Any) -> bool:
    """Whether a string contains a text, an array an element, an object a name. Nothing else contains anything."""
    if isinstance(found, list):
        return any(same(item, expected) for item in found)
    return isinstance(found, (str, dict)) and isinstance(expected, str) and expected in found


TYPED: dict[Operator, Callable[[Any, Any], bool]] = {
    EQUAL: same,
    DIFFERENT: lambda found, expected: not same(found, expected),
    CONTAINS: _contains,
    NOT_CONTAINS: lambda found, expected: not _contains(found, expected),
    VALIDATE: lambda found, expression: validates(with_attributes(found), expression),
    **{operator: _ordered(operator) for operator in ORDERED},
}


def _list(found: Sequence[Any]) -> str:
    text = ", ".join(map(shown, found[:VALUES_SHOWN]))
    return text if len(found) <= VALUES_SHOWN else f"{text} and {len(found) - VALUES_SHOWN:,} more"
