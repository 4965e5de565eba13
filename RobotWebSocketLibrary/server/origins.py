"""Which browser pages may connect to a test server (RFC 6455 section 10.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from ..addresses import is_address, is_loopback
from ..errors import WebSocketError, quoted
from ..protocol.http import Request, make_pattern

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
OPAQUE = "null"
"""The origin of pages that have none, such as those of files."""


class Origins:
    """Lets in clients without an origin, pages of this machine, pages of the server itself, and what a test allows.

    The server itself is meant where the origin is what `Host` says, and `Host` is an address or the name with which the
    server was started. Any other name might be a hostile one that resolves to this machine.
    """

    def __init__(self, allowed: Iterable[str], host: str) -> None:
        self._allowed = [re.compile(make_pattern(_normalize_allowed(origin))) for origin in allowed]
        self._host = host.lower()

    def allow(self, request: Request) -> bool:
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        normal = _normalize(origin)
        return (
            any(pattern.fullmatch(normal) for pattern in self._allowed)
            or _is_of_this_machine(normal)
            or self._is_of_this_server(normal, request.headers.get("Host", ""))
        )

    def _is_of_this_server(self, origin: str, host: str) -> bool:
        parts, named = _split(origin), _split(f"{_split(origin).scheme}://{host}")
        if not parts.hostname or (parts.hostname, _find_port(parts)) != (named.hostname, _find_port(named)):
            return False
        return is_address(parts.hostname) or parts.hostname == self._host


def explain_refused_origin(origin: str) -> str:
    """Makes the warning that a test gets: the page itself cannot say why it was refused."""
    return f"a page of the origin {quoted(origin)} was refused; name it in `allowed_origins` to let it connect"


def _normalize_allowed(origin: str) -> str:
    """The origin as browsers write it (RFC 6454 section 6.2); refuses what no browser could send."""
    if origin == OPAQUE or "*" in origin:
        return origin.lower()
    parts = _split(origin)
    if not (parts.scheme and parts.hostname) or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise WebSocketError(
            f"The argument 'allowed_origins' has {quoted(origin)}, which is not an origin: "
            f"write one such as 'https://example.org'."
        )
    return _normalize(origin)


def _normalize(origin: str) -> str:
    """In lower case, and without the port that the scheme stands for. What is not an origin stays as it is."""
    parts = _split(origin)
    if not parts.hostname:
        return origin.lower()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = _find_port(parts)
    return f"{parts.scheme}://{host}" + ("" if port == DEFAULT_PORTS.get(parts.scheme) else f":{port}")


def _is_of_this_machine(origin: str) -> bool:
    parts = _split(origin)
    return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


def _find_port(parts: SplitResult) -> int | None:
    return parts.port or DEFAULT_PORTS.get(parts.scheme)


def _split(origin: str) -> SplitResult:
    """Nothing of what has no valid host or port."""
    try:
        parts = urlsplit(origin)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts
