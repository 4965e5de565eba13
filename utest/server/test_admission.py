"""The server's side of the opening handshake, byte by byte."""

import time
from contextlib import ExitStack, suppress

import pytest

from leaks import server_threads
from peers.clients import (
    ACCEPT,
    answer_to,
    answer_to_dripped,
    answers_pings,
    at_once,
    close_of,
    eventually,
    opened,
    raw_client,
    request,
    websockets_client,
)
from peers.raw import AT_ONCE, PATIENCE, TEXT, WireFrame, frame, seconds_since
from RobotWebSocketLibrary.server.scripted_responses import ScriptedResponse
from server.conftest import Start


def test_answer_is_that_of_the_rfc(start: Start):
    with raw_client(start()) as client:
        client.send(request("/chat?room=1"))
        assert client.receive_head().split(b"\r\n") == [
            b"HTTP/1.1 101 Switching Protocols",
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Accept: " + ACCEPT,
            b"",
            b"",
        ]
        assert answers_pings(client)


def test_bytes_behind_the_handshake_are_not_lost(start: Start):
    with raw_client(start()) as client:
        frames = b"".join(frame(TEXT, str(number).encode(), masked=True) for number in range(100))
        client.send(request() + frames)
        client.receive_head()
        for number in range(100):
            assert client.receive_frame() == WireFrame(TEXT, str(number).encode())


def test_handshake_may_come_in_any_pieces(start: Start):
    data = request() + frame(TEXT, b"hello", masked=True)
    with raw_client(start()) as client:
        for at in range(len(data)):
            client.send(data[at : at + 1])
        client.receive_head()
        assert client.receive_frame() == WireFrame(TEXT, b"hello")


def test_names_and_tokens_of_headers_are_in_any_case(start: Start):
    data = request(Connection="keep-alive, uPGRADE", Upgrade="foo, WebSocket")
    status, _ = answer_to(start(), data.replace(b"Sec-WebSocket", b"SEC-websocket"))
    assert status == 101


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        request().replace(b"GET", b"POST"),
        request(Upgrade="h2c"),
        request(Upgrade=None),
        request(Origin="https://evil.example", Upgrade=None),
    ],
)
def test_plain_http_gets_426_with_a_readable_body(start: Start, data: bytes):
    server = start()
    status, answer = answer_to(server, data)
    assert status == 426
    head, body = answer.split("\r\n\r\n")
    assert head.splitlines()[0] == "HTTP/1.1 426 Upgrade Required"
    assert "Upgrade: websocket" in head.splitlines()
    assert body == "This is a WebSocket server: connect with a WebSocket client, not with plain HTTP.\n"
    assert list(server.notices) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            request().replace(b"HTTP/1.1", b"HTTP/1.0"),
            "The request uses HTTP/1.0; the opening handshake needs HTTP/1.1 or higher.\n",
        ),
        (
            request(Host=None).replace(b"HTTP/1.1", b"HTTP/1.0"),
            "The request uses HTTP/1.0; the opening handshake needs HTTP/1.1 or higher.\n",
        ),
        (request(Host=None), "The request must have one header 'Host', which names the server.\n"),
        (request(Host=""), "The request must have one header 'Host', which names the server.\n"),
        (request(host="other"), "The request must have one header 'Host', which names the server.\n"),
        (b"GET / HTTP/1.1\r\n\r\n", "The request must have one header 'Host', which names the server.\n"),
    ],
)
def test_request_of_http_1_0_or_without_host_gets_400(start: Start, data: bytes, expected: str):
    server = start()
    status, answer = answer_to(server, data)
    assert status == 400
    head, body = answer.split("\r\n\r\n")
    assert head.splitlines()[0] == "HTTP/1.1 400 Bad Request"
    assert body == expected
    assert not server.clients


def test_higher_version_of_http_is_let_in(start: Start):
    assert answer_to(start(), request().replace(b"HTTP/1.1", b"HTTP/1.2"))[0] == 101


