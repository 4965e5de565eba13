"""Bare sockets: the other end of what is measured, so that it costs less than that.

`serve`: a server. A path says what it does: /flood?COUNT&SIZE sends so many texts when a first message has come,
/discard?BYTES throws so many bytes away and then says so, any other echoes texts of one size, as /?SIZE.

`load PORT CONNECTIONS FLIGHT SIZE ROUNDS`: a client that keeps so many texts in flight on so many connections. It
prints the seconds that it took, and the processor seconds; a line makes it close the connections and end.

`hold PORT CONNECTIONS SIZE`: a client that has many connections. A line `receive` makes it wait until each has received
a text of that size, and print the time; a line `leave` makes it end them all.
"""

from __future__ import annotations

import base64
import hashlib
import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = b"\x37\xfa\x21\x3d"
DONE = b"\x81\x04done"
CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
REQUEST = (
    b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
AT_ONCE = 1 << 17
BUFFER = 1 << 18
"""Bytes that the system keeps for a connection of the load: no server has to read so that the load can go on."""
KEPT = bytearray(AT_ONCE)
"""Where everything lands that is only counted: one buffer for all, so that it stays in the processor's cache."""


def make_frame(size: int, mask: bytes = b"") -> bytes:
    """A frame with a text of so many bytes (RFC 6455 section 5.2)."""
    masked = 0x80 if mask else 0
    if size < 126:
        header = bytes([0x81, masked | size])
    elif size < 1 << 16:
        header = bytes([0x81, masked | 126]) + size.to_bytes(2, "big")
    else:
        header = bytes([0x81, masked | 127]) + size.to_bytes(8, "big")
    payload = bytes(ord("x") ^ octet for octet in mask) * (size // 4 + 1) if mask else b"x" * size
    return header + mask + payload[:size]


def receive_head(connected: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        received = connected.recv(1 << 16)
        if not received:
            raise SystemExit("The other end left during the opening handshake.")
        head += received
    return head


# The server


def serve() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
    print(listening.getsockname()[1], flush=True)
    poll = select.epoll()
    poll.register(listening, select.EPOLLIN)
    echoes: dict[int, Callable[[], bool]] = {}
    while True:
        for number, _ in poll.poll():
            if number == listening.fileno():
                accepted, _ = listening.accept()
                echo = answer(accepted)
                if echo is not None:
                    echoes[accepted.fileno()] = echo
                    poll.register(accepted, select.EPOLLIN)
            elif not echoes[number]():
                del echoes[number]


def answer(accepted: socket.socket) -> Callable[[], bool] | None:
    """Performs the opening handshake, and returns how to echo, where that is wanted."""
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    head = receive_head(accepted)
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + SUFFIX).digest())
    accepted.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    path, _, query = head.split(b" ")[1].partition(b"?")
    numbers = [int(number) for number in query.split(b"&") if number]
    if path in (b"/flood", b"/discard"):
        target = flood if path == b"/flood" else discard
        threading.Thread(target=target, args=(accepted, *numbers), daemon=True).start()
        return None
    return make_echo(accepted, *numbers or [125])


def make_echo(accepted: socket.socket, size: int) -> Callable[[], bool]:
    ours, theirs, unfinished = make_frame(size), len(make_frame(size, KEY)), 0

    def echo() -> bool:
        nonlocal unfinished
        try:
            received = accepted.recv_into(KEPT)
        except ConnectionError:
            received = 0
        if not received:
            accepted.close()
            return False
        whole, unfinished = divmod(unfinished + received, theirs)
        if whole:
            accepted.sendall(ours * whole)
        return True

    return echo


def flood(accepted: socket.socket, count: int, size: int) -> None:
    accepted.recv(1 << 16)
    at_once = max(1, min(count, (1 << 20) // size))
    batch = make_frame(size) * at_once
    for _ in range(count // at_once):
        accepted.sendall(batch)
    accepted.sendall(make_frame(size) * (count % at_once))
    drain(accepted)


def discard(accepted: socket.socket, size: int) -> None:
    kept = bytearray(1 << 20)
    while size > 0:
        size -= accepted.recv_into(kept)
    accepted.sendall(DONE)
    drain(accepted)


def drain(connected: socket.socket) -> None:
    with suppress(ConnectionError):  # a client that is done leaves without a word
        while connected.recv(1 << 16):
            pass


# The clients


def connect(port: int, path: str = "/") -> socket.socket:
    connected = socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    connected.connect(("127.0.0.1", port))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.sendall(REQUEST % path.encode())
    receive_head(connected)
    return connected


class Exchange:
    """One connection of the load."""

    def __init__(self, port: int, flight: int, size: int, total: int) -> None:
        self.connected = connect(port, f"/?{size}")
        self._ours, self._theirs = make_frame(size, KEY), len(make_frame(size))
        self._flight, self._to_send, self._to_receive = flight, total, total * self._theirs
        self._unfinished = 0

    def begin(self) -> None:
        self._send(self._flight)

    def advance(self) -> bool:
        """Receives, and sends as many messages as have come back; False when those were all."""
        received = self.connected.recv_into(KEPT)
        if not received:
            raise SystemExit("The server left.")
        self._to_receive -= received
        whole, self._unfinished = divmod(self._unfinished + received, self._theirs)
        if whole and self._to_send:
            self._send(min(whole, self._to_send))
        return self._to_receive > 0

    def _send(self, count: int) -> None:
        self._to_send -= count
        self.connected.sendall(self._ours * count if count > 1 else self._ours)

    def close(self) -> None:
        """Closes as the RFC has it: a server may complain about whoever just leaves."""
        self.connected.sendall(CLOSE)
        self.connected.shutdown(socket.SHUT_WR)
        drain(self.connected)
        self.connected.close()


def load(port: int, connections: int, flight: int, size: int, rounds: int) -> None:
    poll, exchanges = select.epoll(), {}
    for _ in range(connections):
        exchange = Exchange(port, flight, size, rounds * flight)
        exchanges[exchange.connected.fileno()] = exchange
        poll.register(exchange.connected, select.EPOLLIN)
    begin, processor, unfinished = time.perf_counter(), time.process_time(), connections
    for exchange in exchanges.values():
        exchange.begin()
    while unfinished:
        for number, _ in poll.poll():
            if not exchanges[number].advance():
                poll.unregister(number)
                unfinished -= 1
    print(time.perf_counter() - begin, time.process_time() - processor, flush=True)
    sys.stdin.readline()
    for exchange in exchanges.values():
        exchange.close()
    print("closed", flush=True)


def hold(port: int, connections: int, size: int) -> None:
    held = {connected.fileno(): connected for connected in (connect(port) for _ in range(connections))}
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "receive":
            receive_on_all(held, len(make_frame(size)))
            print(time.perf_counter(), flush=True)
        else:
            for connected in held.values():
                connected.close()
            print("left", flush=True)


def receive_on_all(held: dict[int, socket.socket], size: int) -> None:
    poll, missing = select.epoll(), dict.fromkeys(held, size)
    for number in held:
        poll.register(number, select.EPOLLIN)
    while missing:
        for number, _ in poll.poll():
            received = len(held[number].recv(missing[number]))
            missing[number] -= received
            if not received:
                raise SystemExit("The server left.")
            if not missing[number]:
                poll.unregister(number)
                del missing[number]
    poll.close()


if __name__ == "__main__":
    {"serve": serve, "load": load, "hold": hold}[sys.argv[1]](*map(int, sys.argv[2:]))
