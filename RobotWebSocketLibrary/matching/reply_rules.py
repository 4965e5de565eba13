"""Scripted replies: which messages get one, and how it is made. Refuses at once what cannot work."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from robot.api.types import Secret

from ..errors import WebSocketError, quoted
from ..protocol.close import check_close_code
from ..protocol.messages import Message, encode_text
from ..secrecy import MASK, HiddenText
from .hidden_values import hide_text
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
from .predicates import JsonPredicate, MessagePredicate, MessageType, read_expected
from .templates import WHOLE_MESSAGE, ValueOf, fill, list_tokens
from .wrappers import Records, Wrapper

REPLY_OPERATORS = (EQUAL, DIFFERENT, CONTAINS, NOT_CONTAINS, STARTS, ENDS, MATCHES)
NAMES_OF_REPLY_OPERATORS = "'==', '!=', 'contains', 'not contains', 'starts', 'ends' and 'matches'"
REPLY_TYPES = "text, bytes, a dictionary, a list"

Groups = Sequence[str | bytes | None]
"""What the groups of a pattern have matched; None for one that took no part."""
FindGroups = Callable[[Message], Groups]
MakeReply = Callable[[Message, ValueOf], str | bytes | None]


def make_matcher(
    operator: Operator | None,
    expected: Any,
    json_path: str | None,
    wrapper: Wrapper | None = None,
    *,
    message_type: MessageType = MessageType.ANY,
    what: str = "reply",
) -> Callable[[Message], bool]:
    """What decides whether a message gets the reply, or whatever else a sentence calls `what`.

    It runs in threads of the server, where Robot Framework cannot evaluate an expression.
    """
    if operator is not None and operator not in REPLY_OPERATORS:
        raise WebSocketError(
            f"The operator '{operator.name}' cannot choose messages for a {what}: use {NAMES_OF_REPLY_OPERATORS}."
        )
    if json_path is None:
        return MessagePredicate(message_type, operator, read_expected(expected)).matches
    matches = JsonPredicate(json_path, operator, expected, wrapper=wrapper).matches
    return lambda message: message_type.covers(message.data) and matches(message)


def make_records(operator: Operator, expected: Any, json_path: str | None, wrapper: Wrapper | None) -> Records:
    """What finds the records of a message that get the reply."""
    if json_path is None or wrapper is None:
        return Records(None, bool)
    return Records(wrapper, JsonPredicate(json_path, operator, expected).accepts)


def make_replier(
    replies: Sequence[Any],
    operator: Operator,
    expected: Any,
    json_path: str | None,
    wrapper: Wrapper | None = None,
    *,
    what: str = "reply",
) -> Callable[[Message], list[str | bytes]]:
    """What makes the replies to a message that matched. A sentence may call them something else (`what`)."""
    templates = [_read_template(reply, what) for reply in replies]
    makers = list(map(_choose_maker, templates))
    tokens = list_tokens([template.value for template in templates])
    highest = max((int(token) for token in tokens if token.isdigit()), default=0)
    _check_group(highest, operator, expected, what)
    find_groups = _choose_group_finder(expected, json_path) if highest else lambda _: ()
    queries = {path: JsonPath(path) for path in tokens if path.startswith("$")}
    records = make_records(operator, expected, json_path, wrapper)

    def make_replies(message: Message) -> list[str | bytes]:
        made = []
        for whole, content in records.split(message):
            values = TokenValues(whole, content, find_groups(content), queries)
            made += [reply for make in makers if (reply := make(whole, values)) is not None]
        return made

    return make_replies


def check_end(close_code: int | None, drop: bool) -> None:
    """Refuses two ends of a connection in one reply, and a close code that may not be sent."""
    if close_code is None:
        return
    if drop:
        raise WebSocketError("A reply either closes with 'close_code' or drops TCP with 'drop', not both.")
    check_close_code(close_code)


def check_times(times: int | None, what: str = "reply") -> None:
    if times is not None and times < 1:
        raise WebSocketError(f"The argument 'times' is {times}; a {what} is used at least once.")


class TokenValues:
    """What tokens stand for in the replies to one message. `content` is its JSON, without a wrapper."""

    def __init__(self, message: Message, content: Message, groups: Groups, queries: Mapping[str, JsonPath]) -> None:
        self._message = message
        self._content = content
        self._groups = groups
        self._queries = queries

    def __call__(self, token: str) -> Any:
        if token == "message":
            return self._message.data
        return self._groups[int(token) - 1] if token.isdigit() else self._find_first(token)

    def _find_first(self, path: str) -> Any:
        """The first value at a path; None where the message is not JSON, or has nothing there."""
        try:
            found = self._queries[path].find(read_message(self._content))
        except JsonError:
            return None
        return found[0] if found else None


class Template(NamedTuple):
    """A reply as it was when a test gave it. `shown` is the same with masks for its secrets; None where it has none."""

    value: Any
    shown: Any = None


def _read_template(reply: Any, what: str) -> Template:
    match reply:
        case str() | Secret():
            text = hide_text(reply)
            encode_text(text, what)
            return Template(str(text), MASK if isinstance(reply, Secret) else None)
        case dict() | list() | tuple():
            json_text = write_json(reply)
            shown = json.loads(json_text.shown) if isinstance(json_text, HiddenText) else None
            return Template(json.loads(json_text), shown)
    if not isinstance(reply, bytes) and not callable(reply):
        raise WebSocketError(f"A {what} is {REPLY_TYPES}, or a Python callable, not {_name_object(reply)}.")
    return Template(reply)


def _choose_maker(template: Template) -> MakeReply:
    """How to make a reply from its template."""
    make = _choose_plain_maker(template.value)
    if template.shown is None:
        return make
    make_shown = _choose_plain_maker(template.shown)
    return lambda message, values: HiddenText(str(make(message, values)), str(make_shown(message, values)))


def _choose_plain_maker(template: Any) -> MakeReply:
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
        case str() | Secret():
            text = hide_text(reply)
            encode_text(text, "reply")
            return text
        case dict() | list() | tuple():
            return write_json(reply)
    raise WebSocketError(f"its callable must return {REPLY_TYPES}, or None, but returned {_name_object(reply)}")


def _check_group(number: int, operator: Operator, expected: Any, what: str) -> None:
    if number and operator is not MATCHES:
        raise WebSocketError(f"The token '{{{number}}}' of a {what} needs the operator 'matches'.")
    if number and number > (count := compile_pattern(expected).groups):
        raise WebSocketError(
            f"The token '{{{number}}}' of a {what} does not stand for a group: "
            f"the pattern {quoted(expected)} has {count}."
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
