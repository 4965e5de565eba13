"""A raw end of a connection: any bytes out, frames in, and none of the library's code."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import NamedTuple

PATIENCE = 60.0
"""Seconds that a raw end waits at most for what its test expects: it comes at once, unless the machine is very busy."""
AT_ONCE = 10.0
"""Seconds that a busy machine may take for what takes none. A wait in vain takes longer, `PATIENCE` or for ever."""
KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class WireFrame(NamedTuple):
    """A frame as it came, unmasked."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0
    masked: bool = False


class RawEnd:
    """One end of a TCP or TLS connection that a test scripts. `masked` makes it a client, whose frames are masked."""

    def __init__(self, connected: socket.socket, *, masked: bool = False) -> None:
        connected.settimeout(PATIENCE)
        self.socket = connected
        self.masked = masked

    def __enter__(self) -> RawEnd:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_frame(self, opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> None:
        self.send(frame(opcode, payload, fin=fin, rsv=rsv, masked=self.masked))

    def send_close(self, code: int | None = 1000, reason: bytes = b"") -> None:
        self.send_frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)

    def receive(self, size: int) -> bytes:
        """Exactly so many bytes."""
        received = bytearray()
        while len(received) < size:
            piece = self.socket.recv(size - len(received))
            if not piece:
                raise EOFError(f"the peer ended TCP after {len(received)} of {size} bytes")
            received += piece
        return bytes(received)

    def receive_head(self) -> bytes:
        """An HTTP request or response up to its empty line."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.receive(1)
        return head

    def receive_frame(self) -> WireFrame:
        first, second = self.receive(2)
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(self.receive(2 if length == 126 else 8), "big")
        key = self.receive(4) if second & 0x80 else b""
        payload = self.receive(length)
        return WireFrame(first & 0x0F, mask(payload, key) if key else payload, first >= 0x80, first >> 4 & 7, bool(key))

    def receive_rest(self) -> bytes:
        """What comes until the peer ends TCP."""
        received = []
        while piece := self.socket.recv(65536):
            received.append(piece)
        return b"".join(received)

    def sees_reset(self) -> bool:
        """Reads up to the end of TCP, beneath TLS, where Python shows a reset as the end of the stream."""
        try:
            while socket.socket.recv(self.socket, 65536):
                pass
        except ConnectionResetError:
            return True
        return False

    def finish(self) -> None:
        """Ends this direction of TCP with a FIN."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Ends TCP with an RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.socket.close()


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = False,
    length: int | None = None,
) -> bytes:
    """Bytes of any frame, legal or not. `length` is what its header declares."""
    size = len(payload) if length is None else length
    bit = 0x80 if masked else 0
    header = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if size < 126:
        header += bytes([bit | size])
    elif size < 1 << 16:
        header += bytes([bit | 126]) + size.to_bytes(2, "big")
    else:
        header += bytes([bit | 127]) + size.to_bytes(8, "big")
    return header + (KEY + mask(payload) if masked else payload)


KEY = b"\x37\xfa\x21\x3d"
"""The masking key of RFC 6455 section 5.7's examples."""


def seconds_since(began: float) -> float:
    """By the clock of deadlines, without its last bits: where it ticks in milliseconds, 0.2 s can come out as less."""
    return round(time.monotonic() - began, 6)


def mask(payload: bytes, key: bytes = KEY) -> bytes:
    """A payload masked, or unmasked."""
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection over the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connecting = socket.create_connection(listening.getsockname(), timeout=PATIENCE)
        accepted, _ = listening.accept()
    return connecting, accepted


@contextmanager
def port_without_listener() -> Iterator[int]:
    """A port on which nothing listens but what the block starts there; the system gives it to nobody else meanwhile."""
    with socket.socket() as holding:
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holding.bind(("127.0.0.1", 0))
        port = holding.getsockname()[1]
        if os.name == "nt":  # Windows gives no port away that is held
            holding.close()
        yield port


def end_listening(listening: socket.socket) -> None:
    """Wakes `accept` in another thread: Linux does that by the shutdown, Windows by the close."""
    with suppress(OSError):
        listening.shutdown(socket.SHUT_RDWR)
    if os.name == "nt":
        listening.close()


def compute_accept(request: bytes) -> str:
    """`Sec-WebSocket-Accept` for a request."""
    found = re.search(rb"(?im)^Sec-WebSocket-Key: *(\S+)", request)
    assert found is not None, request
    return base64.b64encode(hashlib.sha1(found[1] + KEY_SUFFIX.encode()).digest()).decode()


def switching(request: bytes, *further: str, **replaced: str | None) -> bytes:
    """A 101 for a request. `further` are header lines.

    `accept`, `upgrade` and `connection` replace the value of a header; None leaves the header out.
    """
    values = {"upgrade": "websocket", "connection": "Upgrade", "accept": compute_accept(request), **replaced}
    names = {"upgrade": "Upgrade", "connection": "Connection", "accept": "Sec-WebSocket-Accept"}
    lines = [f"{names[part]}: {value}" for part, value in values.items() if value is not None]
    return "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, *further, "", ""]).encode()
