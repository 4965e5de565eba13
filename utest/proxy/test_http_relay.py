"""Plain HTTP through a proxy, with bodies that stream both ways."""

import http.client
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from leaks import server_threads
from peers.certificates import TlsFiles, client_context, server_context
from peers.clients import answer_to, at_once, eventually, raw_client, sent_until_refused
from peers.raw import PATIENCE, RawEnd, port_without_listener, tcp_pair
from peers.scripted import answering, serving
from proxy.conftest import StartProxy
from proxy.linked import RawTarget
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WaitError
from RobotWebSocketLibrary.proxy.http_relay import pass_on
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.proxy.target import Target
from RobotWebSocketLibrary.server.certificates import ServerTls

LARGE = bytes(range(256)) * 40_000
GET = b"GET /page?a=1 HTTP/1.1\r\nHost: proxy.example:80\r\n\r\n"


class Handler(BaseHTTPRequestHandler):
    """An application: says what it was asked for, echoes what is posted, and gives a large file."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(LARGE if self.path == "/large" else f"{self.command} {self.path}".encode())

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Host", self.headers["Host"])
        self.send_header("Set-Cookie", "a=1; Domain=app.example")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@pytest.fixture
def application() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving_thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving_thread.start()
    yield server
    server.shutdown()
    serving_thread.join(PATIENCE)
    server.server_close()


@pytest.fixture
def http_proxy(start_proxy: StartProxy, target: RawTarget) -> WebSocketProxy:
    return start_proxy(target.url, target={"http": True})


def ask(proxy: WebSocketProxy, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("GET", "/page?a=1"), b"GET /base/page?a=1"),
        (("HEAD", "/page"), b""),
        (("POST", "/", LARGE), LARGE),
        (("POST", "/", b""), b""),
    ],
    ids=["GET", "HEAD", "large POST", "empty POST"],
)
def test_request_and_answer_pass(
    start_proxy: StartProxy, application: ThreadingHTTPServer, asked: tuple[Any, ...], expected: bytes
):
    proxy = start_proxy(f"ws://127.0.0.1:{application.server_port}/base", target={"http": True})
    status, answer, headers = ask(proxy, *asked)
    assert (status, answer) == (200, expected)
    assert headers["X-Host"] == f"127.0.0.1:{application.server_port}"
    assert (headers["Set-Cookie"], headers["Connection"]) == ("a=1", "close")
    assert [asked.status for asked in proxy.http_responses.requests] == [200]


def test_large_answer_to_a_slow_reader_passes(start_proxy: StartProxy, application: ThreadingHTTPServer):
    proxy = start_proxy(f"ws://127.0.0.1:{application.server_port}/", target={"http": True})
    with raw_client(proxy, receive_buffer=4096) as client:
        client.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in client.receive_head()
        assert client.receive(1000) == LARGE[:1000]
        assert client.receive_rest() == LARGE[1000:]


def test_plain_http_passes_over_tls_on_both_sides(start_proxy: StartProxy, files: TlsFiles):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    with serving(answering(answer), context=server_context()) as secure:
        tls = ServerTls(server_context())
        opening = {"tls": TlsOptions(files.authority)}
        proxy = start_proxy(secure.url, opening=opening, target={"http": True}, tls=tls)
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, context=client_context(), timeout=PATIENCE)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"hi"
        connection.close()


def test_head_of_a_request_is_rewritten(http_proxy: WebSocketProxy, target: RawTarget):
    request = (
        b"POST / HTTP/1.1\r\nHost: proxy.example\r\nOrigin: http://127.0.0.1:5\r\nX-A: 1\r\nX-Hop: 1\r\n"
        b"Upgrade: h2c\r\nConnection: keep-alive, X-Hop, Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    )
    with raw_client(http_proxy) as client:
        client.send(request)
        with target.accept() as accepted:
            assert accepted.receive_head().decode().split("\r\n") == [
                "POST / HTTP/1.1",
                f"Host: 127.0.0.1:{target.port}",
                "X-A: 1",
                "Transfer-Encoding: chunked",
                "Origin: http://127.0.0.1:5",
                "Connection: close",
                "",
                "",
            ]
            assert accepted.receive(8) == b"3\r\nabc\r\n"
            client.send(b"0\r\n\r\n")
            assert accepted.receive(5) == b"0\r\n\r\n"
            accepted.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert client.receive_head() == b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def test_answer_before_the_final_one_passes_at_once(http_proxy: WebSocketProxy, target: RawTarget):
    with raw_client(http_proxy) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        with target.accept() as accepted:
            assert b"Expect: 100-continue\r\n" in accepted.receive_head()
            accepted.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            assert client.receive_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.send(b"abc")
            assert accepted.receive(3) == b"abc"
            accepted.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n")
            assert client.receive_head().startswith(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n")
            assert client.receive(3) == b"1\r\n"
            accepted.send(b"x\r\n0\r\n\r\n")
            accepted.finish()
            assert client.receive_rest() == b"x\r\n0\r\n\r\n"


def test_headers_of_the_test_win(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url, opening={"headers": {"X-Token": "test"}}, target={"http": True})
    with raw_client(proxy) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nx-token: client\r\n\r\n")
        with target.accept() as accepted:
            head = accepted.receive_head()
    assert head.count(b"oken") == 1
    assert b"\r\nX-Token: test\r\n" in head


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"SSH-2.0-x\r\n", b"the answer is not HTTP: 'SSH-2.0-x\\r\\n'; is this the right port?"),
        (b"", b"the server ended the connection without an answer; if it speaks TLS, use 'wss://'"),
        (b"HTTP/1.1 OK\r\n\r\n", b"not an HTTP status line: 'HTTP/1.1 OK'"),
    ],
    ids=["no HTTP", "nothing", "no status"],
)
def test_target_that_answers_no_http_gives_502(start_proxy: StartProxy, answer: bytes, reason: bytes):
    with serving(answering(answer)) as wrong:
        proxy = start_proxy(wrong.url, target={"http": True})
        status, got = answer_to(proxy, GET)
    assert status == proxy.http_responses.requests[0].status == 502
    assert f"The target gave no answer that can be read: {reason.decode()}" in got


def test_refused_head_gets_no_body(start_proxy: StartProxy):
    with serving(answering(b"no HTTP")) as wrong:
        proxy = start_proxy(wrong.url, target={"http": True})
        status, got = answer_to(proxy, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status == 502
    assert got.endswith("\r\n\r\n")


def test_target_that_refuses_tcp_gives_502(start_proxy: StartProxy):
    with port_without_listener() as port:
        proxy = start_proxy(f"ws://127.0.0.1:{port}/", target={"http": True})
        assert answer_to(proxy, GET)[0] == proxy.http_responses.requests[0].status == 502


def test_foreign_origin_gets_403(http_proxy: WebSocketProxy):
    request = b"GET / HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n\r\n"
    assert answer_to(http_proxy, request)[0] == 403


@pytest.mark.parametrize("end", [RawEnd.reset, RawEnd.close], ids=["reset", "close"])
def test_answer_that_is_cut_off_does_not_look_complete(
    http_proxy: WebSocketProxy, target: RawTarget, end: Callable[[RawEnd], None]
):
    with raw_client(http_proxy) as client:
        client.send(GET)
        accepted = target.accept()
        accepted.receive_head()
        accepted.send(b"HTTP/1.1 200 OK\r\n\r\npart")
        client.receive_head()
        assert client.receive(4) == b"part"
        end(accepted)
        assert client.sees_reset() is (end is RawEnd.reset)


def test_answer_that_is_cut_off_while_the_client_still_sends_does_not_look_complete(
    http_proxy: WebSocketProxy, target: RawTarget
):
    with raw_client(http_proxy) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        accepted = target.accept()
        accepted.receive_head()
        sent_until_refused(client, bytes(65536), pause=0.5)
        accepted.send(b"HTTP/1.1 200 OK\r\n\r\npart")
        client.receive_head()
        assert client.receive(4) == b"part"
        accepted.reset()
        assert client.sees_reset()


def test_client_that_resets_while_it_gets_an_answer_resets_the_target(http_proxy: WebSocketProxy, target: RawTarget):
    with raw_client(http_proxy, receive_buffer=4096) as client:
        client.send(GET)
        with target.accept() as accepted:
            accepted.receive_head()
            accepted.send(b"HTTP/1.1 200 OK\r\n\r\n")
            sent_until_refused(accepted, bytes(65536), pause=0.5)
            client.reset()
            assert accepted.sees_reset()


@pytest.mark.parametrize("leave", [RawEnd.reset, RawEnd.close], ids=["reset", "close"])
def test_client_that_leaves_a_long_poll_is_noticed_by_the_target(
    http_proxy: WebSocketProxy, target: RawTarget, leave: Callable[[RawEnd], None]
):
    with raw_client(http_proxy) as client:
        client.send(GET)
        with target.accept() as accepted:
            accepted.receive_head()
            leave(client)
            with at_once():
                assert accepted.sees_reset() is (leave is RawEnd.reset)
    eventually(lambda: len(server_threads(http_proxy.port)) == 1)


def test_stop_ends_a_long_poll(http_proxy: WebSocketProxy, target: RawTarget):
    with raw_client(http_proxy) as client:
        client.send(GET)
        with target.accept() as accepted:
            accepted.receive_head()
            with at_once():
                http_proxy.stop()
            assert (client.receive_rest(), accepted.receive_rest()) == (b"", b"")


def test_side_that_our_end_has_ended_resets_nothing():
    (ours, theirs), (other, sending) = tcp_pair(), tcp_pair()
    sink, source = Stream(ours), Stream(other)
    with theirs, sending:
        sending.send(b"late")
        sink.shutdown()
        with pytest.raises(BrokenPipeError):
            pass_on(source, sink)
        assert not source.resets
        sink.close()
        source.close()


def test_plain_http_is_no_attempt_to_connect(http_proxy: WebSocketProxy, target: RawTarget):
    with raw_client(http_proxy) as client:
        client.send(GET)
        with target.accept() as accepted:
            accepted.receive_head()
            accepted.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        client.receive_rest()
    eventually(lambda: len(server_threads(http_proxy.port)) == 1)
    assert http_proxy.outage.attempts.find(None) == []
    with pytest.raises(WaitError) as failure:
        http_proxy.wait_for_client(Deadline(0), lambda _: True, "client")
    assert failure.value.details == ["1 plain HTTP request was passed on: GET /page"]


def test_proxy_that_stops_before_a_request_passes_ends_it(
    http_proxy: WebSocketProxy, target: RawTarget, monkeypatch: pytest.MonkeyPatch
):
    ask_plainly = Target.ask_plainly

    def ask_and_close(asked: Target, *arguments: Any) -> Any:
        exchange = ask_plainly(asked, *arguments)
        http_proxy.arrivals.close()
        return exchange

    monkeypatch.setattr(Target, "ask_plainly", ask_and_close)
    with raw_client(http_proxy) as client:
        client.send(GET)
        with target.accept() as accepted:
            assert (accepted.receive_rest(), client.receive_rest()) == (b"", b"")
