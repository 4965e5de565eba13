"""What each operator finds in text and binary messages, and what it says where it does not hold."""

from __future__ import annotations

import re

import pytest
from assertionengine import AssertionOperator
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.matching.operators import IN_NORMALIZATION, WORDINGS, Comparison, Operator, check_expression

NEEDS_ROBOT = {Operator["validate"], Operator["then"]}
NAMES = sorted(name for name in AssertionOperator.__members__ if Operator[name] not in NEEDS_ROBOT)
HELD = {
    "==": ("b", ["b"], ["", "a", "B", "b\n"]),
    "!=": ("b", ["", "a", "bb"], ["b"]),
    "<": ("b", ["", "a", "B"], ["b", "ba"]),
    ">": ("b", ["ba", "c"], ["", "b"]),
    "<=": ("b", ["", "a", "b"], ["ba"]),
    ">=": ("b", ["b", "ba"], ["", "a"]),
    "*=": ("b", ["b", "abc"], ["", "ac"]),
    "not contains": ("b", ["", "ac"], ["b", "abc"]),
    "^=": ("b.", ["b.", "b.c"], ["", "ba", "ab."]),
    "$=": ("b.", ["b.", "ab."], ["", "ba", "b.\n"]),
    "$": ("^b.?$", ["b", "ba", "b\n"], ["", "ab", "baa"]),
}


def comparison(name: str, expected: str | bytes | None) -> Comparison:
    return Comparison(Operator[name], expected)


@pytest.mark.parametrize("name", NAMES)
def test_operator_and_its_aliases(name: str):
    expected, holding, failing = HELD[Operator[name].value]
    compared = comparison(name, expected)
    for text in holding:
        assert compared.holds(text), text
        assert compared.holds(text.encode()), text
    for text in failing:
        assert not compared.holds(text), text
        assert not compared.holds(text.encode()), text


@pytest.mark.parametrize("name", NAMES)
def test_bytes_are_compared_with_binary_messages_only(name: str):
    expected, holding, _ = HELD[Operator[name].value]
    compared = comparison(name, expected.encode())
    assert compared.holds(holding[0].encode())
    assert compared.holds(holding[0]) is (name in ("inequal", "!=", "should not be", "not contains"))


def test_every_operator_of_assertionengine_but_then_has_a_comparison():
    assert {*Operator} - {*WORDINGS} == {Operator["then"]}


@pytest.mark.parametrize("name", ["then", "evaluate"])
def test_then_is_refused(name: str):
    with pytest.raises(WebSocketError) as failure:
        comparison(name, "value")
    assert str(failure.value) == (
        "The operator 'then' cannot be used in a wait, which returns messages as they came: use 'validate' to choose "
        "one, and Evaluate for what follows."
    )


def test_operator_without_a_value_is_refused():
    with pytest.raises(WebSocketError) as failure:
        comparison("*=", None)
    assert str(failure.value) == "The operator 'contains' needs a value to compare with."


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("(", "The pattern '(' cannot be used: missing ), unterminated subpattern at position 0."),
        (b"\xff(", r"The pattern '\xff(' cannot be used: missing ), unterminated subpattern at position 1."),
        ("a\x1b*+?", r"The pattern 'a\x1b*+?' cannot be used: multiple repeat at position 4."),
        ("a{99999999999}", "The pattern 'a{99999999999}' cannot be used: the repetition number is too large."),
    ],
)
def test_bad_pattern_is_refused(expected: str | bytes, told: str):
    with pytest.raises(WebSocketError) as failure:
        comparison("matches", expected)
    assert str(failure.value) == told


@pytest.mark.parametrize("expression", ["value == $id", " value", "value in ${ids} or $other.name", "'$' in value"])
def test_expression_may_hold_variables(expression: str):
    check_expression(expression)


@pytest.mark.parametrize("expression", ["value ==", "value = 1", "", "a\x00b", "(" * 10_000])
def test_expression_that_python_cannot_read_is_refused(expression: str):
    with pytest.raises(WebSocketError, match=r"^The expression '.* cannot be used: [^()\n]+\.$"):
        comparison("validate", expression)


def test_expression_in_bytes_is_refused():
    with pytest.raises(WebSocketError) as failure:
        comparison("validate", b"value")
    assert str(failure.value) == "The operator 'validate' needs text, not bytes."


def test_pattern_that_nests_too_deeply_is_refused():
    with pytest.raises(
        WebSocketError, match=r"^The pattern '\(+…' \(20,000 characters\) cannot be used: maximum recur"
    ):
        comparison("matches", "(" * 10_000 + ")" * 10_000)


def test_empty_message():
    assert comparison("matches", ".*").holds("")
    assert comparison("matches", ".*").holds(b"")
    for name in ("==", "*=", "^=", "$="):
        assert comparison(name, "").holds("")
        assert comparison(name, "").holds(b"")


def test_pattern_with_groups():
    assert comparison("matches", "(?P<word>a)|(b)").holds("b")


def test_dot_matches_line_breaks_where_it_is_told_to():
    assert not comparison("matches", "a.b").holds("a\nb")
    assert comparison("matches", "(?s)a.b").holds("a\nb")


