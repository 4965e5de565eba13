"""Which messages a rule answers, and with what."""

from collections.abc import Callable
from typing import Any

import pytest
from robot.api.types import Secret

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.matching.operators import Operator
from RobotWebSocketLibrary.matching.reply_rules import check_end, check_times, make_matcher, make_replier
from RobotWebSocketLibrary.protocol.messages import Message

OTHERS = "use '==', '!=', 'contains', 'not contains', 'starts', 'ends' and 'matches'"


def matching(name: str, expected: Any, json_path: str | None = None):
    return make_matcher(Operator[name], expected, json_path)


def replies_to(data: str | bytes, *replies: Any, name: str = "==", expected: Any = "", json_path: str | None = None):
    return make_replier(replies, Operator[name], expected, json_path)(Message.of(data))


@pytest.mark.parametrize(
    ("name", "expected", "yes", "no"),
    [
        ("==", "a", ["a", b"a"], ["A", "", b"b"]),
        ("equal", b"\xff", [b"\xff"], ["\xff"]),
        ("!=", "a", ["b", b"b"], ["a", b"a"]),
        ("contains", "a", ["bad", b"bad"], ["b"]),
        ("not contains", "a", ["b"], ["bad"]),
        ("starts", "a", ["ab"], ["ba"]),
        ("ends", "a", ["ba", b"ba"], ["ab"]),
        ("matches", "^a+$", ["aa", b"aa"], ["ab"]),
        ("==", 5, ["5", b"5"], ["6"]),
    ],
)
def test_messages_that_match(name: str, expected: Any, yes: list[str | bytes], no: list[str | bytes]):
    matches = matching(name, expected)
    assert [matches(Message.of(data)) for data in (*yes, *no)] == [True] * len(yes) + [False] * len(no)


@pytest.mark.parametrize(
    ("name", "expected", "data", "result"),
    [
        ("==", 1, '{"a": 1}', True),
        ("==", "1", '{"a": 1}', False),
        ("==", {"b": [1]}, '{"a": {"b": [1]}}', True),
        ("!=", 1, '{"a": 2}', True),
        ("!=", 1, '{"b": 2}', False),
        ("contains", "x", b'{"a": ["x"]}', True),
        ("matches", "^x", '{"a": "xy"}', True),
        ("==", None, '{"a": null}', True),
        ("==", 1, "no JSON", False),
    ],
)
def test_values_at_a_path_that_match(name: str, expected: Any, data: str | bytes, result: bool):
    assert matching(name, expected, "$.a")(Message.of(data)) is result


@pytest.mark.parametrize("name", ["<", ">", "<=", ">=", "validate", "then"])
def test_other_operators_are_refused(name: str):
    operator = Operator[name]
    with pytest.raises(WebSocketError) as caught:
        make_matcher(operator, "a", None)
    assert str(caught.value) == f"The operator '{operator.name}' cannot choose messages for a reply: {OTHERS}."


