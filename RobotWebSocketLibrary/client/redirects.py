"""Where a redirect leads, and whether it may be followed (RFC 9110 section 15.4, RFC 6455 section 4.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urldefrag, urljoin

from ..errors import WebSocketError, quoted
from ..protocol.http import HttpError, Response
from .url import WebSocketUrl, read_url

REDIRECTS = frozenset({301, 302, 303, 307, 308})
HTTP_SCHEME = re.compile("^http(?=s?:)", re.IGNORECASE)


def location_of(answer: Response | None) -> str | None:
    """Where an answer redirects to, as it says so."""
    return answer.headers.get("Location") if answer is not None and answer.status in REDIRECTS else None


def redirected(url: WebSocketUrl, location: str) -> WebSocketUrl:
    """The URL to open instead. `http` and `https` stand for `ws` and `wss`."""
    try:
        joined = urldefrag(urljoin(f"{url.scheme}://{url.authority}{url.target}", location)).url
        target = read_url(HTTP_SCHEME.sub("ws", joined, count=1))
    except (ValueError, WebSocketError):
        raise HttpError(f"the server redirects to {shown(location)}, which is no WebSocket URL") from None
    if url.secure and not target.secure:
        raise HttpError(f"the server redirects from TLS to '{target.without_query}', which is not encrypted")
    return replace(target, username=None, password=None)


def shown(location: str) -> str:
    """A location for a sentence: without what may be secret in it."""
    return quoted(re.sub("//[^/]*@", "//", location.partition("#")[0].partition("?")[0]))
