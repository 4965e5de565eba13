"""Which messages match, and why another one does not."""

from __future__ import annotations

import ast
import json
from typing import Any

import jsonpath_rfc9535
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from robot.errors import TimeoutExceeded

from matching.json_examples import VALUES, nested
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.matching.operators import IN_NORMALIZATION, Operator
from RobotWebSocketLibrary.matching.predicates import JsonPredicate, MessagePredicate, MessageType
from RobotWebSocketLibrary.protocol.messages import Message

NAMES = sorted({operator.name for operator in Operator} - {"validate", "then"})


def wanted(path: str, name: str | None = None, expected: Any = None) -> JsonPredicate:
    return JsonPredicate(path, None if name is None else Operator[name], expected)


def matches(predicate: JsonPredicate | MessagePredicate, data: str | bytes) -> bool:
    return predicate.matches(Message.of(data))


def mismatch(predicate: JsonPredicate | MessagePredicate, data: str | bytes) -> str:
    message = Message.of(data)
    assert not predicate.matches(message)
    return predicate.explain_mismatch(message)


# Messages


def test_any_message_matches():
    predicate = MessagePredicate()
    assert matches(predicate, "")
    assert matches(predicate, b"")
    assert predicate.explain_mismatch(Message.of("")) == ""
    assert predicate.read_value(Message.of(b"\xff")) == b"\xff"
    assert str(predicate) == "message"


@pytest.mark.parametrize(
    ("wanted_type", "matching", "other", "told"),
    [
        (MessageType.TEXT, "", b"", "is a binary message"),
        (MessageType.BINARY, b"", "", "is a text message"),
    ],
)
def test_messages_of_one_type(wanted_type: MessageType, matching: str | bytes, other: str | bytes, told: str):
    for predicate in (MessagePredicate(wanted_type), MessagePredicate(wanted_type, Operator["=="], "")):
        assert matches(predicate, matching)
        assert mismatch(predicate, other) == told


def test_message_of_one_type_that_compares():
    predicate = MessagePredicate(MessageType.BINARY, Operator["contains"], "b")
    assert str(predicate) == "binary message containing 'b'"
    assert matches(predicate, b"abc")
    assert mismatch(predicate, b"ac") == "does not contain 'b'"


# JSON


@pytest.mark.parametrize(
    ("path", "name", "expected", "data"),
    [
        ("$", None, None, "null"),
        ("$.a", None, None, '{"a": null}'),
        ("$", "==", [1, {"a": None}], '[1, {"a": null}]'),
        ("$.a", "==", "b", '{"a": "b"}'),
        ("$.a", "==", 1, '{"a": 1.0}'),
        ("$.a", "==", None, '{"a": null}'),
        ("$.a", "==", True, b'{"a": true}'),
        ("$.a", "!=", True, '{"a": 1}'),
        ("$.a", "!=", "1", '{"a": 1}'),
        ("$.a", "<", 2, '{"a": 1.5}'),
        ("$.a", ">", "a", '{"a": "b"}'),
        ("$.a", "<=", 2, '{"a": 2}'),
        ("$.a", ">=", 2.5, '{"a": 3}'),
        ("$.a", "contains", "b", '{"a": "abc"}'),
        ("$.a", "contains", "b", '{"a": {"b": 1}}'),
        ("$.a", "contains", "b", '{"a": ["b"]}'),
        ("$.a", "contains", None, '{"a": [1, null]}'),
        ("$.a", "contains", {"b": 1}, '{"a": [{"b": 1}]}'),
        ("$.a", "not contains", "b", '{"a": "ac"}'),
        ("$.a", "not contains", "b", '{"a": ["abc"]}'),
        ("$.a", "not contains", True, '{"a": [1]}'),
        ("$.a", "not contains", 5, '{"a": "5"}'),
        ("$.a", "not contains", "5", '{"a": 5}'),
        ("$.a", "not contains", "a", '{"a": null}'),
        ("$.a", "starts", "b", '{"a": "bc"}'),
        ("$.a", "ends", "c", '{"a": "bc"}'),
        ("$.a", "matches", "^b.$", '{"a": "bc"}'),
        ("$.a", "matches", ".*", '{"a": ""}'),
        ("$.items[*].id", "==", 2, '{"items": [{"id": 1}, {"id": 2}]}'),
        ("$.items[*].id", "!=", 1, '{"items": [{"id": 1}, {"id": 2}]}'),
        ("$..id", ">", 1, '{"id": 0, "items": [{"id": "5"}, {"id": 2}]}'),
        ("$[?@.id == 2].name", "==", "b", '[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]'),
        ("$", None, None, nested(100)),
        ("$", "==", "b", '"b"'),
    ],
)
def test_json_that_matches(path: str, name: str | None, expected: object, data: str | bytes):
    predicate = wanted(path, name, expected)
    assert matches(predicate, data)
    assert predicate.read_value(Message.of(data)) == json.loads(data)