@pytest.mark.parametrize(
    ("name", "expected", "json_path", "message"),
    [
        ("matches", "(", None, "The pattern '(' cannot be used: *"),
        ("==", "a", "$[", "The JSONPath '$[' cannot be used: *"),
        ("==", None, None, "The operator '==' needs a value to compare with."),
        ("matches", 5, "$", "The operator 'matches' needs text, not 5 (integer)."),
        ("==", Secret("x"), None, "A secret is not compared with messages, because *"),
        (
            "contains",
            Secret("x"),
            "$",
            "A secret is not compared with messages, because *",
        ),
        (
            "==",
            {"a": [Secret("x")]},
            "$",
            "A secret is not compared with messages, because *",
        ),
        (
            "==",
            {"a": 1},
            None,
            "Messages are compared with text or bytes: to compare with an object, give a 'json_path', such as '$'.",
        ),
        (
            "==",
            (1,),
            None,
            "Messages are compared with text or bytes: to compare with an array, give a 'json_path', such as '$'.",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(name: str, expected: Any, json_path: str | None, message: str):
    with pytest.raises(WebSocketError) as caught:
        matching(name, expected, json_path)
    assert str(caught.value).startswith(message.removesuffix("*"))
    assert "*" in message or str(caught.value) == message


@pytest.mark.parametrize(
    ("data", "replies", "sent"),
    [
        ("hello", ["one", b"\xff", "{message}!"], ["one", b"\xff", "hello!"]),
        ("hello", ["{message}"], ["hello"]),
        (b"\xff", ["{message}", "<{message}>"], [b"\xff", "<\ufffd>"]),
        ("hello", [b"{message} {1}"], [b"{message} {1}"]),
        ('say "no"', [{"said": "{message}", "n": 5}], ['{"said":"say \\"no\\"","n":5}']),
        ("hello", [["{message}", None], ("a", "b")], ['["hello",null]', '["a","b"]']),
        ("hello", [{"é": float(1), 5: True}], ['{"é":1.0,"5":true}']),
        ("hello", [""], [""]),
        ("hello", [], []),
        ("hello", [str.upper, lambda _: None, lambda _: b"\x00"], ["HELLO", b"\x00"]),
        ("hello", [lambda message: {"said": [message]}, list, lambda _: (1,)], ['{"said":["hello"]}', None, "[1]"]),
        ("{1}", [lambda message: message + "{message}{1}"], ["{1}{message}{1}"]),
        (b"\xff", [lambda message: str(len(message))], ["1"]),
    ],
)
def test_replies(data: str | bytes, replies: list[Any], sent: list[str | bytes | None]):
    expected = ['["h","e","l","l","o"]' if reply is None else reply for reply in sent]
    assert replies_to(data, *replies) == expected


@pytest.mark.parametrize(
    ("data", "reply", "options", "sent"),
    [
        ("add 5 to cart", "{2}: {1}", {"expected": r"add (\d+) to (\w+)"}, "cart: 5"),
        (b"add 5 to \xff", "{2}: {1}", {"expected": r"add (\d+) to (.+)"}, "\ufffd: 5"),
        (b"\xff5", "{1}", {"expected": b"\xff(.)"}, "5"),
        ("no", "[{1}]", {"expected": "(yes)?no"}, "[]"),
        ("5", {"n": ["{1}"]}, {"expected": r"(\d)"}, '{"n":["5"]}'),
        ('{"a": [1, "x", "buy 7"]}', "{1}", {"expected": r"buy (\d)", "json_path": "$.a[*]"}, "7"),
        ("é", "{1}{1}", {"expected": "(.)"}, "éé"),
    ],
)
def test_groups_of_a_match(data: str | bytes, reply: Any, options: dict[str, Any], sent: str):
    assert matching("matches", **options)(Message.of(data))
    assert replies_to(data, reply, name="matches", **options) == [sent]


def test_list_that_changes_later_is_sent_as_it_was():
    reply = ["before"]
    replies = make_replier([reply], Operator["=="], "", None)
    reply.append("after")
    assert replies(Message.of("")) == ['["before"]']


@pytest.mark.parametrize(
    ("reply", "options", "message"),
    [
        ("{1}", {}, "The token '{1}' of a reply needs the operator 'matches'."),
        ({"a": ["{3}"]}, {"name": "contains"}, "The token '{3}' of a reply needs the operator 'matches'."),
        (
            "{1} {3}",
            {"name": "matches", "expected": "(a)(b)"},
            "The token '{3}' of a reply does not stand for a group: the pattern '(a)(b)' has 2.",
        ),
        (5, {}, "A reply is text, bytes, a dictionary, a list, or a Python callable, not an object of type 'int'."),
        (None, {}, "A reply is text, bytes, a dictionary, a list, or a Python callable, not None."),
        ("a\ud800", {}, "Cannot send a reply with half a surrogate pair (position 2)."),
        ({"a": object}, {}, "Cannot write the value as JSON: Object of type type is not JSON serializable."),
    ],
)
def test_reply_that_cannot_be_sent_is_refused(reply: Any, options: dict[str, Any], message: str):
    with pytest.raises(WebSocketError) as caught:
        replies_to("hello", reply, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (
            5,
            "its callable must return text, bytes, a dictionary, a list, or None, but returned an object of type 'int'",
        ),
        ("\ud800", "Cannot send a reply with half a surrogate pair (position 1)."),
        ([float("nan")], "Cannot write the value as JSON: Out of range float values are not JSON compliant"),
    ],
)
def test_what_a_callable_returns_can_be_no_message(returned: Any, message: str):
    with pytest.raises(WebSocketError, match="^" + message.replace("(", r"\(").replace(")", r"\)")):
        replies_to("hello", lambda _: returned)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            lambda: check_end(1000, drop=True),
            "A reply either closes with 'close_code' or drops TCP with 'drop', not both.",
        ),
        (
            lambda: check_end(1006, drop=False),
            "The close code 1006 may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999.",
        ),
        (lambda: check_times(0), "The argument 'times' is 0; a reply is used at least once."),
    ],
)
def test_ends_and_times_that_are_refused(check: Callable[[], None], message: str):
    with pytest.raises(WebSocketError) as caught:
        check()
    assert str(caught.value) == message


def test_ends_and_times_that_are_possible():
    check_end(None, drop=True)
    check_end(4999, drop=False)
    check_times(None)
    check_times(1)


@pytest.mark.parametrize(
    ("data", "made"),
    [
        ('{"id": 7, "user": {"name": "Ann"}}', ['{"id":7,"name":"Ann"}', "id 7, Ann"]),
        ('{"id": "7", "user": 5}', ['{"id":"7","name":null}', "id 7, "]),
        ("no JSON", ['{"id":null,"name":null}', "id , "]),
        (b"\xff", ['{"id":null,"name":null}', "id , "]),
    ],
)
def test_tokens_for_json_are_what_is_there_in_the_message(data: str | bytes, made: list[str]):
    templates = ({"id": "{$.id}", "name": "{$.user.name}"}, "id {$.id}, {$.user.name}")
    assert replies_to(data, *templates, name="!=", expected="x") == made


def test_wrong_path_in_a_token_is_refused():
    with pytest.raises(WebSocketError, match=r"^The JSONPath '\$\.\[' cannot be used: "):
        make_replier(["{$.[}"], Operator["=="], "x", None)


def test_groups_of_a_pattern_that_is_for_text_only():
    assert replies_to("price €5", "got {1}", name="matches", expected=r"price €(\d+)") == ["got 5"]
    assert replies_to(b"price 5", "got {1}", name="matches", expected=r"price (\d+)") == ["got 5"]
