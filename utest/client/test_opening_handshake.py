"""The opening handshake against peers that answer anything."""

from __future__ import annotations

import errno
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import websocket

from peers.certificates import server_context
from peers.raw import AT_ONCE, PATIENCE, RawEnd, frame, seconds_since, switching, tcp_pair
from peers.scripted import Script, answering, dripping, serving, switch, until_client_leaves
from RobotWebSocketLibrary.client import opening_handshake
from RobotWebSocketLibrary.client.handshake_response import BODY_LIMIT, join_chunks
from RobotWebSocketLibrary.errors import HandshakeError, describe_os_error, make_os_error
from RobotWebSocketLibrary.protocol.http import Response

from .conftest import Opening


class Failure(NamedTuple):
    """What the user reads behind the URL, and the answer as far as it came."""

    sentence: str
    response: Response | None


def failure_of(opening: Opening, *scripts: Script, timeout: float = PATIENCE, **options: object) -> Failure:
    with serving(*scripts) as server:
        return failure_at(server.url, opening, timeout=timeout, **options)


def failure_at(url: str, opening: Opening, **options: object) -> Failure:
    with pytest.raises(HandshakeError) as failure:
        opening(url, **options)
    begin, text = f"Opening handshake with '{url}' failed: ", str(failure.value)
    assert text.startswith(begin)
    return Failure(text.removeprefix(begin), failure.value.response)


# A WebSocket server


@pytest.mark.skipif(sys.platform != "linux", reason="the number of the loopback interface is that of Linux")
def test_zone_of_an_address_is_dialled_and_not_sent(opening: Opening):
    heads: list[bytes] = []

    def answer(listening: socket.socket) -> None:
        with RawEnd(listening.accept()[0]) as end:
            heads.append(switch(end))

    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        answering = threading.Thread(target=answer, args=(listening,), daemon=True)
        answering.start()
        port = listening.getsockname()[1]
        assert opening(f"ws://[::1%251]:{port}/").response.status == 101
        answering.join(PATIENCE)
    assert f"\r\nHost: [::1]:{port}\r\n".encode() in heads[0]


def test_request_is_complete(opening: Opening):
    requests: list[bytes] = []
    with serving(lambda end: requests.append(switch(end, "Sec-WebSocket-Protocol: B"))) as server:
        opened = opening(
            f"{server.url}chat?room=1",
            subprotocols=["a", "B"],
            headers={"X-Test": "på"},
            cookies={"one": "1", "two": "2"},
            origin="http://app.example",
            username="us",
            password="pa",
        )
    lines = requests[0].decode().split("\r\n")
    assert lines[0] == "GET /chat?room=1 HTTP/1.1"
    key = next(line for line in lines if line.startswith("Sec-WebSocket-Key: "))
    assert sorted(lines[1:-2]) == sorted(
        [
            f"Host: 127.0.0.1:{server.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            key,
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: a, B",
            "X-Test: på",
            "Cookie: one=1; two=2",
            "Origin: http://app.example",
            "Authorization: Basic dXM6cGE=",
        ]
    )
    assert opened.subprotocol == "B"
    assert opened.response.status == 101


def test_request_without_options_has_no_origin_and_no_cookie(opening: Opening):
    requests: list[bytes] = []
    with serving(lambda end: requests.append(switch(end))) as server:
        opened = opening(server.url)
    names = [line.partition(b":")[0].lower() for line in requests[0].split(b"\r\n")[1:-2]]
    assert sorted(names) == [b"connection", b"host", b"sec-websocket-key", b"sec-websocket-version", b"upgrade"]
    assert opened.subprotocol is None


def test_what_comes_behind_the_answer_is_kept(opening: Opening):
    def script(end: RawEnd) -> None:
        switch(end, behind=frame(0x1, b"welcome"))

    with serving(script) as server:
        assert opening(server.url).received == frame(0x1, b"welcome")


def test_answer_is_read_in_any_pieces(opening: Opening):
    def script(end: RawEnd) -> None:
        answer = switching(end.receive_head())
        dripping(answer, 0.0001)(end)

    with serving(script) as server:
        assert opening(server.url).response.status == 101