@pytest.mark.parametrize(
    ("path", "name", "expected", "data", "told"),
    [
        ("$", None, None, "hello", "is not JSON: Expecting value at position 1"),
        ("$", "==", 1, b"\xff", "is a binary message, not JSON"),
        ("$.a", None, None, "[]", "has nothing at '$.a'"),
        ("$.a", "!=", 1, "{}", "has nothing at '$.a'"),
        ("$..a", "==", 1, nested(101), "cannot be read as JSON: it has more than 100 levels"),
        ("$.a", "==", "b", '{"a": "c"}', "at '$.a': found 'c' (string), expected 'b' (string)"),
        (
            "$.a",
            "==",
            "\u00fc",
            '{"a": "u\u0308"}',
            f"at '$.a': found 'u\u0308' (string), expected '\u00fc' (string); they differ {IN_NORMALIZATION}",
        ),
        ("$.a", "==", None, '{"a": 0}', "at '$.a': found 0 (integer), expected null"),
        ("$.a", "==", 1, '{"a": true}', "at '$.a': found true (boolean), expected 1 (integer)"),
        ("$.a", "==", [True], '{"a": [1]}', "at '$.a': found [1] (array), expected [true] (array)"),
        ("$.a", "!=", 1, '{"a": 1.0}', "at '$.a': 1.0 (number) is equal to 1 (integer)"),
        ("$.a", "<", 2, '{"a": 2}', "at '$.a': 2 (integer) is not less than 2 (integer)"),
        ("$.a", "<", 2, '{"a": true}', "at '$.a': true (boolean) cannot be compared with 2 (integer)"),
        ("$.a", ">", False, '{"a": 1}', "at '$.a': 1 (integer) cannot be compared with false (boolean)"),
        ("$.a", ">", [1], '{"a": [2]}', "at '$.a': [2] (array) cannot be compared with [1] (array)"),
        ("$.a", "<=", "b", '{"a": {}}', "at '$.a': {} (object) cannot be compared with 'b' (string)"),
        ("$.a", ">=", 1, '{"a": null}', "at '$.a': null cannot be compared with 1 (integer)"),
        ("$.a", "contains", "b", '{"a": "ac"}', "at '$.a': 'ac' (string) does not contain 'b' (string)"),
        ("$.a", "contains", "b", '{"a": ["c"]}', """at '$.a': ["c"] (array) does not contain 'b' (string)"""),
        ("$.a", "contains", "b", '{"a": []}', "at '$.a': [] (array) does not contain 'b' (string)"),
        ("$.a", "contains", "5", '{"a": {"b": 5}}', """at '$.a': {"b": 5} (object) does not contain '5' (string)"""),
        ("$.a", "contains", "5", '{"a": 55}', "at '$.a': 55 (integer) cannot contain '5' (string)"),
        ("$.a", "contains", "b", '{"a": null}', "at '$.a': null cannot contain 'b' (string)"),
        (
            "$.a",
            "contains",
            '["  "]',
            '{"a": [["  "]]}',
            """at '$.a': [["  "]] (array) does not contain '["  "]' (string)""",
        ),
        ("$.a", "contains", b"b", '{"a": "b"}', "at '$.a': 'b' (string) does not contain 'b' (bytes)"),
        ("$.a", "not contains", "b", '{"a": "abc"}', "at '$.a': 'abc' (string) contains 'b' (string)"),
        ("$.a", "not contains", 5, '{"a": ["a", 5]}', """at '$.a': ["a", 5] (array) contains 5 (integer)"""),
        ("$.a", "starts", "5", '{"a": 5}', "at '$.a': 5 (integer) is not text, so it does not start with '5' (string)"),
        ("$.a", "ends", "b", '{"a": "b\\n"}', r"at '$.a': 'b\n' (string) does not end with 'b' (string)"),
        ("$.a", "matches", "5", '{"a": 5}', "at '$.a': 5 (integer) is not text, so it does not match '5'"),
        ("$.a", "matches", "^b", '{"a": "ab"}', "at '$.a': 'ab' (string) does not match '^b'"),
        ("$[*]", "==", 9, "[1, 2, 3]", "at '$[*]': found 1 (integer), 2 (integer), 3 (integer), expected 9 (integer)"),
        (
            "$[*]",
            "==",
            9,
            f"[{'1, ' * 1003}1]",
            "at '$[*]': found 1 (integer), 1 (integer), 1 (integer) and 1,001 more, expected 9 (integer)",
        ),
        ("$[*]", "<", 1, "[1, 2]", "at '$[*]': each of 1 (integer), 2 (integer) is not less than 1 (integer)"),
        ("$[*]", "!=", 1, "[1, 1]", "at '$[*]': each of 1 (integer), 1 (integer) is equal to 1 (integer)"),
    ],
)
def test_json_that_does_not_match(path: str, name: str | None, expected: object, data: str | bytes, told: str):
    assert mismatch(wanted(path, name, expected), data) == told


