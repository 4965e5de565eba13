"""Answers to opening handshakes that a test scripts, seen by clients that we did not write."""

import time
from contextlib import ExitStack
from typing import Any

import pytest
import websocket
from websockets.exceptions import InvalidHandshake, InvalidHeaderValue, InvalidStatus, NegotiationError

from leaks import server_threads
from peers.certificates import TlsFiles, client_context
from peers.clients import (
    ACCEPT,
    PATIENCE,
    answer_to,
    answers_pings,
    at_once,
    eventually,
    opened,
    raw_client,
    request,
    tls_client,
    websockets_client,
)
from peers.raw import AT_ONCE, TEXT, WireFrame, frame, seconds_since
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.server import scripted_responses as responses_module
from RobotWebSocketLibrary.server import server as server_module
from RobotWebSocketLibrary.server.certificates import load_tls
from RobotWebSocketLibrary.server.scripted_responses import ScriptedResponse
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start


def script(
    server: WebSocketServer, status: int | None, *, path: str | None = None, times: int | None = None, **how: Any
):
    server.scripted_responses.set(ScriptedResponse(status, **how), path, times)


def statuses(server: WebSocketServer, *paths: str) -> list[int]:
    return [answer_to(server, request(path))[0] for path in paths]


def test_refusal_is_sent_as_given(start: Start):
    server = start()
    script(
        server,
        401,
        reason="Who are you",
        headers=(("WWW-Authenticate", "Bearer"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
        body="Grüße\n",
    )
    _, answer = answer_to(server, request())
    assert answer.split("\r\n") == [
        "HTTP/1.1 401 Who are you",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Length: 8",
        "Connection: close",
        "WWW-Authenticate: Bearer",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        "",
        "Grüße\n",
    ]
    with pytest.raises(InvalidStatus) as failure:
        websockets_client(server)
    answered = failure.value.response
    assert (answered.status_code, answered.reason_phrase, answered.body) == (401, "Who are you", "Grüße\n".encode())
    assert answered.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, ["Content-Length: 0", "Connection: close"]),
        ({"body": b"\x00\xff"}, ["Content-Type: application/octet-stream", "Content-Length: 2", "Connection: close"]),
        (
            {"body": "{}", "headers": (("content-type", "application/json"),)},
            ["Content-Length: 2", "Connection: close", "content-type: application/json"],
        ),
    ],
)
def test_headers_that_were_given_replace_those_of_the_server(start: Start, how: dict[str, Any], expected: list[str]):
    server = start()
    script(server, 503, **how)
    with raw_client(server) as client:
        client.send(request())
        head = client.receive_head().decode()
        assert head.split("\r\n")[:-2] == ["HTTP/1.1 503 Service Unavailable", *expected]
        assert client.receive_rest() == (
            how.get("body", b"") if isinstance(how.get("body"), bytes) else b"{}"[: 2 * len(how)]
        )


@pytest.mark.parametrize(("status", "line"), [(599, "HTTP/1.1 599 "), (404, "HTTP/1.1 404 Not Found")])
def test_status_has_its_usual_reason(start: Start, status: int, line: str):
    server = start()
    script(server, status)
    assert answer_to(server, request())[1].startswith(f"{line}\r\n")


def test_redirect_is_followed(start: Start):
    target = start(default_protocol="echo")
    server = start()
    script(server, 302, headers=(("Location", f"{target.url}new"),))
    with websockets_client(server) as client:
        client.send("hello")
        assert client.recv(timeout=PATIENCE) == "hello"
    assert [asked.path for asked in target.handshake_requests] == ["/new"]


def test_answer_is_delayed(start: Start):
    server = start()
    script(server, 101, delay=0.3)
    begun = time.monotonic()
    with raw_client(server) as client:
        client.send(request() + frame(TEXT, b"one", masked=True))
        client.send(frame(TEXT, b"two", masked=True))
        client.receive_head()
        assert 0.3 <= seconds_since(begun) < AT_ONCE
        assert [client.receive_frame().payload for _ in range(2)] == [b"one", b"two"]
    script(server, 101, delay=3600)
    with pytest.raises(TimeoutError):
        websockets_client(server, open_timeout=0.1)


def test_delay_of_one_client_delays_no_other(start: Start):
    server = start()
    script(server, 101, delay=3600, path="/slow")
    with raw_client(server) as slow, at_once():
        slow.send(request("/slow"))
        with opened(server) as client:
            assert answers_pings(client)


@pytest.mark.parametrize("leave", ["close", "finish", "reset"])
@pytest.mark.parametrize("how", [{"status": None}, {"status": 101, "delay": 3600}])
def test_client_that_does_not_wait_for_its_answer_is_forgotten(start: Start, how: dict[str, Any], leave: str):
    server = start()
    script(server, **how)
    with raw_client(server) as client:
        client.send(request())
        eventually(lambda: server.handshake_requests)
        client.send(b"impatient")
        getattr(client, leave)()
        eventually(lambda: len(server_threads(server.port)) == 1)  # which accepts
    assert server.handshake_requests[0].status is None
    assert server.served == 0


