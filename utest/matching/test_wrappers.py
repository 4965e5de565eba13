"""JSON in a wrapper is found, compared, taken and answered record by record."""

from __future__ import annotations

from typing import Any

import pytest

from RobotWebSocketLibrary.connection.inbox import Inbox, InboxLimit
from RobotWebSocketLibrary.connection.search import take_from
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.matching.json_values import JsonError
from RobotWebSocketLibrary.matching.operators import EQUAL, MATCHES, VALIDATE
from RobotWebSocketLibrary.matching.predicates import JsonPredicate
from RobotWebSocketLibrary.matching.reply_rules import make_matcher, make_records, make_replier
from RobotWebSocketLibrary.matching.wrappers import Wrapper, make_wrapper
from RobotWebSocketLibrary.protocol.messages import Message

SOCKET_IO = r"^42(.*)$"
SIGNAL_R = "([^\x1e]+)\x1e"


def wanting(inside: str, path: str = "$.n", expected: Any = 1) -> JsonPredicate:
    return JsonPredicate(path, EQUAL, expected, wrapper=Wrapper(inside))


def filled(*messages: str | bytes) -> Inbox:
    inbox = Inbox(InboxLimit())
    for data in messages:
        inbox.add([data], len(data))
    return inbox


def content(inbox: Inbox) -> list[str | bytes]:
    return [message.data for message in inbox.peek(0, len(inbox))]


@pytest.mark.parametrize(
    ("inside", "data", "values"),
    [
        (SOCKET_IO, '42["a",1]', [["a", 1]]),
        (SOCKET_IO, b'42["a",1]', [["a", 1]]),
        (SIGNAL_R, '{"n":1}\x1e{"n":2}\x1e', [{"n": 1}, {"n": 2}]),
        (SIGNAL_R, '{"n":1}\x1enot JSON\x1e', [{"n": 1}]),
        (r"data: (.*)|event: .*", 'event: x\ndata: {"n":1}\n', [{"n": 1}]),
        ("(?=([0-9]))", "12", []),
        ("€(.*)", "€1", [1]),
    ],
)
def test_records(inside: str, data: str | bytes, values: list[Any]):
    wrapper = Wrapper(inside)
    if values:
        assert [value for _, value in wrapper.read(data)] == values
    else:
        assert wrapper.find(data) == []


@pytest.mark.parametrize(
    ("inside", "data", "why"),
    [
        (SOCKET_IO, '43["a"]', "does not match '^42(.*)$', so there is no JSON inside"),
        ("€(.*)", b"1", "does not match '€(.*)', so there is no JSON inside"),
        (SOCKET_IO, "42[", "has something inside that is not JSON: Expecting value at position 2"),
    ],
)
def test_message_without_a_record(inside: str, data: str | bytes, why: str):
    with pytest.raises(JsonError) as failure:
        Wrapper(inside).read(data)
    assert str(failure.value) == why
    assert wanting(inside).explain_mismatch(Message.of(data)) == why
    assert not wanting(inside).matches(Message.of(data))
    assert not wanting(inside).nearly_matches(Message.of(data))


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("^42", "The pattern '^42' of 'inside' has no group: put the JSON in one, as in '^42(.*)$'."),
        ("(", "The pattern '(' cannot be used: missing ), unterminated subpattern at position 0."),
    ],
)
def test_pattern_that_cannot_be_used(pattern: str, message: str):
    with pytest.raises(WebSocketError) as failure:
        make_wrapper(pattern)
    assert str(failure.value) == message


@pytest.mark.parametrize("pattern", ["", "NONE", "none"])
def test_no_wrapper(pattern: str):
    assert make_wrapper(pattern) is None


