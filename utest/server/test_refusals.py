"""The answers that let nobody in, as functions of a request; `test_accepting` shows them to clients."""

import pytest

from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import Request, serialize_response
from RobotWebSocketLibrary.server.refusals import refuse, refuse_above_limit, refuse_handshake

GOOD_REQUEST = {
    "Host": "server.example.com",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
PLAIN_HTTP = "This is a WebSocket server: connect with a WebSocket client, not with plain HTTP.\n"
NO_HOST = "The request must have one header 'Host', which names the server.\n"
OLD_VERSION = "The request uses HTTP/1.0; the opening handshake needs HTTP/1.1 or higher.\n"
NO_UPGRADE = "The header 'Connection: Upgrade' is missing.\n"
OTHER_VERSION = "This server speaks version 13 of the WebSocket protocol.\n"
NO_KEY = "The header 'Sec-WebSocket-Key' must hold 16 bytes in base64.\n"


def request(changes: dict[str, str | None] | None = None, method: str = "GET", version: str = "HTTP/1.1") -> Request:
    fields = (GOOD_REQUEST | (changes or {})).items()
    return Request(method, "/chat", Headers((name, value) for name, value in fields if value is not None), version)


def test_refusal_says_that_tcp_ends():
    assert serialize_response(refuse(426, "Grüße!\n", ("Upgrade", "websocket"))) == (
        b"HTTP/1.1 426 Upgrade Required\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: 9\r\n"
        b"Connection: close\r\n"
        b"Upgrade: websocket\r\n"
        b"\r\n"
        b"Gr\xc3\xbc\xc3\x9fe!\n"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Upgrade": "WebSocket"},
        {"Upgrade": "h2c, websocket"},
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "upgrade"},
        {"Origin": "null"},
    ],
)
def test_handshake_is_not_refused(changes: dict[str, str | None]):
    assert refuse_handshake(request(changes)) is None


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"Host": None}, 400, NO_HOST),
        ({"Host": ""}, 400, NO_HOST),
        ({"host": "another.example.com"}, 400, NO_HOST),
        ({"Host": None, "Upgrade": None}, 400, NO_HOST),
        ({"Upgrade": None}, 426, PLAIN_HTTP),
        ({"Upgrade": "h2c"}, 426, PLAIN_HTTP),
        ({"Connection": None}, 400, NO_UPGRADE),
        ({"Connection": "keep-alive"}, 400, NO_UPGRADE),
        ({"Sec-WebSocket-Version": None}, 426, OTHER_VERSION),
        ({"Sec-WebSocket-Version": "8"}, 426, OTHER_VERSION),
        ({"Sec-WebSocket-Key": None}, 400, NO_KEY),
        ({"Sec-WebSocket-Key": ""}, 400, NO_KEY),
        ({"Sec-WebSocket-Key": "c2hvcnQ="}, 400, NO_KEY),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZSE="}, 400, NO_KEY),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"}, 400, NO_KEY),
        ({"Sec-WebSocket-Key": "no base64 at all: €"}, 400, NO_KEY),
        ({"sec-websocket-key": GOOD_REQUEST["Sec-WebSocket-Key"]}, 400, NO_KEY),
    ],
)
def test_wrong_handshake_is_refused(changes: dict[str, str | None], status: int, text: str):
    refusal = refuse_handshake(request(changes))
    assert refusal is not None
    assert (refusal.status, refusal.text) == (status, text)
    assert refusal.headers["Connection"] == "close"
    assert refusal.headers.get("Upgrade") == ("websocket" if status == 426 else None)
    assert refusal.headers.get("Sec-WebSocket-Version") == ("13" if text == OTHER_VERSION else None)


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({}, 400, OLD_VERSION),
        ({"Host": None}, 400, OLD_VERSION),
        ({"Upgrade": None}, 426, PLAIN_HTTP),
        ({"Host": None, "Upgrade": None}, 426, PLAIN_HTTP),
    ],
)
def test_request_of_an_older_version_is_refused(changes: dict[str, str | None], status: int, text: str):
    refusal = refuse_handshake(request(changes, version="HTTP/1.0"))
    assert refusal is not None
    assert (refusal.status, refusal.text) == (status, text)


def test_request_of_a_higher_version_is_not_refused():
    assert refuse_handshake(request(version="HTTP/1.2")) is None


@pytest.mark.parametrize("method", ["POST", "HEAD", "get"])
def test_request_with_another_method_is_refused(method: str):
    refusal = refuse_handshake(request(method=method))
    assert refusal is not None
    assert (refusal.status, refusal.text) == (426, PLAIN_HTTP)


@pytest.mark.parametrize(("limit", "clients"), [(1, "1 client"), (2, "2 clients"), (1000, "1,000 clients")])
def test_limit_of_clients_is_named(limit: int, clients: str):
    assert refuse_above_limit(limit).text == f"The server has reached its limit of {clients}.\n"
