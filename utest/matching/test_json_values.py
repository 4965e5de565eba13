"""JSON of messages: what is read, what is sent, which values are the same, and how a failure shows them."""

from __future__ import annotations

import json
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.json_examples import VALUES, nested
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.matching import json_values
from RobotWebSocketLibrary.matching.json_values import (
    JsonError,
    add_attributes,
    describe,
    equals,
    name_type,
    read_json,
    read_message,
    suggest_spelling,
    write_json,
)
from RobotWebSocketLibrary.protocol.messages import Message
from runs import RunTests

# Read


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ('{"a": [1, 1.0, true, null, "å"]}', {"a": [1, 1.0, True, None, "å"]}),
        ('{"a": "å"}'.encode(), {"a": "å"}),
        (' \n"text"\t', "text"),
        ("0", 0),
        ('{"a": 1, "a": 2}', {"a": 2}),
        (r'"\ud83d\ude00 \\ud800"', "😀 \\ud800"),
        (r'{"\uD83D\uDE00": 1}', {"😀": 1}),
        (nested(100), json.loads(nested(100))),
        ('{"a": ' * 100 + "0" + "}" * 100, json.loads('{"a": ' * 100 + "0" + "}" * 100)),
        ('"' + "[" * 1000 + '"', "[" * 1000),
        (f"[{', '.join(['[]'] * 1000)}]", [[]] * 1000),
        ("1e308", 1e308),
    ],
)
def test_json_is_read(data: str | bytes, value: object):
    assert read_json(data) == value


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("", "is not JSON: Expecting value at position 1"),
        (b"", "is not JSON: Expecting value at position 1"),
        ("hello", "is not JSON: Expecting value at position 1"),
        ('{"a": 1} {}', "is not JSON: Extra data at position 10"),
        ("{'a': 1}", "is not JSON: Expecting property name enclosed in double quotes at position 2"),
        ('"a\x1bb"', "is not JSON: Invalid control character at at position 3"),
        ("\ufeff{}", "is not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig) at position 1"),
        ("\ufeff{}".encode(), "is not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig) at position 1"),
        (b"\xff", "is a binary message, not JSON"),
        ("{}".encode("utf-16"), "is a binary message, not JSON"),
        ("NaN", "cannot be read as JSON: NaN is not allowed"),
        ('{"id": -1e999}', "cannot be read as JSON: the number '-1e999' is too large"),
        ("[Infinity]", "cannot be read as JSON: Infinity is not allowed"),
        ('{"a": -Infinity}', "cannot be read as JSON: -Infinity is not allowed"),
        (nested(101), "cannot be read as JSON: it has more than 100 levels"),
        ('{"a": ' * 101 + "0" + "}" * 101, "cannot be read as JSON: it has more than 100 levels"),
        (r'"\ud800"', "holds half a surrogate pair, which no text may: take it with `Wait For Message`"),
        (r'{"\uDC00": 1}', "holds half a surrogate pair, which no text may: take it with `Wait For Message`"),
        (rb'[{"a": ["\udFFFx"]}]', "holds half a surrogate pair, which no text may: take it with `Wait For Message`"),
    ],
)
def test_what_cannot_be_read(data: str | bytes, told: str):
    with pytest.raises(JsonError) as failure:
        read_json(data)
    assert str(failure.value) == told


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(nested(1_000_000), "(maximum recursion|it has more than 100)", id="levels"),
        pytest.param("1" * 5000, "Exceeds the limit", id="digits"),
    ],
)
def test_what_python_cannot_read(data: str, told: str):
    with pytest.raises(JsonError, match=rf"^cannot be read as JSON: {told}"):
        read_json(data)


@given(st.text() | st.binary())
def test_any_message_is_read_or_refused_in_one_printable_line(data: str | bytes):
    try:
        value = read_json(data)
    except JsonError as error:
        told = str(error)
    else:
        told = describe(value)
    assert told.isprintable()


