"""WebSocket URLs (RFC 6455 section 3): read and checked before a byte is sent."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ..errors import WebSocketError
from ..protocol.http import encode_path
from ..secrecy import MASK, SECRET_TARGET, mask_url

WEBSOCKET_PORTS = {"ws": 80, "wss": 443}
"""The port that each scheme of a WebSocket URL stands for."""
HTTP_SCHEMES = {"http": "ws", "https": "wss"}
"""Schemes that stand for those of WebSocket URLs, as in browsers (WHATWG WebSockets section 3.1)."""

UNIX_SCHEME = "ws+unix"
UNIX_URL = re.compile(r"[^:]+:(?://)?(?P<socket>/[^:]+)(?::(?P<target>/[^#]*)?)?")


class InvalidUrlError(WebSocketError):
    """A URL that cannot be opened. `url` is masked: where it is wrong, a password may contain any character."""

    def __init__(self, url: str, problem: str) -> None:
        self.url = mask_url(re.sub(r"//.*@", "//***@", url))
        self.problem = problem
        super().__init__(self.url, problem)

    def __str__(self) -> str:
        return f"Invalid URL '{self.url}': {self.problem}."


@dataclass(frozen=True)
class WebSocketUrl:
    """Where to connect. `str` leaves out what may be secret: the user, and the values of parameters such as `token`.

    Of a secret URL, it shows only where it leads. `unix_socket` is the path of a socket in place of host and port.
    `zone` is the interface that leads to a link-local address (RFC 6874); only this machine knows it.
    """

    scheme: str
    host: str
    port: int
    target: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    secret: bool = field(default=False, repr=False)
    unix_socket: str | None = None
    zone: str = ""

    @property
    def secure(self) -> bool:
        return self.scheme == "wss"

    @property
    def authority(self) -> str:
        """The value of the `Host` header (section 4.1): the host, and the port unless the scheme stands for it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == WEBSOCKET_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """What is dialled."""
        return f"{self.host}%{self.zone}" if self.zone else self.host

    @property
    def origin(self) -> tuple[str, str, int]:
        """Where credentials belong (RFC 6454)."""
        return self.scheme, self.unix_socket or self.host, self.port

    @property
    def as_http(self) -> str:
        """The URL of the HTTP request, to which the rules for cookies apply."""
        return f"{self.scheme.replace('ws', 'http')}://{self.authority}{self.target}"

    @property
    def without_query(self) -> str:
        """The URL for a sentence about a place that the test did not name."""
        return f"{self._place}{SECRET_TARGET if self.secret else self.target.partition('?')[0]}"

    def __str__(self) -> str:
        return f"{self._place}{SECRET_TARGET if self.secret else mask_url(self.target)}"

    @property
    def _place(self) -> str:
        if self.unix_socket is not None:
            return f"{UNIX_SCHEME}:{self.unix_socket}:"
        zone = f"%25{quote(self.zone)}]" if self.zone else "]"
        return f"{self.scheme}://{self.authority.replace(']', zone)}"


def read_secret_url(url: str) -> WebSocketUrl:
    """Reads a URL that a test gives as `Secret`."""
    try:
        return replace(read_url(url), secret=True)
    except InvalidUrlError as error:
        raise InvalidUrlError(MASK, error.problem) from None


def read_url(url: str) -> WebSocketUrl:
    """Reads the URL that a test gives. Fails when it is not a WebSocket URL."""
    if position := next((at for at, sign in enumerate(url, 1) if sign.isspace() or not sign.isprintable()), None):
        raise WebSocketError(f"Invalid URL: it contains a space or control character at position {position}.")
    if url.lower().startswith(f"{UNIX_SCHEME}:"):
        return _read_unix_url(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidUrlError(url, "its host is neither a name nor an address") from None
    scheme = HTTP_SCHEMES.get(parts.scheme, parts.scheme)
    if scheme not in WEBSOCKET_PORTS:
        raise InvalidUrlError(url, "a WebSocket URL starts with 'ws://' or 'wss://'")
    parts = parts._replace(scheme=scheme)
    if not parts.hostname:
        raise InvalidUrlError(url, "it names no host")
    host, zone = _split_zone(_read_host(url, parts))
    if parts.fragment:
        raise InvalidUrlError(url, "a WebSocket URL has no fragment; write '#' as '%23'")
    port, target, user = _read_port(url, parts), _encode_target(parts), _read_user(parts)
    return WebSocketUrl(scheme, host, port, target, *user, zone=zone)


def _read_unix_url(url: str) -> WebSocketUrl:
    """A Unix socket with its path, and behind a colon the target, as node's ws writes it."""
    found = UNIX_URL.fullmatch(url)
    if found is None:
        raise InvalidUrlError(url, f"write '{UNIX_SCHEME}:/path/of/the/socket:/target'")
    if not hasattr(socket, "AF_UNIX"):
        raise InvalidUrlError(url, "Python has no Unix sockets on this system")
    path, _, query = (found["target"] or "/").partition("?")
    parts = SplitResult("ws", "", path, query, "")
    return WebSocketUrl("ws", "localhost", WEBSOCKET_PORTS["ws"], _encode_target(parts), unix_socket=found["socket"])


def _read_host(url: str, parts: SplitResult) -> str:
    """The host as DNS has it: UTS 46, non-transitional, as in browsers."""
    host = parts.hostname or ""
    if host.isascii():
        return host
    import idna  # few names have other letters

    try:
        return idna.encode(host, uts46=True).decode()
    except UnicodeError:
        raise InvalidUrlError(url, "its host name contains characters that a host name cannot have") from None


def _split_zone(host: str) -> tuple[str, str]:
    """An address of IPv6 and its zone, which stands behind `%25` (RFC 6874), or behind `%` as curl takes it, too."""
    address, _, zone = host.partition("%") if ":" in host else (host, "", "")
    return address, unquote(zone.removeprefix("25"))


def _read_port(url: str, parts: SplitResult) -> int:
    try:
        port = WEBSOCKET_PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise InvalidUrlError(url, "the port must be from 1 to 65535")
    return port


def _encode_target(parts: SplitResult) -> str:
    path = encode_path(parts.path or "/")
    return f"{path}?{encode_path(parts.query)}" if parts.query else path


def _read_user(parts: SplitResult) -> tuple[str | None, str | None]:
    return tuple(None if part is None else unquote(part) for part in (parts.username, parts.password))  # type: ignore[return-value]
