"""Requests as no client sends them by itself."""

from __future__ import annotations

import pytest

from RobotWebSocketLibrary.client.altered_head import AlteredFields, alter_head

HEAD = b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nHost: h\r\nSec-WebSocket-Version: 13\r\nX-A: 1\r\n\r\n"


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ([], ["Upgrade: websocket", "Host: h", "Sec-WebSocket-Version: 13", "X-A: 1"]),
        ([("host", "other")], ["Upgrade: websocket", "host: other", "Sec-WebSocket-Version: 13", "X-A: 1"]),
        ([("SEC-websocket-version", None)], ["Upgrade: websocket", "Host: h", "X-A: 1"]),
        (
            [("Host", "a"), ("Upgrade", None), ("Host", "b")],
            ["Host: a", "Host: b", "Sec-WebSocket-Version: 13", "X-A: 1"],
        ),
        ([("X-B", "2")], ["Upgrade: websocket", "Host: h", "Sec-WebSocket-Version: 13", "X-A: 1", "X-B: 2"]),
        ([("X-B", None)], ["Upgrade: websocket", "Host: h", "Sec-WebSocket-Version: 13", "X-A: 1"]),
        ([("Upgrade", "h2c")], ["Upgrade: h2c", "Host: h", "Sec-WebSocket-Version: 13", "X-A: 1"]),
    ],
)
def test_headers_are_replaced_repeated_and_left_out(fields: AlteredFields, lines: list[str]):
    altered = alter_head(HEAD, "GET", fields)
    assert altered.decode() == "\r\n".join(["GET /chat HTTP/1.1", *lines, "", ""])


def test_a_header_that_was_there_twice_is_replaced_once():
    head = HEAD.replace(b"X-A: 1", b"X-A: 1\r\nX-B: 2\r\nx-a: 3")
    assert alter_head(head, "GET", [("X-A", "4")]).endswith(b"13\r\nX-A: 4\r\nX-B: 2\r\n\r\n")


def test_method_is_another_one():
    assert alter_head(HEAD, "POST", []) == HEAD.replace(b"GET", b"POST")
