"""JSON in messages: it is read and written here, compared with its types, and shown with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import isfinite, isinf
from threading import local
from typing import Any, NoReturn

from robot.api.types import Secret
from robot.utils import DotDict
from robot.variables import is_scalar_variable

from ..errors import WebSocketError, quoted
from ..protocol.messages import Message, encode_text
from ..secrecy import MASK, HiddenText, show
from .hidden_values import SecretFoundError, mask_all, refuse_secret, reveal_all

VALUE_WIDTH = 60
"""Characters of a value that a sentence shows."""
READ_SIZE = 2 * 1024 * 1024
"""Characters of the texts whose values are kept: of 10,000 messages of 200 characters. A single one may be longer."""
DEPTH_LIMIT = 100
"""Levels of arrays and objects in a message: values with many more cannot be copied, compared or shown."""

PYTHON_NAMES = {"True": "true", "False": "false", "None": "null"}
MISREAD = re.compile(r"  |[$@&%]\{")
"""What Robot Framework does not read as it stands in an expression: a break between cells, a variable."""
JSON_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    bytes: "bytes",
    type(None): "null",
}


class JsonError(Exception):
    """A message is not JSON, or Robot Framework cannot hold its value. The text continues a sentence."""


class ReadTexts(local):
    """What a thread has read lately: the value of each text, or why it has none.

    In this way a message is parsed once for a match, for the value that the wait returns, and for all later waits that
    look at it. Each thread has its own, because the threads of several clients use the same reply rules.
    """

    def __init__(self) -> None:
        self._size = 0
        self._results: dict[str | bytes, Any | JsonError] = {}

    def read(self, data: str | bytes) -> Any:
        if data not in self._results:
            self._add(data)
        result = self._results[data]
        if isinstance(result, JsonError):
            raise result.with_traceback(None)
        return result

    def _add(self, data: str | bytes) -> None:
        result: Any
        try:
            result = read_json(data)
        except JsonError as error:
            result = JsonError(str(error))  # without the frames of this one
        self._size += len(data)  # first, so that an interruption leaves a count that is too high
        if self._size > READ_SIZE:
            self._results, self._size = {}, len(data)
        self._results[data] = result


read_texts = ReadTexts()


def read_message(message: Message) -> Any:
    """The value of a message. Callers must not change it: the next one that asks gets the same object."""
    return read_texts.read(message.data)


def read_json(data: str | bytes) -> Any:
    """The value of JSON text (RFC 8259), without what I-JSON forbids (RFC 7493): half a surrogate pair."""
    try:
        text = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError as error:
        raise JsonError("is a binary message, not JSON") from error
    value = _parse(text)
    if text.count("[") + text.count("{") > DEPTH_LIMIT and _measure_depth(value) > DEPTH_LIMIT:
        raise JsonError(f"cannot be read as JSON: it has more than {DEPTH_LIMIT} levels")
    if "\\ud" in text.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            # Robot Framework's output.xml could not be read any more after such a text was logged.
            raise JsonError(
                "holds half a surrogate pair, which no text may: take it with `Wait For Message`"
            ) from error
    return value


def write_json(value: object) -> str:
    """JSON for a message. Text that begins like an object or an array is JSON already, other text is a string.

    Of a value with secrets in it, masks are shown.
    """
    if isinstance(value, Secret):
        return HiddenText(_serialize(value.value, MASK))
    try:
        return _serialize(value)
    except SecretFoundError:
        return HiddenText(_serialize(reveal_all(value)), _serialize(mask_all(value)))


def _serialize(value: object, shown: str | None = None) -> str:
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        encode_text(value, "JSON text")
        try:
            _parse(value)
        except JsonError as error:
            raise WebSocketError(f"Cannot send {quoted(shown or value)} as JSON: it {error}.") from error
        return value
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=refuse_secret)
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))  # escapes, which may stand for half a surrogate pair
    except (TypeError, ValueError, RecursionError) as error:
        raise WebSocketError(f"Cannot write the value as JSON: {error}.") from error
    return text


def add_attributes(value: Any) -> Any:
    """A copy of a value whose members can be reached as attributes: `${message.price}`."""
    if isinstance(value, Mapping):
        return DotDict({name: add_attributes(item) for name, item in value.items()})  # type: ignore[no-untyped-call]
    if isinstance(value, list):
        return [add_attributes(item) for item in value]
    return value


class Members(DotDict):
    """An object of JSON whose attributes are its members first, also where they are called `items` or `keys`."""

    def __getattribute__(self, name: str) -> Any:
        return dict.__getitem__(self, name) if dict.__contains__(self, name) else super().__getattribute__(name)


def view_members(value: Any) -> Any:
    """A copy of a value for an expression: `len(value.items) == 2`."""
    if isinstance(value, Mapping):
        return Members({name: view_members(item) for name, item in value.items()})  # type: ignore[no-untyped-call]
    if isinstance(value, list):
        return [view_members(item) for item in value]
    return value


def equals(found: Any, expected: Any) -> bool:
    """Whether two values are equal and of one type. An integer and a number can be equal, true and 1 cannot."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        return found.keys() == expected.keys() and all(equals(found[name], expected[name]) for name in found)
    if isinstance(found, list) and isinstance(expected, (list, tuple)):
        return len(found) == len(expected) and all(map(equals, found, expected))
    return bool(found == expected)


