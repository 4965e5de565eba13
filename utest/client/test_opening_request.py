from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from peers.scripted import serving
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.client.websocket_client import write_request
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.protocol.deflate import OFFER

from .conftest import Opening

FIELDS = {
    "header": lambda text: {"headers": {"X-A": text}},
    "header name": lambda text: {"headers": {text: "value"}},
    "cookie": lambda text: {"cookies": {"name": text}},
    "cookie name": lambda text: {"cookies": {text: "value"}},
    "origin": lambda text: {"origin": text},
    "subprotocol": lambda text: {"subprotocols": [text]},
}


@pytest.mark.parametrize("sign", ["\r", "\n", "\r\nX-Evil: 1\r\n", "\0", "\x7f", "\x85", "\u2028"])
@pytest.mark.parametrize("field", [*FIELDS, "host", "path", "query"])
def test_nothing_is_sent_where_a_field_would_change_the_request(field: str, sign: str, opening: Opening):
    text = f"secret{sign}"
    seen: list[bytes] = []
    with serving(lambda end: seen.append(end.receive_rest())) as server:
        urls = {
            "host": f"ws://127.0.0.1{sign}:{server.port}/",
            "path": f"{server.url}{sign}",
            "query": f"{server.url}?a={sign}",
        }
        with pytest.raises(WebSocketError) as failure:
            opening(urls.get(field, server.url), **FIELDS.get(field, lambda _: {})(text))
    assert not any(seen)
    assert "\n" not in str(failure.value)
    if "name" not in field and field != "subprotocol":
        assert "secret" not in str(failure.value)


def request(**options: Any) -> OpeningRequest:
    return OpeningRequest(read_url("ws://h/"), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"headers": {"X-A": "a\r\nb"}}, "Header 'X-A' contains a line break (position 2)."),
        ({"headers": {"X-A": "a\0"}}, "Header 'X-A' contains a character that cannot be sent (position 2)."),
        ({"headers": {"X A": ""}}, "Invalid header name 'X A': a header name consists of letters, digits and hyphens."),
        ({"headers": {"": ""}}, "Invalid header name '': a header name consists of letters, digits and hyphens."),
        (
            {"headers": {"content-length": "5"}},
            "The header 'content-length' belongs to the handshake and cannot be given.",
        ),
        (
            {"altered": [("Transfer-Encoding", "chunked")]},
            "The header 'Transfer-Encoding' belongs to the handshake and cannot be given.",
        ),
        ({"altered": [("Host", "a\r\nb")]}, "Header 'Host' contains a line break (position 2)."),
        ({"method": "G T"}, "Invalid HTTP method 'G T': write one such as 'GET'."),
        (
            {"altered": [("Sec-WebSocket-Protocol", "a")], "subprotocols": ["b"]},
            "Give either the header 'Sec-WebSocket-Protocol' or `subprotocols`, not both.",
        ),
        (
            {"altered": [("sec-websocket-extensions", "x")], "compression": True},
            "Give either the header 'Sec-WebSocket-Extensions' or `compression`, not both.",
        ),
        ({"cookies": {"a=b": ""}}, "Invalid cookie name 'a=b': it is empty, or has a '=' or space around it."),
        ({"cookies": {"": ""}}, "Invalid cookie name '': it is empty, or has a '=' or space around it."),
        ({"cookies": {" a": ""}}, "Invalid cookie name ' a': it is empty, or has a '=' or space around it."),
        ({"cookies": {"a;b": ""}}, "Cookie name 'a;b' contains a character that cannot be sent (position 2)."),
        ({"cookies": {"a\nb": ""}}, "Cookie name 'a\\nb' contains a line break (position 2)."),
        ({"cookies": {"a": "b;c"}}, "Cookie 'a' contains a character that cannot be sent (position 2)."),
        ({"cookies": {"a": "b\n"}}, "Cookie 'a' contains a line break (position 2)."),
        ({"origin": "http://h\n"}, "Origin contains a line break (position 9)."),
        ({"subprotocols": ["a", "b c"]}, "Invalid subprotocol 'b c': "),
        ({"subprotocols": [""]}, "Invalid subprotocol '': "),
        ({"subprotocols": ["a", "b", "a"]}, "A subprotocol was offered twice."),
        ({"username": "u:s"}, "The user name contains a character that cannot be sent (position 2)."),
        ({"username": "us", "password": "a\nb"}, "The password contains a line break (position 2)."),
        (
            {"username": "us", "password": "\ud800"},
            "The password contains a character that cannot be sent (position 1).",
        ),
        ({"password": "pa"}, "The argument 'password' needs a 'username'."),
        (
            {"tls": TlsOptions(private_key=Path("key.pem"))},
            "The argument 'client_key' needs a 'client_certificate'.",
        ),
        ({"redirects": -1}, "The argument 'redirects' is negative: -1."),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "The header 'X-A' is given twice, in different cases."),
        (
            {"headers": {"authorization": "Bearer x"}, "username": "us"},
            "Give either the header 'Authorization' or a user name, not both.",
        ),
        (
            {"headers": {"Cookie": "a=b"}, "cookies": {"c": "d"}},
            "Give either the header 'Cookie' or `cookies`, not both.",
        ),
        ({"headers": {"ORIGIN": "a"}, "origin": "b"}, "Give either the header 'Origin' or `origin`, not both."),
    ],
)
def test_request_that_cannot_be_sent_is_explained(options: dict[str, Any], message: str):
    with pytest.raises(WebSocketError, match=f"^{re.escape(message)}"):
        request(**options).check()