@pytest.mark.parametrize(
    ("name", "expected", "found", "remedy"),
    [
        ("==", "1", "1", "${1}"),
        ("==", "1.5", "1.5", "${1.5}"),
        ("==", "1", "1.0", "${1}"),
        ("==", "true", "true", "${True}"),
        ("==", "False", "false", "${False}"),
        ("==", "null", "null", "${None}"),
        ("==", "None", "null", "${None}"),
        ("==", "[1]", "[1]", "${{ [1] }}"),
        ("==", '{"a": 1}', '{"a": 1}', "${{ {'a': 1} }}"),
        ("==", 1, '"1"', "1"),
        ("==", True, '"true"', "true"),
        ("==", True, '"True"', "True"),
        ("<", "5", "2", "${5}"),
        (">", "5", "7.5", "${5}"),
        (">=", "5", "5", "${5}"),
        ("contains", "5", "[4, 5]", "${5}"),
        ("contains", 5, '["4", "5"]', "5"),
        ("contains", 5, '"456"', "5"),
        ("contains", "[1]", "[[1]]", "${{ [1] }}"),
        ("contains", "5", "5", " ==  ${5}"),
        ("contains", "true", "true", " ==  ${True}"),
        ("contains", '{"a": 1}', '{"a": 1}', " ==  ${{ {'a': 1} }}"),
    ],
)
def test_wrong_type_comes_with_a_remedy_that_works(name: str, expected: object, found: str, remedy: str):
    data = f'{{"a": {found}}}'
    assert mismatch(wanted("$.a", name, expected), data).endswith(f": write {remedy}")
    operator, _, value = remedy.strip().rpartition("  ")
    assert matches(wanted("$.a", operator or name, as_robot_reads(value)), data)


def as_robot_reads(written: str) -> object:
    """That it does so, `test_spellings_work_in_the_data` shows."""
    if written.startswith("${{ "):
        return ast.literal_eval(written[4:-3])
    return ast.literal_eval(written[2:-1]) if written.startswith("${") else written


