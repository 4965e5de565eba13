"""Accepts TCP connections for the test server, each in a thread of its own."""

from __future__ import annotations

import errno
import os
import socket
import socketserver
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..deadline import SLICE
from ..errors import WebSocketError
from ..threads import ServerThread

Handler = Callable[[socket.socket, str], None]


class Listener(socketserver.ThreadingTCPServer):
    """A listening socket. It never waits for a client, survives running out of files, and prints nothing."""

    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port
    block_on_close = False
    daemon_threads = True
    request_queue_size = 128
    timeout = SLICE

    def __init__(self, host: str, port: int, handle: Handler, notices: deque[str]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._handle = handle
        self._notices = notices
        self._stopping = False
        try:
            super().__init__((host, port), socketserver.BaseRequestHandler)
        except (OSError, TypeError) as error:  # TypeError: letters that no host name can have
            raise WebSocketError(_cannot_listen(host, port, error)) from error
        self.port: int = self.server_address[1]
        self._thread = ServerThread(f"accepting on port {self.port}", self._accept)

    def stop(self) -> None:
        """Frees the port."""
        self._stopping = True
        with suppress(OSError):  # wakes the thread, on Linux at once
            self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        try:
            return super().get_request()
        except OSError as error:
            if not self._stopping:
                self._notify(f"the server could not accept a client: {error.strerror}")
                time.sleep(SLICE)  # out of files: the client stays in the backlog, so the next call would fail at once
            raise

    def finish_request(self, request: Any, client_address: Any) -> None:
        host, port = client_address[:2]
        threading.current_thread().name = f"client {host}:{port} of port {self.port}"
        self._handle(request, f"{host}:{port}")

    def handle_error(self, _request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        self._notify(f"the server could not serve {client_address[0]}:{client_address[1]}: {error!r}")

    def _accept(self) -> None:
        while not self._stopping:
            self.handle_request()

    def _notify(self, notice: str) -> None:
        if notice not in self._notices:  # what fails ten times a second is said once
            self._notices.append(notice)


def _cannot_listen(host: str, port: int, error: OSError | TypeError) -> str:
    if isinstance(error, (socket.gaierror, TypeError)):
        return f"Could not start a server: the host name '{host}' could not be resolved."
    if error.errno == errno.EADDRINUSE:
        return f"Could not start a server: port {port} of '{host}' is in use; with port 0 a free one is chosen."
    return f"Could not start a server on port {port} of '{host}': {(error.strerror or str(error)).lower()}."