def test_request_that_can_be_sent_passes():
    request(
        headers={"X-A": "tab\tand å", "X-Empty": "", "Authorization": "Bearer abc"},
        cookies={"session": "a=b", "cart[0]": "1", "a b": "2"},
        origin="http://localhost:8080",
        subprotocols=["ocpp1.6", "OCPP1.6"],
    ).check()


@pytest.mark.parametrize(
    ("url", "options", "lines"),
    [
        ("ws://h/", {}, []),
        ("ws://h/", {"headers": {"X-A": "b"}}, ["X-A: b"]),
        ("ws://h/", {"subprotocols": ["a", "B"]}, ["Sec-WebSocket-Protocol: a, B"]),
        ("ws://h/", {"compression": True}, [f"Sec-WebSocket-Extensions: {OFFER}"]),
        ("ws://h/", {"username": "us", "password": "pa"}, ["Authorization: Basic dXM6cGE="]),
        ("ws://us:pa@h/", {}, ["Authorization: Basic dXM6cGE="]),
        ("ws://us:other@h/", {"password": "pa"}, ["Authorization: Basic dXM6cGE="]),
        ("ws://us@h/", {}, ["Authorization: Basic dXM6"]),
        ("ws://h/", {"username": ""}, ["Authorization: Basic Og=="]),
    ],
)
def test_lines_of_the_request(url: str, options: dict[str, Any], lines: list[str]):
    assert OpeningRequest(read_url(url), **options).header_lines == lines


def test_cookies_of_a_header_and_those_that_servers_set_are_one_line():
    given = request(headers={"cookie": "a=b; c=d", "X-A": "b"}, cookies={"e": "f"})
    assert given.cookie_line == "a=b; c=d; e=f"
    assert given.header_lines == ["X-A: b"]


def test_credentials_in_the_url_exclude_the_header():
    with pytest.raises(WebSocketError, match="Give either the header 'Authorization' or a user"):
        OpeningRequest(read_url("ws://us:pa@h/"), headers={"Authorization": "Bearer x"}).check()


def test_text_of_a_request_holds_no_secret():
    shown = repr(
        OpeningRequest(
            read_url("ws://us:secret@h/"), headers={"X-A": "secret"}, cookies={"a": "secret"}, password="secret"
        )
    )
    assert "secret" not in shown


def test_another_origin_gets_neither_the_host_nor_the_credentials_of_the_test():
    altered = [("Host", "tenant"), ("Authorization", None), ("X-Key", "1"), ("Sec-WebSocket-Version", "8")]
    asked = request(altered=altered, secret_headers=frozenset({"x-key"}), method="POST")
    moved = asked.move_to(read_url("ws://other/"))
    assert moved.altered == [("Sec-WebSocket-Version", "8")]
    assert moved.method == "POST"
    assert asked.move_to(read_url("ws://h/path")).altered == altered


def test_altered_request_is_written():
    head = write_request(request(altered=[("Host", "a"), ("Host", "b"), ("Upgrade", None)], method="POST"))
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST / HTTP/1.1"
    assert [line for line in lines if line.startswith("Host")] == ["Host: a", "Host: b"]
    assert not any(line.startswith("Upgrade") for line in lines)
