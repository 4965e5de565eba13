"""Accepts TCP connections on one address, each in a thread of its own."""

from __future__ import annotations

import errno
import os
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..deadline import SLICE, Deadline
from ..defaults import HANDSHAKE_LIMIT
from ..errors import WebSocketError, describe_os_error
from ..threads import ServerThread
from .counted_notices import CountedNotices

FULL_SECONDS = 0.01
"""Seconds between two looks whether a handshake may begin again."""
FULL_PATIENCE = 1.0
"""Seconds for which clients may wait for others before the test is told: a burst of handshakes is over sooner."""

UNREMARKABLE = (errno.EINVAL, errno.ENOTCONN)
"""How accepting fails where the listener refuses, and where a client has left the backlog: Windows tells that here."""

Handler = Callable[[socket.socket, str], None]
"""Serves an accepted socket with the address of its client, and returns when the client has left."""


class Listener(socketserver.ThreadingTCPServer):
    """A listening socket. It never waits for a client, survives running out of files, and prints nothing.

    The test's thread makes, starts and stops it; then a thread of its own accepts, and each accepted client has one
    more, until its handshake has ended. At most `limit` have one at a time; the next ones wait in the backlog, and the
    test is told where that lasts. The port is bound when the listener is made, but nobody is accepted before `start`,
    so a server can get ready in between. `stop` is harmless twice. Nothing here waits on what `socketserver` waits on:
    an interrupt would break `shutdown`, and `server_close` would wait for all clients (`block_on_close`).
    """

    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port
    block_on_close = False
    daemon_threads = True
    request_queue_size = 128
    timeout = SLICE

    def __init__(self, address: str, port: int, notices: CountedNotices, limit: int = HANDSHAKE_LIMIT) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._notices = notices
        self._limit = limit
        self._in_handshake: set[socket.socket] = set()
        self._stopping = False
        self._refusing = False
        self._thread: ServerThread | None = None
        super().__init__((address, port), socketserver.BaseRequestHandler)
        self.port: int = self.server_address[1]

    def start(self, handle: Handler) -> None:
        """Accepts clients from now on, and lets `handle` serve each in a thread of its own."""
        self._handle = handle
        self._thread = ServerThread(f"accepting on port {self.port}", self._accept)

    def stop(self) -> None:
        """Frees the port."""
        self._stopping = True
        with suppress(OSError):  # wakes the accepting thread, on Linux at once
            self.socket.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:  # otherwise `start` was interrupted
            self._thread.join()
        self.server_close()

    def refuse(self) -> None:
        """Has TCP refused, and keeps the port. On Linux a listening socket that was shut down can listen again."""
        if sys.platform != "linux":
            raise WebSocketError("Cannot refuse TCP on this system without giving up the port (attempts=REFUSE).")
        self._refusing = True
        if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):  # else it would end what it accepts later
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)  # or another program could take the port

    def accept_again(self) -> None:
        """Takes `refuse` back."""
        if self._refusing:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.listen(self.request_queue_size)
            self._refusing = False

    def server_bind(self) -> None:
        """Binds to a free port by its number, if any one will do: Linux lets no other one stay bound in `refuse`."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # '::' is IPv4 too on every system
        with socket.socket(self.address_family) as finding:
            if sys.platform == "linux" and not self.server_address[1]:
                finding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                finding.bind(self.server_address)
                self.server_address = finding.getsockname()
            exclusive: int | None = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
            if exclusive is None:
                super().server_bind()
            else:
                self._bind_exclusively(exclusive)

    def _bind_exclusively(self, option: int) -> None:
        """Without the option another program of Windows could share the port; with it, connections that end keep it."""
        self.socket.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            super().server_bind()
        except OSError:
            self.socket.setsockopt(socket.SOL_SOCKET, option, 0)
            super().server_bind()

    def get_request(self) -> tuple[socket.socket, Any]:
        try:
            return super().get_request()
        except OSError as error:
            if not (self._stopping or isinstance(error, ConnectionError) or error.errno in UNREMARKABLE):
                self._notify(f"the server could not accept a client: {describe_os_error(error)}")
                time.sleep(SLICE)  # out of files: the client stays in the backlog, so the next call would fail at once
            raise

    def finish_request(self, request: Any, client_address: Any) -> None:
        host, port = client_address[:2]
        threading.current_thread().name = f"client {host}:{port} of port {self.port}"
        self._handle(request, f"{host}:{port}")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts the client's thread. The accepting thread adds sockets, and the threads of clients remove them."""
        self._in_handshake.add(request)
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._in_handshake.discard(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Leaves the socket open: whoever handles it closes it, or hands it over."""
        try:
            self.finish_request(request, client_address)
        except Exception:
            self.handle_error(request, client_address)
        finally:
            self._in_handshake.discard(request)

    def handle_error(self, _request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        self._notify(f"the server could not serve {client_address[0]}:{client_address[1]}: {error!r}")

    def _accept(self) -> None:
        while not self._stopping:
            if self._is_full:
                self._wait_for_room()
            elif self._refusing:
                time.sleep(FULL_SECONDS)
            else:
                self.handle_request()

    @property
    def _is_full(self) -> bool:
        return len(self._in_handshake) >= self._limit

    def _wait_for_room(self) -> None:
        """Waits until a handshake has ended, and tells the test where that takes long."""
        patience, told = Deadline(FULL_PATIENCE), False
        while self._is_full and not self._stopping:
            if patience.expired and not told:
                self._notify(f"{self._limit:,} clients are in their opening handshake, so further clients wait")
                told = True
            time.sleep(FULL_SECONDS)

    def _notify(self, notice: str) -> None:
        if notice not in self._notices:  # one that repeats ten times a second is said once
            self._notices.append(notice)
