"""Clients that know nothing of the library: the `websockets` package's, and bytes written by hand."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import Any

from peers.raw import AT_ONCE, CLOSE, PATIENCE, PONG, RawEnd, WireFrame
from peers.websockets_peers import WebsocketsClient
from RobotWebSocketLibrary.server.server import WebSocketServer

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
"""The key of RFC 6455 section 1.3's example, with its answer:"""
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def websockets_client(server: WebSocketServer, path: str = "", **options: Any) -> WebsocketsClient:
    """A client that sends no pings of its own."""
    defaults: dict[str, Any] = {"ping_interval": None, "max_size": None}
    return WebsocketsClient(server.url + path, **{**defaults, **options})


def request(path: str = "/", **replaced: str | None) -> bytes:
    """An opening handshake. Named header fields replace its own or are added; None leaves one out."""
    values: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec_WebSocket_Key": KEY,
        "Sec_WebSocket_Version": "13",
        **replaced,
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in values.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def raw_client(server: WebSocketServer, *, receive_buffer: int | None = None) -> RawEnd:
    """A TCP connection, on which nothing was sent yet."""
    host = "::1" if ":" in server.host else "127.0.0.1"
    connecting = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if receive_buffer is not None:
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connecting.settimeout(PATIENCE)
    try:
        connecting.connect((host, server.port))
    except OSError:
        connecting.close()
        raise
    return RawEnd(connecting, masked=True)


def opened(server: WebSocketServer, path: str = "/", *, receive_buffer: int | None = None, **fields: str) -> RawEnd:
    """A client by hand, behind its opening handshake."""
    client = raw_client(server, receive_buffer=receive_buffer)
    client.send(request(path, **fields))
    head = client.receive_head()
    assert head.startswith(b"HTTP/1.1 101 "), head
    return client


def answer_to(server: WebSocketServer, data: bytes) -> tuple[int, str]:
    """HTTP status of the answer to some bytes, and the whole of it, up to the end of TCP where it refuses."""
    with raw_client(server) as client:
        client.send(data)
        head = client.receive_head().decode()
        status = int(head.split()[1])
        return status, head if status == 101 else head + client.receive_rest().decode()


def answer_to_dripped(client: RawEnd, data: bytes) -> bytes:
    """Sends bytes one by one until something comes back, and returns that."""
    client.socket.settimeout(0.02)
    for at in range(len(data)):
        client.send(data[at : at + 1])
        with suppress(TimeoutError):
            return client.socket.recv(100)
    return b""


def close_of(client: RawEnd) -> WireFrame:
    """The close frame, whatever comes before it."""
    while (frame := client.receive_frame()).opcode != CLOSE:
        pass
    return frame


def answers_pings(client: RawEnd) -> bool:
    client.send_frame(0x9, b"there?")
    return client.receive_frame()[:2] == (PONG, b"there?")


def tls_client(server: WebSocketServer, context: ssl.SSLContext, name: str = "127.0.0.1") -> RawEnd:
    """A client behind its TLS handshake, which wants a certificate for that name."""
    plain = raw_client(server).socket
    return RawEnd(context.wrap_socket(plain, server_hostname=name), masked=True)


@contextmanager
def at_once():
    """Fails when its block has to wait for something."""
    begun = time.monotonic()
    yield
    taken = time.monotonic() - begun
    assert taken <= AT_ONCE, f"took {taken:.2f} s"


def eventually(true: Callable[[], object]) -> None:
    """Waits for what no wake-up announces to a test."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def sent_until_refused(client: RawEnd, data: bytes, pause: float = 2) -> int:
    """Sends copies of the data until the peer takes nothing more for a while; returns how many bytes left."""
    client.socket.settimeout(pause)
    sent = 0
    rest = memoryview(data)
    while True:
        try:
            size = client.socket.send(rest)
        except TimeoutError:
            client.socket.settimeout(PATIENCE)
            return sent
        sent += size
        rest = rest[size:] or memoryview(data)
