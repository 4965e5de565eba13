"""HTTP proxies that speak TLS themselves: `proxy=https://…`."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable

import pytest

from client.connected import connected
from connection.ends import anything, soon
from peers.certificates import TlsFiles, server_context
from peers.raw import BINARY, PATIENCE, RawEnd
from peers.scripted import Script, serving, switch, until_client_leaves
from RobotWebSocketLibrary.client.proxy_route import read_proxy
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.errors import WebSocketError

from .conftest import Opening

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
LARGE = 5_000_000


def connecting(then: Script = switch) -> Script:
    """A proxy that answers CONNECT, and then is the server."""

    def script(end: RawEnd) -> None:
        assert end.receive_head().startswith(b"CONNECT server.example:80 HTTP/1.1\r\n")
        end.send(ESTABLISHED)
        then(end)

    return script


def test_proxy_is_asked_over_tls(opening: Opening, files: TlsFiles):
    with serving(connecting(), context=server_context()) as proxy:
        chosen = read_proxy(f"https://us:pa@127.0.0.1:{proxy.port}")
        assert (
            opening("ws://server.example/", proxy=chosen, tls=TlsOptions(verify=files.authority)).response.status == 101
        )


def test_large_messages_pass_both_ways(files: TlsFiles):
    def echo(end: RawEnd) -> None:
        switch(end)
        end.send_frame(BINARY, end.receive_frame().payload)
        end.receive_rest()

    with serving(connecting(echo), context=server_context()) as proxy:
        options = {"proxy": read_proxy(f"https://127.0.0.1:{proxy.port}"), "tls": TlsOptions(verify=files.authority)}
        with connected("ws://server.example/", max_message_size=LARGE, **options) as connection:
            connection.send(bytes(LARGE), soon())
            assert connection.waits.wait_for_message(soon(), anything).data == bytes(LARGE)


@pytest.mark.parametrize("leave", [RawEnd.finish, RawEnd.reset, RawEnd.close], ids=["FIN", "RST", "close"])
def test_end_of_the_proxy_is_the_end_of_the_connection(leave: Callable[[RawEnd], None], files: TlsFiles):
    def left(end: RawEnd) -> None:
        switch(end)
        leave(end)

    with serving(connecting(left), context=server_context()) as proxy:
        options = {"proxy": read_proxy(f"https://127.0.0.1:{proxy.port}"), "tls": TlsOptions(verify=files.authority)}
        with connected("ws://server.example/", **options) as connection:
            assert connection.waits.wait_for_close(soon()).code == 1006


def test_proxy_that_keeps_tcp_is_left(files: TlsFiles):
    over = threading.Event()

    def staying(end: RawEnd) -> None:
        switch(end)
        end.receive_rest()
        over.wait(PATIENCE)

    with serving(connecting(staying), context=server_context()) as proxy:
        options = {"proxy": read_proxy(f"https://127.0.0.1:{proxy.port}"), "tls": TlsOptions(verify=files.authority)}
        with connected("ws://server.example/", **options) as connection:
            connection.abort("the test has ended")
        for thread in [one for one in threading.enumerate() if one.name.endswith("a proxy with TLS")]:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        over.set()


@pytest.mark.parametrize(
    ("context", "trusted", "reason"),
    [
        (
            lambda: server_context(other=True),
            True,
            "the proxy's certificate is not trusted (unable to get local issuer certificate); '{authority}' does not h",
        ),
        (lambda: server_context("elsewhere.example"), True, "the proxy's certificate is not for '127.0.0.1'; "),
        (lambda: server_context(expired=True), True, "the proxy's certificate has expired; "),
        (
            server_context,
            False,
            "the proxy's certificate is not trusted (unable to get local issuer certificate); give ",
        ),
        (lambda: None, True, "the proxy does not speak TLS on this port; did you mean 'http://'?"),
    ],
)
def test_failed_tls_names_the_proxy(
    context: Callable[[], ssl.SSLContext | None], trusted: bool, reason: str, opening: Opening, files: TlsFiles
):
    def answering(end: RawEnd) -> None:
        end.socket.recv(1)
        end.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(answering, context=context()) as server:
        proxy = read_proxy(f"https://us:canary@127.0.0.1:{server.port}")
        with pytest.raises(WebSocketError) as failure:
            opening("ws://server.example/", proxy=proxy, tls=TlsOptions(verify=files.authority if trusted else True))
    begin = f"Could not connect to 'ws://server.example/' through the proxy '127.0.0.1:{server.port}': "
    assert str(failure.value).startswith(begin + reason.format(authority=files.authority))


def test_proxy_that_says_nothing(opening: Opening, files: TlsFiles):
    with serving(until_client_leaves) as server:
        proxy = read_proxy(f"https://127.0.0.1:{server.port}")
        with pytest.raises(
            WebSocketError, match=r"the proxy accepted TCP but did not answer the TLS handshake in 200 m"
        ):
            opening("ws://h/", timeout=0.2, proxy=proxy, tls=TlsOptions(verify=files.authority))


def test_machine_without_free_descriptors_leaves_nothing_open(
    opening: Opening, files: TlsFiles, monkeypatch: pytest.MonkeyPatch
):
    def none_left() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "socketpair", none_left)
    with serving(until_client_leaves, context=server_context()) as server:
        proxy = read_proxy(f"https://127.0.0.1:{server.port}")
        with pytest.raises(WebSocketError, match="the proxy ended the TLS handshake: 'Too many open files'"):
            opening("ws://h/", proxy=proxy, tls=TlsOptions(verify=files.authority))
