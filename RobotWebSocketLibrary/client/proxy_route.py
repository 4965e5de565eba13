"""Which proxy leads to a server: the one that a test names, or that of the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from ..errors import WebSocketError
from .header_checks import check_user
from .url import WebSocketUrl

DEFAULT_PORTS = {"http": 80, "socks5": 1080, "socks5h": 1080}
SOCKS_LIMIT = 255
"""Bytes that a user name and a password may have each (RFC 1929)."""


@dataclass(frozen=True)
class Proxy:
    """A proxy. `str` tells where it is, and never who uses it."""

    scheme: str
    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return self.authority


ProxyChoice = Proxy | Literal["environment"] | None


@dataclass(frozen=True)
class Route:
    """The proxy to go through, or none; and a remark where the environment names one."""

    proxy: Proxy | None
    remark: str = ""


def route_to(url: WebSocketUrl, choice: ProxyChoice) -> Route:
    """How a URL is reached. The environment's proxies never apply to this machine."""
    if choice != "environment":
        return Route(choice)
    variables = getproxies_environment()
    name = next((name for name in ("https" if url.secure else "http", "all") if variables.get(name)), None)
    if name is None:
        return Route(None)
    if _is_loopback(url.host):
        return Route(None, f"The proxy of the environment variable '{name}_proxy' is not used for this machine.")
    if proxy_bypass_environment(f"{url.host}:{url.port}", variables):
        return Route(None, f"The environment variable 'no_proxy' excludes '{url.host}' from '{name}_proxy'.")
    proxy = read_proxy(variables[name], f"the environment variable '{name}_proxy'")
    return Route(proxy, f"The environment variable '{name}_proxy' leads through the proxy '{proxy}'.")


def read_proxy(text: str, source: str = "the argument 'proxy'") -> Proxy:
    """Takes the URL of a proxy apart. Without a scheme it is an HTTP proxy's."""
    url = text if "://" in text else f"http://{text}"
    if not url.isprintable() or " " in url:
        raise _invalid(url, source, "it contains a space or control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _invalid(
            url, source, "its host or port is wrong; write special characters of a password as '%23'"
        ) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise _invalid(url, source, "a proxy is reached with 'http://', 'socks5://' or 'socks5h://'")
    if not parts.hostname or not parts.hostname.isascii() or port == 0:
        raise _invalid(url, source, "it names no host and port, as in 'http://host:port'")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _invalid(url, source, "nothing may follow the port")
    username, password = _user(parts, url, source)
    return Proxy(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme], username, password)


def _user(parts: SplitResult, url: str, source: str) -> tuple[str | None, str | None]:
    username, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    if username is None:
        return None, None
    check_user(username, password, f" of {source}")
    if parts.scheme != "http" and not all(map(_fits_socks, (username, password))):
        raise _invalid(url, source, "a SOCKS proxy takes a user name and a password, of 1 to 255 ASCII characters each")
    return username, password


def _fits_socks(text: str | None) -> bool:
    return text is not None and text.isascii() and 1 <= len(text) <= SOCKS_LIMIT


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _invalid(url: str, source: str, why: str) -> WebSocketError:
    shown = re.sub("//.*@", "//***@", url) if url.isprintable() else ""
    return WebSocketError(f"Invalid proxy '{shown}' in {source}: {why}.")
