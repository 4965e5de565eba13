"""Bytes over TLS: no thread waits inside OpenSSL."""

from __future__ import annotations

import _thread
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from errno import ECONNRESET
from typing import Any, TypeVar

from ..deadline import Deadline
from ..errors import make_os_error
from .stream import DISCARDED, Stream

TLS_RECORD = 16 * 1024
"""What OpenSSL reads at once, so room for more is only given back, in pieces that fit nothing. Nor is more written at
once: OpenSSL wants a refused write repeated with the same bytes."""

Done = TypeVar("Done")


class TlsStream(Stream):
    """Bytes over TLS. OpenSSL allows one call at a time on a connection: each call holds a lock and never waits."""

    _socket: ssl.SSLSocket
    buffers = True

    def __init__(self, connected: ssl.SSLSocket) -> None:
        super().__init__(connected)
        self._read_size = TLS_RECORD
        self.wants_to_write = False
        self._finished = False
        self._lock = _thread.allocate_lock()

    def handshake(self, deadline: Deadline) -> None:
        """Performs the TLS handshake before anybody else uses the stream."""
        self._complete(self._socket.do_handshake, deadline)

    @property
    def has_sent_certificate(self) -> bool:
        """A server's end has answered the first message of the client, with its certificate."""
        return getattr(self._socket, "has_sent_certificate", False)

    def receive(self, deadline: Deadline | None = None) -> bytes:
        if deadline is not None and deadline.expired:
            raise TimeoutError
        return self._complete(self._receive, deadline)  # first without waiting: bytes can lie ready inside OpenSSL

    @property
    def holds_back(self) -> bool:
        with self._lock:
            return self._socket.pending() > 0

    def receive_now(self) -> bytes | None:
        """Besides, OpenSSL may hold back what it has decrypted: whoever got bytes asks again until it gets None."""
        try:
            return self._receive()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):  # TCP's own: both sides have ended TLS
            return None
        except ssl.SSLZeroReturnError:  # instead of no bytes, where our end has ended TLS before the peer
            return b""

    def receive_below(self) -> bytes | None:
        """What TCP brings behind the peer's "close notify"; None where nothing has arrived."""
        try:
            with self._lock:
                return socket.socket.recv(self._socket, DISCARDED)
        except BlockingIOError:
            return None

    def send(self, data: bytes | memoryview) -> int:
        try:
            with self._lock:
                return self._socket.send(data[:TLS_RECORD])
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0

    def reset(self) -> None:
        with self._lock:
            super().reset()

    def finish(self) -> None:
        if self.resets:
            return
        self._finished = True
        with suppress(OSError, ValueError), self._lock:  # sends "close notify", and does not wait for that of the peer
            self._socket.unwrap()
        super().finish()

    def _receive(self) -> bytes:
        with self._lock:
            if self.resets:  # OpenSSL would send an alert, because it would see TCP end
                return b""
            unfinished, self.wants_to_write = self.wants_to_write, False
            was_reset = not (self.ended or self._finished) and self._see_reset(unfinished)
            try:
                data = super()._receive()
            except ssl.SSLWantWriteError:
                self.wants_to_write = True
                raise
            if not data and was_reset:
                raise make_os_error(ECONNRESET)
            return data

    def _see_reset(self, unfinished: bool) -> bool:
        """Looks for a reset before OpenSSL reads: Python before 3.12.3 takes one for the end of the stream.

        Where nothing has arrived OpenSSL does not read at all, unless it has to write: a reset could come meanwhile.
        Behind what has arrived a reset shows in that the system knows no peer any more. After the read it is too late
        to ask: OpenSSL answers a FIN, and a reset may follow.
        """
        try:
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
            self._socket.getpeername()
        except BlockingIOError:
            if not (unfinished or self._socket.pending()):
                raise ssl.SSLWantReadError from None
        except OSError:
            return not (self.ended or self._finished)  # another thread of ours may have ended it just now
        return False

    def _complete(self, step: Callable[[], Done], deadline: Deadline | None) -> Done:
        """Repeats a step of OpenSSL until it no longer needs the socket."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self._wait(deadline)
            except ssl.SSLWantWriteError:
                self._wait(deadline, writing=True)


def note_hello(connected: Any, _name: str | None, _context: ssl.SSLContext) -> None:
    """The context of a server calls this at the first message of a client, which the certificate answers."""
    connected.has_sent_certificate = True
