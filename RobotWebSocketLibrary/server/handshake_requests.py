"""The requests that a test server got, as a test sees them: those for an opening handshake, and plain ones."""

from __future__ import annotations

from json import loads
from typing import Any

from ..errors import WebSocketError, escaped, quoted
from ..protocol.headers import Headers
from ..protocol.http import Exchange, Request, read_text
from ..wall_clock import now

KEPT_REQUESTS = 1000
"""Requests that a server remembers for the test."""
PATH_WIDTH = 100
"""Characters of a path that the text of a request shows."""


def asks_for_websocket(request: Request) -> bool:
    """Says whether a request wants an opening handshake, well-formed or not. Any other one is plain HTTP."""
    return "websocket" in map(str.lower, request.headers.tokens("Upgrade"))


class ReceivedRequest:
    """A request, and the HTTP status that it was answered with, which is None until then.

    Its text shows neither headers nor what may be secret in the query, because Robot Framework logs it. The thread of
    its client makes it and sets the status; the test's thread only reads.
    """

    def __init__(self, request: Request) -> None:
        self.time = now()
        self.status: int | None = None
        self.request = request

    @property
    def target(self) -> str:
        """Path and query, as they came."""
        return self.request.target

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def headers(self) -> Headers:
        return self.request.headers

    @property
    def query(self) -> str:
        """What follows the question mark, as it came."""
        return self.target.partition("?")[2]

    @property
    def origin(self) -> str | None:
        return self.headers.get("Origin")

    @property
    def cookies(self) -> dict[str, str]:
        """Names and values of the cookies that came."""
        return dict(self.request.cookie_pairs)

    def __str__(self) -> str:
        answered = "not answered" if self.status is None else f"answered with {self.status}"
        return f"{quoted(self.request.shown_target, PATH_WIDTH)} {answered}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class HandshakeRequest(ReceivedRequest):
    """A request for an opening handshake."""

    @classmethod
    def of(cls, exchange: Exchange) -> HandshakeRequest:
        """The request of an opening handshake that is over."""
        made = cls(exchange.request)
        made.time, made.status = exchange.started, exchange.response.status
        return made

    @property
    def subprotocols(self) -> list[str]:
        """Those that the client offered, in its order."""
        return self.headers.tokens("Sec-WebSocket-Protocol")


class HttpRequest(ReceivedRequest):
    """A request of plain HTTP.

    `body` is None until it has come, where a proxy passes it on, and where it was let go for newer ones.
    """

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.body: bytes | None = None
        self._body_is_gone = False

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def text(self) -> str:
        """The body as text, in the character set that its `Content-Type` names, or else in UTF-8."""
        if self._body_is_gone:
            raise WebSocketError(f"The body of the request {self} was let go: newer bodies have taken its room.")
        return read_text(self.body or b"", self.headers)

    @property
    def json(self) -> Any:
        """The value of a body that is JSON."""
        try:
            return loads(self.text)
        except ValueError as error:
            raise WebSocketError(f"The body of the request {self} is not JSON: {error}.") from error

    def let_body_go(self) -> None:
        """Forgets the body, because newer ones need its room."""
        if self.body:
            self._body_is_gone = True
            self.body = None

    def __str__(self) -> str:
        return f"{escaped(self.method)} {super().__str__()}"
