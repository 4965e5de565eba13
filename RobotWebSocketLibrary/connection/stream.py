"""Bytes over TCP: every write takes what the socket takes at once."""

from __future__ import annotations

import os
import select
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from errno import EPIPE

from ..deadline import SLICE, Deadline
from ..errors import make_os_error

READ_SIZE = 72 * 1024
"""Bytes read at once: a frame of 64 KiB, or many small ones, for one system call. docs/decisions/0004 says why."""
NEXT_READ_SIZE = 256 * 1024
"""Bytes that the next read takes where the last one took all that it could, so more has arrived."""
DISCARDED = 16 * 1024
"""Bytes that are read and thrown away at the end. A peer that has sent more may wait: only a reset wakes it."""
LONGEST_WAIT = None if hasattr(select, "poll") else SLICE
"""Seconds that a wait without a deadline blocks at once: Windows does not wake it when another thread ends TCP."""
NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""The option that makes `close` throw away what was not sent, and reset TCP."""


class Stream:
    """Bytes over a connected TCP socket.

    - The socket never waits. Whoever performs a handshake waits in `receive` and `send_all`, before its deadline.
    - From the hand-over on, the reading thread reads with `receive_now`, and any thread may write. `outbox` sees to it
      that they write one at a time.
    - `shutdown` may come from any thread and wakes the others. `ended` is set before, so whoever wakes finds it.
    - `close` comes last, when nobody uses the stream any more. Where `resets` is set it resets TCP.
    """

    wants_to_write = False
    """Reading goes on once the socket can be written: OpenSSL may want that."""

    buffers = False
    """Bytes that have been read from the socket may lie ready elsewhere: whoever reads goes on until there are none."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        with suppress(OSError):  # the peer may be gone already
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ended = False
        self._socket = connected
        self.resets = False
        self._read_size = READ_SIZE

    def receive(self, deadline: Deadline | None = None) -> bytes:
        """Waits for bytes; none at the end of the stream."""
        while True:
            if deadline is not None:
                self._wait(deadline)
            try:
                return self._receive()
            except BlockingIOError:
                self._wait(deadline)

    def receive_now(self) -> bytes | None:
        """What has arrived; None where nothing has, and no bytes at the end of the stream."""
        try:
            data = self._socket.recv(self._read_size)
        except BlockingIOError:
            return None
        except OSError:
            if self.ended:  # Windows fails where other systems return no bytes
                return b""
            raise
        self._read_size = READ_SIZE if len(data) < READ_SIZE else NEXT_READ_SIZE
        return data

    def receive_below(self) -> bytes | None:
        """What has arrived behind the end of this stream, on what carries it: nothing carries TCP, so it has ended."""
        return b""

    @property
    def holds_back(self) -> bool:
        """Bytes lie ready that the selector knows nothing of."""
        return False

    def has_arrived(self) -> bool:
        """Whether there is something to read, which stays where it is."""
        return wait_for(self._socket, 0, writing=False)

    def was_left(self) -> bool:
        """Whether the peer has ended its direction, also behind bytes that nobody has read, where the system tells."""
        if hasattr(select, "POLLRDHUP"):
            poll = select.poll()
            poll.register(self._socket, select.POLLRDHUP)
            return bool(poll.poll(0))
        try:
            return not socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, data: bytes | memoryview) -> int:
        """Writes what the socket takes at once and returns how many bytes that were."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def send_all(self, data: bytes, deadline: Deadline) -> None:
        """Writes everything before the deadline."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest) :]
            if rest:
                self._wait(deadline, writing=True)
                if self.ended:  # one that will be reset does not fail by itself
                    raise make_os_error(EPIPE)

    def finish(self) -> None:
        """Ends our direction; what was written still arrives. No FIN goes before a reset."""
        if not self.resets:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_WR)

    def shutdown(self) -> None:
        """Ends both directions and wakes whoever waits."""
        self.ended = True
        how = socket.SHUT_RD if self.resets else socket.SHUT_RDWR  # a FIN of ours must not go before the reset
        with suppress(OSError):  # ssl.SSLSocket.shutdown would drop the TLS layer under a thread that reads
            socket.socket.shutdown(self._socket, how)

    def reset(self) -> None:
        """Makes `close` reset TCP; `shutdown` comes next."""
        self.resets = True
        with suppress(OSError):  # closed already
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)

    def end(self) -> None:
        """Ends our direction, and reads the little that has arrived. `close` comes next.

        A socket that is closed with unread bytes resets TCP, so a peer that has said little learns of the end by a FIN.
        The other direction stays as it is: once it was shut down, Linux never announces new room to a peer that waits
        for some, and for a minute after the close it answers that there is none.
        """
        self.ended = True
        if not self.resets:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_WR)
                socket.socket.recv(self._socket, DISCARDED)

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(self._read_size)
        except OSError:
            if self.ended:  # Windows fails where other systems return no bytes
                return b""
            raise

    def _wait(self, deadline: Deadline | None, *, writing: bool = False) -> None:
        """Waits until the socket is ready, or another thread has ended the stream."""
        while not self.ended:
            if deadline is not None and deadline.expired:  # first, so that a peer which always sends cannot outlast it
                raise TimeoutError
            if wait_for(self._socket, LONGEST_WAIT if deadline is None else deadline.slice, writing=writing):
                return


def wait_for(connected: socket.socket, timeout: float | None, *, writing: bool) -> bool:
    """Waits until the socket is ready."""
    return bool(find_ready([connected], timeout, writing=writing))


def find_ready(sockets: Sequence[socket.socket], timeout: float | None, *, writing: bool) -> list[socket.socket]:
    """Waits until one of the sockets is ready or has failed, and returns those that are.

    Windows has no `poll`; elsewhere `select` cannot watch descriptors over 1023.
    """
    if not hasattr(select, "poll"):
        groups = select.select([] if writing else sockets, sockets if writing else [], sockets, timeout)
        return list({id(ready): ready for group in groups for ready in group}.values())
    poll = select.poll()
    for watched in sockets:
        poll.register(watched, select.POLLOUT if writing else select.POLLIN)
    ready = {number for number, _ in poll.poll(None if timeout is None else timeout * 1000)}
    return [watched for watched in sockets if watched.fileno() in ready]
