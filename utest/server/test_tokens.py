"""Tokens in replies: design section 4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.server.tokens import TOKEN, filled, highest_group

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
            "{ message } {Message} {messages} {-1} {1 } {٢} {12345}",
            "{ message } {Message} {messages} {-1} {1 } {٢} {12345}",
        ),
    ],
)
def test_tokens_are_replaced_and_other_braces_stay(template: str, text: str):
    groups = ["hello", b"5", None, *"456789", "ten"]
    assert filled(template, "hello 5", groups) == text


def test_what_replaces_a_token_is_not_looked_at_again():
    assert filled("{message} {1}", "{1}", ["{message}"]) == "{1} {message}"


def test_backslashes_of_the_message_stay():
    assert filled("{message}", r"\1 \g<0> \n", []) == r"\1 \g<0> \n"


def test_bytes_in_a_text_are_read_as_utf_8():
    assert filled("<{message}>", "é".encode() + b"\xff", []) == "<é\ufffd>"


def test_every_text_of_a_json_value_has_its_tokens_replaced():
    template = {"{1}": ["{message}", 5, None, True, 1.5, {"deep": "say {1}"}], "other": []}
    assert filled(template, 'a "quoted" word', ["word"]) == {
        "word": ['a "quoted" word', 5, None, True, 1.5, {"deep": "say word"}],
        "other": [],
    }


@given(BRACES)
def test_text_without_tokens_stays(text: str):
    if not TOKEN.search(text):
        assert filled(text, "message", []) == text


@given(st.lists(st.one_of(BRACES, st.sampled_from(["{message}", "{1}", "{2}"]))), BRACES, BRACES, BRACES)
def test_only_tokens_change(parts: list[str], message: str, first: str, second: str):
    template = "".join(parts)
    values = {"{message}": message, "{1}": first, "{2}": second}
    at, expected = 0, []
    while at < len(template):
        token = next((token for token in values if template.startswith(token, at)), None)
        expected.append(template[at] if token is None else values[token])
        at += 1 if token is None else len(token)
    if highest_group(template) <= 2:
        assert filled(template, message, [first, second]) == "".join(expected)


@pytest.mark.parametrize(
    ("template", "number"),
    [
        ("", 0),
        ("{message} {0} {}", 0),
        ("{2} {1}", 2),
        ({"a": ["{1}", {"{12}": "x"}], "b": 7}, 12),
        (b"{1}", 0),
        (print, 0),
    ],
)
def test_highest_group(template: object, number: int):
    assert highest_group(template) == number