def test_client_that_floods_before_its_answer_is_dropped(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(responses_module, "EARLY_LIMIT", 1000)
    server = start()
    script(server, 101, delay=3600)
    with raw_client(server) as client:
        client.send(request())
        eventually(lambda: server.handshake_requests)
        client.send(b"x" * 2000)
        with pytest.raises((EOFError, ConnectionError)):
            client.receive_head()


def test_handshake_is_never_answered(start: Start):
    server = start()
    script(server, None, times=1)
    with pytest.raises(TimeoutError):
        websockets_client(server, open_timeout=0.2)
    with raw_client(server) as client:
        script(server, None, times=1)
        client.send(request())
        client.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.receive(1)
    with opened(server) as client:
        assert answers_pings(client)
    assert [asked.status for asked in server.handshake_requests] == [None, None, 101]


@pytest.mark.parametrize("tls", [False, True])
def test_unanswered_handshakes_end_with_the_server(
    start: Start, files: TlsFiles, tls: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(server_module, "STOP_SECONDS", PATIENCE)
    server = start(tls=load_tls(files.together, None, None) if tls else None)
    script(server, None, path="/never")
    script(server, 101, delay=3600, path="/late")
    with ExitStack() as stack:
        for path in ("/never", "/late") * 3:
            client = tls_client(server, client_context()) if tls else raw_client(server)
            stack.enter_context(client).send(request(path))
        eventually(lambda: len(server.handshake_requests) == 6)
        with at_once():  # no client is there that patience could help
            server.stop()
        eventually(lambda: not server_threads(server.port))


def test_wrong_accept_is_refused_by_clients(start: Start):
    server = start()
    script(server, 101, accept="wrong")
    with pytest.raises(InvalidHeaderValue, match="invalid Sec-WebSocket-Accept header: wrong"):
        websockets_client(server)
    with pytest.raises(websocket.WebSocketException):
        websocket.create_connection(server.url, timeout=PATIENCE)
    script(server, 101, accept=None)
    with pytest.raises(InvalidHandshake, match="missing Sec-WebSocket-Accept header"):
        websockets_client(server)


def test_client_that_accepts_a_wrong_answer_has_an_ordinary_connection(start: Start):
    server = start()
    script(server, 101, accept="wrong", subprotocol="nobody-knows", reason="Fine", headers=(("X-Tag", "1"),))
    with raw_client(server) as client:
        client.send(request(Sec_WebSocket_Protocol="chat"))
        assert client.receive_head().split(b"\r\n")[:-2] == [
            b"HTTP/1.1 101 Fine",
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Protocol: nobody-knows",
            b"Sec-WebSocket-Accept: wrong",
            b"X-Tag: 1",
        ]
        client.send_frame(TEXT, b"hello")
        assert client.receive_frame() == WireFrame(TEXT, b"hello")
        [end] = server.take_open_clients(lambda _: True)
        assert end.connection.subprotocol == "nobody-knows"
        assert end.handshake.response.reason == "Fine"


def test_wrong_subprotocol_is_refused_by_clients(start: Start):
    server = start()
    script(server, 101, subprotocol="other")
    for offered in (None, ["echo"]):
        with pytest.raises(NegotiationError):
            websockets_client(server, subprotocols=offered)


@pytest.mark.parametrize(
    ("scripted", "offered", "chosen", "behavior"),
    [
        (None, "echo-server-close", None, "echo-server-close"),
        (None, "unknown", None, "silent"),
        ("echo", "echo-server-close", "echo", "echo"),
        ("echo", None, "echo", "echo"),
        ("unknown", "unknown", "unknown", "silent"),
        ("unknown", "echo", "unknown", "echo"),
    ],
)
def test_subprotocol_of_a_script(
    start: Start, scripted: str | None, offered: str | None, chosen: str | None, behavior: str
):
    server = start(default_protocol="silent")
    script(server, 101, subprotocol=scripted)
    with raw_client(server) as client:
        client.send(request(Sec_WebSocket_Protocol=offered))
        line = f"\r\nSec-WebSocket-Protocol: {chosen}\r\n" if chosen else "\r\n\r\n"
        assert line in client.receive_head().decode()
        [end] = server.clients
        assert (end.connection.subprotocol, end.behavior.name) == (chosen, behavior)


def test_script_that_gives_extensions_agrees_on_none(start: Start):
    server = start()
    script(server, 101, headers=(("Sec-WebSocket-Extensions", "x-other"),))
    with raw_client(server) as client:
        client.send(request(Sec_WebSocket_Extensions="permessage-deflate"))
        assert b"\r\nSec-WebSocket-Extensions: x-other\r\n" in client.receive_head()
        client.send_frame(TEXT, b"hello")
        assert client.receive_frame() == WireFrame(TEXT, b"hello")
    with pytest.raises(NegotiationError):
        websockets_client(server)


def test_scripted_101_lets_in_only_whom_the_server_would_let_in(start: Start):
    server = start(max_clients=1)
    script(server, 101, accept="wrong")
    assert answer_to(server, request(Sec_WebSocket_Key=None))[0] == 400
    assert answer_to(server, request(Origin="https://evil.example"))[0] == 403
    assert len(server.notices) == 1
    with opened(server):
        assert answer_to(server, request())[0] == 503


def test_scripted_403_says_nothing_of_origins(start: Start):
    server = start()
    script(server, 403)
    assert answer_to(server, request(Origin="https://evil.example"))[0] == 403
    assert list(server.notices) == []


def test_plain_http_is_answered_as_ever(start: Start):
    server = start()
    script(server, 401, times=1)
    assert answer_to(server, request(Upgrade=None))[0] == 426
    assert statuses(server, "/", "/") == [401, 101]


def test_counted_answers_come_first_and_in_their_order(start: Start):
    server = start()
    script(server, 401)
    script(server, 503, times=2)
    script(server, 404, times=1)
    assert statuses(server, *"/" * 5) == [503, 503, 404, 401, 401]


def test_lasting_answer_replaces_the_one_of_the_same_path(start: Start):
    server = start()
    script(server, 401)
    script(server, 403, path="/a")
    script(server, 404)
    assert statuses(server, "/a", "/b", "/a?b=1") == [403, 404, 403]
    script(server, 410, path="/a?b=1")
    assert statuses(server, "/a", "/a?b=1") == [403, 410]


def test_counted_answer_for_a_path_waits_for_it(start: Start):
    server = start()
    script(server, 401, path="/a", times=1)
    script(server, 403, times=1)
    assert statuses(server, "/b", "/b", "/a", "/a") == [403, 101, 401, 101]


def test_usual_answer_takes_back_all(start: Start):
    server = start()
    for path in (None, "/a"):
        script(server, 401, path=path)
        script(server, 403, path=path, times=3)
    script(server, 101)
    assert statuses(server, "/", "/a") == [101, 101]


def test_usual_answer_for_a_path_takes_back_that_of_the_path_and_is_an_exception(start: Start):
    server = start()
    script(server, 401, path="/a", times=3)
    script(server, 404, path="/b", times=1)
    script(server, 403)
    script(server, 101, path="/a")
    assert statuses(server, "/a", "/b", "/b", "/a") == [101, 404, 403, 101]


def test_usual_answer_can_be_counted(start: Start):
    server = start()
    script(server, 401)
    script(server, 101, times=1)
    assert statuses(server, "/", "/") == [101, 401]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"status": 99}, "Cannot answer handshakes with the status 99: it must be from 100 to 599."),
        ({"status": 600}, "Cannot answer handshakes with the status 600: it must be from 100 to 599."),
        ({"status": -1}, "Cannot answer handshakes with the status -1: it must be from 100 to 599."),
        ({"times": 0}, "The argument 'times' is 0; it must be at least 1."),
        ({"times": -3}, "The argument 'times' is -3; it must be at least 1."),
        (
            {"status": None, "delay": 1.0},
            "A handshake that is never answered (status NONE) takes only 'times' and 'path'.",
        ),
        ({"status": 101, "body": "x"}, "A handshake that is answered with 101 has no 'body': messages follow."),
        ({"accept": "x"}, "The arguments 'accept' and 'subprotocol' belong to the status 101."),
        ({"subprotocol": None}, "The arguments 'accept' and 'subprotocol' belong to the status 101."),
        ({"reason": "a\rb"}, "The argument 'reason' contains a line break or NUL (position 2)."),
        (
            {"status": 101, "accept": "x\n"},
            "The argument 'accept' contains a line break or NUL (position 2).",
        ),
        (
            {"status": 101, "subprotocol": "\0x"},
            "The argument 'subprotocol' contains a line break or NUL (position 1).",
        ),
        ({"headers": (("X", "a\r\nY: b"),)}, "The header 'X' contains a line break or NUL (position 2)."),
        (
            {"headers": (("X: y\r\nZ", "a"),)},
            r"Invalid header name 'X: y\r\nZ': use letters, digits and hyphens.",
        ),
        ({"headers": (("", "a"),)}, "Invalid header name '': use letters, digits and hyphens."),
        ({"headers": (("X", "a\ud800"),)}, "The header 'X' contains half a surrogate pair (position 2)."),
        ({"body": "\ud800"}, "The argument 'body' contains half a surrogate pair (position 1)."),
    ],
)
def test_what_cannot_be_answered_is_refused_before_anything_is_set(start: Start, how: dict[str, Any], expected: str):
    server = start()
    with pytest.raises(WebSocketError) as failure:
        script(server, **{"status": 401, **how})
    assert str(failure.value) == expected
    assert statuses(server, "/") == [101]


def test_request_that_was_accepted_has_the_answer_of_the_rfc_again(start: Start):
    server = start()
    script(server, 101, accept="wrong", times=1)
    answer_to(server, request())
    assert ACCEPT.decode() in answer_to(server, request())[1]
