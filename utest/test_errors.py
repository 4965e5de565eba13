import errno
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.errors import (
    QUOTE_LIMIT,
    ConnectionClosedError,
    HandshakeError,
    MessageTimeoutError,
    ProtocolError,
    WebSocketError,
    describe_os_error,
    escaped,
    make_os_error,
    quoted,
)
from RobotWebSocketLibrary.protocol.http import Response


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("", "''"),
        ("hello", "'hello'"),
        ("grüße €𝄞", "'grüße €𝄞'"),
        ("*HTML*<img src=x onerror=alert(1)>", "'*HTML*<img src=x onerror=alert(1)>'"),
        ("two\r\nlines\tand a tab", r"'two\r\nlines\tand a tab'"),
        ("\x1b[31mred\x07", r"'\x1b[31mred\x07'"),
        ("nul\0del\x7f", r"'nul\x00del\x7f'"),
        ("c1\x85\x9b", r"'c1\x85\x9b'"),
        ("\u202egnp.exe", r"'\u202egnp.exe'"),  # text that runs to the left
        ("\u2066a\u2069\u200b\ufeff", r"'\u2066a\u2069\u200b\ufeff'"),
        ("\u2028\u2029\xa0", r"'\u2028\u2029\xa0'"),
        ("\ud800", r"'\ud800'"),  # half a surrogate pair: no file in UTF-8 can hold it
        ("\U000e0041", r"'\U000e0041'"),
        (r"C:\new", r"'C:\new'"),
        (b"", "''"),
        (b"hello", "'hello'"),
        (b"\0\xff\r\n\x1b", r"'\x00\xff\r\n\x1b'"),
        ("€".encode(), r"'\xe2\x82\xac'"),
        (bytes(range(125, 131)), r"'}~\x7f\x80\x81\x82'"),
    ],
)
def test_remote_text_is_quoted(remote: str | bytes, shown: str):
    assert quoted(remote) == shown


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("x" * 200, f"'{'x' * 200}'"),
        ("x" * 201, f"'{'x' * 200}…' (201 characters)"),
        ("€" * 20_000_000, f"'{'€' * 200}…' (20,000,000 characters)"),
        (b"x" * 200, f"'{'x' * 200}'"),
        (b"x" * 201, f"'{'x' * 200}…' (201 bytes)"),
        (b"\0" * 1_000, rf"'{chr(92)}x00{(chr(92) + 'x00') * 199}…' (1,000 bytes)"),
    ],
)
def test_remote_text_is_cut(remote: str | bytes, shown: str):
    assert quoted(remote) == shown


def test_another_length_can_be_shown():
    assert quoted("Hello", 4) == "'Hell…' (5 characters)"
    assert quoted(b"Hello", limit=5) == "'Hello'"


anything = st.text(st.characters(codec=None), max_size=300) | st.binary(max_size=300)


@given(anything)
def test_quoted_text_can_be_written_anywhere(remote: str | bytes):
    shown = quoted(remote)
    assert shown.isprintable()
    assert shown.encode()
    assert shown.startswith("'")
    assert len(shown) <= QUOTE_LIMIT * len(r"\U0010ffff") + len("'…' (300 characters)")


@given(st.text(st.characters(codec=None), max_size=50))
def test_escaping_keeps_what_is_printable(text: str):
    shown = escaped(text)
    assert shown.isprintable()
    assert shown == text or not text.isprintable()


@pytest.mark.parametrize("text", ["", "Hello, world!", "grüße €𝄞", r"\n", "*HTML*"])
def test_printable_text_is_not_escaped(text: str):
    assert escaped(text) == text


PAGE = (
    b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
    b"<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)
SWITCH, REFUSAL = Response(101, "Switching Protocols"), Response(403, "Forbidden\x1b", body=b"why?")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (HandshakeError("ws://localhost:1/", "the server answered 403."), "the server answered 403."),
        (HandshakeError("ws://localhost:1/", "no answer", REFUSAL), "no answer"),
        (
            HandshakeError("ws://localhost:1/", response=REFUSAL),
            r"the server answered 403 Forbidden\x1b instead of 101. The body begins 'why?'",
        ),
        (
            HandshakeError("ws://localhost:1/", response=Response(404, "Not Found", body=PAGE)),
            "the server answered 404 Not Found instead of 101. The page says '404 Not Found nginx/1.18.0'",
        ),
        (
            HandshakeError("ws://localhost:1/", response=Response(404, ""), expected_status=401),
            "the server answered 404 instead of 401",
        ),
        (
            HandshakeError("ws://localhost:1/", response=SWITCH, expected_status=401),
            "the server accepted it, but HTTP 401 was expected",
        ),
    ],
)
def test_handshake_error_makes_its_sentence(error: HandshakeError, reason: str):
    assert error.reason == reason
    assert str(error) == f"Opening handshake with 'ws://localhost:1/' failed: {reason.removesuffix('.')}."


def test_handshake_error_keeps_what_is_known():
    error = HandshakeError("ws://localhost:1/", response=REFUSAL)
    assert (error.url, error.response, error.status, error.expected_status) == ("ws://localhost:1/", REFUSAL, 403, 101)
    error.location, error.remedy, error.expected_status = "/\x1b", "`redirects=1` follows it", 401
    error.details = ["One line more."]
    assert str(error) == (
        r"Opening handshake with 'ws://localhost:1/' failed: the server answered 403 Forbidden\x1b instead of 401 and "
        r"redirects to '/\x1b'; `redirects=1` follows it." + "\nOne line more."
    )
    unanswered = HandshakeError("ws://localhost:1/", "no answer")
    assert (unanswered.response, unanswered.status) == (None, None)


@pytest.mark.parametrize("error", [HandshakeError, ConnectionClosedError, MessageTimeoutError])
def test_errors_of_keywords_are_websocket_errors(error: type[Exception]):
    assert issubclass(error, WebSocketError)


def test_robot_shows_the_sentence_without_the_class():
    assert WebSocketError.ROBOT_SUPPRESS_NAME is True


def test_protocol_error_has_a_close_code():
    assert str(ProtocolError("reserved opcode 0x3")) == "reserved opcode 0x3"
    assert ProtocolError("reserved opcode 0x3").code == 1002
    assert ProtocolError("invalid UTF-8", 1007).code == 1007
    assert not issubclass(ProtocolError, WebSocketError)


def test_winsock_errors_are_told_in_the_words_that_python_has_for_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "errorTab", {8: "not this", 10061: "The connection was refused."}, raising=False)
    assert describe_os_error(make_os_error(10061)) == "The connection was refused"
    assert describe_os_error(OSError(10061, "Windows Error 0x274d")) == "The connection was refused"
    assert describe_os_error(OSError(8, "Exec format error")) == "Exec format error"
    assert describe_os_error(OSError("a failure without a number")) == "a failure without a number"


def test_an_error_number_has_its_class_and_the_words_of_the_system():
    error = make_os_error(errno.ECONNREFUSED)
    assert isinstance(error, ConnectionRefusedError)
    assert describe_os_error(error) == "Connection refused"
