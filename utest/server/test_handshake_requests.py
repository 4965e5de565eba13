"""Requests for an opening handshake, as a test looks at them."""

import time

import pytest

from peers.clients import answer_to, opened, request, websockets_client
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import Request
from RobotWebSocketLibrary.server import admission as admission_module
from RobotWebSocketLibrary.server.handshake_requests import HandshakeRequest, asks_for_websocket
from RobotWebSocketLibrary.server.scripted_responses import ScriptedResponse
from server.conftest import Start


def test_request_shows_what_was_asked_for(start: Start):
    server = start()
    before = time.time()
    with websockets_client(
        server,
        "chat?room=1&token=canary",
        subprotocols=["x", "echo"],
        origin="http://localhost",
        additional_headers=[("X-Tag", "one"), ("X-Tag", "two"), ("Cookie", "a=1; b=2=3; c"), ("Cookie", "d=4")],
    ):
        [asked] = server.handshake_requests
    assert (asked.path, asked.query, asked.target) == ("/chat", "room=1&token=canary", "/chat?room=1&token=canary")
    assert asked.headers["x-tag"] == "one, two"
    assert asked.headers.get_all("X-TAG") == ["one", "two"]
    assert asked.cookies == {"a": "1", "b": "2=3", "d": "4"}
    assert asked.subprotocols == ["x", "echo"]
    assert asked.origin == "http://localhost"
    assert asked.status == 101
    assert before <= asked.time <= time.time()


def test_request_without_any_of_it(start: Start):
    server = start()
    answer_to(server, request())
    [asked] = server.handshake_requests
    assert (asked.path, asked.query, asked.cookies, asked.subprotocols, asked.origin) == ("/", "", {}, [], None)


def test_refused_and_scripted_requests_are_there_in_their_order(start: Start):
    server = start()
    server.scripted_responses.set(ScriptedResponse(404), times=1, path="/scripted")
    with opened(server, "/open"):
        for data in (
            request("/scripted"),
            request("/origin", Origin="https://evil.example"),
            request("/version", Sec_WebSocket_Version="8"),
            request("/unknown", Sec_WebSocket_Protocol="unknown"),
            request("/http"),
        ):
            answer_to(server, data)
    assert [(asked.path, asked.status) for asked in server.handshake_requests] == [
        ("/open", 101),
        ("/scripted", 404),
        ("/origin", 403),
        ("/version", 426),
        ("/unknown", 400),
        ("/http", 101),
    ]


def test_what_asks_for_no_handshake_is_not_there(start: Start):
    server = start()
    answer_to(server, request(Upgrade=None))
    answer_to(server, b"no http\r\n\r\n")
    assert server.handshake_requests == []


@pytest.mark.parametrize(
    ("upgrade", "asks"), [("websocket", True), ("foo, WebSocket", True), ("h2c", False), (None, False)]
)
def test_upgrade_asks_for_a_handshake(upgrade: str | None, asks: bool):
    headers = Headers([] if upgrade is None else [("Upgrade", upgrade)])
    assert asks_for_websocket(Request("GET", "/", headers)) is asks


def test_only_the_last_requests_are_kept(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admission_module, "KEPT_REQUESTS", 3)
    server = start()
    for number in range(5):
        answer_to(server, request(f"/{number}"))
    assert [asked.path for asked in server.handshake_requests] == ["/2", "/3", "/4"]


@pytest.mark.parametrize(
    ("path", "fits"), [(None, True), ("/a", True), ("/a?b=1", True), ("/a?b=2", False), ("/", False), ("", False)]
)
def test_path_is_that_with_the_query_or_without(path: str | None, fits: bool):
    assert Request("GET", "/a?b=1").asks_for(path) is fits


def test_text_shows_no_secrets_and_is_bounded():
    headers = Headers([("Authorization", "canary"), ("Cookie", "a=canary"), ("X-Any", "canary")])
    asked = HandshakeRequest(Request("GET", "/a\x1b?token=canary&b=1&api_key=canary", headers))
    assert str(asked) == r"'/a\x1b?token=***&b=1&api_key=***' not answered"
    asked.status = 401
    assert repr(asked) == r"<HandshakeRequest '/a\x1b?token=***&b=1&api_key=***' answered with 401>"
    assert len(repr(HandshakeRequest(Request("GET", "/" + "x" * 8000)))) < 200