def test_names_and_values_of_headers_have_any_case(opening: Opening):
    def script(end: RawEnd) -> None:
        switch(end, upgrade="WebSocket", connection="keep-alive, UPGRADE")

    with serving(script) as server:
        assert opening(server.url).response.headers["uPGRADE"] == "WebSocket"


@pytest.mark.parametrize(
    ("offered", "line", "chosen"),
    [
        (["OCPP1.6", "b"], "Sec-WebSocket-Protocol: OCPP1.6", "OCPP1.6"),
        (["a", "b"], "Sec-WebSocket-Protocol: b", "b"),
        (["a", "b"], "X-Nothing: chosen", None),
        ([], "X-Nothing: offered", None),
    ],
)
def test_server_chooses_a_subprotocol_or_none(offered: list[str], line: str, chosen: str | None, opening: Opening):
    with serving(lambda end: switch(end, line)) as server:
        assert opening(server.url, subprotocols=offered).subprotocol == chosen


@pytest.mark.parametrize(
    ("offered", "chosen", "expected"),
    [
        (["a", "b"], "c", "the server chose the subprotocol 'c', but the client offered: 'a', 'b'."),
        ([], "a", "the server chose the subprotocol 'a', but the client offered: none."),
        (["OCPP1.6"], "ocpp1.6", "the server chose the subprotocol 'ocpp1.6', but the client offered: 'OCPP1.6'."),
    ],
)
def test_subprotocol_that_was_not_offered(offered: list[str], chosen: str, expected: str, opening: Opening):
    line = f"Sec-WebSocket-Protocol: {chosen}"
    assert failure_of(opening, lambda end: switch(end, line), subprotocols=offered).sentence == expected


@pytest.mark.parametrize(
    "extension", ["permessage-deflate", 'x; a="b"', "permessage-deflate; server_max_window_bits=7"]
)
def test_extension_that_was_not_offered(extension: str, opening: Opening):
    failure = failure_of(opening, lambda end: switch(end, f"Sec-WebSocket-Extensions: {extension}"))
    assert failure.sentence == f"the server chose an extension that was not offered: '{extension}'."


@pytest.mark.parametrize(
    ("header", "name", "wanted"),
    [
        ("upgrade", "Upgrade", "websocket"),
        ("connection", "Connection", "upgrade"),
        ("accept", "Sec-WebSocket-Accept", ""),
    ],
)
@pytest.mark.parametrize("value", [None, "wrong"])
def test_wrong_header_of_the_answer(header: str, name: str, wanted: str, value: str | None, opening: Opening):
    failure = failure_of(opening, lambda end: switch(end, **{header: value}))
    assert f"'{name}'" in failure.sentence
    assert ("is missing" if value is None else "'wrong'") in failure.sentence
    assert f"'{wanted}" in failure.sentence
    assert failure.response is not None
    assert failure.response.status == 101


def test_accept_value_is_compared_with_its_case(opening: Opening):
    def script(end: RawEnd) -> None:
        request = end.receive_head()
        end.send(switching(request).swapcase().replace(b"http/1.1", b"HTTP/1.1"))

    assert "'Sec-WebSocket-Accept'" in failure_of(opening, script).sentence


def test_long_headers_are_sent(opening: Opening):
    requests: list[bytes] = []
    with serving(lambda end: requests.append(switch(end))) as server:
        opening(server.url, headers={"X-Long": "x" * 20_000})
    assert b"X-Long: " + b"x" * 20_000 in requests[0]


def test_cookies_of_one_connection_never_reach_another(opening: Opening):
    first: list[bytes] = []
    second: list[bytes] = []
    with serving(
        lambda end: first.append(switch(end, "Set-Cookie: session=secret; Domain=127.0.0.1")),
        lambda end: second.append(switch(end)),
    ) as server:
        opening(server.url, cookies={"mine": "1"})
        opening(server.url)
    assert b"Cookie: mine=1\r\n" in first[0]
    assert b"cookie" not in second[0].lower()


