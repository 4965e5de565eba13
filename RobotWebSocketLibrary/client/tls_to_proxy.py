"""Talks TLS with a proxy. Whoever goes through it finds a plain socket: TLS within TLS needs no further care."""

from __future__ import annotations

import math
import socket
from contextlib import suppress

from ..connection.stream import Stream
from ..connection.tls_stream import TlsStream
from ..deadline import Deadline
from ..threads import ServerThread, start

GRACE = 1.0
"""Seconds that the proxy has to end TCP after our end has."""


def lead_through(tls: TlsStream) -> socket.socket:
    """Returns a plain socket. What is written to it goes to the proxy over TLS, and what comes is read from it."""
    try:
        near, far = socket.socketpair()
    except OSError:
        tls.close()
        raise
    TlsRelay(tls, Stream(far))
    return near


class TlsRelay:
    """Passes bytes on between a stream and its TLS, each direction in a thread, until both have ended."""

    def __init__(self, tls: TlsStream, plain: Stream) -> None:
        self._tls = tls
        self._plain = plain
        self._back = ServerThread("receiving from a proxy with TLS", self._pass_back)
        start("sending to a proxy with TLS", self._pass_there)

    def _pass_there(self) -> None:
        _pass_on(self._plain, self._tls)
        self._back.join(GRACE)
        self._tls.shutdown()
        self._back.join()
        self._tls.close()
        self._plain.close()

    def _pass_back(self) -> None:
        _pass_on(self._tls, self._plain)


def _pass_on(source: Stream, target: Stream) -> None:
    with suppress(OSError):
        while data := source.receive():
            target.send_all(data, Deadline(math.inf))
    target.finish()
