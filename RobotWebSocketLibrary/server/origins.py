"""Which browser pages may connect to a test server (RFC 6455 section 10.2)."""

from __future__ import annotations

from collections.abc import Container
from urllib.parse import urlsplit

from ..errors import quoted

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


def is_allowed(origin: str | None, allowed_origins: Container[str]) -> bool:
    """Lets in clients without an origin, pages of this machine, and the origins that a test allows."""
    return origin is None or origin in allowed_origins or _is_loopback(origin)


def explain_refused_origin(origin: str) -> str:
    """Makes the warning that a test gets: the page itself cannot say why it was refused."""
    return f"a page of the origin {quoted(origin)} was refused; name it in `allowed_origins` to let it connect"


def _is_loopback(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK_HOSTS
    except ValueError:
        return False