@pytest.mark.parametrize("expected", ["ÿ", b"\xff"])
def test_characters_stand_for_the_bytes_of_their_numbers(expected: str | bytes):
    assert comparison("*=", expected).holds(b"\0\xff\0")
    assert not comparison("*=", expected).holds("ÿ".encode())


@pytest.mark.parametrize("name", NAMES)
def test_character_that_is_no_byte(name: str):
    compared = comparison(name, "€")
    data = b"\xe2\x82\xac"
    assert compared.holds(data) is (name in ("inequal", "!=", "should not be", "not contains"))
    assert compared.explain(data) == "is a binary message, which cannot be compared with '€'"


@pytest.mark.parametrize("expected", [r"^\u20ac$", r"(?u)^€$", r"^\N{EURO SIGN}$"])
def test_pattern_for_text_only(expected: str):
    compared = comparison("matches", expected)
    assert compared.holds("€")
    assert not compared.holds("€".encode())


@pytest.mark.parametrize(
    ("name", "expected", "data", "told"),
    [
        ("==", "b", "a", "is not equal to 'b'"),
        ("!=", "b", "b", "is equal to 'b'"),
        ("<", "b", "c", "is not less than 'b'"),
        (">", "b", "a", "is not greater than 'b'"),
        ("<=", "b", "c", "is greater than 'b'"),
        (">=", "b", "a", "is less than 'b'"),
        ("contains", "b", "a", "does not contain 'b'"),
        ("not contains", "b", "b", "contains 'b'"),
        ("starts", "b", "ab", "does not start with 'b'"),
        ("ends", "b", "b\n", "does not end with 'b'"),
        ("matches", "^b", "a", "does not match '^b'"),
        ("==", b"\xff", "ÿ", r"is a text message, which cannot be compared with '\xff'"),
        ("==", b"\xff", b"\xfe", r"is not equal to '\xff'"),
        ("==", "x" * 80, "a", f"is not equal to '{'x' * 60}…' (80 characters)"),
        ("==", "x" * 80, "x" * 59 + "y" + "x" * 20, f"differs from '{'x' * 60}…' (80 characters) at position 60"),
        (
            "==",
            "x" * 120,
            "x" * 70 + "y" + "x" * 49,
            f"differs at position 71: '…{'x' * 15}y{'x' * 14}' instead of '…{'x' * 30}'",
        ),
        ("==", "x" * 80, "x" * 79, f"differs at position 80: '…{'x' * 15}' instead of '…{'x' * 16}'"),
        ("==", "x", "x" * 80, "differs from 'x' at position 2"),
        ("==", "x" * 70, b"x" * 69 + b"\0", rf"differs at position 70: '…{'x' * 15}\x00' instead of '…{'x' * 16}'"),
        ("==", "\u00fc", "u\u0308", f"differs from the expected text {IN_NORMALIZATION}"),
        ("==", "\u00fc" * 80, "u\u0308" * 80, f"differs from the expected text {IN_NORMALIZATION}"),
        ("contains", "*HTML*<b>\x1b[31m\n", "", r"does not contain '*HTML*<b>\x1b[31m\n'"),
    ],
)
def test_reason(name: str, expected: str | bytes, data: str | bytes, told: str):
    compared = comparison(name, expected)
    assert not compared.holds(data)
    assert compared.explain(data) == told


@pytest.mark.parametrize(
    ("name", "expected", "told"),
    [
        ("should be", "b", "equal to 'b'"),
        ("inequal", "b", "different from 'b'"),
        ("less than", "b", "less than 'b'"),
        ("greater than", "b", "greater than 'b'"),
        ("<=", "b", "at most 'b'"),
        (">=", "b", "at least 'b'"),
        ("*=", "b", "containing 'b'"),
        ("not contains", "b", "not containing 'b'"),
        ("^=", "b", "starting with 'b'"),
        ("should end with", "b", "ending with 'b'"),
        ("matches", "b", "matching 'b'"),
        ("validate", "value", "that validates 'value'"),
        ("==", b"\0", r"equal to '\x00'"),
    ],
)
def test_what_is_waited_for(name: str, expected: str | bytes, told: str):
    assert str(comparison(name, expected)) == told


@given(st.sampled_from(NAMES), st.text() | st.binary(), st.text() | st.binary())
def test_reason_is_one_printable_line(name: str, expected: str | bytes, data: str | bytes):
    compared = comparison(name, re.escape(expected) if name == "matches" else expected)
    compared.holds(data)
    assert compared.explain(data).isprintable()
    assert not compared.explain(data).startswith("*")
    assert len(compared.explain(data)) < 500
    assert str(compared).isprintable()


@given(st.text() | st.binary())
def test_any_pattern_is_compiled_or_refused_in_one_printable_line(expected: str | bytes):
    try:
        compared = comparison("matches", expected)
    except WebSocketError as error:
        refused = str(error)
    else:
        refused = ""
        compared.holds("")
        compared.holds(b"")
    assert refused.isprintable()
    assert refused.startswith("The pattern '") or not refused


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
def test_text_finds_in_binary_messages_what_bytes_find(expected: str, data: str):
    sent = data.encode("latin-1")
    for name in set(NAMES) - {"matches"}:
        assert comparison(name, expected).holds(sent) is comparison(name, expected.encode("latin-1")).holds(sent)
