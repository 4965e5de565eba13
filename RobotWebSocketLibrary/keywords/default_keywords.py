"""The keyword that sets what the following connections are opened with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret
from robot.utils import DotDict

from ..byte_size import ByteSize
from ..session.durations import seconds
from ..session.opening_options import OpeningOptions
from ..session.settings import Settings


class Unchanged:
    """Stands for an argument that was not given, where `None` means that nothing is set."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Any = Unchanged()


class DefaultsKeywords:
    """`Set WebSocket Defaults`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @keyword(name="Set WebSocket Defaults", tags=["Connection"])
    def set_websocket_defaults(
        self,
        *,
        headers: dict[str, str | Secret] | None = UNCHANGED,
        cookies: dict[str, str | Secret] | None = UNCHANGED,
        origin: str | None = UNCHANGED,
        username: str | None = UNCHANGED,
        password: Secret | str | None = UNCHANGED,
        proxy: Secret | str | None = UNCHANGED,
        verify: Literal[True, False] | Path | None = UNCHANGED,
        client_certificate: Path | None = UNCHANGED,
        client_key: Path | None = UNCHANGED,
        redirects: int | None = UNCHANGED,
        compression: bool | None = UNCHANGED,
        ping_interval: timedelta | None = UNCHANGED,
        pong_timeout: timedelta | None = UNCHANGED,
        max_message_size: ByteSize = UNCHANGED,
        timeout: timedelta = UNCHANGED,
    ) -> DotDict:
        """Sets what applies to the connections opened from now on, where `Open WebSocket` is not told otherwise.

        Only what is given changes; ``${None}`` takes a default back. All arguments mean what they mean to `Open
        WebSocket`. Its own ``headers`` and ``cookies`` are added to these, and replace those of the same name; its own
        user name replaces a default ``Authorization`` header, and the other way round.

        Args:
            headers: Headers of each handshake. Values can be `Secret`.
            cookies: Cookies to send, by name.
            origin: ``Origin`` header.
            username: For HTTP Basic authentication.
            password: Belongs to ``username``. Can be a `Secret`.
            proxy: Proxy to go through, see `Proxies`. ``NONE`` for none, ``${None}`` for that of the environment.
            verify: What ``wss`` connections trust.
            client_certificate: PEM file with the client's own certificate.
            client_key: PEM file with its private key, unless it is in the same file.
            redirects: How many redirects to follow.
            compression: ``True`` offers to compress messages.
            ping_interval: How often each connection sends a ping.
            pong_timeout: How long a server may take to answer such a ping.
            max_message_size: Longest message to accept, also of servers started from now on.
            timeout: How long keywords wait from now on, where they are given no ``timeout``.

        Returns:
            The previous values by name, which can be given back. Those that may be secret are `Secret` objects.

        Example:
        | VAR    &{headers}    X-Run=42
        | ${previous} =    `Set WebSocket Defaults`    headers=${headers}    timeout=2s
        | `Open WebSocket`    ${websocket.server.url}
        | ${peer} =    `Wait For Client`
        | Should Be Equal    ${peer.request.headers}[X-Run]    42
        | `Set WebSocket Defaults`    &{previous}
        """
        given: dict[str, Any] = {
            "headers": headers,
            "cookies": cookies,
            "origin": origin,
            "username": username,
            "password": password,
            "proxy": proxy,
            "verify": verify,
            "client_certificate": client_certificate,
            "client_key": client_key,
            "redirects": redirects,
            "compression": compression,
            "ping_interval": ping_interval,
            "pong_timeout": pong_timeout,
        }
        options = replace(
            self._settings.options, **{name: value for name, value in given.items() if value is not UNCHANGED}
        )
        limit = self._settings.timeout if timeout is UNCHANGED else seconds(timeout)
        options.check(limit)
        previous = self._values()
        self._settings.options = options
        self._settings.timeout = limit
        if max_message_size is not UNCHANGED:
            self._settings.max_message_size = int(max_message_size)
        logger.info("Set the defaults of WebSocket connections.")
        return previous

    def _values(self) -> DotDict:
        """All that is set, in a form that can be given back, and be logged."""
        options = self._settings.options
        return DotDict(  # type: ignore[no-untyped-call]
            **{option.name: _shielded(option.name, getattr(options, option.name)) for option in fields(OpeningOptions)},
            max_message_size=ByteSize(self._settings.max_message_size),
            timeout=timedelta(seconds=self._settings.timeout),
        )


def _shielded(name: str, value: Any) -> Any:
    """A value that Robot Framework may log."""
    if name in ("headers", "cookies") and isinstance(value, Mapping):
        return {key: _secret(text) for key, text in value.items()}
    return _secret(value) if name in ("password", "proxy") and value is not None else value


def _secret(value: str | Secret) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)
