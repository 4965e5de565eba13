"""How a client of the test server begins: TLS, and the head of its request."""

from __future__ import annotations

import socket
import ssl

from ..connection.stream import Stream
from ..connection.tls_stream import TlsStream
from ..deadline import Deadline
from ..protocol.http import HeadReader, HttpError, Request, Response, read_request
from . import refusals
from .connection_attempts import ConnectionAttempt
from .failed_attempts import explain_tls_failure

TLS_HANDSHAKE = b"\x16"
"""How a client that speaks TLS begins."""


def open_stream(accepted: socket.socket, context: ssl.SSLContext | None) -> Stream:
    """Makes the stream of an accepted socket. `admit` performs TLS, in the client's own thread: it stops no other."""
    if context is None:
        return Stream(accepted)
    return TlsStream(context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False))


def perform_tls(stream: TlsStream, deadline: Deadline, began: ConnectionAttempt) -> None:
    """Performs the TLS handshake, and notes why it has failed."""
    try:
        stream.handshake(deadline)
    except OSError as error:
        began.failure = explain_tls_failure(error, has_sent_certificate=stream.has_sent_certificate)
        raise
    began.secure = True


def receive_request(stream: Stream, deadline: Deadline) -> tuple[Request, bytes] | Response:
    """Receives a request and what came behind it. Returns the refusal of what is not a request."""
    head = HeadReader(skips_empty_lines=True)
    try:
        while True:
            data = stream.receive(deadline)
            if not data:
                raise ConnectionAbortedError("the client left before its request was complete")
            if data.startswith(TLS_HANDSHAKE) and not head.received:
                return refusals.refuse_tls()
            if head.feed(data):
                break
    except TimeoutError:
        return refusals.refuse_late_request(deadline)
    except HttpError as error:
        return refusals.refuse_large_request(error)
    try:
        return read_request(head.lines), head.rest
    except HttpError as error:
        return refusals.refuse_malformed_request(error, b"\r\n".join(head.lines))