@pytest.fixture
def _cookie_of_somebody_else() -> Iterator[None]:
    jar = websocket._handshake.CookieJar  # noqa: SLF001, the jar that the whole process shares
    jar.add("session=secret; domain=127.0.0.1")
    yield
    jar.jar.clear()


@pytest.mark.usefixtures("_cookie_of_somebody_else")
def test_cookies_of_the_process_never_reach_a_connection(opening: Opening):
    requests: list[bytes] = []
    assert websocket._handshake.CookieJar.get("127.0.0.1") == "session=secret"  # noqa: SLF001
    with serving(lambda end: requests.append(switch(end))) as server:
        opening(server.url)
    assert b"cookie" not in requests[0].lower()


# No WebSocket server


def test_server_that_never_answers(opening: Opening):
    began = time.monotonic()
    failure = failure_of(opening, until_client_leaves, timeout=1)
    assert 1 <= seconds_since(began) < AT_ONCE
    assert failure.sentence == "the server accepted TCP but sent no answer in 1 second."
    assert failure.response is None


def test_dripped_answer_ends_at_the_total_deadline(opening: Opening):
    began = time.monotonic()
    failure = failure_of(opening, dripping(b"HTTP/1.1 101 Switching Protocols\r\n" * 100, 0.05), timeout=1)
    assert 1 <= seconds_since(began) < AT_ONCE
    assert failure.sentence.startswith("the server's answer was not complete in 1 second (")
    assert failure.sentence.endswith(" bytes came).")


def endless(piece: bytes) -> Script:
    def script(end: RawEnd) -> None:
        end.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            end.send(piece)

    return script


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        (b"x" * 1000, "a header line is longer than 8192 bytes."),
        (b"X-A: b\r\n" * 100, "more than 128 headers."),
    ],
)
def test_endless_answer(piece: bytes, expected: str, opening: Opening):
    assert failure_of(opening, endless(piece)).sentence == expected


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", r"the answer is not HTTP: 'SSH-2.0-OpenSSH_9.2\r\n'; is this the right port?"),
        (b"\x00\x1b[2J", r"the answer is not HTTP: '\x00\x1b[2J'; is this the right port?"),
        (b"*HTML*<b>", "the answer is not HTTP: '*HTML*<b>'; is this the right port?"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "the server speaks TLS on this port: use 'wss://'."),
        (b"\x16\x03\x01", "the server speaks TLS on this port: use 'wss://'."),
        (b"HTTP/2 101 Switching\r\n\r\n", "not an HTTP status line: 'HTTP/2 101 Switching'."),
        (b"HTTP/1.1 1010 Switching\r\n\r\n", "not an HTTP status line: 'HTTP/1.1 1010 Switching'."),
        (b"HTTP/1.1 101 OK\r\nno header\r\n\r\n", "not an HTTP header: 'no header'."),
        (b"HTTP/1.1 101 OK\r\nX: a\0b\r\n\r\n", r"not an HTTP header: 'X: a\x00b'."),
        (b"HTTP/1.1 101 OK\r\nX: a\rY: b\r\n\r\n", r"not an HTTP header: 'X: a\rY: b'."),
        (b"", "the server ended the connection without an answer; if it speaks TLS, use 'wss://'."),
        (b"HTTP/1.1 101", "the server ended the connection after 12 bytes of its answer."),
    ],
)
def test_server_that_is_no_websocket_server(greeting: bytes, expected: str, opening: Opening):
    assert failure_of(opening, answering(greeting)).sentence == expected


def test_server_that_greets_before_it_is_asked(opening: Opening):
    failure = failure_of(opening, lambda end: (end.send(b"220 smtp.example ESMTP\r\n"), end.receive_rest()))
    assert failure.sentence.startswith(r"the answer is not HTTP: '220 smtp.example ESMTP\r\n'")


def test_server_that_resets_the_connection(opening: Opening):
    def script(end: RawEnd) -> None:
        end.receive_head()
        end.reset()

    expected = "the server ended the connection without an answer; if it speaks TLS, use 'wss://'."
    assert failure_of(opening, script).sentence == expected


