"""Tokens in replies: design section 4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.matching.templates import REPLY_TOKEN, ValueOf, fill, list_tokens

JSON = {"$.id": 5, "$.name": "Ann", "$.tags[0]": None, "$": {"id": 5, "name": "Ann"}, "$['a b']": [1, "é"]}


def values(message: str | bytes, *groups: str | bytes | None) -> ValueOf:
    """What tokens stand for, by the text between their braces."""
    by_number = {str(number): group for number, group in enumerate(groups, 1)}
    return ({"message": message} | by_number | JSON).__getitem__


BRACES = st.text(alphabet="{}0123message ab\\$é\n")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("you said {message}.", "you said hello 5."),
        ("{1}{2}{message}{1}", "hello5hello 5hello"),
        ("[{3}]", "[]"),
        ("{10}{01}{0}{}", "ten{01}{0}{}"),
        ('{"a": {"b": {2}}}', '{"a": {"b": 5}}'),
        ("{{1}}", "{hello}"),
        (
            "{ message } {Message} {messages} {-1} {1 } {٢} {12345} {$a} {$.{}",
            "{ message } {Message} {messages} {-1} {1 } {٢} {12345} {$a} {$.{}",
        ),
    ],
)
def test_tokens_are_replaced_and_other_braces_stay(template: str, text: str):
    assert fill(template, values("hello 5", "hello", b"5", None, *"456789", "ten")) == text


def test_json_in_a_text_is_written_as_json_and_strings_as_they_are():
    text = "{$.id} {$.name} [{$.tags[0]}] {$} {$['a b']}"
    assert fill(text, values("")) == '5 Ann [] {"id":5,"name":"Ann"} [1,"é"]'


def test_json_that_is_all_of_a_text_within_json_keeps_its_type():
    template = {"id": "{$.id}", "list": ["{$.name}", "{$.tags[0]}", "{$}"], "{$.id}": "id {$.id}", "all": "{message}"}
    assert fill(template, values("5")) == {
        "id": 5,
        "list": ["Ann", None, {"id": 5, "name": "Ann"}],
        "5": "id 5",
        "all": "5",
    }


def test_what_replaces_a_token_is_not_looked_at_again():
    assert fill("{message} {1}", values("{1}", "{message}")) == "{1} {message}"


def test_backslashes_of_the_message_stay():
    assert fill("{message}", values(r"\1 \g<0> \n")) == r"\1 \g<0> \n"


def test_bytes_in_a_text_are_read_as_utf_8():
    assert fill("<{message}>", values("é".encode() + b"\xff")) == "<é\ufffd>"


def test_every_text_of_a_json_value_has_its_tokens_replaced():
    template = {"{1}": ["{message}", 5, None, True, 1.5, {"deep": "say {1}"}], "other": []}
    assert fill(template, values('a "quoted" word', "word")) == {
        "word": ['a "quoted" word', 5, None, True, 1.5, {"deep": "say word"}],
        "other": [],
    }


@given(BRACES)
def test_text_without_tokens_stays(text: str):
    if not REPLY_TOKEN.search(text):
        assert fill(text, values("message")) == text


@given(st.lists(st.one_of(BRACES, st.sampled_from(["{message}", "{1}", "{2}"]))), BRACES, BRACES, BRACES)
def test_only_tokens_change(parts: list[str], message: str, first: str, second: str):
    template = "".join(parts)
    tokens = {"{message}": message, "{1}": first, "{2}": second}
    at, expected = 0, []
    while at < len(template):
        token = next((token for token in tokens if template.startswith(token, at)), None)
        expected.append(template[at] if token is None else tokens[token])
        at += 1 if token is None else len(token)
    if {*list_tokens(template)} <= {"message", "1", "2"}:
        assert fill(template, values(message, first, second)) == "".join(expected)


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("", []),
        ("{message} {0} {}", ["message"]),
        ("{2} {1} {$.a[0]}", ["2", "1", "$.a[0]"]),
        ({"a": ["{1}", {"{12}": "x"}], "b": 7}, ["1", "12"]),
        (b"{1}", []),
        (print, []),
    ],
)
def test_names(template: object, found: list[str]):
    assert sorted(list_tokens(template)) == sorted(found)
