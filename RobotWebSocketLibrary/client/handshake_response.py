"""Reads the server's response to the opening handshake: its head, and a part of the body where it refuses."""

from __future__ import annotations

import re
from dataclasses import replace

from ..connection.stream import Stream
from ..connection.tls_stream import TlsStream
from ..deadline import Deadline
from ..errors import quoted
from ..protocol.bodies import join_chunks
from ..protocol.headers import Headers
from ..protocol.http import HeadReader, HttpError, Response, read_response

BODY_LIMIT = 64 * 1024
"""Bytes of a refusal's body that are read."""
BODY_SECONDS = 1.0
"""Seconds that a refusal's body may take."""
INTERIM = frozenset(range(100, 200)) - {101}
WITHOUT_BODY = (204, 304)
"""Answers that never have a body, whatever their headers say (RFC 9112 section 6.3)."""
LAST_CHUNK = b"0\r\n\r\n"
TLS_ALERT, TLS_HANDSHAKE = 0x15, 0x16
"""First bytes of what a TLS server sends (RFC 8446 section 5.1)."""


def receive_response(stream: Stream, deadline: Deadline) -> tuple[Response, bytes]:
    """Returns the response, and the bytes that came behind a 101: the connection's first frames."""
    head = receive_head(stream, deadline)
    response = read_response(head.lines)
    while response.status in INTERIM:  # the final answer follows (RFC 9110 section 15.2)
        head = receive_head(stream, deadline, head.rest)
        response = read_response(head.lines)
    if response.status == 101:
        return response, head.rest
    if response.status in WITHOUT_BODY:
        return response, b""
    return replace(response, body=receive_body(stream, response.headers, head.rest, deadline)), b""


def receive_head(stream: Stream, deadline: Deadline, received: bytes = b"") -> HeadReader:
    """Receives the head of an answer, of which some bytes may be there already."""
    head = HeadReader()
    if head.feed(received):
        return head
    while True:
        try:
            data = stream.receive(deadline)
        except TimeoutError:
            raise HttpError(_explain_timeout(head, deadline)) from None
        except ConnectionError:
            data = b""
        if not data:
            raise HttpError(_explain_end(head, stream))
        if not head.received and not data.startswith(b"HTTP/"[: len(data)]):
            raise HttpError(_explain_first_bytes(data))
        if head.feed(data):
            return head


def receive_body(stream: Stream, headers: Headers, body: bytes, deadline: Deadline) -> bytes:
    """Reads as much of a body as comes in a second: the status counts, whatever happens to the body."""
    deadline = Deadline(min(BODY_SECONDS, deadline.remaining))
    chunked = "chunked" in map(str.lower, headers.tokens("Transfer-Encoding"))
    wanted = BODY_LIMIT if chunked else _read_length(headers)
    try:
        while len(body) < wanted and not (chunked and body.endswith(LAST_CHUNK)):
            data = stream.receive(deadline)
            if not data:
                break
            body += data
    except OSError:
        pass
    return join_chunks(body) if chunked else body[:wanted]


def _read_length(headers: Headers) -> int:
    length = headers.get("Content-Length", "")
    return min(int(length), BODY_LIMIT) if re.fullmatch("[0-9]{1,9}", length) else BODY_LIMIT


def _explain_timeout(head: HeadReader, deadline: Deadline) -> str:
    if not head.received:
        return f"the server accepted TCP but sent no answer in {deadline}"
    return f"the server's answer was not complete in {deadline} ({head.received:,} bytes came)"


def _explain_end(head: HeadReader, stream: Stream) -> str:
    if head.received or isinstance(stream, TlsStream):
        return f"the server ended the connection after {head.received:,} bytes of its answer"
    return "the server ended the connection without an answer; if it speaks TLS, use 'wss://'"


def _explain_first_bytes(data: bytes) -> str:
    if data[0] in (TLS_ALERT, TLS_HANDSHAKE):
        return "the server speaks TLS on this port: use 'wss://'"
    return f"the answer is not HTTP: {quoted(data)}; is this the right port?"
