"""JSON as it comes in messages, compared with its types, and shown with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import isfinite
from typing import Any, NoReturn

from robot.utils import DotDict
from robot.variables import is_scalar_variable

from ..errors import WebSocketError, quoted
from ..protocol.messages import encodable

VALUE_WIDTH = 60
"""Characters of a value that a sentence shows."""
DEPTH = 100
"""Levels of arrays and objects in a message: values of many more cannot be copied, compared or shown."""

PYTHON_NAMES = {"True": "true", "False": "false", "None": "null"}
UNREADABLE = re.compile(r"  |[$@&%]\{")
"""What Robot Framework does not read as it stands in an expression: a break between cells, a variable."""
TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    bytes: "bytes",
    type(None): "null",
}


class JsonError(Exception):
    """A message that is no JSON, or none that Robot Framework can hold. Its text continues a sentence."""


def read_json(data: str | bytes) -> Any:
    """The value of a message (RFC 8259), without what I-JSON forbids (RFC 7493): half a surrogate pair."""
    try:
        text = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError as error:
        raise JsonError("is a binary message and no JSON") from error
    value = _parsed(text)
    if text.count("[") + text.count("{") > DEPTH and _depth(value) > DEPTH:
        raise JsonError(f"is no JSON that can be read: it has more than {DEPTH} levels")
    if "\\ud" in text.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            # Robot Framework's output.xml could not be read any more after such a text was logged.
            raise JsonError(
                "holds half a surrogate pair, which no text may: take it with `Wait For Message`"
            ) from error
    return value


def json_text(value: object) -> str:
    """JSON for a message. Text that begins like an object or an array is taken for one, other text is a string."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        encodable(value, "JSON text")
        try:
            _parsed(value)
        except JsonError as error:
            raise WebSocketError(f"Cannot send {quoted(value)} as JSON: it {error}.") from error
        return value
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))  # escapes, which may stand for half a surrogate pair
    except (TypeError, ValueError, RecursionError) as error:
        raise WebSocketError(f"Cannot make JSON of the value: {error}.") from error
    return text


def with_attributes(value: Any) -> Any:
    """The same value, whose members can be reached as attributes: `${message.price}`."""
    if isinstance(value, Mapping):
        return DotDict(value)  # type: ignore[no-untyped-call]
    if isinstance(value, list):
        return [with_attributes(item) for item in value]
    return value


def type_name(value: object) -> str:
    if isinstance(value, Mapping):
        return "object"
    return TYPES.get(type(value)) or ("array" if isinstance(value, Sequence) else type(value).__name__)


def same(found: Any, expected: Any) -> bool:
    """Whether two values are equal and of one type. An integer and a number can be equal, true and 1 cannot."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in found)
    if isinstance(found, list) and isinstance(expected, (list, tuple)):
        return len(found) == len(expected) and all(map(same, found, expected))
    return bool(found == expected)


def shown(value: object) -> str:
    """A value for a sentence, with its type: `1 (integer)`, `'1' (string)`."""
    if value is None:
        return "null"
    return f"{_literal(value)} ({type_name(value)})"


def spelling(expected: str | object, found: object) -> str | None:
    """How to write, in Robot Framework's data, what was expected, in the type that was found; None if it is no use."""
    if isinstance(found, str) and isinstance(expected, (bool, int, float)):
        return found if found == str(expected) else _json(expected)
    if not isinstance(expected, str) or isinstance(found, str):
        return None
    try:
        value = json.loads(PYTHON_NAMES.get(expected, expected), parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        return None
    if not (type_name(value) == type_name(found) or {type(value), type(found)} == {int, float}):
        return None
    if isinstance(value, (dict, list)):
        return _spelled(f"${{{{ {value!r} }}}}")
    return None if isinstance(value, float) and not isfinite(value) else f"${{{value}}}"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_not_a_number)
    except json.JSONDecodeError as error:
        raise JsonError(f"is no JSON: {error.msg} at position {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise JsonError(f"is no JSON that can be read: {error}") from error


def _depth(value: Any) -> int:
    """How many levels of arrays and objects there are."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def _spelled(expression: str) -> str | None:
    """An expression that Robot Framework reads as it stands, without a variable in it or a break between cells."""
    plain = is_scalar_variable(expression) and not UNREADABLE.search(expression, 1)
    return expression if plain and len(expression) <= VALUE_WIDTH else None


def _literal(value: object) -> str:
    if isinstance(value, (str, bytes)):
        return quoted(value, VALUE_WIDTH)
    text = _json(value)
    return quoted(text, VALUE_WIDTH)[1:-1] if len(text) <= VALUE_WIDTH else f"{quoted(text[:VALUE_WIDTH])[1:-1]}…"


def _json(value: object) -> str:
    for text_of in (partial(json.dumps, ensure_ascii=False), repr):
        with suppress(TypeError, ValueError, RecursionError):
            return text_of(value)
    return "…"


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not allowed")
