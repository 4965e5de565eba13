"""Which hosts a cookie is for (RFC 6265 section 5.3). The standard library refuses domains such as `localhost`."""

from __future__ import annotations

from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any

from ..addresses import is_address


class DomainPolicy(DefaultCookiePolicy):
    """Takes cookies for the host that sets them and, where they say so, for hosts below a domain of it."""

    def set_ok_domain(self, cookie: Cookie, request: Any) -> bool:
        return not cookie.domain_specified or _matches(request.host, cookie.domain)

    def return_ok_domain(self, cookie: Cookie, request: Any) -> bool:
        if cookie.domain_specified:
            return _matches(request.host, cookie.domain)
        return _without_port(request.host) == _without_port(cookie.domain.removesuffix(".local"))

    def domain_return_ok(self, domain: str, request: Any) -> bool:  # noqa: ARG002
        """The jar asks before it looks at single cookies."""
        return True


def _matches(host: str, domain: str) -> bool:
    """Whether a host is a domain or below it (section 5.1.3). Nothing is below an address."""
    name, wanted = _without_port(host), domain.removeprefix(".").removesuffix(".local").lower()
    return name == wanted or (name.endswith(f".{wanted}") and not is_address(name))


def _without_port(host: str) -> str:
    name = host.lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]
