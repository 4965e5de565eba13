"""Which proxy to go through: the one that a test names, one of the environment, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment

from ..addresses import is_loopback
from ..errors import WebSocketError
from .proxy_exclusions import is_excluded
from .request_checks import check_user
from .url import WebSocketUrl

PROXY_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""The port of a proxy whose URL names none."""
NO_SCHEME = "the URL of a proxy starts with 'http://', 'https://', 'socks5://' or 'socks5h://'"
SOCKS_LIMIT = 255
"""Bytes that a user name and a password may have each (RFC 1929)."""


class InvalidProxyError(WebSocketError):
    """A text that does not name a proxy. `url` is masked, `source` says where it was found."""

    def __init__(self, url: str, source: str, problem: str) -> None:
        self.url = re.sub("//.*@", "//***@", url) if url.isprintable() else ""
        self.source = source
        self.problem = problem
        super().__init__(self.url, source, problem)

    def __str__(self) -> str:
        return f"Invalid proxy '{self.url}' in {self.source}: {self.problem}."


@dataclass(frozen=True)
class Proxy:
    """A proxy. `str` shows where it is, and never who uses it."""

    scheme: str
    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def speaks_socks(self) -> bool:
        return self.scheme.startswith("socks")

    def __str__(self) -> str:
        return self.authority


ProxyChoice = Proxy | Literal["environment"] | None


class Route(NamedTuple):
    """The proxy to go through, or None; and a remark for the log where the environment names one."""

    proxy: Proxy | None
    remark: str = ""


def find_route(url: WebSocketUrl, choice: ProxyChoice) -> Route:
    """Finds out how a URL is reached. The environment's proxies never apply to this machine."""
    if choice != "environment":
        return Route(choice)
    variables = getproxies_environment()
    name = next((name for name in ("https" if url.secure else "http", "all") if variables.get(name)), None)
    if name is None:
        return Route(None)
    if is_loopback(url.host):
        return Route(None, f"The proxy of the environment variable '{name}_proxy' is not used for this machine.")
    if is_excluded(url.host, url.port, variables.get("no", "")):
        return Route(None, f"The environment variable 'no_proxy' excludes '{url.host}' from '{name}_proxy'.")
    proxy = read_proxy(variables[name], f"the environment variable '{name}_proxy'")
    return Route(proxy, f"The environment variable '{name}_proxy' chooses the proxy '{proxy}'.")


def read_proxy(text: str, source: str = "the argument 'proxy'") -> Proxy:
    """Reads the URL of a proxy. Without a scheme it stands for an HTTP proxy."""
    url = text if "://" in text else f"http://{text}"
    if not url.isprintable() or " " in url:
        raise InvalidProxyError(url, source, "it contains a space or control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        problem = "its host or port is wrong; write special characters of a password as '%23'"
        raise InvalidProxyError(url, source, problem) from None
    if parts.scheme not in PROXY_PORTS:
        raise InvalidProxyError(url, source, NO_SCHEME)
    if not parts.hostname or not parts.hostname.isascii() or port == 0:
        raise InvalidProxyError(url, source, "it must name a host and a port, as in 'http://host:port'")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidProxyError(url, source, "nothing may follow the port")
    username, password = _read_user(parts, url, source)
    return Proxy(parts.scheme, parts.hostname, port or PROXY_PORTS[parts.scheme], username, password)


def _read_user(parts: SplitResult, url: str, source: str) -> tuple[str | None, str | None]:
    username, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    if username is None:
        return None, None
    check_user(username, password, f" of {source}")
    if parts.scheme.startswith("socks") and not all(map(_fits_socks, (username, password))):
        raise InvalidProxyError(
            url, source, "a SOCKS proxy takes a user name and a password of 1 to 255 ASCII characters each"
        )
    return username, password


def _fits_socks(text: str | None) -> bool:
    return text is not None and text.isascii() and 1 <= len(text) <= SOCKS_LIMIT
