"""Scripted replies: which messages get one, and how it is made. Refuses at once what cannot work."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import WebSocketError, quoted
from ..protocol.close import check_close_code
from ..protocol.messages import Message, encode_text
from .json_paths import JsonPath
from .json_values import JsonError, read_message, write_json
from .operators import (
    CONTAINS,
    DIFFERENT,
    ENDS,
    EQUAL,
    MATCHES,
    NOT_CONTAINS,
    STARTS,
    Operator,
    compile_pattern,
    compile_patterns,
)
from .predicates import JsonPredicate, MessagePredicate, read_expected
from .tokens import WHOLE_MESSAGE, ValueOf, fill, list_tokens

REPLY_OPERATORS = (EQUAL, DIFFERENT, CONTAINS, NOT_CONTAINS, STARTS, ENDS, MATCHES)
NAMES_OF_REPLY_OPERATORS = "'==', '!=', 'contains', 'not contains', 'starts', 'ends' and 'matches'"
REPLY_TYPES = "text, bytes, a dictionary, a list"

Groups = Sequence[str | bytes | None]
"""What the groups of a pattern have matched; None for one that took no part."""
FindGroups = Callable[[Message], Groups]
MakeReply = Callable[[Message, ValueOf], str | bytes | None]


def make_matcher(operator: Operator, expected: Any, json_path: str | None) -> Callable[[Message], bool]:
    """What decides whether a message gets the reply.

    It runs in threads of the server, where Robot Framework cannot evaluate an expression.
    """
    if operator not in REPLY_OPERATORS:
        raise WebSocketError(
            f"The operator '{operator.name}' cannot choose messages for a reply: use {NAMES_OF_REPLY_OPERATORS}."
        )
    if json_path is not None:
        return JsonPredicate(json_path, operator, expected).matches
    return MessagePredicate(operator=operator, expected=read_expected(expected)).matches


def make_replier(
    replies: Sequence[Any], operator: Operator, expected: Any, json_path: str | None
) -> Callable[[Message], list[str | bytes]]:
    """What makes the replies to a message that matched."""
    templates = list(map(_read_template, replies))
    makers = list(map(_choose_maker, templates))
    tokens = list_tokens(templates)
    highest = max((int(token) for token in tokens if token.isdigit()), default=0)
    _check_group(highest, operator, expected)
    find_groups = _choose_group_finder(expected, json_path) if highest else lambda _: ()
    queries = {path: JsonPath(path) for path in tokens if path.startswith("$")}

    def make_replies(message: Message) -> list[str | bytes]:
        values = TokenValues(message, find_groups(message), queries)
        return [reply for make in makers if (reply := make(message, values)) is not None]

    return make_replies


def check_end(close_code: int | None, drop: bool) -> None:
    """Refuses two ends of a connection in one reply, and a close code that may not be sent."""
    if close_code is None:
        return
    if drop:
        raise WebSocketError("A reply either closes with 'close_code' or drops TCP with 'drop', not both.")
    check_close_code(close_code)


def check_times(times: int | None) -> None:
    if times is not None and times < 1:
        raise WebSocketError(f"The argument 'times' is {times}; a reply is used at least once.")


class TokenValues:
    """What tokens stand for in the replies to one message."""

    def __init__(self, message: Message, groups: Groups, queries: Mapping[str, JsonPath]) -> None:
        self._message = message
        self._groups = groups
        self._queries = queries

    def __call__(self, token: str) -> Any:
        if token == "message":
            return self._message.data
        return self._groups[int(token) - 1] if token.isdigit() else self._find_first(token)

    def _find_first(self, path: str) -> Any:
        """The first value at a path; None where the message is not JSON, or has nothing there."""
        try:
            found = self._queries[path].find(read_message(self._message))
        except JsonError:
            return None
        return found[0] if found else None


def _read_template(reply: Any) -> Any:
    """A reply as it is now: a test may change its dictionary or list later."""
    match reply:
        case str():
            encode_text(reply, "reply")
            return reply
        case dict() | list() | tuple():
            return json.loads(write_json(reply))
    if not isinstance(reply, bytes) and not callable(reply):
        raise WebSocketError(f"A reply is {REPLY_TYPES}, or a Python callable, not {_name_object(reply)}.")
    return reply


def _choose_maker(template: Any) -> MakeReply:
    """How to make a reply from its template."""
    match template:
        case bytes():
            return lambda *_: template
        case str() if template == WHOLE_MESSAGE:
            return lambda message, _: message.data
        case str():
            return lambda _, values: str(fill(template, values))
        case dict() | list():
            return lambda _, values: write_json(fill(template, values))
    return lambda message, _: _read_returned(template(message.data))


def _read_returned(reply: Any) -> str | bytes | None:
    """What a callable has returned, as a message."""
    match reply:
        case None | bytes():
            return reply
        case str():
            encode_text(reply, "reply")
            return reply
        case dict() | list() | tuple():
            return write_json(reply)
    raise WebSocketError(f"its callable must return {REPLY_TYPES}, or None, but returned {_name_object(reply)}")


def _check_group(number: int, operator: Operator, expected: Any) -> None:
    if number and operator is not MATCHES:
        raise WebSocketError(f"The token '{{{number}}}' of a reply needs the operator 'matches'.")
    if number and number > (count := compile_pattern(expected).groups):
        raise WebSocketError(
            f"The token '{{{number}}}' of a reply stands for no group: the pattern {quoted(expected)} has {count}."
        )


def _choose_group_finder(expected: str | bytes, json_path: str | None) -> FindGroups:
    """How to find the groups of a message that matches a pattern."""
    if json_path is not None:
        return _find_groups_at(json_path, expected)
    for_text, for_bytes = compile_patterns(expected)

    def find_groups(message: Message) -> Groups:
        pattern = for_text if isinstance(message.data, str) else for_bytes
        assert pattern is not None
        match = pattern.search(message.data)
        assert match is not None
        groups: Groups = match.groups()
        return groups

    return find_groups


def _find_groups_at(json_path: str, expected: str | bytes) -> FindGroups:
    query, pattern = JsonPath(json_path), compile_pattern(expected)

    def find_groups(message: Message) -> Groups:
        texts = [value for value in query.find(read_message(message)) if isinstance(value, str)]
        return next(match.groups() for match in map(pattern.search, texts) if match)

    return find_groups


def _name_object(value: Any) -> str:
    return "None" if value is None else f"an object of type '{type(value).__name__}'"