@pytest.mark.parametrize("version", ["8", "0", "14", "x", None])
def test_other_version_gets_426_with_the_one_supported(start: Start, version: str | None):
    status, answer = answer_to(start(), request(Sec_WebSocket_Version=version))
    assert status == 426
    assert "\r\nSec-WebSocket-Version: 13\r\n" in answer


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Sec_WebSocket_Key": None}, "'Sec-WebSocket-Key' must hold 16 bytes in base64"),
        ({"Sec_WebSocket_Key": "short"}, "'Sec-WebSocket-Key' must hold 16 bytes in base64"),
        ({"Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAAAA"}, "'Sec-WebSocket-Key' must hold 16 bytes in base64"),
        ({"Connection": "keep-alive"}, "'Connection: Upgrade' is missing"),
        ({"Connection": None}, "'Connection: Upgrade' is missing"),
    ],
)
def test_handshake_with_wrong_headers_gets_400(start: Start, fields: dict[str, str | None], expected: str):
    status, answer = answer_to(start(), request(**fields))
    assert status == 400
    assert expected in answer


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x16\x03\x01\x02\x00\x01", "This port does not speak TLS: use 'ws://'."),
        (b"hello\r\n\r\n", "not an HTTP request line: 'hello'"),
        (b"GET /\r\n\r\n", "not an HTTP request line: 'GET /'"),
        (b"GET / SPDY/3\r\n\r\n", "not an HTTP request line: 'GET / SPDY/3'"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "not an HTTP header: 'no colon'"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", "not an HTTP header: ' folded'"),
        (b"GET /\x1b[31m\xff\r\n\r\n", "not an HTTP request line: 'GET /\\x1b[31m\\xff'"),
    ],
)
def test_what_is_no_http_gets_400(start: Start, data: bytes, expected: str):
    status, answer = answer_to(start(), data)
    assert status == 400
    assert expected in answer


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 9000, "a header line is longer than 8192 bytes"),
        (b"GET /" + b"x" * 9000, "a header line is longer than 8192 bytes"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200, "more than 128 headers"),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + b"x" * 8000 + b"\r\n") * 5, "all headers together are longer than 32768"),
    ],
)
def test_head_over_the_limits_gets_431(start: Start, data: bytes, expected: str):
    status, answer = answer_to(start(), data)
    assert status == 431
    assert expected in answer


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHo"])
def test_head_that_does_not_end_in_time_gets_408(start: Start, head: bytes):
    server = start(handshake_timeout=1)
    begun = time.monotonic()
    status, answer = answer_to(server, head)
    assert status == 408
    assert answer.endswith("\r\n\r\nNo complete request came in 1 second.\n")
    assert 1 <= seconds_since(begun) < AT_ONCE
    with opened(server) as client:
        assert answers_pings(client)


def test_head_that_drips_is_cut_at_the_same_time(start: Start):
    with raw_client(start(handshake_timeout=0.3)) as client, at_once():  # all that drips would take longer
        answer = answer_to_dripped(client, request("/" + "x" * 1000))
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_two_hundred_silent_clients_hold_up_nobody(start: Start):
    server = start(handshake_timeout=3)
    with ExitStack() as stack:
        silent = [stack.enter_context(raw_client(server)) for _ in range(200)]
        for client in silent[::2]:
            client.send(b"GET / HTTP/1.1\r\n")
        with opened(server) as served:
            assert answers_pings(served)
            assert len(server_threads(server.port)) <= len(silent) + 2
            assert all(client.receive_rest().startswith(b"HTTP/1.1 408 Request Timeout\r\n") for client in silent)
            assert answers_pings(served)


def test_client_that_leaves_before_its_request_is_forgotten(start: Start):
    server = start()
    with raw_client(server) as client:
        client.send(b"GET / HTTP/1.1\r\n")
    with raw_client(server) as client:
        client.reset()
    with opened(server) as client:
        assert answers_pings(client)
    assert list(server.notices) == []


def test_refused_client_that_floods_does_not_stay(start: Start):
    with raw_client(start()) as client, at_once():
        client.send(b"no http\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                client.send(b"x" * 65536)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://localhost",
        "https://localhost",
        "http://localhost:8080",
        "https://LOCALHOST:1",
        "http://127.0.0.1",
        "https://127.0.0.1:8443",
        "http://[::1]",
        "https://[::1]:3000",
        "https://allowed.example",
        "chrome-extension://abc",
    ],
)
def test_origin_of_this_machine_or_an_allowed_one_may_connect(start: Start, origin: str | None):
    server = start(allowed_origins=("https://allowed.example", "chrome-extension://abc"))
    assert answer_to(server, request(Origin=origin))[0] == 101
    assert list(server.notices) == []


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ("null", "'null'"),
        ("", "''"),
        ("https://evil.example", "'https://evil.example'"),
        ("http://allowed.example", "'http://allowed.example'"),
        ("https://allowed.example:444", "'https://allowed.example:444'"),
        ("https://allowed.example.evil.example", "'https://allowed.example.evil.example'"),
        ("http://localhost.evil.example", "'http://localhost.evil.example'"),
        ("http://localhost@evil.example", "'http://localhost@evil.example'"),
        ("http://127.0.0.1.evil.example", "'http://127.0.0.1.evil.example'"),
        ("ftp://localhost", "'ftp://localhost'"),
        ("file://", "'file://'"),
        ("localhost", "'localhost'"),
        ("http://[::1", "'http://[::1'"),
        ("http://]:::", "'http://]:::'"),
        ("*HTML*<b>\x1b[31m", r"'*HTML*<b>\x1b[31m'"),
    ],
)
def test_other_origin_gets_403_and_a_notice(start: Start, origin: str, shown: str):
    server = start(allowed_origins=("https://allowed.example",))
    status, answer = answer_to(server, request(Origin=origin))
    assert status == 403
    assert "the server's 'allowed_origins' names those that may" in answer
    assert list(server.notices) == [
        f"a page of the origin {shown} was refused; name it in `allowed_origins` to let it connect"
    ]
    with opened(server) as client:
        assert answers_pings(client)


