"""The client's opening handshake: websocket-client writes the request, we read and check the answer."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

import websocket

from ..connection.stream import Stream, TlsStream
from ..deadline import Deadline
from ..errors import HandshakeError, quoted
from ..protocol.deflate import DeflateParameters
from ..protocol.handshake import agreed_compression, check_switch
from ..protocol.http import (
    Headers,
    HeadReader,
    HttpError,
    Request,
    Response,
    read_request,
    read_response,
    serialize_response,
)
from .cookies import Cookies
from .dialing import dial
from .opening_request import OpeningRequest
from .proxy_route import route_to
from .redirects import location_of, redirected, shown
from .tls import explained, start_tls, tls_context
from .tunnel import dial_through
from .url import WebSocketUrl

BODY_LIMIT = 64 * 1024
"""Bytes of a refusal's body that are read."""
BODY_SECONDS = 1.0
"""Seconds that a refusal's body may take."""
UNUSED_HOST = "websocket.invalid"
"""Names our connections to websocket-client: its cookie jar, one for the whole process, has nothing for this name."""
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r\n")
TLS_ALERT, TLS_HANDSHAKE = 0x15, 0x16


@dataclass(frozen=True)
class Opened:
    """An open connection's stream and URL, the handshake, what was agreed on, and what came behind the 101."""

    url: WebSocketUrl
    stream: Stream
    request: Request
    response: Response
    subprotocol: str | None
    compression: DeflateParameters | None
    received: bytes


class HandshakeSocket:
    """Stands in for a socket while websocket-client performs the handshake.

    Reads the whole answer under one deadline and our limits, before it hands over the lines that websocket-client
    checks.
    """

    def __init__(self, stream: Stream, deadline: Deadline) -> None:
        self.response: Response | None = None
        self.subprotocol: str | None = None
        self.compression: DeflateParameters | None = None
        self.received = b""
        self.request: Request | None = None
        self._stream = stream
        self._deadline = deadline
        self._answer = b""

    def send(self, data: bytes) -> int:
        try:
            self._stream.send_all(data, self._deadline)
        except TimeoutError:
            raise HttpError(f"the server did not take the request in {self._deadline}") from None
        except OSError:
            pass  # the server has left: what it said before, which `recv` reads, tells more than a failed write
        self.request = read_request(data.removesuffix(b"\r\n\r\n").split(b"\r\n"))
        return len(data)

    def recv(self, size: int) -> bytes:
        if self.response is None:
            self._answer = self._receive_answer()
        piece, self._answer = self._answer[:size], self._answer[size:]
        return piece

    def gettimeout(self) -> float:
        return self._deadline.remaining

    def close(self) -> None:
        """The stream is closed by whoever dialled."""

    def _receive_answer(self) -> bytes:
        assert self.request is not None
        head = self._read_head()
        self.response = read_response(head.lines)
        self.received = head.rest
        if self.response.status != 101:
            self.response = replace(self.response, body=self._read_body(self.response.headers))
            raise HttpError(_refused(self.response))
        self.subprotocol = check_switch(self.request, self.response)
        self.compression = agreed_compression(self.request, self.response)
        checked = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
        accept = ("Sec-WebSocket-Accept", self.response.headers["Sec-WebSocket-Accept"])
        return serialize_response(Response(101, "Switching Protocols", Headers([*checked, accept])))

    def _read_head(self) -> HeadReader:
        head = HeadReader()
        while True:
            try:
                data = self._stream.receive(self._deadline)
            except TimeoutError:
                raise HttpError(_no_answer(head, self._deadline)) from None
            except ConnectionError:
                data = b""
            if not data:
                raise HttpError(_ended(head, self._stream))
            if not head.received and not data.startswith(b"HTTP/"[: len(data)]):
                raise HttpError(_not_http(data))
            if head.feed(data):
                return head

    def _read_body(self, headers: Headers) -> bytes:
        """As much of a refusal's body as comes in a second: the status counts, whatever happens to the body."""
        deadline = Deadline(min(BODY_SECONDS, self._deadline.remaining))
        chunked = "chunked" in map(str.lower, headers.tokens("Transfer-Encoding"))
        wanted = BODY_LIMIT if chunked else _body_size(headers)
        body = self.received
        try:
            while len(body) < wanted and not (chunked and body.endswith(b"0\r\n\r\n")):
                data = self._stream.receive(deadline)
                if not data:
                    break
                body += data
        except OSError:
            pass
        return unchunked(body) if chunked else body[:wanted]


