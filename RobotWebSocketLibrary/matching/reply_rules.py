"""Rules for the replies of a server, made of what a test says and refused at once where they cannot work."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jsonpath_rfc9535 import JSONPathError, JSONPathQuery

from ..errors import WebSocketError, quoted
from ..protocol.close import check_close_code
from ..protocol.messages import Message, encodable
from .json_values import JsonError, json_text, read_json, type_name
from .operators import CONTAINS, DIFFERENT, ENDS, EQUAL, MATCHES, NOT_CONTAINS, STARTS, Operator, pattern, patterns
from .predicates import JsonPredicate, MessagePredicate, query_of
from .tokens import MESSAGE, ValueOf, filled, names

OPERATORS = (EQUAL, DIFFERENT, CONTAINS, NOT_CONTAINS, STARTS, ENDS, MATCHES)
OTHERS = "there are '==', '!=', 'contains', 'not contains', 'starts', 'ends' and 'matches'"
KINDS = "text, bytes, a dictionary, a list"

Groups = Sequence[str | bytes | None]
"""What the groups of a pattern have matched; None for one that took no part."""
Reply = Callable[[Message, ValueOf], str | bytes | None]


def matcher(operator: Operator, expected: Any, json_path: str | None) -> Callable[[Message], bool]:
    """What tells whether a message gets the reply. It runs in the server's threads, where Robot Framework does not."""
    if operator not in OPERATORS:
        raise WebSocketError(f"The operator '{operator.name}' cannot choose messages for a reply: {OTHERS}.")
    if json_path is not None:
        return JsonPredicate(json_path, operator, expected).matches
    return MessagePredicate(operator=operator, expected=_comparable(expected)).matches


def replier(
    replies: Sequence[Any], operator: Operator, expected: Any, json_path: str | None
) -> Callable[[Message], list[str | bytes]]:
    """What makes the replies to a message that matched."""
    templates = list(map(_template, replies))
    made = list(map(_reply, templates))
    used = names(templates)
    number = max((int(name) for name in used if name.isdigit()), default=0)
    _check_group(number, operator, expected)
    groups_of = _groups(expected, json_path) if number else lambda _: ()
    queries = {path: query_of(path) for path in used if path.startswith("$")}

    def all_replies(message: Message) -> list[str | bytes]:
        values = Values(message, groups_of(message), queries)
        return [data for reply in made if (data := reply(message, values)) is not None]

    return all_replies


class Values:
    """What tokens stand for in the replies to one message."""

    def __init__(self, message: Message, groups: Groups, queries: Mapping[str, JSONPathQuery]) -> None:
        self._message = message
        self._groups = groups
        self._queries = queries

    def __call__(self, name: str) -> Any:
        if name == "message":
            return self._message.data
        return self._groups[int(name) - 1] if name.isdigit() else self._at(name)

    def _at(self, path: str) -> Any:
        """The first value at a path; None where the message is no JSON, or has nothing there."""
        try:
            found = self._queries[path].find(read_json(self._message.data))
        except (JsonError, JSONPathError, RecursionError):
            return None
        return found[0].value if found else None


def check_end(close_code: int | None, drop: bool) -> None:
    if close_code is None:
        return
    if drop:
        raise WebSocketError("A reply either closes with 'close_code' or drops TCP with 'drop', not both.")
    check_close_code(close_code)


def check_times(times: int | None) -> None:
    if times is not None and times < 1:
        raise WebSocketError(f"The argument 'times' is {times}; a reply is used at least once.")


def _comparable(expected: Any) -> str | bytes | None:
    """What a whole message can be compared with."""
    if isinstance(expected, (dict, list, tuple)):
        kind = type_name(expected)
        raise WebSocketError(
            f"Messages are compared with text or bytes: with an {kind} goes a 'json_path', such as '$'."
        )
    return expected if expected is None or isinstance(expected, (str, bytes)) else str(expected)


def _template(reply: Any) -> Any:
    """A reply as it is now: a test may change its dictionary or list later."""
    match reply:
        case str():
            encodable(reply, "reply")
            return reply
        case dict() | list() | tuple():
            return json.loads(json_text(reply))
    if not isinstance(reply, bytes) and not callable(reply):
        raise WebSocketError(f"A reply is {KINDS}, or a Python callable, not {_type(reply)}.")
    return reply


def _reply(template: Any) -> Reply:
    match template:
        case bytes():
            return lambda *_: template
        case str() if template == MESSAGE:
            return lambda message, _: message.data
        case str():
            return lambda _, values: str(filled(template, values))
        case dict() | list():
            return lambda _, values: json_text(filled(template, values))
    return lambda message, _: _returned(template(message.data))


def _returned(reply: Any) -> str | bytes | None:
    """What a callable has returned, as a message."""
    match reply:
        case None | bytes():
            return reply
        case str():
            encodable(reply, "reply")
            return reply
        case dict() | list() | tuple():
            return json_text(reply)
    raise WebSocketError(f"its callable returns {KINDS}, or None, and has returned {_type(reply)}")


def _check_group(number: int, operator: Operator, expected: Any) -> None:
    if number and operator is not MATCHES:
        raise WebSocketError(f"The token '{{{number}}}' of a reply comes with the operator 'matches'.")
    if number and number > (count := pattern(expected).groups):
        raise WebSocketError(
            f"The token '{{{number}}}' of a reply stands for no group: the pattern {quoted(expected)} has {count}."
        )


def _groups(expected: str | bytes, json_path: str | None) -> Callable[[Message], Groups]:
    """What tells the groups of a message that matches a pattern."""
    if json_path is not None:
        query, searched = query_of(json_path), pattern(expected)

        def groups_at_path(message: Message) -> Groups:
            texts = [node.value for node in query.find(read_json(message.data)) if isinstance(node.value, str)]
            return next(match.groups() for match in map(searched.search, texts) if match)

        return groups_at_path

    as_text, as_bytes = patterns(expected)

    def groups(message: Message) -> Groups:
        searched = as_text if isinstance(message.data, str) else as_bytes
        assert searched is not None
        match: re.Match[Any] | None = searched.search(message.data)
        assert match is not None
        return match.groups()

    return groups


def _type(value: Any) -> str:
    return "None" if value is None else f"an object of type '{type(value).__name__}'"
