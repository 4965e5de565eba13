"""The server's side of the opening handshake (RFC 6455 section 4.2)."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..connection.stream import Stream, TlsStream
from ..deadline import Deadline
from ..errors import quoted
from ..protocol.deflate import DeflateParameters, accept_offer
from ..protocol.handshake import refusal, switch
from ..protocol.http import HeadReader, HttpError, Request, Response, read_request, response, serialize_response
from .behaviors import Behavior, Behaviors
from .scripted_responses import AS_USUAL, USUAL, ScriptedResponse

TLS_HANDSHAKE = b"\x16"
"""How a client that speaks TLS begins."""
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Admitted:
    """The answer to a request and, for a 101, what was agreed on; a refusal has no protocol."""

    response: Response
    subprotocol: str | None = None
    behavior: Behavior | None = None
    compression: DeflateParameters | None = None


@dataclass(frozen=True)
class Admission:
    """Who may connect, and to what."""

    behaviors: Behaviors
    allowed_origins: tuple[str, ...] = ()
    compression: bool = True

    def answer(self, request: Request, scripted: ScriptedResponse = USUAL) -> Admitted:
        """The answer to a request, as far as a test has not scripted it. A 101 is for whom the server would let in."""
        if scripted.status != 101:
            return Admitted(scripted.refusal())
        refused = refusal(request) or self._refuse_origin(request)
        if refused is not None:
            return Admitted(refused)
        chosen = self._choose(request.headers.tokens("Sec-WebSocket-Protocol"), scripted.subprotocol)
        if chosen is None:
            names = ", ".join(self.behaviors.names)
            text = f"None of the offered subprotocols is supported. Supported are: {names}.\n"
            return Admitted(response(400, text))
        subprotocol, behavior = chosen
        agreed = None if scripted.gives("Sec-WebSocket-Extensions") else self._compression(request)
        compression, extensions = agreed or (None, None)
        return Admitted(scripted.changed(switch(request, subprotocol, extensions)), subprotocol, behavior, compression)

    def refused_origin(self, request: Request) -> str | None:
        """The origin of a browser page that may not connect (section 10.2)."""
        origin = request.headers.get("Origin")
        if origin is None or origin in self.allowed_origins or is_loopback(origin):
            return None
        return origin

    def _choose(self, offered: list[str], scripted: str | None) -> tuple[str | None, Behavior] | None:
        """The subprotocol of a client and its behavior: that of the scripted name, where there is one, goes before."""
        usual = self.behaviors.choose(offered)
        if scripted == AS_USUAL:
            return usual
        named = None if scripted is None else self.behaviors.choose([scripted])
        _, behavior = named or usual or (None, self.behaviors.default)
        return scripted, behavior

    def _compression(self, request: Request) -> tuple[DeflateParameters, str] | None:
        """The compression that a client offers and gets, and the header that says so."""
        offers = request.headers.get("Sec-WebSocket-Extensions")
        return accept_offer(offers) if self.compression and offers else None

    def _refuse_origin(self, request: Request) -> Response | None:
        if self.refused_origin(request) is None:
            return None
        return response(
            403, "Pages of this origin may not connect; the server's 'allowed_origins' names those that may.\n"
        )


def is_loopback(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK_HOSTS
    except ValueError:
        return False


def stream_of(accepted: socket.socket, context: ssl.SSLContext | None) -> Stream:
    """The stream of an accepted socket. Its TLS handshake is for its own thread: a silent client stops nobody."""
    if context is None:
        return Stream(accepted)
    return TlsStream(context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False))


def receive_request(stream: Stream, deadline: Deadline) -> tuple[Request, bytes] | Response | None:
    """The request and what came behind it, a refusal of what cannot be one, or None when the client has left."""
    head = HeadReader()
    try:
        while True:
            data = stream.receive(deadline)
            if not data:
                return None
            if data.startswith(TLS_HANDSHAKE) and not head.received:
                return response(400, "This port does not speak TLS: use 'ws://'.\n")
            if head.feed(data):
                break
    except TimeoutError:
        return response(408, f"No complete request came in {deadline}.\n")
    except HttpError as error:
        return response(431, f"{error.reason}\n")
    try:
        return read_request(head.lines), head.rest
    except HttpError as error:
        return response(400, f"{error.reason}\n")


def send_refusal(stream: Stream, refused: Response, deadline: Deadline) -> None:
    """Answers, and lets the answer arrive before TCP ends."""
    stream.send_all(serialize_response(refused), deadline)
    stream.finish()
    while stream.receive(deadline):
        pass


def origin_notice(origin: str) -> str:
    return f"a page of the origin {quoted(origin)} was refused; name it in `allowed_origins` to let it connect"