def open_connection(
    request: OpeningRequest, deadline: Deadline, moved: Callable[[OpeningRequest], None] | None = None
) -> Opened:
    """Opens a connection, behind as many redirects as the request allows, and returns what a connection needs.

    `moved` is told of each request that a redirect takes to another origin, before it is sent.
    """
    request.check()
    cookies = Cookies()
    history: tuple[Response, ...] = ()
    while True:
        try:
            opened = _open_once(cookies.added_to(request), deadline)
            return replace(opened, response=replace(opened.response, history=history))
        except HandshakeError as refused:
            if refused.response is None:
                raise
            refused.response = answer = replace(refused.response, history=history)
            following = _following(request, refused, len(history))
            cookies.keep(request.url, answer)
            if moved is not None and following.url.origin != request.url.origin:
                moved(following)
            request, history = following, (*history, answer)


def _open_once(request: OpeningRequest, deadline: Deadline) -> Opened:
    """Dials and performs one opening handshake; leaves nothing open when it fails."""
    url = request.url
    context = tls_context(request.tls) if url.secure else None
    proxy = route_to(url, request.proxy).proxy
    connected = dial(url.host, url.port, f"'{url}'", deadline) if proxy is None else dial_through(proxy, url, deadline)
    stream = Stream(connected) if context is None else start_tls(connected, url.host, context, str(url), deadline)
    try:
        return _perform(stream, request, deadline)
    except BaseException:
        stream.close()
        raise


def unchunked(body: bytes) -> bytes:
    """Content of a chunked body, as far as it arrived (RFC 9112 section 7.1)."""
    content = []
    while size := CHUNK_SIZE.match(body):
        start, length = size.end(), int(size[1], 16)
        content.append(body[start : start + length])
        body = body[start + length + 2 :] if length else b""
    return b"".join(content)


def _following(request: OpeningRequest, refused: HandshakeError, hops: int) -> OpeningRequest:
    """The request that follows a redirect, or the reason why none does."""
    location = location_of(refused.response)
    if location is None:
        raise refused
    try:
        if hops == request.redirects:
            raise HttpError(_not_followed(refused.response, location, hops))
        return request.moved(redirected(request.url, location))
    except HttpError as error:
        raise HandshakeError(refused.url, error.reason, refused.response) from error


def _perform(stream: Stream, request: OpeningRequest, deadline: Deadline) -> Opened:
    url = str(request.url)
    socket = HandshakeSocket(stream, deadline)
    try:
        websocket.WebSocket().connect(
            f"ws://{UNUSED_HOST}{request.url.target}",
            socket=socket,
            host=request.url.authority,
            header=request.header_lines,
            origin=request.origin,
            suppress_origin=request.origin is None,
            cookie=request.cookie_line,
            redirect_limit=0,
        )
    except HttpError as error:
        raise HandshakeError(url, error.reason, socket.response) from error
    except OSError as error:  # since TLS 1.3, a server refuses a client's certificate behind the TLS handshake
        lost = f"the connection was lost: {error.strerror or error}"
        how = explained(error, request.url.host, deadline) if isinstance(error, ssl.SSLError) else lost
        raise HandshakeError(url, how) from error
    assert socket.request is not None
    assert socket.response is not None
    agreed = socket.subprotocol, socket.compression
    return Opened(request.url, stream, socket.request, socket.response, *agreed, socket.received)


def _body_size(headers: Headers) -> int:
    length = headers.get("Content-Length", "")
    return min(int(length), BODY_LIMIT) if re.fullmatch("[0-9]{1,9}", length) else BODY_LIMIT


def _refused(answer: Response) -> str:
    body = f" The body begins {quoted(answer.text)}" if answer.body else ""
    return f"{_status(answer)}.{body}"


def _not_followed(answer: Response, location: str, hops: int) -> str:
    remedy = f"that is one more than `redirects={hops}` allows" if hops else "`redirects=1` follows it"
    return f"{_status(answer)} and redirects to {shown(location)}; {remedy}"


def _status(answer: Response) -> str:
    return f"the server answered {quoted(str(answer))[1:-1]} instead of 101"


def _no_answer(head: HeadReader, deadline: Deadline) -> str:
    if not head.received:
        return f"the server accepted TCP but sent no answer in {deadline}"
    return f"the server's answer was not complete in {deadline} ({head.received:,} bytes came)"


def _ended(head: HeadReader, stream: Stream) -> str:
    if head.received or isinstance(stream, TlsStream):
        return f"the server ended the connection after {head.received:,} bytes of its answer"
    return "the server ended the connection without an answer; if it speaks TLS, use 'wss://'"


def _not_http(data: bytes) -> str:
    if data[0] in (TLS_ALERT, TLS_HANDSHAKE):
        return "the server speaks TLS on this port: use 'wss://'"
    return f"the answer is not HTTP: {quoted(data)}; is this the right port?"