def name_type(value: object) -> str:
    """What JSON calls the type of a value."""
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, str):
        return "string"
    return JSON_TYPES.get(type(value)) or ("array" if isinstance(value, Sequence) else type(value).__name__)


def describe(value: object) -> str:
    """A value for a sentence, with its type: `1 (integer)`, `'1' (string)`."""
    if value is None:
        return "null"
    return f"{_write_shortly(value)} ({name_type(value)})"


def suggest_spelling(expected: object, found: object) -> str | None:
    """How to write the expected value in Robot Framework's data, in the type that was found; None if that cannot help.

    What was expected may read like what was found, and be text where this is a number, or the other way round.
    """
    try:
        return _spell(expected, found)
    except (ValueError, RecursionError):  # not JSON, or an integer of more digits than Python writes
        return None


def differs_in_type_only(expected: object, found: object) -> bool:
    """Whether the expected value would be the one that was found, if only its type were the other one."""
    try:
        if isinstance(found, str):
            return isinstance(expected, (bool, int, float)) and found in (str(expected), _write(expected))
        return isinstance(expected, str) and equals(found, _read_as_written(expected))
    except (ValueError, RecursionError):
        return False


def _spell(expected: object, found: object) -> str | None:
    if isinstance(found, str) and isinstance(expected, (bool, int, float)):
        return found if found == str(expected) else _write(expected)
    if not isinstance(expected, str) or isinstance(found, str):
        return None
    value = _read_as_written(expected)
    if not (name_type(value) == name_type(found) or {type(value), type(found)} == {int, float}):
        return None
    if isinstance(value, (dict, list)):
        expression = f"${{{{ {value!r} }}}}"
        return expression if len(expression) <= VALUE_WIDTH and _reads_as_it_stands(expression) else None
    return None if isinstance(value, float) and not isfinite(value) else f"${{{value}}}"


def _read_as_written(text: str) -> Any:
    """The value that text stands for, as JSON or as Python writes it."""
    return json.loads(PYTHON_NAMES.get(text, text), parse_constant=_refuse_constant)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_read_float, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise JsonError(f"is not JSON: {error.msg} at position {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise JsonError(f"cannot be read as JSON: {error}") from error


def _read_float(text: str) -> float:
    """Refuses a number that no float can hold: Python would write it as `Infinity`, which is not JSON."""
    number = float(text)
    if isinf(number):
        raise ValueError(f"the number {quoted(text, VALUE_WIDTH)} is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not allowed")


def _measure_depth(value: Any) -> int:
    """How many levels of arrays and objects there are."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def _write_shortly(value: object) -> str:
    if isinstance(value, (str, bytes)):
        return quoted(show(value) if isinstance(value, str) else value, VALUE_WIDTH)
    text = _write(value)
    return quoted(text, VALUE_WIDTH)[1:-1] if len(text) <= VALUE_WIDTH else f"{quoted(text[:VALUE_WIDTH])[1:-1]}…"


def _write(value: object) -> str:
    for write in (partial(json.dumps, ensure_ascii=False), repr):
        with suppress(TypeError, ValueError, RecursionError):
            return write(value)
    return "…"


def _reads_as_it_stands(expression: str) -> bool:
    """Whether Robot Framework finds neither a variable within the expression nor a break between cells."""
    return is_scalar_variable(expression) and not MISREAD.search(expression, 1)