# Sent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "ä": [None, True]}, '{"a":1,"ä":[null,true]}'),
        ((1, 2), "[1,2]"),
        (5, "5"),
        (None, "null"),
        ("hello", '"hello"'),
        ("5", '"5"'),
        ("", '""'),
        ('{"a":  1}', '{"a":  1}'),
        (" \n[1 ]", " \n[1 ]"),
        (r'["\ud800"]', r'["\ud800"]'),
        ("\ud800", r'"\ud800"'),
        ({"\ud800": "ä"}, r'{"\ud800":"\u00e4"}'),
        ("*HTML*\x1b", r'"*HTML*\u001b"'),
    ],
)
def test_value_becomes_json(value: object, text: str):
    assert write_json(value) == text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            "{",
            "Cannot send '{' as JSON: it is not JSON: Expecting property name enclosed in double quotes at position 2.",
        ),
        ("[1e999]", "Cannot send '[1e999]' as JSON: it cannot be read as JSON: the number '1e999' is too large."),
        ("[NaN]", "Cannot send '[NaN]' as JSON: it cannot be read as JSON: NaN is not allowed."),
        ('["\ud800"]', "Cannot send a JSON text with half a surrogate pair (position 3)."),
        (float("nan"), "Cannot write the value as JSON: Out of range float values are not JSON compliant"),
        ({"a": float("-inf")}, "Cannot write the value as JSON: Out of range float values are not JSON compliant"),
        (b"a", "Cannot write the value as JSON: Object of type bytes is not JSON serializable."),
        ({(1, 2): 3}, "Cannot write the value as JSON: keys must be str, int, float, bool or None, not tuple."),
        pytest.param(10**5000, "Cannot write the value as JSON: Exceeds the limit", id="digits"),
    ],
)
def test_what_cannot_be_sent(value: object, told: str):
    with pytest.raises(WebSocketError) as failure:
        write_json(value)
    assert str(failure.value).startswith(told)


def test_value_that_holds_itself_cannot_be_sent():
    value: list[object] = []
    value.append(value)
    with pytest.raises(WebSocketError, match=r"^Cannot write the value as JSON: Circular reference detected"):
        write_json(value)
    assert describe(value) == "[[...]] (array)"


def deep() -> list[object]:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    return value


def test_value_that_nests_too_deeply_cannot_be_sent():
    with pytest.raises(WebSocketError, match=r"^Cannot write the value as JSON: maximum recursion"):
        write_json(deep())


@given(VALUES.filter(lambda value: not isinstance(value, str)))
def test_what_is_sent_is_read_again(value: object):
    assert equals(read_json(write_json(value)), value)


@given(VALUES)
def test_text_that_is_json_is_sent_as_it_is(value: object):
    text = json.dumps([value])
    assert write_json(text) == text


@given(st.text())
def test_text_is_a_string(text: str):
    assert read_json(write_json(f"x{text}")) == f"x{text}"


# Attributes


def test_members_are_attributes_at_any_depth():
    value = add_attributes(read_json('[{"a": {"b": [{"c": 5}]}}]'))
    assert value[0].a.b[0].c == 5
    assert add_attributes(5) == 5


@given(VALUES)
def test_members_as_attributes_change_no_value(value: object):
    assert json.dumps(add_attributes(value)) == json.dumps(value)


# Read once


def test_text_is_read_once_also_between_others():
    value = read_message(Message.of('{"a": 1}'))
    for number in range(1000):
        read_message(Message.of(f"[{number}]"))
    assert read_message(Message.of('{"a": 1}')) is value


def test_text_that_cannot_be_read_fails_each_time_alike():
    for _ in range(2):
        with pytest.raises(JsonError, match=r"^is not JSON: Expecting value at position 1$") as failure:
            read_message(Message.of("hello"))
        assert failure.value.__cause__ is None


def test_texts_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(json_values, "READ_SIZE", 10)
    long = Message.of('{"longer": "than all that is kept"}')
    value = read_message(long)
    assert read_message(long) is value, "a single one may be longer"
    first = read_message(Message.of("[1]"))
    assert read_message(Message.of("[1]")) is first
    assert read_message(long) is not value
    assert read_message(Message.of("[1]")) is not first


def test_each_thread_reads_for_itself():
    message = Message.of("[]")
    ours = read_message(message)
    theirs: list[object] = []
    thread = Thread(target=lambda: theirs.append(read_message(message)))
    thread.start()
    thread.join(10)
    assert theirs == [ours]
    assert theirs[0] is not ours


def test_members_as_attributes_are_a_copy():
    value = read_json('{"a": [{"b": []}]}')
    add_attributes(value).a[0].b.append(5)
    assert value == {"a": [{"b": []}]}
    assert type(value["a"][0]) is dict


# The same


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (1, 1.0),
        (0, -0.0),
        (None, None),
        ([1, [2]], (1, [2.0])),
        ({"a": True}, {"a": True}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_same(found: object, expected: object):
    assert equals(found, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (1, True),
        (0, False),
        (1, "1"),
        (None, False),
        (None, "null"),
        ("", None),
        ([], {}),
        ([], None),
        ([1], [True]),
        ([1], [1, 1]),
        ({"a": 1}, {"a": True}),
        ({"a": [{"b": 0}]}, {"a": [{"b": False}]}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, [("a", 1)]),
        ("a", b"a"),
    ],
)
def test_not_the_same(found: object, expected: object):
    assert not equals(found, expected)
    assert not equals(expected, found)


@given(VALUES)
def test_value_is_the_same_as_itself(value: object):
    assert equals(value, json.loads(json.dumps(value)))


@given(VALUES, VALUES)
def test_order_does_not_matter(one: object, other: object):
    assert equals(one, other) is equals(other, one)


