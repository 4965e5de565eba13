"""The other end of a benchmark: raw sockets, so that it is faster than whatever is measured.

`serve` is a server that floods (path /flood?COUNT), discards (path /discard?BYTES) or echoes frames of one size;
`load PORT CONNECTIONS FLIGHT ROUNDS` is a client that keeps so many messages in flight on so many connections, and
prints the seconds that it took.
"""

from __future__ import annotations

import base64
import hashlib
import selectors
import socket
import sys
import threading
import time
from contextlib import suppress

SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT_64 = b"\x81\x40" + b"x" * 64
TEXT_125 = b"\x81\x7d" + b"x" * 125
DONE = b"\x81\x04done"
MASKED_125 = b"\x81\xfd" + b"\0\0\0\0" + b"x" * 125
CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def serve() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=100)
    print(listening.getsockname()[1], flush=True)
    while True:
        accepted, _ = listening.accept()
        threading.Thread(target=answer, args=(accepted,), daemon=True).start()


def answer(accepted: socket.socket) -> None:
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = receive_head(accepted)
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key"))
    accept = base64.b64encode(hashlib.sha1(key + SUFFIX).digest())
    accepted.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    target = head.split(b" ")[1]
    if target.startswith(b"/flood"):
        flood(accepted, int(target.partition(b"?")[2]))
    elif target.startswith(b"/discard"):
        discard(accepted, int(target.partition(b"?")[2]))
    else:
        echo(accepted)


def flood(accepted: socket.socket, count: int) -> None:
    """Waits for the first frame, then sends the messages as fast as TCP takes them."""
    accepted.recv(1 << 16)
    batch = TEXT_64 * 1000
    for _ in range(count // 1000):
        accepted.sendall(batch)
    while accepted.recv(1 << 16):
        pass


def discard(accepted: socket.socket, size: int) -> None:
    """Throws away so many bytes as fast as they come, and says when they were there."""
    kept = bytearray(1 << 20)
    while size > 0:
        size -= accepted.recv_into(kept)
    accepted.sendall(DONE)
    with suppress(ConnectionError):  # a sender that is done leaves without a word
        while accepted.recv_into(kept):
            pass


def echo(accepted: socket.socket) -> None:
    received = 0
    while data := accepted.recv(1 << 16):
        received += len(data)
        whole, received = divmod(received, len(MASKED_125))
        accepted.sendall(TEXT_125 * whole)


def load(port: int, connections: int, flight: int, rounds: int) -> None:
    selector = selectors.DefaultSelector()
    exchanges = [Exchange(port, flight, rounds * flight) for _ in range(connections)]
    for exchange in exchanges:
        selector.register(exchange.connected, selectors.EVENT_READ, exchange)
    started = time.perf_counter()
    for exchange in exchanges:
        exchange.send()
    while selector.get_map():
        for key, _ in selector.select():
            if key.data.advance():
                selector.unregister(key.fileobj)
    print(time.perf_counter() - started)
    for exchange in exchanges:
        exchange.close()


class Exchange:
    """One connection that keeps a number of messages in flight until all have come back."""

    def __init__(self, port: int, flight: int, total: int) -> None:
        self.connected = socket.create_connection(("127.0.0.1", port))
        self.connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connected.sendall(REQUEST)
        receive_head(self.connected)
        self.flight, self.total, self.sent, self.received = flight, total, 0, 0

    def advance(self) -> bool:
        """Receives, and sends as many messages as have come back; True when that were all."""
        self.received += len(self.connected.recv(1 << 18))
        self.send()
        return self.received == self.total * len(TEXT_125)

    def send(self) -> None:
        may = min(self.total, self.received // len(TEXT_125) + self.flight)
        self.connected.sendall(MASKED_125 * (may - self.sent))
        self.sent = may

    def close(self) -> None:
        """Closes as the RFC has it: a server may complain about whoever just leaves."""
        self.connected.sendall(CLOSE)
        while self.connected.recv(1 << 16):
            pass
        self.connected.close()


def receive_head(connected: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connected.recv(1)
    return head


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else load(*map(int, sys.argv[2:]))
