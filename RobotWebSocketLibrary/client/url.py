"""WebSocket URLs (RFC 6455 section 3), taken apart and checked before a byte is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ..errors import WebSocketError
from ..secrecy import masked_url

DEFAULT_PORTS = {"ws": 80, "wss": 443}


@dataclass(frozen=True)
class WebSocketUrl:
    """Where to connect. `str` shows it without what may be secret: the user's part and the values of telling names."""

    scheme: str
    host: str
    port: int
    target: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def secure(self) -> bool:
        return self.scheme == "wss"

    @property
    def authority(self) -> str:
        """Host and, where it is not the default, port: the value of the `Host` header (section 4.1)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials belong to (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def as_http(self) -> str:
        """The URL that the rules of HTTP are applied to."""
        return f"{self.scheme.replace('ws', 'http')}://{self.authority}{self.target}"

    @property
    def without_query(self) -> str:
        """The URL for a sentence about a place that the test did not name."""
        return f"{self.scheme}://{self.authority}{self.target.partition('?')[0]}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{masked_url(self.target)}"


def read_url(url: str) -> WebSocketUrl:
    """Takes a URL apart, or says in one sentence what is wrong with it."""
    if position := next((at for at, sign in enumerate(url, 1) if sign.isspace() or not sign.isprintable()), None):
        raise WebSocketError(f"Invalid URL: it contains a space or control character at position {position}.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _invalid(url, "its host is neither a name nor an address") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise _invalid(url, "a WebSocket URL starts with 'ws://' or 'wss://'")
    if not parts.hostname:
        raise _invalid(url, "it names no host")
    if parts.fragment:
        raise _invalid(url, "a WebSocket URL has no fragment; write '#' as '%23'")
    return WebSocketUrl(parts.scheme, _host(url, parts), _port(url, parts), _target(parts), *_user(parts))


def _host(url: str, parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise _invalid(url, "its host name has letters that no host name can have") from None


def _port(url: str, parts: SplitResult) -> int:
    try:
        port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise _invalid(url, "the port must be from 1 to 65535")
    return port


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?' + chr(39))}" if parts.query else path


def _user(parts: SplitResult) -> tuple[str | None, str | None]:
    return tuple(None if part is None else unquote(part) for part in (parts.username, parts.password))  # type: ignore[return-value]


def _invalid(url: str, why: str) -> WebSocketError:
    shown = masked_url(re.sub(r"//.*@", "//***@", url))  # a password may hold any sign, where the URL is wrong
    return WebSocketError(f"Invalid URL '{shown}': {why}.")
