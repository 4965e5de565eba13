"""Connections through proxies that do and say anything."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable

import pytest

from peers.certificates import TlsFiles, server_context
from peers.raw import AT_ONCE, PATIENCE, RawEnd, port_without_listener, seconds_since
from peers.scripted import Script, ScriptedServer, dripping, serving, switch, until_client_leaves
from RobotWebSocketLibrary.client import dialing
from RobotWebSocketLibrary.client.proxy_route import read_proxy
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.client.tunnel import ProxyStream
from RobotWebSocketLibrary.errors import HandshakeError, WebSocketError

from .conftest import Opening

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
GRANTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"


def failure_of(
    opening: Opening, server: ScriptedServer, scheme: str = "http", user: str = "", **options: object
) -> str:
    """What the user reads behind the names of the server and the proxy."""
    proxy = read_proxy(f"{scheme}://{user}127.0.0.1:{server.port}")
    with pytest.raises(WebSocketError) as failure:
        opening(options.pop("url", "ws://server.example/?token=canary"), proxy=proxy, **options)
    assert not isinstance(failure.value, HandshakeError)
    assert "canary" not in str(failure.value)
    begin = f" through the proxy '127.0.0.1:{server.port}': "
    assert begin in str(failure.value)
    assert str(failure.value).startswith("Could not connect to 'ws://server.example/?token=***'")
    return str(failure.value).partition(begin)[2]


# HTTP


def connecting(seen: list[bytes], answer: bytes = ESTABLISHED, then: Script = switch) -> Script:
    """A proxy that answers CONNECT, and then is the server."""

    def script(end: RawEnd) -> None:
        seen.append(end.receive_head())
        end.send(answer)
        then(end)

    return script


@pytest.mark.parametrize(
    ("url", "user", "head"),
    [
        ("ws://server.example/x", "", "CONNECT server.example:80 HTTP/1.1\r\nHost: server.example:80\r\n\r\n"),
        ("ws://[2001:db8::1]:8080/", "", "CONNECT [2001:db8::1]:8080 HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n"),
        (
            "ws://127.0.0.1:9/",
            "us:på@",
            "CONNECT 127.0.0.1:9 HTTP/1.1\r\nHost: 127.0.0.1:9\r\nProxy-Authorization: Basic dXM6cMOl\r\n\r\n",
        ),
        ("ws://h/", "us@", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\nProxy-Authorization: Basic dXM6\r\n\r\n"),
    ],
)
def test_http_proxy_is_asked_to_connect(url: str, user: str, head: str, opening: Opening):
    seen: list[bytes] = []
    with serving(connecting(seen)) as server:
        assert opening(url, proxy=read_proxy(f"http://{user}127.0.0.1:{server.port}")).response.status == 101
    assert seen == [head.encode()]


@pytest.mark.parametrize("status", ["HTTP/1.0 200 OK", "HTTP/1.1 204 No Content\r\nX-Proxy: yes"])
def test_answers_that_mean_connected(status: str, opening: Opening):
    with serving(connecting([], f"{status}\r\n\r\n".encode())) as server:
        assert opening("ws://h/", proxy=read_proxy(f"127.0.0.1:{server.port}")).response.status == 101


def test_what_a_server_says_behind_the_answer_of_the_proxy_is_kept(opening: Opening):
    def greet(end: RawEnd) -> None:
        end.receive_head()

    greeting = connecting([], ESTABLISHED + b"SSH-2.0-OpenSSH\r\n", greet)
    with serving(greeting) as server, pytest.raises(HandshakeError, match="the answer is not HTTP: 'SSH-"):
        opening("ws://h/", proxy=read_proxy(f"127.0.0.1:{server.port}"))


def test_answer_of_the_proxy_in_single_bytes(opening: Opening):
    def script(end: RawEnd) -> None:
        end.receive_head()
        dripping(ESTABLISHED, 0.0005)(end)
        switch(end)

    with serving(script) as server:
        assert opening("ws://h/", proxy=read_proxy(f"127.0.0.1:{server.port}")).response.status == 101


def test_tls_through_a_proxy_is_checked_for_the_server(opening: Opening, files: TlsFiles):
    def encrypted(context: object) -> Script:
        def script(end: RawEnd) -> None:
            with context.wrap_socket(end.socket, server_side=True) as tls:  # type: ignore[attr-defined]
                switch(RawEnd(tls))

        return script

    named = encrypted(server_context("server.example"))
    other = encrypted(server_context("elsewhere.example"))
    tls = TlsOptions(verify=files.authority)
    with serving(connecting([], then=named), connecting([], then=other)) as server:
        proxy = read_proxy(f"127.0.0.1:{server.port}")
        assert opening("wss://server.example/", proxy=proxy, tls=tls).response.status == 101
        with pytest.raises(HandshakeError, match=r"the server's certificate is not for 'server\.example';"):
            opening("wss://server.example/", proxy=proxy, tls=tls)


@pytest.mark.parametrize(
    ("answer", "user", "expected"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\nX-Hint: canary\r\n\r\n",
            "",
            "it asks for a user and a password; give them with `proxy=http://user:password@127.0.0.1:{port}`.",
        ),
        (b"HTTP/1.1 407 No\r\n\r\n", "us:canary@", "it does not accept the user and the password."),
        (
            b"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate abc\r\n\r\n",
            "us:canary@",
            "it asks for authentication by 'NTLM', 'Negotiate', and only 'Basic' is supported.",
        ),
        (
            b'HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm="a", Basic realm="b"\r\n\r\n',
            "us:canary@",
            "it does not accept the user and the password.",
        ),
        (b"HTTP/1.1 403 *HTML*\x1b[31m\r\n\r\n", "us:canary@", r"it answered 403 *HTML*\x1b[31m."),
        (
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100000\r\n\r\nNo route\n",
            "",
            r"it answered 502 Bad Gateway. The body begins 'No route\n'.",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<title>Denied</title><p>Ask IT.",
            "",
            "it answered 403 Forbidden. The page says 'Denied: Ask IT.'.",
        ),
        (b"HTTP/1.1 400 Bad\r\n\r\nPassword 'canary'?", "us:canary@", "it answered 400 Bad."),
        (
            b"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nContent-Length: 3\r\n\r\nAsk",
            "",
            "it asks for authentication by 'NTLM', and only 'Basic' is supported. The body begins 'Ask'.",
        ),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "", "it answered 101 Switching Protocols."),
        (b"", "", "it ended the connection without an answer."),
        (b"HTTP/1.1 200", "", "it ended the connection within its answer."),
        (b"\x05\xff", "", r"its answer is not HTTP: '\x05\xff'; is it a SOCKS proxy?."),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "", "not an HTTP status line: 'HTTP/1.1 2000 OK'."),
        (b"HTTP/1.1 200 " + b"x" * 9000, "", "a header line is longer than 8192 bytes."),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200, "", "more than 128 headers."),
    ],
)
def test_http_proxy_that_does_not_connect(answer: bytes, user: str, expected: str, opening: Opening):
    with serving(connecting([], answer, lambda _: None)) as server:
        assert failure_of(opening, server, user=user) == expected.format(port=server.port).replace("?.", "?")


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_silent_proxy(scheme: str, opening: Opening):
    began = time.monotonic()
    with serving(until_client_leaves) as server:
        assert failure_of(opening, server, scheme, timeout=1) == "it sent no answer in 1 second."
    assert 1 <= seconds_since(began) < AT_ONCE


def test_proxy_that_drips(opening: Opening):
    began = time.monotonic()
    with serving(dripping(b"HTTP/1.1 200 OK\r\n" * 99, 0.02)) as server:
        assert failure_of(opening, server, timeout=1) == "its answer was not complete in 1 second."
    assert 1 <= seconds_since(began) < AT_ONCE


def test_socks_proxy_that_drips(opening: Opening):
    with serving(dripping(b"\x05\x00" + GRANTED, 0.4)) as server:
        assert failure_of(opening, server, "socks5h", timeout=1) == "its answer was not complete in 1 second."


def test_proxy_that_is_not_there(opening: Opening):
    with port_without_listener() as port, pytest.raises(WebSocketError) as failure:
        opening("ws://h/", proxy=read_proxy(f"http://us:canary@127.0.0.1:{port}"))
    reason = f"connection refused (nothing listens on port {port})"
    assert str(failure.value) == f"Could not connect to the proxy '127.0.0.1:{port}': {reason}."


def test_proxy_that_does_not_resolve(opening: Opening):
    with pytest.raises(WebSocketError) as failure:
        opening("ws://h/", proxy=read_proxy("http://nosuch.invalid:3128"))
    reason = "the host name 'nosuch.invalid' could not be resolved"
    assert str(failure.value) == f"Could not connect to the proxy 'nosuch.invalid:3128': {reason}."


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_proxy_that_resets(scheme: str, opening: Opening):
    with serving(lambda end: (end.receive(3), end.reset())) as server:
        assert failure_of(opening, server, scheme) == "it ended the connection without an answer."


def test_lost_connection_is_told(opening: Opening, monkeypatch: pytest.MonkeyPatch):
    def lose(*_: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(ProxyStream, "sendall", lose)
    with serving(until_client_leaves) as server:
        assert failure_of(opening, server) == "the connection to it was lost: Broken pipe."


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_interruption_leaves_nothing_open(scheme: str, opening: Opening, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProxyStream, "sendall", interrupt)
    left = threading.Event()
    with serving(lambda end: end.receive_rest() or left.set()) as server:
        proxy = read_proxy(f"{scheme}://127.0.0.1:{server.port}")
        with pytest.raises(KeyboardInterrupt):
            opening("ws://h/", proxy=proxy)
        assert left.wait(PATIENCE)


# SOCKS 5


def socks(
    asked: list[bytes],
    *,
    user: bytes = b"",
    accepted: bytes = b"\x01\x00",
    answer: bytes = GRANTED,
    then: Script = switch,
) -> Script:
    """A SOCKS proxy that keeps what it is asked for, and then is the server."""

    def script(end: RawEnd) -> None:
        methods = end.receive(2)[1]
        asked.append(end.receive(methods))
        end.send(b"\x05\x02" if user else b"\x05\x00")
        if user:
            asked.append(end.receive(len(user)))
            end.send(accepted)
        request = end.receive(4)
        size = {1: 4, 4: 16}.get(request[3]) or end.receive(1)[0]
        asked.append(request[3:] + end.receive(size + 2))
        end.send(answer)
        then(end)

    return script


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("ws://server.example:8080/", b"\x03server.example\x1f\x90"),
        ("ws://127.0.0.1/", b"\x01\x7f\x00\x00\x01\x00\x50"),
        ("ws://[::1]/", b"\x04" + b"\0" * 15 + b"\x01\x00\x50"),
    ],
)
def test_socks_proxy_resolves_the_name(url: str, asked: bytes, opening: Opening):
    seen: list[bytes] = []
    with serving(socks(seen)) as server:
        assert opening(url, proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}")).response.status == 101
    assert seen == [b"\x00", asked]


def resolving_to(monkeypatch: pytest.MonkeyPatch, *found: tuple[socket.AddressFamily, str]) -> None:
    """Resolves server.example to these addresses."""
    real = socket.getaddrinfo

    def resolve(host: str, port: int, **options: object) -> list[object]:
        if host != "server.example":
            return real(host, port, **options)  # type: ignore[arg-type,return-value]
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in found]

    monkeypatch.setattr(dialing.socket, "getaddrinfo", resolve)


def test_name_is_resolved_here_and_ipv4_preferred(opening: Opening, monkeypatch: pytest.MonkeyPatch):
    resolving_to(monkeypatch, (socket.AF_INET6, "2001:db8::1"), (socket.AF_INET, "192.0.2.1"))
    seen: list[bytes] = []
    with serving(socks(seen)) as server:
        opening("ws://server.example/", proxy=read_proxy(f"socks5://127.0.0.1:{server.port}"))
    assert seen[-1] == b"\x01\xc0\x00\x02\x01\x00\x50"


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 8])
def test_proxy_is_asked_for_one_address_after_the_other(code: int, opening: Opening, monkeypatch: pytest.MonkeyPatch):
    resolving_to(
        monkeypatch,
        (socket.AF_INET6, "2001:db8::1"),
        (socket.AF_INET, "192.0.2.1"),
        (socket.AF_INET, "192.0.2.2"),
    )
    seen: list[bytes] = []
    refusing = socks(seen, answer=bytes([5, code, 0]), then=lambda _: None)
    with serving(refusing, refusing, socks(seen)) as server:
        opened = opening("ws://server.example/", proxy=read_proxy(f"socks5://127.0.0.1:{server.port}"))
    assert opened.response.status == 101
    assert seen[1::2] == [
        b"\x01\xc0\x00\x02\x01\x00\x50",
        b"\x01\xc0\x00\x02\x02\x00\x50",
        b"\x04\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x01\x00\x50",
    ]


def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, (socket.AF_INET, "192.0.2.1"), (socket.AF_INET, "192.0.2.2"))


def test_last_address_tells_why_none_is_reached(opening: Opening, monkeypatch: pytest.MonkeyPatch):
    two_addresses(monkeypatch)
    scripts = [socks([], answer=bytes([5, code, 0]), then=lambda _: None) for code in (4, 5)]
    with serving(*scripts) as server:
        assert failure_of(opening, server, "socks5") == "the server refused the connection."


def test_address_to_which_the_proxy_is_silent_has_its_share_of_the_time(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
):
    two_addresses(monkeypatch)
    began = time.monotonic()
    with serving(socks([], answer=b"", then=until_client_leaves), socks([])) as server:
        proxy = read_proxy(f"socks5://127.0.0.1:{server.port}")
        assert opening("ws://server.example/", proxy=proxy, timeout=4).response.status == 101
    assert 2 <= seconds_since(began) < AT_ONCE


def test_silence_to_every_address_ends_at_the_deadline(opening: Opening, monkeypatch: pytest.MonkeyPatch):
    two_addresses(monkeypatch)
    began = time.monotonic()
    with serving(*[until_client_leaves] * 2) as server:
        assert failure_of(opening, server, "socks5", timeout=1) == "it sent no answer in 1 second."
    assert 1 <= seconds_since(began) < AT_ONCE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"\x05\xff", "it asks for a user and a password; give them with `proxy=socks5://user:password@{address}`."),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "its answer is not SOCKS 5: 'HT'; is it an HTTP proxy?"),
        (b"\x05", "it ended the connection within its answer."),
    ],
)
def test_failure_that_no_other_address_would_mend(
    answer: bytes, expected: str, opening: Opening, monkeypatch: pytest.MonkeyPatch
):
    two_addresses(monkeypatch)
    with serving(ending(answer)) as server:
        assert failure_of(opening, server, "socks5") == expected.format(address=f"127.0.0.1:{server.port}")


def test_proxy_that_resolves_is_asked_once(opening: Opening):
    with serving(socks([], answer=b"\x05\x04\x00", then=lambda _: None)) as server:
        assert failure_of(opening, server, "socks5h") == "it cannot reach the host."


def test_name_that_is_not_resolved_here(opening: Opening):
    with serving(until_client_leaves) as server, pytest.raises(WebSocketError) as failure:
        opening("ws://nosuch.invalid/", proxy=read_proxy(f"socks5://127.0.0.1:{server.port}"))
    expected = "Could not connect to 'ws://nosuch.invalid/': the host name 'nosuch.invalid' could not be resolved."
    assert str(failure.value) == expected


def test_socks_proxy_with_a_user(opening: Opening):
    seen: list[bytes] = []
    with serving(socks(seen, user=b"\x01\x02us\x02p:")) as server:
        opening("ws://127.0.0.1/", proxy=read_proxy(f"socks5h://us:p%3A@127.0.0.1:{server.port}"))
    assert seen[:2] == [b"\x00\x02", b"\x01\x02us\x02p:"]


def test_bound_address_may_be_a_name(opening: Opening):
    with serving(socks([], answer=b"\x05\x00\x00\x03\x04host\x00\x50")) as server:
        assert opening("ws://h/", proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}")).response.status == 101


def test_what_a_server_says_behind_the_answer_of_a_socks_proxy_is_kept(opening: Opening):
    greeting = socks([], answer=GRANTED + b"SSH-2.0-OpenSSH\r\n", then=lambda end: end.receive_head())
    with serving(greeting) as server, pytest.raises(HandshakeError, match="the answer is not HTTP: 'SSH-"):
        opening("ws://h/", proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}"))


def ending(answer: bytes) -> Script:
    def script(end: RawEnd) -> None:
        end.receive(3)
        end.send(answer)

    return script


@pytest.mark.parametrize(
    ("script", "user", "expected"),
    [
        *[
            (lambda code=code: socks([], answer=bytes([5, code, 0]), then=lambda _: None), "", expected)
            for code, expected in {
                1: "it failed to connect and gave no reason.",
                2: "its rules do not allow it.",
                3: "it cannot reach the network.",
                4: "it cannot reach the host.",
                5: "the server refused the connection.",
                6: "the server is too many hops away.",
                7: "it does not know the command CONNECT.",
                8: "it does not know this kind of address.",
                99: r"its answer is not SOCKS 5: '\x05\x00\x05c\x00'.",
            }.items()
        ],
        (
            lambda: ending(b"\x05\xff"),
            "",
            "it asks for a user and a password; give them with `proxy=socks5h://user:password@127.0.0.1:{port}`.",
        ),
        (lambda: ending(b"\x05\xff"), "us:canary@", "it does not accept the user and the password."),
        (
            lambda: socks([], user=b"\x01\x02us\x06canary", accepted=b"\x01\x01"),
            "us:canary@",
            "it does not accept the user and the password.",
        ),
        (
            lambda: ending(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            "",
            "its answer is not SOCKS 5: 'HT'; is it an HTTP proxy?",
        ),
        (lambda: ending(b"\x05"), "", "it ended the connection within its answer."),
        (
            lambda: socks([], answer=b"\x05\x00\x00\x03\x01\xff\x00\x50"),
            "",
            r"its answer is not SOCKS 5: '\x05\x00\x05\x00\x00\x03\x01\xff\x00P'.",
        ),
    ],
)
def test_socks_proxy_that_does_not_connect(script: Callable[[], Script], user: str, expected: str, opening: Opening):
    with serving(script()) as server:
        assert failure_of(opening, server, "socks5h", user) == expected.format(port=server.port)


def test_host_name_that_no_proxy_can_be_told(opening: Opening):
    host = "a" * 64 + ".example"
    with serving(ending(b"\x05\x00")) as server, pytest.raises(WebSocketError) as failure:
        opening(f"ws://{host}/", proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}"))
    assert str(failure.value).endswith(f": the host name '{host}' is too long for it.")


def test_missing_python_socks(opening: Opening, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "python_socks", None)
    with pytest.raises(WebSocketError) as failure:
        opening("ws://h/", proxy=read_proxy("socks5://127.0.0.1:1"))
    assert str(failure.value) == (
        "Cannot use a SOCKS proxy: install python-socks, for example with "
        "'pip install robotframework-robotwebsocketlibrary[proxy]'."
    )


def test_environment_leads_through_a_proxy(opening: Opening, monkeypatch: pytest.MonkeyPatch):
    seen: list[bytes] = []
    with serving(connecting(seen)) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert opening("ws://server.example/", proxy="environment").response.status == 101
    assert seen[0].startswith(b"CONNECT server.example:80 ")


def test_redirect_goes_through_the_proxy_too(opening: Opening):
    seen: list[bytes] = []

    def redirect(end: RawEnd) -> None:
        end.receive_head()
        end.send(b"HTTP/1.1 302 Found\r\nLocation: ws://other.example/\r\nContent-Length: 0\r\n\r\n")

    with serving(connecting(seen, then=redirect), connecting(seen)) as server:
        opening("ws://server.example/", proxy=read_proxy(f"127.0.0.1:{server.port}"), redirects=1)
    assert [head.split(b" ")[1] for head in seen] == [b"server.example:80", b"other.example:80"]
