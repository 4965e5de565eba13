"""Plain HTTP through a proxy: one request, its answer, and the bodies of both as they come (RFC 9112)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf

from ..client.handshake_response import INTERIM, receive_head
from ..client.url import WebSocketUrl
from ..connection.stream import Stream
from ..deadline import Deadline
from ..protocol.headers import Headers
from ..protocol.http import HttpError, Request, Response, read_response, serialize_response
from ..server.handshake_requests import HttpRequest
from ..server.refusals import REFUSAL_SECONDS, refuse, send_refusal
from ..threads import ServerThread
from .rewriting import Field, Place, list_streamed_headers


@dataclass(frozen=True)
class HttpRelay:
    """One exchange. Whoever runs it waits for as long as the target takes: that is how long polling works.

    `asked` is what the client has sent, and `request` what the target gets.

    Two threads work here. Each reads one side and writes to the other one, so neither side holds much. Whoever ends TCP
    of a side, such as the server that stops, ends the exchange. Where a side loses TCP, that of the other one is reset:
    what it has got so far must not look complete.
    """

    stream: Stream
    asked: HttpRequest
    request: Request
    received: bytes
    url: WebSocketUrl
    place: Place | None

    def run(self, client: Stream) -> None:
        """Passes the request on, and then the answer, until one side ends."""
        upload = ServerThread("request through a proxy", lambda: self._upload(client))
        try:
            self._download(client)
            upload.join(REFUSAL_SECONDS)  # until the client has read the answer, and leaves
        finally:
            for stream in (client, self.stream):
                stream.shutdown()
            upload.join()

    def _upload(self, client: Stream) -> None:
        try:
            _write(self.stream, serialize_request(self.request) + self.received)
            pass_on(client, self.stream)
        except OSError:
            self.stream.shutdown()

    def _download(self, client: Stream) -> None:
        try:
            answer, rest = self._receive_answer(client)
        except HttpError as error:
            refusal = refuse(502, f"The target gave no answer that can be read: {error.reason}.\n")
            self.asked.status = refusal.status
            send_refusal(client, refusal, self.request)
            return
        self.asked.status = answer.status
        with _losing(client, self.stream):
            _write(client, serialize_response(answer) + rest)
        pass_on(self.stream, client)

    def _receive_answer(self, client: Stream) -> tuple[Response, bytes]:
        """The head of the answer, as the client gets it. Those that come before it go to the client at once."""
        rest = b""
        while True:
            head = receive_head(self.stream, Deadline(inf), rest)
            answer, rest = read_response(head.lines), head.rest
            if answer.status not in INTERIM:
                fields: list[Field] = list_streamed_headers(answer, self.url, self.place)
                return replace(answer, headers=Headers(fields)), rest
            _write(client, serialize_response(answer))


def serialize_request(request: Request) -> bytes:
    """The head of a request."""
    lines = [f"{request.method} {request.target} {request.version}"]
    lines += [f"{name}: {value}" for name, value in request.headers.fields]
    return "\r\n".join([*lines, "", ""]).encode()


def pass_on(source: Stream, sink: Stream) -> None:
    """Passes on what comes until the source ends."""
    while True:
        with _losing(source, sink):
            data = source.receive()
        if not data:
            break
        with _losing(sink, source):
            _write(sink, data)
    sink.finish()


@contextmanager
def _losing(stream: Stream, other: Stream) -> Iterator[None]:
    """Has the other stream reset where TCP of this one is lost, unless our end has ended it."""
    try:
        yield
    except OSError:
        if not stream.ended:
            other.reset()
        raise


def _write(stream: Stream, data: bytes) -> None:
    stream.send_all(data, Deadline(inf))
