"""Headers on their way through a proxy: what each side must see, so that it takes the proxy for the other one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from ..client.url import WebSocketUrl
from ..protocol.handshake import RESERVED_HEADERS
from ..protocol.headers import Headers
from ..protocol.http import Request, Response

HOP_HEADERS = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding"}
)
"""Headers of one connection, which no proxy passes on (RFC 9110 section 7.6.1)."""
OF_THE_REQUEST = RESERVED_HEADERS | HOP_HEADERS | {"origin", "proxy-authorization"}
"""Headers of a request that the proxy writes by itself, or that are not for the target."""
OF_THE_ANSWER = HOP_HEADERS | {"content-length"}
OF_A_BODY = frozenset({"trailer", "transfer-encoding"})
"""Headers that say how a body is written. They pass where the body passes as it is."""
COOKIE_ATTRIBUTES = re.compile(r";\s*(Domain\s*=[^;]*|Secure\s*)(?=;|$)", re.IGNORECASE)
COOKIE_DOMAIN = re.compile(r";\s*Domain\s*=[^;]*(?=;|$)", re.IGNORECASE)

Field = tuple[str, str]


class Place(NamedTuple):
    """Where the client finds the proxy: whether by TLS, and as which host and port."""

    secure: bool
    authority: str


def join_targets(base: str, asked: str) -> str:
    """The path and query of the target that a client asks for. `/` adds nothing to those of the base."""
    path, _, query = base.partition("?")
    further, _, own_query = asked.partition("?")
    if further != "/":
        path = f"{path.removesuffix('/')}/{further.removeprefix('/')}"
    queries = "&".join(filter(None, (query, own_query)))
    return f"{path}?{queries}" if queries else path


def list_request_headers(request: Request) -> dict[str, str]:
    """The headers of a client that the target gets. Repeated ones become one (RFC 9110 section 5.3)."""
    joined: dict[str, tuple[str, list[str]]] = {}
    for name, value in request.headers.fields:
        if name.lower() not in OF_THE_REQUEST:
            joined.setdefault(name.lower(), (name, []))[1].append(value)
    return {name: ("; " if key == "cookie" else ", ").join(values) for key, (name, values) in joined.items()}


def rewrite_origin(request: Request, url: WebSocketUrl) -> str | None:
    """The origin that the target sees: its own for pages of the proxy, and any other as it is."""
    origin = request.headers.get("Origin")
    if origin is None or urlsplit(origin).netloc.lower() != request.headers.get("Host", "").lower():
        return origin
    return find_origin(url)


def find_origin(url: WebSocketUrl) -> str:
    """The origin of pages of a host (RFC 6454 section 6.2)."""
    return f"{url.scheme.replace('ws', 'http')}://{url.authority}"


def list_answer_headers(answer: Response, url: WebSocketUrl, place: Place | None) -> list[Field]:
    """The headers of the target's answer that the client gets. Without a place nothing is rewritten."""
    fields = [field for field in answer.headers.fields if field[0].lower() not in OF_THE_ANSWER]
    return fields if place is None else list(_rewrite_all(fields, url, place))


def list_switch_headers(answer: Response, url: WebSocketUrl, place: Place | None) -> list[Field]:
    """The headers of the target's 101 beside those that each side agrees on by itself."""
    fields = list_answer_headers(answer, url, place)
    return [field for field in fields if field[0].lower() not in RESERVED_HEADERS]


def make_refusal_headers(answer: Response, url: WebSocketUrl, place: Place | None) -> Headers:
    length = [] if answer.status in (204, 304) else [("Content-Length", str(len(answer.body)))]
    return Headers([*list_answer_headers(answer, url, place), *length, ("Connection", "close")])


def list_streamed_headers(answer: Response, url: WebSocketUrl, place: Place | None) -> list[Field]:
    """The headers of an answer whose body follows as it comes, with the end of TCP behind it."""
    fields = [field for field in answer.headers.fields if field[0].lower() not in HOP_HEADERS - OF_A_BODY]
    return [*(fields if place is None else _rewrite_all(fields, url, place)), ("Connection", "close")]


def list_streamed_request_headers(request: Request, origin: str | None) -> list[Field]:
    """The headers of a plain request that the target gets, beside `Host`. Its body follows as it comes."""
    named = {token.lower() for token in request.headers.tokens("Connection")}
    left_out = (HOP_HEADERS - OF_A_BODY) | named | {"host", "upgrade", "origin", "proxy-authorization"}
    fields = [field for field in request.headers.fields if field[0].lower() not in left_out]
    return [*fields, *([] if origin is None else [("Origin", origin)]), ("Connection", "close")]


def _rewrite_all(fields: Iterable[Field], url: WebSocketUrl, place: Place) -> Iterable[Field]:
    for name, value in fields:
        match name.lower():
            case "location":
                yield name, _rewrite_location(value, url, place)
            case "set-cookie":
                yield name, (COOKIE_DOMAIN if place.secure else COOKIE_ATTRIBUTES).sub("", value)
            case _:
                yield name, value


def _rewrite_location(location: str, url: WebSocketUrl, place: Place) -> str:
    """A place at the target becomes one at the proxy, without the path that the proxy adds. Others stay."""
    try:
        parts = urlsplit(location)
        port = parts.port
    except ValueError:
        return location
    base = url.target.partition("?")[0].removesuffix("/")
    path = location[len(f"{parts.scheme}://{parts.netloc}") :] if parts.netloc else location
    if parts.netloc:
        usual = 443 if parts.scheme in ("https", "wss") else 80
        if (parts.hostname, port or usual) != (url.host.lower(), url.port):
            return location
    if base and path.startswith(f"{base}/"):
        path = path.removeprefix(base)
    if not parts.netloc:
        return path
    scheme = ("ws" if parts.scheme in ("ws", "wss") else "http") + ("s" if place.secure else "")
    return f"{scheme}://{place.authority}{path}"