def test_plain_client_at_a_tls_port(opening: Opening):
    with serving(until_client_leaves, context=server_context()) as server:
        failure = failure_at(server.url.replace("wss", "ws"), opening)
    assert failure.sentence == "the server ended the connection without an answer; if it speaks TLS, use 'wss://'."


def test_server_that_does_not_take_the_request(opening: Opening):
    leaving = threading.Event()
    with serving(lambda _: leaving.wait(PATIENCE)) as server:
        began = time.monotonic()
        failure = failure_at(server.url, opening, timeout=1, subprotocols=["x" * 20_000_000])
        assert 1 <= seconds_since(began) < AT_ONCE
        leaving.set()
    assert failure.sentence == "the server did not take the request in 1 second."


def test_refusal_of_a_server_that_does_not_read_the_request(opening: Opening):
    def refuse(end: RawEnd) -> None:
        end.send(b"HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\n\r\n")
        end.close()

    failure = failure_of(opening, refuse, subprotocols=["x" * 20_000_000])
    assert failure.sentence == "the server answered 431 Too Large instead of 101."


LOST = make_os_error(errno.EHOSTUNREACH)


class LostSocket(socket.socket):
    """TCP gives up while an answer is awaited."""

    def recv(self, *_: int) -> bytes:
        raise LOST


def test_network_that_is_lost_before_the_answer(opening: Opening, monkeypatch: pytest.MonkeyPatch):
    ours, theirs = tcp_pair()
    monkeypatch.setattr(opening_handshake, "dial", lambda *_: LostSocket(fileno=ours.detach()))
    with RawEnd(theirs) as peer:
        peer.send(b"HTTP/1.1 101 ")
        failure = failure_at("ws://peer/", opening)
    assert failure == (f"the connection was lost: {describe_os_error(LOST)}.", None)


# Refusals


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (426, "Upgrade Required"),
        (500, "Gateway timed out"),
        (200, "OK"),
        (301, "Moved Permanently"),
        (503, ""),
    ],
)
def test_refusal(status: int, reason: str, opening: Opening):
    answer = f"HTTP/1.1 {status} {reason}\r\nContent-Length: 4\r\nX-Why: so\r\n\r\nwhy?".encode()
    failure = failure_of(opening, answering(answer, then=until_client_leaves))
    shown = f"{status} {reason}".rstrip()
    assert failure.sentence == f"the server answered {shown} instead of 101. The body begins 'why?'."
    assert failure.response is not None
    assert (failure.response.status, failure.response.reason, failure.response.body) == (status, reason, b"why?")
    assert failure.response.headers["x-why"] == "so"


def refusal(opening: Opening, head: str, body: bytes, *, then: Script | None = None) -> bytes:
    answer = f"HTTP/1.1 403 Forbidden\r\n{head}\r\n\r\n".encode() + body
    failure = failure_of(opening, answering(answer, then=then))
    assert failure.sentence.startswith("the server answered 403 Forbidden instead of 101.")
    assert len(failure.sentence) < 1000
    assert failure.response is not None
    return failure.response.body


ASKS = " and asks for authentication by"
LONG = f"\\x9bx{'y' * 198}…"


@pytest.mark.parametrize(
    ("challenges", "told", "told_who_has_given_something"),
    [
        (
            ['Bearer realm="a"'],
            f"{ASKS} 'Bearer': give it with headers={{'Authorization': 'Bearer ...'}}",
            f"{ASKS} 'Bearer'",
        ),
        (
            ["NTLM", "Negotiate"],
            f"{ASKS} 'NTLM', 'Negotiate': give it with headers={{'Authorization': 'NTLM ...'}}",
            f"{ASKS} 'NTLM', 'Negotiate'",
        ),
        (
            ["\x9bx" + "y" * 300],
            f"{ASKS} '{LONG}' (302 characters): give it with headers={{'Authorization': '{LONG}' (306 characters)}}",
            f"{ASKS} '{LONG}' (302 characters)",
        ),
        (['Digest realm="a"', 'Basic realm="a"'], f"{ASKS} 'Basic': give a 'username' and a 'password'", ""),
        (['Basic realm="a"'], f"{ASKS} 'Basic': give a 'username' and a 'password'", ""),
    ],
)
def test_refusal_says_how_to_give_what_it_asks_for(
    opening: Opening, challenges: list[str], told: str, told_who_has_given_something: str
):
    lines = "".join(f"WWW-Authenticate: {challenge}\r\n" for challenge in challenges)
    answer = f"HTTP/1.1 401 Unauthorized\r\n{lines}Content-Length: 0\r\n\r\n".encode("latin-1")
    answered = "the server answered 401 Unauthorized instead of 101"
    failure = failure_of(opening, answering(answer, then=until_client_leaves))
    assert failure.sentence == f"{answered}{told}."
    failure = failure_of(opening, answering(answer, then=until_client_leaves), username="ann", password="x")
    assert failure.sentence == f"{answered}{told_who_has_given_something}."