@pytest.mark.parametrize(
    ("predicate", "data", "near"),
    [
        (MessagePredicate(), "hello", False),
        (MessagePredicate(MessageType.BINARY, Operator["=="], "hello"), "hello", True),
        (MessagePredicate(operator=Operator["=="], expected="hello world"), " Hello  World\n", True),
        (MessagePredicate(operator=Operator["=="], expected='{"a": 1}'), b'{"a":1}', True),
        (MessagePredicate(operator=Operator["=="], expected="hello"), "hello!", False),
        (MessagePredicate(operator=Operator["contains"], expected=" "), "a", False),
        (MessagePredicate(operator=Operator["contains"], expected="A B"), "xab", True),
        (MessagePredicate(operator=Operator["starts"], expected="A"), " ab", True),
        (MessagePredicate(operator=Operator["ends"], expected="b"), "aB\n", True),
        (MessagePredicate(operator=Operator["contains"], expected="a"), "A" * 10_001, False),
        (MessagePredicate(operator=Operator["matches"], expected="A"), "a", False),
        (wanted("$.a", "==", "x y"), '{"a": "X  Y "}', True),
        (wanted("$.a", "==", "x" * 10_001), f'{{"a": "{"X" * 10_001}"}}', False),
    ],
)
def test_near_miss_differs_in_type_or_case_or_spaces(
    predicate: MessagePredicate | JsonPredicate, data: str | bytes, near: bool
):
    assert predicate.nearly_matches(Message.of(data)) is near


def test_remedy_is_shown_behind_the_types():
    assert mismatch(wanted("$.id", "==", "1"), '{"id": 1}') == (
        "at '$.id': found 1 (integer), expected '1' (string): write ${1}"
    )
    assert mismatch(wanted("$.id", "<", "1"), '{"id": 1}') == (
        "at '$.id': 1 (integer) cannot be compared with '1' (string): write ${1}"
    )


@pytest.mark.parametrize(
    ("predicate", "text"),
    [
        (wanted("$"), "JSON message"),
        (wanted("$.a"), "JSON message with '$.a'"),
        (wanted("$.a", "==", "1"), "JSON message with '$.a' equal to '1' (string)"),
        (wanted("$", "!=", None), "JSON message with '$' different from null"),
        (wanted("$.a", "<", 1.5), "JSON message with '$.a' less than 1.5 (number)"),
        (wanted("$.a", "matches", "^b"), "JSON message with '$.a' matching '^b'"),
        (wanted("$.a", "validate", "value > 5"), "JSON message with '$.a' that validates 'value > 5'"),
    ],
)
def test_what_is_waited_for(predicate: JsonPredicate, text: str):
    assert str(predicate) == text


def test_value_has_its_members_as_attributes():
    value = wanted("$.a").read_value(Message.of('{"a": {"b": [{"c": 1}]}}'))
    assert value.a.b[0].c == 1


def test_what_a_test_does_to_a_value_changes_no_other_one():
    predicate, message = wanted("$.a", "contains", 5), Message.of('{"a": [5]}')
    predicate.read_value(message).a.clear()
    assert predicate.matches(message)
    assert predicate.read_value(message) == {"a": [5]}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "expected '$', found ''"),
        ("price", "expected '$', found 'p'"),
        ("$.", "unexpected end of expression"),
        ("$[?", "unclosed bracketed selection"),
        ("$[?length(@)]", "result of length() must be compared"),
        ("$.a\n*HTML*\x1b", "expected '.', '..' or a bracketed selection, found '*'"),
    ],
)
def test_bad_path_is_refused(path: str, reason: str):
    shown = path.replace("\n", r"\n").replace("\x1b", r"\x1b")
    with pytest.raises(WebSocketError) as failure:
        wanted(path)
    assert str(failure.value).startswith(f"The JSONPath '{shown}' cannot be used: {reason}")


def fail(*_: object) -> None:
    raise TypeError("object of type 'int' has no len()")


def test_whatever_is_raised_for_a_path_refuses_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jsonpath_rfc9535, "compile", fail)
    with pytest.raises(
        WebSocketError, match=r"^The JSONPath '\$\.\.a' cannot be used: object of type 'int' has no len"
    ):
        wanted("$..a")


def test_whatever_is_raised_by_a_search_is_a_mismatch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jsonpath_rfc9535.JSONPathQuery, "find", fail)
    assert mismatch(wanted("$..a", "==", 1), '{"a": 1}') == (
        "cannot be searched with '$..a': object of type 'int' has no len()"
    )