@pytest.mark.parametrize(
    ("messages", "expected", "value", "left"),
    [
        (['{"n":1}\x1e'], 1, {"n": 1}, []),
        (['{"n":0}\x1e', '{"n":1}\x1e{"n":2}\x1e'], 1, {"n": 1}, ['{"n":0}\x1e', '{"n":2}\x1e']),
        (['{"n":1}\x1e{"n":2}\x1e{"n":3}\x1e'], 2, {"n": 2}, ['{"n":1}\x1e{"n":3}\x1e']),
        ([b'{"n":1}\x1e{"n":2}\x1e', "x"], 1, {"n": 1}, [b'{"n":2}\x1e', "x"]),
    ],
)
def test_wait_takes_one_record_and_the_others_stay(messages: list[Any], expected: int, value: Any, left: list[Any]):
    inbox = filled(*messages)
    predicate = wanting(SIGNAL_R, expected=expected)
    found = take_from(inbox, predicate)
    assert found is not None
    assert predicate.read_value(found) == value
    assert content(inbox) == left
    assert inbox.size == sum(map(len, left))
    inbox.put_back()
    assert content(inbox) == messages


def test_taken_record_is_remembered_by_itself():
    inbox = filled('{"n":1}\x1e{"n":2}\x1e')
    take_from(inbox, wanting(SIGNAL_R))
    inbox.confirm("wait")
    assert list(inbox.taken) == [("wait", '{"n":1}\x1e')]


def test_values_of_all_records_are_explained():
    explained = wanting(SIGNAL_R, expected=5).explain_mismatch(Message.of('{"n":1}\x1e{"n":2}\x1e'))
    assert explained == "at '$.n': found 1 (integer), 2 (integer), expected 5 (integer)"


def test_expression_that_changes_its_mind_has_a_value():
    chance = iter([True, False, False])
    predicate = JsonPredicate("$", VALIDATE, "True", wrapper=Wrapper(SIGNAL_R))
    predicate.accepts = lambda _: next(chance)  # type: ignore[method-assign]
    message = Message.of('{"n":1}\x1e{"n":2}\x1e')
    assert predicate.matches(message)
    assert predicate.read_value(message) == {"n": 1}


def rule(
    inside: str, *replies: Any, path: str = "$.n", operator: Any = EQUAL, expected: Any = 1
) -> tuple[Any, Any, Any]:
    wrapper = Wrapper(inside)
    return (
        make_matcher(operator, expected, path, wrapper),
        make_replier(replies, operator, expected, path, wrapper),
        make_records(operator, expected, path, wrapper).leave,
    )


@pytest.mark.parametrize(
    ("inside", "data", "replies", "left"),
    [
        (SOCKET_IO, '42{"n":1,"id":7}', ['43{"id":7}', '42{"n":1,"id":7}'], None),
        (
            SIGNAL_R,
            '{"n":1,"id":7}\x1e{"n":2}\x1e{"n":1,"id":8}\x1e',
            ['43{"id":7}', '{"n":1,"id":7}\x1e', '43{"id":8}', '{"n":1,"id":8}\x1e'],
            '{"n":2}\x1e',
        ),
        (
            SIGNAL_R,
            '{"n":1,"id":7}\x1e{"n":1}\x1e',
            ['43{"id":7}', '{"n":1,"id":7}\x1e', '43{"id":}', '{"n":1}\x1e'],
            None,
        ),
    ],
)
def test_reply_answers_each_record(inside: str, data: str, replies: list[str], left: str | None):
    matches, make_replies, leave = rule(inside, '43{"id":{$.id}}', "{message}")
    message = Message.of(data)
    assert matches(message)
    assert make_replies(message) == replies
    assert leave(message) == left


def test_groups_and_callables_of_records():
    matches, make_replies, _ = rule(SIGNAL_R, "{1}", str.upper, operator=MATCHES, expected="^b(.*)")
    message = Message.of('{"n":"a"}\x1e{"n":"buy"}\x1e')
    assert matches(message)
    assert make_replies(message) == ["uy", '{"N":"BUY"}\x1e']


def test_without_a_wrapper_a_message_is_answered_as_a_whole():
    assert make_records(EQUAL, 1, "$.n", None).leave(Message.of('{"n":1}')) is None
    assert make_records(EQUAL, "x", None, Wrapper(SIGNAL_R)).leave(Message.of("x")) is None
