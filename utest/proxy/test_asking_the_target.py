"""The opening handshake through a proxy: the target is asked first, and the client gets its answer."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidStatus

from leaks import server_threads
from peers.certificates import TlsFiles, client_context, server_context
from peers.clients import answer_to, at_once, eventually, opened, raw_client, request, websockets_client
from peers.raw import PATIENCE, TEXT, RawEnd, frame, port_without_listener, switching
from peers.scripted import answering, serving, until_client_leaves
from peers.websockets_peers import echo_server
from proxy.conftest import StartProxy
from proxy.linked import RawTarget, client_of, linked
from RobotWebSocketLibrary.client.proxy_route import Proxy
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.proxy.link import ProxyLink
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.server.certificates import ServerTls
from RobotWebSocketLibrary.server.scripted_responses import ScriptedResponse

REFUSAL = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n"
    b"4\r\nwho \r\n8\r\nare you?\r\n0\r\n\r\n"
)


def headers_of(head: str) -> list[str]:
    return head.split("\r\n\r\n", maxsplit=1)[0].split("\r\n")[1:]


def values_of(head: str, name: str) -> list[str]:
    fields = [line.partition(": ") for line in headers_of(head)]
    return [value for key, _, value in fields if key.lower() == name.lower()]


def test_client_gets_its_101_when_the_target_has_given_one(proxy: WebSocketProxy, target: RawTarget):
    with raw_client(proxy) as client:
        client.send(request())
        with target.accept() as accepted:
            asked = accepted.receive_head()
            client.socket.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.socket.recv(1)
            client.socket.settimeout(PATIENCE)
            accepted.send(switching(asked))
            assert client.receive_head().startswith(b"HTTP/1.1 101 ")


def test_target_gets_the_headers_of_the_client(proxy: WebSocketProxy, target: RawTarget):
    fields = {"X_App": "1", "Cookie": "a=1; b=2", "User_Agent": "app/1.0", "Authorization": "Bearer abc"}
    with linked(proxy, target, "/chat?x=1", **fields) as link:
        assert link.asked.startswith("GET /chat?x=1 HTTP/1.1\r\n")
        assert values_of(link.asked, "Host") == [f"127.0.0.1:{target.port}"]
        for name, value in fields.items():
            assert values_of(link.asked, name.replace("_", "-")) == [value]
        assert values_of(link.asked, "Origin") == []
        assert len(values_of(link.asked, "Sec-WebSocket-Key")) == 1


def test_repeated_headers_of_the_client_are_joined(proxy: WebSocketProxy, target: RawTarget):
    head = request().replace(b"\r\n\r\n", b"\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n")
    with raw_client(proxy) as client:
        client.send(head)
        with target.accept() as accepted:
            asked = accepted.receive_head().decode()
    assert values_of(asked, "X-A") == ["1, 2"]
    assert values_of(asked, "Cookie") == ["a=1; b=2"]


def test_headers_of_one_connection_are_not_passed_on(proxy: WebSocketProxy, target: RawTarget):
    fields = {"Keep_Alive": "timeout=5", "TE": "trailers", "Proxy_Authorization": "Basic eA=="}
    with linked(proxy, target, "/", "Keep-Alive: timeout=9", **fields) as link:
        for name in fields:
            assert values_of(link.asked, name.replace("_", "-")) == []
        assert values_of(link.answered, "Keep-Alive") == []


def test_headers_of_the_test_win(start_proxy: StartProxy, target: RawTarget):
    opening = {"headers": {"x-app": "test", "Origin": "https://other.example"}}
    proxy = start_proxy(target.url, opening=opening)
    with linked(proxy, target, X_App="client", Origin="http://localhost") as link:
        assert values_of(link.asked, "X-App") == ["test"]
        assert values_of(link.asked, "Origin") == ["https://other.example"]


def test_user_of_the_target_url_replaces_the_credentials_of_the_client(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url.replace("//", "//ann:secret@"))
    with linked(proxy, target, Authorization="Bearer abc") as link:
        assert values_of(link.asked, "Authorization") == ["Basic YW5uOnNlY3JldA=="]


@pytest.mark.parametrize(
    ("origin", "seen"),
    [
        ("http://{proxy}", "http://127.0.0.1:{target}"),
        ("http://127.0.0.1:{target}", "http://127.0.0.1:{target}"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
    ids=["the proxy's own", "the target's own", "another"],
)
def test_origin_of_the_proxy_becomes_that_of_the_target(
    proxy: WebSocketProxy, target: RawTarget, origin: str, seen: str
):
    host = f"127.0.0.1:{proxy.port}"
    origin = origin.format(proxy=host, target=target.port)
    with linked(proxy, target, Host=host, Origin=origin) as link:
        assert values_of(link.asked, "Origin") == [seen.format(target=target.port)]


def test_foreign_origin_is_refused_and_the_target_is_not_asked(proxy: WebSocketProxy):
    status, _ = answer_to(proxy, request(Origin="https://evil.example"))
    assert status == 403


def test_origin_of_a_remote_target_is_allowed(start_proxy: StartProxy):
    with port_without_listener() as port:
        proxy = start_proxy(f"ws://app.localhost:{port}/", handshake_timeout=PATIENCE)
        assert answer_to(proxy, request(Origin=f"http://app.localhost:{port}"))[0] == 502


def test_nothing_is_rewritten_where_a_test_wants_it_so(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url, target={"rewrite": False})
    host = f"127.0.0.1:{proxy.port}"
    cookie = "Set-Cookie: a=1; Domain=app.example; Secure"
    with linked(proxy, target, "/", cookie, Host=host, Origin=f"http://{host}") as link:
        assert values_of(link.asked, "Host") == [host]
        assert values_of(link.asked, "Origin") == [f"http://{host}"]
        assert values_of(link.answered, "Set-Cookie") == ["a=1; Domain=app.example; Secure"]


@pytest.mark.parametrize(
    ("offered", "chosen"), [("a, b", "b"), ("a, b", None), (None, None)], ids=["one", "none", "nothing offered"]
)
def test_subprotocol_is_that_of_the_target(
    proxy: WebSocketProxy, target: RawTarget, offered: str | None, chosen: str | None
):
    further = [f"Sec-WebSocket-Protocol: {chosen}"] if chosen else []
    fields = {"Sec_WebSocket_Protocol": offered} if offered else {}
    with linked(proxy, target, "/", *further, **fields) as link:
        assert values_of(link.asked, "Sec-WebSocket-Protocol") == ([offered] if offered else [])
        assert values_of(link.answered, "Sec-WebSocket-Protocol") == ([chosen] if chosen else [])
        client = client_of(proxy)
        assert client.upstream is not None
        assert (client.subprotocol, client.upstream.connection.subprotocol) == (chosen, chosen)


def test_headers_of_the_101_pass(proxy: WebSocketProxy, target: RawTarget):
    cookies = ["Set-Cookie: a=1; Domain=app.example; Path=/; Secure", "Set-Cookie: b=2"]
    with linked(proxy, target, "/", "X-Served-By: app", *cookies) as link:
        assert values_of(link.answered, "X-Served-By") == ["app"]
        assert values_of(link.answered, "Set-Cookie") == ["a=1; Path=/", "b=2"]


def test_refusal_passes_with_headers_and_body(start_proxy: StartProxy):
    with serving(answering(REFUSAL)) as refusing:
        proxy = start_proxy(refusing.url)
        status, answer = answer_to(proxy, request())
    assert status == 401
    assert answer.startswith("HTTP/1.1 401 Unauthorized\r\n")
    assert headers_of(answer) == [
        "WWW-Authenticate: Bearer",
        "X-Twice: 1",
        "X-Twice: 2",
        "Content-Length: 12",
        "Connection: close",
    ]
    assert answer.endswith("\r\n\r\nwho are you?")
    [asked] = proxy.handshake_requests
    assert asked.status == 401


def test_location_of_a_redirect_leads_to_the_proxy(start_proxy: StartProxy):
    def redirect(end: RawEnd) -> None:
        end.receive_head()
        port = end.socket.getsockname()[1]
        end.send(f"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:{port}/base/next?a=1\r\n\r\n".encode())

    with serving(redirect) as redirecting:
        proxy = start_proxy(f"{redirecting.url}base")
        status, answer = answer_to(proxy, request(Host=f"127.0.0.1:{proxy.port}"))
    assert status == 302
    assert values_of(answer, "Location") == [f"ws://127.0.0.1:{proxy.port}/next?a=1"]


def test_target_that_refuses_tcp_gives_502_with_a_sentence(start_proxy: StartProxy):
    with port_without_listener() as port:
        proxy = start_proxy(f"ws://127.0.0.1:{port}/")
        status, answer = answer_to(proxy, request())
        sentence = f"ould not connect to 'ws://127.0.0.1:{port}/': connection refused (nothing listens on port {port})"
        assert status == 502
        assert answer.endswith(f"\r\n\r\nC{sentence}.\n")
        assert list(proxy.notices) == [f"a client got HTTP 502: c{sentence}"]


def test_target_that_speaks_no_tls_gives_502(start_proxy: StartProxy):
    def refuse(end: RawEnd) -> None:
        end.receive(1)
        end.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(refuse) as plain:
        proxy = start_proxy(plain.url.replace("ws:", "wss:"))
        status, answer = answer_to(proxy, request())
    assert status == 502
    assert "the server does not speak TLS on this port; did you mean 'ws://'?\n" in answer


def test_target_that_never_answers_gives_502_in_time(start_proxy: StartProxy):
    with serving(until_client_leaves) as silent:
        proxy = start_proxy(silent.url, handshake_timeout=0.5)
        status, answer = answer_to(proxy, request())
        assert status == 502
        assert answer.endswith(
            f"\r\n\r\nOpening handshake with '{silent.url}' failed: "
            "the server accepted TCP but sent no answer in 500 milliseconds.\n"
        )


def test_wrong_101_of_the_target_gives_502(start_proxy: StartProxy):
    def wrong(end: RawEnd) -> None:
        end.send(switching(end.receive_head(), accept="x"))
        until_client_leaves(end)

    with serving(wrong) as answering_wrongly:
        proxy = start_proxy(answering_wrongly.url)
        status, answer = answer_to(proxy, request())
    assert status == 502
    assert "the header 'Sec-WebSocket-Accept' of the answer is 'x'" in answer


@pytest.mark.parametrize("leave", [RawEnd.close, RawEnd.reset, RawEnd.finish], ids=["close", "reset", "half-close"])
def test_dialing_ends_when_the_client_leaves(start_proxy: StartProxy, leave: Callable[[RawEnd], None]):
    with serving(*[until_client_leaves] * 100) as silent:
        proxy = start_proxy(silent.url, handshake_timeout=PATIENCE)
        for _ in range(100):
            with raw_client(proxy) as client:
                client.send(request())
                eventually(lambda: proxy.handshake_requests and proxy.handshake_requests[-1].status is None)
                leave(client)
        with at_once():
            eventually(lambda: len(server_threads(proxy.port)) == 1)  # the one that accepts


def test_stop_ends_dialing(start_proxy: StartProxy):
    with serving(until_client_leaves) as silent:
        proxy = start_proxy(silent.url, handshake_timeout=PATIENCE)
        with raw_client(proxy) as client:
            client.send(request())
            eventually(lambda: proxy.handshake_requests)
            with at_once():
                proxy.stop()
            assert client.receive_rest() == b""


def test_client_above_the_limit_gets_503_and_the_target_is_left(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url, max_clients=1)
    with linked(proxy, target), raw_client(proxy) as second:
        second.send(request())
        with target.accept() as accepted:
            accepted.send(switching(accepted.receive_head()))
            assert second.receive_head().startswith(b"HTTP/1.1 503 ")
            assert accepted.receive_rest() == b""


def test_plain_http_gets_426(proxy: WebSocketProxy):
    assert answer_to(proxy, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 426


def test_scripted_refusal_is_answered_without_the_target(proxy: WebSocketProxy):
    proxy.scripted_responses.set(ScriptedResponse(503, body="later"))
    status, answer = answer_to(proxy, request())
    assert (status, answer.endswith("later")) == (503, True)


def test_scripted_101_changes_the_answer_of_the_target(proxy: WebSocketProxy, target: RawTarget):
    scripted = ScriptedResponse(headers=(("X-App", "test"),), subprotocol="other", delay=0.05)
    proxy.scripted_responses.set(scripted)
    further = ["X-App: target", "Sec-WebSocket-Protocol: a"]
    with linked(proxy, target, "/", *further, Sec_WebSocket_Protocol="a") as link:
        assert values_of(link.answered, "X-App") == ["test"]
        assert values_of(link.answered, "Sec-WebSocket-Protocol") == ["other"]


@pytest.mark.parametrize("near", [None, "tls"])
@pytest.mark.parametrize("far", [None, "tls"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_websockets_client_and_server_meet(
    start_proxy: StartProxy, near: str | None, far: str | None, compression: str | None, files: TlsFiles
):
    messages = ["", "hello", "Grüße 🎉" * 1000, b"", b"\x00\xff", "x" * 70_000]
    with echo_server(server_context() if far else None, compression=compression) as url:
        tls = ServerTls(server_context()) if near else None
        proxy = start_proxy(url, opening={"tls": TlsOptions(files.authority)}, tls=tls)
        context = {"ssl": client_context()} if near else {}
        with websockets_client(proxy, "chat", compression=compression, **context) as client:
            for message in messages:
                client.send(message)
                assert client.recv() == message
            linked_client = client_of(proxy)
            assert linked_client.upstream is not None
            far_end = linked_client.upstream.connection
            agreed = compression is not None
            assert (linked_client.connection.compression is not None) is agreed
            assert (far_end.compression is not None) is agreed
            client.send(["frag", "", "ments"])
            assert client.recv() == "fragments"
            client.close(4001, "done")
            assert (client.close_code, client.close_reason) == (4001, "done")


def test_refusal_of_websockets_passes_to_its_client(start_proxy: StartProxy):
    with echo_server(process_request=lambda connection, _: connection.respond(403, "not you\n")) as url:
        proxy = start_proxy(url)
        with pytest.raises(InvalidStatus) as refused:
            websockets_client(proxy)
    assert (refused.value.response.status_code, refused.value.response.body) == (403, b"not you\n")


def test_hundred_clients_at_once(start_proxy: StartProxy, threads: list[threading.Thread]):
    with echo_server() as url:
        proxy = start_proxy(url)
        answers: list[bytes] = []

        def talk(number: int) -> None:
            with opened(proxy, f"/{number}") as client:
                client.send_frame(TEXT, str(number).encode())
                answers.append(client.receive_frame().payload)

        for number in range(100):
            threads.append(threading.Thread(target=talk, args=(number,)))
            threads[-1].start()
        for thread in threads:
            thread.join(PATIENCE)
    assert sorted(map(int, answers)) == list(range(100))


def test_target_behind_a_proxy_of_its_own_is_reached(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy("ws://app.example:8080/", opening={"proxy": Proxy("http", "127.0.0.1", target.port)})
    with raw_client(proxy) as client:
        client.send(request())
        with target.accept() as tunnel:
            assert tunnel.receive_head().startswith(b"CONNECT app.example:8080 HTTP/1.1\r\n")
            tunnel.send(b"HTTP/1.1 200 OK\r\n\r\n")
            asked = tunnel.receive_head()
            assert values_of(asked.decode(), "Host") == ["app.example:8080"]
            tunnel.send(switching(asked) + frame(TEXT, b"hello"))
            client.receive_head()
            assert client.receive_frame().payload == b"hello"


def test_target_that_wants_a_certificate_gets_that_of_the_test(start_proxy: StartProxy, files: TlsFiles):
    with echo_server(server_context(asks_for_certificate=True)) as url:
        trusting = TlsOptions(files.authority)
        refused = start_proxy(url, opening={"tls": trusting})
        assert answer_to(refused, request())[0] == 502
        certified = replace(trusting, certificate=files.certificate, private_key=files.private_key)
        with websockets_client(start_proxy(url, opening={"tls": certified})) as client:
            client.send("hello")
            assert client.recv() == "hello"


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("patched", [(ProxyLink, "__init__"), (ProxyLink, "start")], ids=["link", "thread"])
def test_target_is_left_where_no_link_can_be_made(
    proxy: WebSocketProxy, target: RawTarget, monkeypatch: pytest.MonkeyPatch, patched: tuple[type, str]
):
    monkeypatch.setattr(*patched, fail)
    with raw_client(proxy) as client:
        client.send(request())
        with target.accept() as accepted:
            accepted.send(switching(accepted.receive_head()))
            assert accepted.receive_rest() == b""
        client.receive_rest()
        eventually(lambda: proxy.notices)
    assert "RuntimeError" in proxy.notices.popleft()


def test_proxy_that_stops_while_a_link_begins_ends_it(
    proxy: WebSocketProxy, target: RawTarget, monkeypatch: pytest.MonkeyPatch
):
    start = ProxyLink.start

    def start_and_close(link: ProxyLink, on_end: Callable[[], None]) -> None:
        start(link, on_end)
        proxy.arrivals.close()

    monkeypatch.setattr(ProxyLink, "start", start_and_close)
    with linked(proxy, target) as link:
        assert link.target.receive_rest() == b""