def booleans_as_numbers(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case list():
            return [booleans_as_numbers(item) for item in value]
        case dict():
            return {name: booleans_as_numbers(item) for name, item in value.items()}
    return value


@given(VALUES)
def test_true_is_never_one(value: object):
    replaced = booleans_as_numbers(value)
    assert replaced == value, "Python's comparison sees no difference"
    assert equals(value, replaced) is (json.dumps(value) == json.dumps(replaced))


# Shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1 (integer)"),
        ("1", "'1' (string)"),
        (1.5, "1.5 (number)"),
        (True, "true (boolean)"),
        (None, "null"),
        ([1, "ä"], '[1, "ä"] (array)'),
        ((), "[] (array)"),
        ({"a": None}, '{"a": null} (object)'),
        (b"\xff", r"'\xff' (bytes)"),
        ({1, 2}, "{1, 2} (set)"),
        ({(1, 2): 3}, "{(1, 2): 3} (object)"),
        pytest.param(10**5000, "… (integer)", id="digits"),
        ("x" * 100, f"'{'x' * 60}…' (100 characters) (string)"),
        (["x" * 100], f'["{"x" * 58}… (array)'),
        ("\x1b\n", r"'\x1b\n' (string)"),
        (["\x85\u202e"], r'["\x85\u202e"] (array)'),
    ],
)
def test_value_and_its_type(value: object, text: str):
    assert describe(value) == text


def test_value_that_nests_too_deeply_is_not_shown():
    assert describe(deep()) == "… (array)"


@given(VALUES)
def test_value_is_shown_in_one_short_printable_line(value: object):
    assert describe(value).isprintable()
    assert not describe(value).startswith("*")
    assert len(describe(value)) < 10 * 60 + 50


# Spelt in the type that was found

PAIRS = [
    ("1", 2, "${1}"),
    ("-1", 2.5, "${-1}"),
    ("1.5", 2, "${1.5}"),
    ("1e-7", 0, "${1e-07}"),
    ("1e3", 0, "${1000.0}"),
    ("true", False, "${True}"),
    ("False", True, "${False}"),
    ("null", None, "${None}"),
    ("None", None, "${None}"),
    ("[1, 2]", [], "${{ [1, 2] }}"),
    ("[]", [], "${{ [] }}"),
    ('{"a": {"b": [true, null, "it\'s \\\\ #"]}}', {}, "${{ {'a': {'b': [True, None, \"it's \\\\ #\"]}} }}"),
    ('["{}", "\\u0001\\n", "$x", "é"]', [], "${{ ['{}', '\\x01\\n', '$x', 'é'] }}"),
    (1, "x", "1"),
    (1.5, "x", "1.5"),
    (True, "x", "true"),
    (False, "False", "False"),
    (1.0, "1.0", "1.0"),
]


@pytest.mark.parametrize(("expected", "found", "written"), PAIRS)
def test_spelling(expected: object, found: object, written: str):
    assert suggest_spelling(expected, found) == written


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("abc", 5),
        ("5", None),
        ("5", True),
        ("5", [5]),
        ("true", 1),
        ("null", 0),
        ('"a"', 5),
        ("[1]", {}),
        ("NaN", 1.5),
        ("Infinity", 1.5),
        ("1e999", 1.5),
        pytest.param("9" * 5000, 1, id="digits"),
        pytest.param(10**5000, "text", id="integer"),
        pytest.param(nested(1_000_000), [], id="levels"),
        (f"[{'1, ' * 50}1]", []),
        ('["a  b"]', []),
        ('["}"]', []),
        ('["{"]', []),
        ('["${x}"]', []),
        ('["@{x}"]', []),
        ('["%{x}"]', []),
        ('{"a": "&{x}"}', {}),
        ('{"a": "${{ x }}"}', {}),
        ("a", "b"),
        (5, 6),
        (5, True),
        (None, "null"),
        (None, 5),
        ([1], "[1]"),
    ],
)
def test_no_spelling_is_better_than_one_that_does_not_work(expected: object, found: object):
    assert suggest_spelling(expected, found) is None


def test_spellings_work_in_the_data(run_tests: RunTests):
    """Robot Framework reads each as the value that was meant."""
    values = [json.loads(each.lower() if each != "None" else "null") for each, *_ in PAIRS if isinstance(each, str)]
    values += [written for each, _, written in PAIRS if not isinstance(each, str)]
    cells = "\n".join(f"...    {written}" for _, _, written in PAIRS)
    run = run_tests({"Read": f"VAR    @{{READ}}\n{cells}\n...    scope=SUITE\nLog    ${{{{ json.dumps($READ) }}}}"})
    assert run.failures == {}
    [(_, logged)] = run.log("Log")
    assert json.loads(logged) == json.loads(json.dumps(values))
    assert [name_type(value) for value in json.loads(logged)] == [name_type(value) for value in values]
