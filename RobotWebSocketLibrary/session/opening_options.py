"""How connections are opened: what `Open WebSocket` is given goes before what `Set WebSocket Defaults` was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from robot.api.types import Secret

from ..client.opening_request import OpeningRequest
from ..client.proxy_route import ProxyChoice, read_proxy
from ..client.tls import TlsOptions, create_tls_context
from ..client.url import WebSocketUrl, read_url
from ..connection.heartbeat import HeartbeatTimes
from ..errors import WebSocketError
from .durations import read_seconds
from .given_headers import GivenHeaders, divide, list_pairs, merge
from .secret_values import is_given_as_secret, reveal, reveal_all, reveal_any

SAYS_THE_SAME = {
    "authorization": ("username", "password"),
    "cookie": ("cookies",),
    "origin": ("origin",),
    "sec-websocket-extensions": ("compression",),
}
"""Headers, and the options that write them."""
BELONGS_TO = {
    "password": "username",
    "client_key": "client_certificate",
    "client_key_password": "client_certificate",
}
"""Options that mean nothing without another one."""


@dataclass(frozen=True)
class OpeningOptions:
    """What a test says about opening a connection; None where it says nothing.

    This is the list of options: their names are those of arguments of `Open WebSocket` and `Set WebSocket Defaults`.
    """

    headers: GivenHeaders | None = field(default=None, repr=False)
    cookies: Mapping[str, str | Secret] | None = field(default=None, repr=False)
    origin: str | None = None
    username: str | None = None
    password: Secret | str | None = field(default=None, repr=False)
    proxy: Secret | str | None = field(default=None, repr=False)
    verify: bool | Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    client_key_password: Secret | str | None = field(default=None, repr=False)
    redirects: int | None = None
    compression: bool | None = None
    ping_interval: timedelta | None = None
    pong_timeout: timedelta | None = None

    def replace_with(self, arguments: Mapping[str, Any]) -> OpeningOptions:
        """These options, with those among the arguments of a keyword in their place."""
        return replace(self, **{name: arguments[name] for name in self.list_values() if name in arguments})

    def list_values(self) -> dict[str, Any]:
        """All options by name."""
        return {option.name: getattr(self, option.name) for option in fields(self)}

    def with_user_of(self, url: WebSocketUrl) -> OpeningOptions:
        """These options, and the user that the URL names where they name none."""
        username = url.username if self.username is None else self.username
        return replace(self, username=username, password=url.password if self.password is None else self.password)

    def over(self, defaults: OpeningOptions) -> OpeningOptions:
        """These options where they say something, and the defaults where they do not contradict them."""
        defaults = self._drop_contradictions(defaults)
        said = {name: value for name, value in self.list_values().items() if value is not None}
        headers = merge(defaults.headers, self.headers)
        cookies = {**(defaults.cookies or {}), **(self.cookies or {})}
        return replace(defaults, **{**said, "headers": headers, "cookies": cookies})

    def make_request(
        self,
        url: WebSocketUrl,
        subprotocols: Sequence[str] = (),
        *,
        method: str = "GET",
        server_name: str | None = None,
    ) -> OpeningRequest:
        """What the client is asked to open."""
        pairs = list_pairs(self.headers)
        headers, altered = divide(pairs)
        return OpeningRequest(
            url=url,
            subprotocols=subprotocols,
            headers=reveal_all(headers),
            secret_headers=frozenset(name.lower() for name, value in pairs if value and is_given_as_secret(value)),
            cookies=reveal_all(self.cookies),
            origin=self.origin,
            username=self.username,
            password=reveal_any(self.password),
            tls=TlsOptions(
                True if self.verify is None else self.verify,
                self.client_certificate,
                self.client_key,
                server_name,
                reveal_any(self.client_key_password),
            ),
            proxy=read_proxy_choice(self.proxy),
            redirects=self.redirects or 0,
            compression=bool(self.compression),
            method=method,
            altered=[(name, None if value is None else reveal(value)) for name, value in altered],
        )

    def read_heartbeat(self, timeout: float) -> HeartbeatTimes | None:
        """The times of a heartbeat, where one is wanted. `timeout` is the library's, in seconds."""
        if self.ping_interval is None:
            if self.pong_timeout is not None:
                raise WebSocketError("The argument 'pong_timeout' needs a 'ping_interval'.")
            return None
        interval = read_seconds(self.ping_interval, "ping_interval")
        patience = timeout if self.pong_timeout is None else read_seconds(self.pong_timeout, "pong_timeout")
        for name, value in (("ping_interval", interval), ("pong_timeout", patience)):
            if not value:
                raise WebSocketError(f"The argument '{name}' is 0 seconds; it must be longer.")
        return HeartbeatTimes(interval, patience)

    def check(self, timeout: float) -> None:
        """Refuses what no connection could be opened with, under the library's timeout."""
        request = self.make_request(read_url("ws://localhost/"))
        request.check()
        create_tls_context(request.tls)
        self.read_heartbeat(timeout)

    def _drop_contradictions(self, defaults: OpeningOptions) -> OpeningOptions:
        """Defaults without what these options say in another way."""
        given = {name.lower() for name, _ in list_pairs(self.headers)}
        for header, options in SAYS_THE_SAME.items():
            if header in given:
                defaults = replace(defaults, **dict.fromkeys(options))
            elif any(getattr(self, option) is not None for option in options):
                others = [pair for pair in list_pairs(defaults.headers) if pair[0].lower() != header]
                defaults = replace(defaults, headers=others)
        for part, whole in BELONGS_TO.items():
            if getattr(self, whole) is not None:
                defaults = replace(defaults, **{part: None})
        return defaults


def read_proxy_choice(said: Secret | str | None) -> ProxyChoice:
    """The proxy that was named; the environment's where none was; no proxy for `NONE` or an empty text."""
    if said is None:
        return "environment"
    text = reveal(said).strip()
    return None if text.upper() in ("", "NONE") else read_proxy(text)