def test_refusal_of_a_proxy_that_a_url_names_as_a_server(opening: Opening):
    answer = b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n"
    failure = failure_of(opening, answering(answer, then=until_client_leaves))
    assert failure.sentence == f"the server answered 407 Who instead of 101{ASKS} 'Bearer'."


def test_repeated_headers_of_a_refusal_are_kept(opening: Opening):
    answer = b"HTTP/1.1 401 Unauthorized\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    failure = failure_of(opening, answering(answer, then=until_client_leaves))
    assert failure.sentence == "the server answered 401 Unauthorized instead of 101."
    assert failure.response is not None
    assert failure.response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("Content-Length: 5", b"whole and more", b"whole"),
        ("Content-Length: 100", b"short", b"short"),
        ("X-No: length", b"until the end", b"until the end"),
        ("Content-Length: -5", b"odd", b"odd"),
        (f"Content-Length: {'9' * 5000}", b"long", b"long"),
        ("Transfer-Encoding: chunked", b"3\r\nchu\r\n4;x=y\r\nnked\r\n0\r\n\r\n", b"chunked"),
        ("Transfer-Encoding: gzip, Chunked\r\nContent-Length: 1", b"3\r\nchu\r\nff\r\ncut", b"chucut"),
        ("Transfer-Encoding: chunked", b"no chunk", b""),
    ],
)
def test_body_of_a_refusal(head: str, body: bytes, expected: bytes, opening: Opening):
    assert refusal(opening, head, body) == expected


def test_stalled_body_does_not_lose_the_status(opening: Opening):
    began = time.monotonic()
    assert refusal(opening, "Content-Length: 100", b"half", then=until_client_leaves) == b"half"
    assert 1 <= seconds_since(began) < AT_ONCE


def test_reset_in_the_body_does_not_lose_the_status(opening: Opening):
    def reset(end: RawEnd) -> None:
        end.send(b"x" * 1000)
        end.reset()

    body = refusal(opening, "Content-Length: 100000", b"half", then=reset)
    assert b"halfxxx".startswith(body[:7])


def test_huge_body_is_read_to_a_limit(opening: Opening):
    def flood(end: RawEnd) -> None:
        while True:
            end.send(b"x" * 100_000)

    began = time.monotonic()
    assert refusal(opening, f"Content-Length: {1 << 25}", b"", then=flood) == b"x" * BODY_LIMIT
    assert time.monotonic() - began < AT_ONCE


def test_remote_text_of_a_refusal_is_escaped(opening: Opening):
    answer = b"HTTP/1.1 403 *HTML*\x1b[31m\r\nContent-Length: 9\r\n\r\n<b>\x00\n\r\xe2\x80\xae"
    failure = failure_of(opening, answering(answer))
    assert failure.sentence == (
        r"the server answered 403 *HTML*\x1b[31m instead of 101. The body begins '<b>\x00\n\r\u202e'."
    )


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"", b""),
        (b"0\r\n\r\n", b""),
        (b"2\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n", b"abc"),
        (b"a\r\nab", b"ab"),
        (b"-1\r\nab\r\n", b""),
    ],
)
def test_chunked_content(body: bytes, content: bytes):
    assert join_chunks(body) == content
