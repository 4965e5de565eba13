"""How connections are opened: what `Open WebSocket` is told, over what `Set WebSocket Defaults` was told before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path

from robot.api.types import Secret

from ..client.opening_request import OpeningRequest
from ..client.proxy_route import ProxyChoice, read_proxy
from ..client.tls import TlsOptions, create_tls_context
from ..client.url import WebSocketUrl, read_url
from ..connection.heartbeat import HeartbeatTimes
from ..errors import WebSocketError
from .durations import seconds

SAYS_THE_SAME = {"authorization": ("username", "password"), "cookie": ("cookies",), "origin": ("origin",)}
"""Headers, and the options that write them."""
BELONGS_TO = {"password": "username", "client_key": "client_certificate"}


@dataclass(frozen=True)
class OpeningOptions:
    """What was said about opening a connection; None where nothing was."""

    headers: Mapping[str, str | Secret] | None = field(default=None, repr=False)
    cookies: Mapping[str, str | Secret] | None = field(default=None, repr=False)
    origin: str | None = None
    username: str | None = None
    password: Secret | str | None = field(default=None, repr=False)
    proxy: Secret | str | None = field(default=None, repr=False)
    verify: bool | Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    redirects: int | None = None
    compression: bool | None = None
    ping_interval: timedelta | None = None
    pong_timeout: timedelta | None = None

    def over(self, defaults: OpeningOptions) -> OpeningOptions:
        """These options where they say something, and the defaults where they do not contradict them."""
        defaults = self._uncontradicted(defaults)
        said = {option.name: getattr(self, option.name) for option in fields(self)}
        return replace(
            defaults,
            **{name: value for name, value in said.items() if value is not None}
            | {
                "headers": _merged(defaults.headers, self.headers),
                "cookies": {**(defaults.cookies or {}), **(self.cookies or {})},
            },
        )

    def request(self, url: WebSocketUrl, subprotocols: Sequence[str] = ()) -> OpeningRequest:
        """What the client is asked for."""
        return OpeningRequest(
            url=url,
            subprotocols=subprotocols,
            headers=plain_values(self.headers),
            cookies=plain_values(self.cookies),
            origin=self.origin,
            username=self.username,
            password=None if self.password is None else plain(self.password),
            tls=TlsOptions(True if self.verify is None else self.verify, self.client_certificate, self.client_key),
            proxy=proxy_choice(self.proxy),
            redirects=self.redirects or 0,
            compression=bool(self.compression),
        )

    def heartbeat(self, timeout: float) -> HeartbeatTimes | None:
        """The times of a heartbeat, where one is wanted; `timeout` is the library's, in seconds."""
        return heartbeat(self.ping_interval, self.pong_timeout, timeout)

    def check(self, timeout: float) -> None:
        """Refuses what no connection could be opened with, under the library's timeout."""
        request = self.request(read_url("ws://localhost/"))
        request.check()
        create_tls_context(request.tls)
        self.heartbeat(timeout)

    def _uncontradicted(self, defaults: OpeningOptions) -> OpeningOptions:
        """Defaults without what these options say in another way."""
        given = {name.lower() for name in self.headers or {}}
        for header, options in SAYS_THE_SAME.items():
            if header in given:
                defaults = replace(defaults, **dict.fromkeys(options))
            elif any(getattr(self, option) is not None for option in options):
                others = {name: text for name, text in (defaults.headers or {}).items() if name.lower() != header}
                defaults = replace(defaults, headers=others)
        for part, whole in BELONGS_TO.items():
            if getattr(self, whole) is not None:
                defaults = replace(defaults, **{part: None})
        return defaults


def proxy_choice(said: Secret | str | None) -> ProxyChoice:
    """The proxy that was named; the environment's where none was; `NONE` or nothing at all for none."""
    if said is None:
        return "environment"
    text = plain(said).strip()
    return None if text.upper() in ("", "NONE") else read_proxy(text)


def _merged(
    defaults: Mapping[str, str | Secret] | None, own: Mapping[str, str | Secret] | None
) -> dict[str, str | Secret]:
    """Headers by names of any case, of which the own ones count."""
    given = {name.lower() for name in own or {}}
    kept = {name: text for name, text in (defaults or {}).items() if name.lower() not in given}
    return {**kept, **(own or {})}


def heartbeat(interval: timedelta | None, timeout: timedelta | None, default: float) -> HeartbeatTimes | None:
    """The times of a heartbeat; `default` is its timeout, in seconds, where none was given."""
    if interval is None:
        if timeout is not None:
            raise WebSocketError("The argument 'pong_timeout' comes with a 'ping_interval'.")
        return None
    times = {
        "ping_interval": seconds(interval, "ping_interval"),
        "pong_timeout": default if timeout is None else seconds(timeout, "pong_timeout"),
    }
    for name, value in times.items():
        if not value:
            raise WebSocketError(f"The argument '{name}' is 0 seconds; it must be longer.")
    return HeartbeatTimes(*times.values())


def plain(value: str | Secret) -> str:
    return value.value if isinstance(value, Secret) else value


def plain_values(values: Mapping[str, str | Secret] | None) -> dict[str, str]:
    return {name: plain(value) for name, value in (values or {}).items()}
