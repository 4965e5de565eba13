"""Plain HTTP on the port of a test server, asked by Python's own client and by hand."""

from __future__ import annotations

import ssl
import threading
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from peers.certificates import TlsFiles, client_context
from peers.clients import answer_to, at_once, eventually, raw_client
from peers.raw import PATIENCE
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WaitError, WebSocketError
from RobotWebSocketLibrary.server import http_responses, plain_http
from RobotWebSocketLibrary.server.certificates import choose_tls
from RobotWebSocketLibrary.server.handshake_requests import HttpRequest
from RobotWebSocketLibrary.server.http_responses import HttpResponse
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start

PAGE = {"Origin": "http://localhost:3000"}


class Answer:
    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(server: WebSocketServer, method: str, path: str, body: Any = None, **options: Any) -> Answer:
    asking = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        asking.request(method, path, body, **options)
        return Answer(asking.getresponse())
    finally:
        asking.close()


def requests_of(server: WebSocketServer) -> list[HttpRequest]:
    return list(server.http_responses.requests)


def client_fails(server: WebSocketServer) -> list[str]:
    """What a failure says came instead of a client."""
    with pytest.raises(WaitError) as failure:
        server.wait_for_client(Deadline(0), lambda _: True, "client")
    return failure.value.details


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        (None, "text/plain; charset=utf-8", b""),
        ("Grüße", "text/plain; charset=utf-8", "Grüße".encode()),
        (' {"a": 1}', "application/json", b' {"a": 1}'),
        ("<!doctype html><p>hello", "text/html; charset=utf-8", b"<!doctype html><p>hello"),
        (b"\x00\xff", "application/octet-stream", b"\x00\xff"),
        ({"ü": [1, None]}, "application/json", '{"ü":[1,null]}'.encode()),
        (lambda request: {"asked": request.query}, "application/json", b'{"asked":"n=1"}'),
    ],
)
def test_answer_has_its_type_and_its_bytes(start: Start, body: Any, kind: str, content: bytes):
    server = start()
    server.http_responses.add(HttpResponse("GET", "/a", body=body))
    answer = ask(server, "GET", "/a?n=1")
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, kind, content)
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.html", "text/html; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("logo.png", "image/png"),
        ("data", "application/octet-stream"),
    ],
)
def test_file_is_read_for_each_request(start: Start, tmp_path: Path, name: str, kind: str):
    file = tmp_path / name
    file.write_bytes(b"first")
    server = start()
    server.http_responses.add(HttpResponse("GET", "/", file=file))
    assert ask(server, "GET", "/").body == b"first"
    file.write_bytes(b"second")
    answer = ask(server, "GET", "/")
    assert (answer.body, answer.headers["Content-Type"]) == (b"second", kind)


