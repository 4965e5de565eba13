"""The requests for an opening handshake that a test server got, as a test sees them."""

from __future__ import annotations

from time import time

from ..errors import quoted
from ..protocol.http import Exchange, Headers, Request
from ..secrecy import mask_url

KEPT_REQUESTS = 1000
"""Requests that a server remembers for the test."""
PATH_WIDTH = 100
"""Characters of a path that the text of a request shows."""


def asks_for_websocket(request: Request) -> bool:
    """Says whether a request wants an opening handshake, well-formed or not. Any other one is plain HTTP."""
    return "websocket" in map(str.lower, request.headers.tokens("Upgrade"))


class HandshakeRequest:
    """A request, and the HTTP status that it was answered with, which is None until then.

    Its text shows neither headers nor what may be secret in the query, because Robot Framework logs it. The thread of
    its client makes it and sets the status; the test's thread only reads.
    """

    def __init__(self, request: Request) -> None:
        self.time = time()
        self.status: int | None = None
        self.request = request

    @classmethod
    def of(cls, exchange: Exchange) -> HandshakeRequest:
        """The request of an opening handshake that is over."""
        made = cls(exchange.request)
        made.time, made.status = exchange.started, exchange.response.status
        return made

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
    def subprotocols(self) -> list[str]:
        """Those that the client offered, in its order."""
        return self.headers.tokens("Sec-WebSocket-Protocol")

    @property
    def cookies(self) -> dict[str, str]:
        """Names and values of the cookies that came."""
        return dict(self.request.cookie_pairs)

    def __str__(self) -> str:
        answered = "not answered" if self.status is None else f"answered with {self.status}"
        return f"{quoted(mask_url(self.target), PATH_WIDTH)} {answered}"

    def __repr__(self) -> str:
        return f"<HandshakeRequest {self}>"
