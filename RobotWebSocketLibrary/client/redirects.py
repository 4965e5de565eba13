"""Opens a connection behind redirects: follows them, as far as they may be (RFC 9110 section 15.4, RFC 6455 4.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urldefrag, urljoin

from ..deadline import Deadline
from ..errors import HandshakeError, WebSocketError, quoted
from ..protocol.http import HttpError, Response
from ..secrecy import MASK
from .cookies import Cookies
from .opening_handshake import CompletedHandshake, perform_handshake
from .opening_request import OpeningRequest
from .url import WebSocketUrl, read_url

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
HTTP_SCHEME = re.compile("^http(?=s?:)", re.IGNORECASE)


def follow_redirects(
    request: OpeningRequest, deadline: Deadline, on_move: Callable[[OpeningRequest], None] | None = None
) -> CompletedHandshake:
    """Performs opening handshakes until a server accepts, behind as many redirects as the request allows.

    `on_move` is called with each request that goes to another origin, before it is sent.
    """
    request.check()
    cookies = Cookies()
    history: tuple[Response, ...] = ()
    while True:
        try:
            completed = perform_handshake(cookies.add_to(request), deadline)
            return completed._replace(response=replace(completed.response, history=history))
        except HandshakeError as refusal:
            if refusal.response is None:
                raise
            refusal.response = replace(refusal.response, history=history)
            location = find_location(refusal.response)
            if location is None:
                raise
            following = _follow(request, refusal, location)
            cookies.keep(request.url, refusal.response)
            if on_move is not None and following.url.origin != request.url.origin:
                on_move(following)
            request, history = following, (*history, refusal.response)


def find_location(response: Response) -> str | None:
    """Returns where a response redirects to, as the server wrote it."""
    return response.headers.get("Location") if response.status in REDIRECT_STATUSES else None


def resolve_location(url: WebSocketUrl, location: str) -> WebSocketUrl:
    """Returns the URL to open instead. `http` and `https` stand for `ws` and `wss`.

    What no URL may contain is percent-encoded or left out, as browsers do it (WHATWG URL section 4.4).
    """
    try:
        joined = urldefrag(urljoin(f"{url.scheme}://{url.authority}{url.target}", _encode(location))).url
        target = read_url(HTTP_SCHEME.sub("ws", joined, count=1))
    except (ValueError, WebSocketError):
        reason = f"the server redirects to {quoted(mask_location(location))}, which is not a WebSocket URL"
        raise HttpError(reason) from None
    if url.secure and not target.secure:
        raise HttpError(f"the server redirects from TLS to '{target.without_query}', which is not encrypted")
    zone = target.zone or (url.zone if target.host == url.host else "")  # servers do not know it
    return replace(target, username=None, password=None, secret=url.secret, zone=zone)


def _encode(location: str) -> str:
    """A location without the spaces around it, and without line breaks and tabs; spaces within it are encoded."""
    return re.sub("[\t\r\n]", "", location.strip(" \t\r\n\f")).replace(" ", "%20")


def mask_location(location: str) -> str:
    """Returns a location without what may be secret in it, for a sentence."""
    return re.sub("//[^/]*@", "//", location.partition("#")[0].partition("?")[0])


def _follow(request: OpeningRequest, refusal: HandshakeError, location: str) -> OpeningRequest:
    """Returns the request that follows a redirect, or fails with the reason why none does."""
    followed = len(refusal.response.history)
    if followed == request.redirects:
        refusal.location = MASK if request.url.secret else mask_location(location)
        refusal.remedy = (
            f"that is one more than `redirects={followed}` allows" if followed else "`redirects=1` follows it"
        )
        raise refusal
    try:
        return request.move_to(resolve_location(request.url, location))
    except HttpError as error:
        failure = HandshakeError(refusal.url, error.reason, refusal.response)
        failure.request = refusal.request
        raise failure from error