def test_headers_of_the_test_go_before(start: Start):
    server = start()
    fields = (("content-type", "text/csv"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
    server.http_responses.add(HttpResponse("GET", "/", 299, fields, "a,b"))
    answer = ask(server, "GET", "/")
    assert answer.status == 299
    assert answer.headers.get_all("Content-Type") == ["text/csv"]
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_first_answer_that_fits_is_used(start: Start):
    server = start()
    for response in (
        HttpResponse("GET", "/health", 503, times=1),
        HttpResponse("GET", "/health", body="ok"),
        HttpResponse("POST", "/user/*", body="created"),
        HttpResponse("*", "/any", body="any"),
        HttpResponse("GET", "/räume", body="rooms"),
    ):
        server.http_responses.add(response)
    assert [ask(server, "GET", "/health").status for _ in range(3)] == [503, 200, 200]
    assert ask(server, "POST", "/user/7?x=1").body == b"created"
    assert [ask(server, method, "/any").body for method in ("DELETE", "PATCH")] == [b"any", b"any"]
    assert ask(server, "GET", "/r%C3%A4ume").body == b"rooms"
    assert [ask(server, *asked).status for asked in (("GET", "/user/7"), ("POST", "/health"), ("GET", "/"))] == [
        426
    ] * 3


def test_head_gets_no_body(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("GET", "/", body="hello"))
    answer = ask(server, "HEAD", "/")
    assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, "5", b"")


def test_head_that_is_refused_gets_no_body(start: Start):
    status, answer = answer_to(start(), b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status == 426
    assert "\r\nContent-Length: 82\r\n" in answer
    assert answer.endswith("\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_answer_without_a_body_has_no_length(start: Start, status: int):
    server = start()
    server.http_responses.add(HttpResponse("GET", "/", status))
    answer = ask(server, "GET", "/")
    assert (answer.status, answer.headers["Content-Length"], answer.headers["Content-Type"]) == (status, None, None)


def test_requests_are_kept_with_their_bodies_and_answers(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("POST", "/login", 201))
    ask(server, "POST", "/login?a=1", '{"user": "Ann"}', headers={"Cookie": "sid=1"})
    ask(server, "PUT", "/other", iter([b"in ", b"chunks"]), headers={"Content-Type": "text/plain; charset=latin-1"})
    login, other = requests_of(server)
    assert (login.method, login.path, login.query, login.status) == ("POST", "/login", "a=1", 201)
    assert (login.body, login.json, login.cookies) == (b'{"user": "Ann"}', {"user": "Ann"}, {"sid": "1"})
    assert (other.method, other.text, other.status) == ("PUT", "in chunks", 426)
    assert (str(login), repr(other)) == (
        "POST '/login?a=1' answered with 201",
        "<HttpRequest PUT '/other' answered with 426>",
    )
    with pytest.raises(WebSocketError, match=r"^The body of the request PUT '/other' answered with 426 is not JSON: "):
        _ = other.json
    assert server.handshake_requests == []


def test_large_body_is_asked_for(start: Start):
    """As curl waits for it."""
    server = start()
    server.http_responses.add(HttpResponse("POST", "/", body="taken"))
    with raw_client(server) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert client.receive_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"hello")
        assert client.receive_head().startswith(b"HTTP/1.1 200 OK\r\n")
    assert requests_of(server)[0].body == b"hello"


@pytest.mark.parametrize(
    ("request_lines", "status", "told"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400, "must have one header 'Host'"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400, "does not say clearly where its body ends"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413, "longer than 16,777,216 bytes"),
    ],
)
def test_request_that_cannot_be_read(start: Start, request_lines: bytes, status: int, told: str):
    server = start()
    server.http_responses.add(HttpResponse("POST", "/"))
    answered, text = answer_to(server, request_lines)
    assert answered == status
    assert told in text
    assert requests_of(server)[0].status == status


def test_body_that_does_not_come(start: Start):
    server = start(handshake_timeout=0.1)
    server.http_responses.add(HttpResponse("POST", "/"))
    status, text = answer_to(server, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
    assert (status, text.splitlines()[-1]) == (408, "The body of the request was not complete in 100 milliseconds.")


def test_client_that_leaves_before_its_body_is_complete(start: Start):
    server = start()
    with raw_client(server) as client:
        client.send(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        client.socket.shutdown(1)
        assert client.receive_rest() == b""
    eventually(lambda: client_fails(server) == ["1 client left before it was answered: '/a'"])


def test_wait_for_a_client_says_what_was_answered(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("*", "/negotiate"))
    for _ in range(2):
        ask(server, "POST", "/negotiate?token=secret")
    ask(server, "GET", "/other")
    assert client_fails(server) == [
        "2 plain HTTP requests were answered: POST /negotiate with 200",
        "1 plain HTTP request got 426: GET /other",
    ]
    assert [attempt.outcome for attempt in server.outage.attempts.find(None)] == ["426"]


def test_page_of_an_allowed_origin_may_read_the_answer(start: Start):
    server = start(allowed_origins=("https://shop.example",))
    server.http_responses.add(HttpResponse("GET", "/a"))
    for origin in ("https://shop.example", "http://localhost:3000"):
        answer = ask(server, "GET", "/a", headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert answer.headers["Vary"] == "Origin"
    for headers in ({}, {"Origin": "https://evil.example"}):
        answer = ask(server, "GET", "/a", headers=headers)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, None)


def test_preflight_is_answered_where_a_request_would_be(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("POST", "/a", times=1))
    server.http_responses.add(HttpResponse("*", "/any"))
    wanted = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-A, X-B"}
    answer = ask(server, "OPTIONS", "/a", headers=wanted)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "X-A, X-B"
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE["Origin"]
    assert ask(server, "OPTIONS", "/none", headers=wanted).status == 426
    answer = ask(server, "OPTIONS", "/any", headers=wanted)
    assert (answer.status, answer.headers["Access-Control-Allow-Methods"]) == (
        204,
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    )
    answer = ask(server, "OPTIONS", "/a", headers=PAGE)
    assert answer.headers["Access-Control-Allow-Headers"] is None
    assert ask(server, "OPTIONS", "/any", headers=PAGE).status == 200
    server.http_responses.add(HttpResponse("OPTIONS", "/any", 299))
    assert ask(server, "OPTIONS", "/any", headers=wanted).status == 299
    assert ask(server, "POST", "/a", headers=PAGE).status == 200
    assert ask(server, "OPTIONS", "/a", headers=wanted).status == 426


def test_preflight_of_a_foreign_page_is_not_allowed(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("POST", "/a"))
    answer = ask(server, "OPTIONS", "/a", headers={"Origin": "https://evil.example"})
    assert (answer.status, answer.headers["Allow"], answer.headers["Access-Control-Allow-Methods"]) == (
        204,
        "POST, OPTIONS",
        None,
    )


def test_callable_that_fails(start: Start):
    server = start()

    def fail(_: HttpRequest) -> str:
        raise KeyError("price")

    server.http_responses.add(HttpResponse("GET", "/a", body=fail))
    server.http_responses.add(HttpResponse("GET", "/b", body=lambda _: 5))
    for path in ("/a", "/b"):
        answer = ask(server, "GET", path)
        assert (answer.status, answer.body) == (500, b"The test could not make the answer.\n")
    failures = [f"{what} {failure.sentence}" for what, failure in server.take_failures()]
    assert failures[0].startswith("response to 'GET /a' failed: KeyError: 'price' (test_plain_http.py:")
    assert failures[1] == (
        "response to 'GET /b' failed: The body of a response is text, bytes, a dictionary or a list, not int"
    )
    assert server.take_failures() == []


def test_delay_holds_up_nobody_else(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("GET", "/late", delay=PATIENCE * 10))
    server.http_responses.add(HttpResponse("GET", "/late-enough", delay=0.01))
    with raw_client(server) as client:
        client.send(b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: requests_of(server))
        with at_once():
            assert ask(server, "GET", "/late-enough").status == 200
        with at_once():
            server.stop()
        assert client.receive_rest() == b""


def test_stop_waits_for_no_body(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("POST", "/"))
    with raw_client(server) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        eventually(lambda: requests_of(server))
        with at_once():
            server.stop()


def test_answer_is_taken_back(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("GET", "/"))
    server.http_responses.remove()
    assert ask(server, "GET", "/").status == 426


def test_large_answer_may_take_its_time(start: Start, monkeypatch: pytest.MonkeyPatch):
    """Longer than a refusal may."""
    monkeypatch.setattr("RobotWebSocketLibrary.server.refusals.REFUSAL_SECONDS", 0.05)
    body = b"x" * 20_000_000
    server = start()
    server.http_responses.add(HttpResponse("GET", "/", body=body))
    with raw_client(server, receive_buffer=4096) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        threading.Event().wait(0.3)
        client.receive_head()
        assert len(client.receive_rest()) == len(body)


def test_one_answer_is_used_once_by_many_clients(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("GET", "/", times=5))
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(ask(server, "GET", "/").status)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(statuses) == [200] * 5 + [426] * 15


class UsedUp(HttpResponse):
    """A response that another client uses for the last time in the meantime."""

    def answers(self, _: object) -> bool:
        self.times = 0
        return True


def test_response_that_was_used_up_meanwhile_is_not_used(start: Start):
    server = start()
    server.http_responses.add(UsedUp("GET", "/", times=1))
    assert ask(server, "GET", "/").status == 426


def test_answers_over_tls(start: Start, files: TlsFiles):
    server = start(tls=choose_tls("127.0.0.1", False, files.certificate, files.private_key, None))
    server.http_responses.add(HttpResponse("GET", "/", body="hello"))
    context: ssl.SSLContext = client_context()
    asking = HTTPSConnection("127.0.0.1", server.port, timeout=PATIENCE, context=context)
    asking.request("GET", "/")
    assert asking.getresponse().read() == b"hello"
    asking.close()


def test_a_server_that_nobody_attends_keeps_no_requests(start: Start):
    server = start(unattended=True)
    assert ask(server, "GET", "/").status == 426
    assert requests_of(server) == []


def test_last_requests_are_kept(start: Start, monkeypatch: pytest.MonkeyPatch):
    server = start()
    monkeypatch.setattr(plain_http, "BODY_LIMIT", 3)
    assert ask(server, "POST", "/", "four").status == 413
    assert server.http_responses.requests.maxlen == 1000


def test_oldest_bodies_are_let_go(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_responses, "KEPT_BODIES", 10)
    server = start()
    server.http_responses.add(HttpResponse("POST", "/"))
    for body in ("", "first", "{}", "second", "12"):
        ask(server, "POST", "/", body)
    ask(server, "GET", "/none")
    assert [asked.body for asked in requests_of(server)] == [b"", None, b"{}", b"second", b"12", b""]
    first = requests_of(server)[1]
    for read in (lambda: first.text, lambda: first.json):
        with pytest.raises(WebSocketError) as failure:
            read()
        assert str(failure.value) == (
            "The body of the request POST '/' answered with 200 was let go: newer bodies have taken its room."
        )
    ask(server, "POST", "/", "x" * 10)
    assert [asked.body for asked in requests_of(server)] == [b"", None, None, None, None, b"", b"x" * 10]


def test_body_stays_until_its_request_is_answered(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_responses, "KEPT_BODIES", 10)
    server = start()

    def answer(asked: HttpRequest) -> bytes | None:
        ask(server, "POST", "/newer", "x" * 10)
        return asked.body

    server.http_responses.add(HttpResponse("POST", "/echo", body=answer))
    assert ask(server, "POST", "/echo", "hello").body == b"hello"


def test_one_request_of_several_in_one_piece_is_answered(start: Start):
    server = start()
    server.http_responses.add(HttpResponse("GET", "/*", body="only one"))
    status, answer = answer_to(server, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (status, answer.count("HTTP/1.1 200 OK"), answer.count("only one")) == (200, 1, 1)
    assert "Connection: close" in answer
    assert [asked.path for asked in requests_of(server)] == ["/a"]


def test_half_a_request_is_answered_in_time(start: Start):
    server = start(handshake_timeout=0.3)
    server.http_responses.add(HttpResponse("POST", "/", body="never"))
    status, answer = answer_to(server, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Le")
    assert status == 408
    assert answer.endswith("No complete request came in 300 milliseconds.\n")
    assert requests_of(server) == []