def test_null_can_be_allowed(start: Start):
    assert answer_to(start(allowed_origins=("null",)), request(Origin="null"))[0] == 101


def test_clients_over_the_limit_get_503_until_one_leaves(start: Start):
    server = start(max_clients=2)
    with opened(server), opened(server) as second:
        status, answer = answer_to(server, request())
        assert status == 503
        assert answer.endswith("\r\n\r\nThe server has reached its limit of 2 clients.\n")
        assert answer_to(server, request(Upgrade=None))[0] == 426  # which takes no place
        second.send_close()
        close_of(second)
        with opened(server) as third:
            assert answers_pings(third)


def test_two_clients_never_take_the_last_place(start: Start):
    server = start(max_clients=1)
    for _ in range(10):
        waiting = [raw_client(server) for _ in range(10)]
        for client in waiting:
            client.send(request())
        heads = [client.receive_head() for client in waiting]
        assert sum(head.startswith(b"HTTP/1.1 101") for head in heads) == 1
        assert sum(head.startswith(b"HTTP/1.1 503") for head in heads) == 9
        for client in waiting:
            client.close()
        eventually(lambda: not server.clients)


def test_place_is_free_as_soon_as_a_client_has_closed(start: Start):
    server = start(max_clients=1)
    for _ in range(50):
        with websockets_client(server) as client:
            assert client.ping().wait(PATIENCE)


def test_ends_are_named_after_what_the_client_asked_for_but_harmless(start: Start):
    server = start()
    with opened(server, "/a\x1b[31m" + "b" * 1000 + "?secret=1"):
        eventually(lambda: server.clients)
        [client] = server.clients
    assert client.connection.url == f"ws://127.0.0.1:{server.port}/a\\x1b[31m" + "b" * 193
    assert client.connection.name.startswith(f"{client.connection.url} (client 127.0.0.1:")
    assert client.request.path == "/a\x1b[31m" + "b" * 1000
    assert client.request.target.endswith("?secret=1")


def test_request_in_absolute_form_behind_empty_lines(start: Start):
    server = start()
    status, _ = answer_to(server, b"\r\n\r\n" + request("ws://localhost/chat"))
    assert status == 101
    assert [asked.path for asked in server.handshake_requests] == ["/chat"]


def test_folded_header_is_refused(start: Start):
    folded = request().replace(b"Upgrade: websocket", b"Upgrade:\r\n websocket")
    status, answer = answer_to(start(), folded)
    assert status == 400
    assert answer.endswith("The request cannot be read: not an HTTP header: ' websocket'.\n")


def test_subprotocols_by_pattern(start: Start):
    server = start(protocols={"ocpp*": "silent", "ocpp1.6": "echo", "*": "echo-broadcast"})
    for offered, chosen in (("ocpp2.0", "ocpp2.0"), ("x, ocpp1.6", "ocpp1.6"), ("stomp, ocpp2.0", "stomp")):
        head = answer_to(server, request(Sec_WebSocket_Protocol=offered))[1]
        assert f"Sec-WebSocket-Protocol: {chosen}\r\n" in head
    behaviors = {client.subprotocol: client.behavior.name for client in server._clients.waiting}  # noqa: SLF001
    assert behaviors == {"ocpp2.0": "silent", "ocpp1.6": "echo", "stomp": "echo-broadcast"}


def test_scripted_response_by_pattern(start: Start):
    server = start()
    server.scripted_responses.set(ScriptedResponse(401), "/räume/*")
    server.scripted_responses.set(ScriptedResponse(402), "/räume/1")
    server.scripted_responses.set(ScriptedResponse(503), "*", 1)
    asked = [request(f"/r%C3%A4ume/{number}") for number in (1, 1, 2)]
    assert [answer_to(server, each)[0] for each in [*asked, request("/other")]] == [503, 402, 401, 101]