def time_out(*_: object) -> None:
    raise TimeoutExceeded("Test timeout 1 second exceeded.")


def test_timeout_of_robot_framework_goes_through(monkeypatch: pytest.MonkeyPatch):
    """Until Robot Framework 7.5 it is an ordinary exception."""
    predicate = wanted("$..a")
    monkeypatch.setattr(jsonpath_rfc9535, "compile", time_out)
    monkeypatch.setattr(jsonpath_rfc9535.JSONPathQuery, "find", time_out)
    with pytest.raises(TimeoutExceeded):
        wanted("$..a")
    with pytest.raises(TimeoutExceeded):
        matches(predicate, '{"a": 1}')


@pytest.mark.parametrize("path", ["$[?value(@) == 1]", "$[?count(@) == 1]"])
def test_filter_function_of_an_item_without_members_fails_with_a_sentence_at_most(path: str):
    """Release 1 of the package raises a TypeError here, release 2 does not."""
    predicate, message = wanted(path, "==", "a"), Message.of("[1, 2]")
    assert not predicate.matches(message)
    assert predicate.explain_mismatch(message).startswith(("cannot be searched with", "has nothing at", "at '"))


def test_true_is_not_less_than_two():
    """Release 1.0.0 of the package takes true for 1."""
    assert not matches(wanted("$[?@ < 2]"), "[true]")


def test_path_that_nests_too_deeply_is_refused():
    with pytest.raises(
        WebSocketError, match=r"^The JSONPath '.*…' \(20,001 characters\) cannot be used: maximum recur"
    ):
        wanted("$" + "[?@" * 5000 + "]" * 5000)


@pytest.mark.parametrize(
    ("name", "expected", "told"),
    [
        ("then", "value", "The operator 'then' cannot be used in a wait, which returns messages as they came: "),
        ("<", None, "The operator '<' needs a value to compare with."),
        ("matches", None, "The operator 'matches' needs a value to compare with."),
        ("starts", 5, "The operator 'starts' needs text, not 5 (integer)."),
        ("ends", b"a", "The operator 'ends' needs text, not 'a' (bytes)."),
        ("matches", 5, "The operator 'matches' needs text, not 5 (integer)."),
        ("validate", True, "The operator 'validate' needs text, not true (boolean)."),
        ("matches", "(", "The pattern '(' cannot be used: missing ), unterminated subpattern at position 0."),
    ],
)
def test_expected_value_that_cannot_be_used_is_refused(name: str, expected: object, told: str):
    with pytest.raises(WebSocketError) as failure:
        wanted("$", name, expected)
    assert str(failure.value).startswith(told)


EXPECTED = VALUES | st.binary() | st.just(10**5000)


@example("contains", 10**5000, "")
@given(st.sampled_from(NAMES), EXPECTED, VALUES | st.binary())
def test_reason_is_one_short_printable_line(name: str, expected: object, value: object):
    data = value if isinstance(value, bytes) else json.dumps(value)
    try:
        predicate = wanted("$..a" if name < "c" else "$", name, expected)
    except WebSocketError as error:
        told = str(error)
    else:
        predicate.matches(Message.of(data))
        told = f"{predicate}{predicate.explain_mismatch(Message.of(data))}"
    assert told.isprintable()
    assert len(told) < 5000


@given(EXPECTED, VALUES)
def test_value_that_does_not_differ_is_equal_and_one_that_does_not_lack_contains(expected: object, value: object):
    data = json.dumps(value)
    assert matches(wanted("$", "==", expected), data) is not matches(wanted("$", "!=", expected), data)
    assert matches(wanted("$", "contains", expected), data) is not matches(wanted("$", "not contains", expected), data)


def test_text_is_not_compared_with_a_number_and_no_remedy_of_the_test_would_help():
    assert mismatch(wanted("$.a", ">", 100), '{"a": "99.5"}') == (
        "at '$.a': '99.5' (string) cannot be compared with 100 (integer): the message has text there, not a number"
    )
