"""The keyword that sets what the following connections are opened with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from robot.api.deco import keyword
from robot.api.types import Secret
from robot.utils import DotDict

from ..byte_size import ByteSize
from ..report.outcome import log_outcome
from ..session.durations import read_seconds
from ..session.scopes import Scope, find_place
from ..session.secret_values import conceal, conceal_all
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
        headers: dict[str, str | Secret | None] | None = UNCHANGED,
        cookies: dict[str, str | Secret] | None = UNCHANGED,
        origin: str | None = UNCHANGED,
        username: str | None = UNCHANGED,
        password: Secret | str | None = UNCHANGED,
        proxy: Secret | str | None = UNCHANGED,
        verify: Literal[True, False] | Path | None = UNCHANGED,
        client_certificate: Path | None = UNCHANGED,
        client_key: Path | None = UNCHANGED,
        client_key_password: Secret | str | None = UNCHANGED,
        redirects: int | None = UNCHANGED,
        compression: bool | None = UNCHANGED,
        ping_interval: timedelta | None = UNCHANGED,
        pong_timeout: timedelta | None = UNCHANGED,
        max_message_size: ByteSize = UNCHANGED,
        timeout: timedelta = UNCHANGED,
        scope: Scope | None = None,
    ) -> DotDict:
        """Sets what applies to connections opened from now on, unless `Open WebSocket` is given something else.

        What is set in a test ends with the test, and what a suite setup sets ends with the suite, unless ``scope`` says
        something else.

        Only what is given changes; ``${None}`` takes a default back. All arguments mean the same as those of `Open
        WebSocket`. The ``headers`` and ``cookies`` of `Open WebSocket` are added to these defaults, and replace those
        of the same name. A user name given there replaces a default ``Authorization`` header, and the other way round.

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
            client_key_password: Password of that key, if it is encrypted. Can be a `Secret`.
            redirects: How many redirects to follow.
            compression: ``True`` offers to compress messages.
            ping_interval: How often each connection sends a ping.
            pong_timeout: How long a server may take to answer such a ping.
            max_message_size: Longest message to accept, also of servers started from now on.
            timeout: How long keywords wait from now on if they are given no ``timeout``.
            scope: ``TEST``, ``SUITE`` or ``GLOBAL``: how long all of this stays so.

        Returns:
            The previous values by name, which can be given back to this keyword. Those that may be secret are `Secret`
            objects.

        Example:
        | VAR    &{headers}    X-Run=42
        | ${previous} =    `Set WebSocket Defaults`    headers=${headers}    timeout=2s
        | `Open WebSocket`    ${websocket.server.url}
        | ${peer} =    `Wait For Client`
        | Should Be Equal    ${peer.request.headers}[X-Run]    42
        | `Set WebSocket Defaults`    &{previous}
        """
        given = {name: value for name, value in locals().items() if value is not UNCHANGED}
        if "timeout" in given:
            given["timeout"] = read_seconds(timeout)
        if "max_message_size" in given:
            given["max_message_size"] = int(max_message_size)
        previous = self._list_values()
        self._settings.change(given, find_place() if scope is None else scope.find_place())
        log_outcome("Set the defaults of WebSocket connections.")
        return previous

    def _list_values(self) -> DotDict:
        """All that is set, in a form that Robot Framework may log and that can be given back."""
        return DotDict(  # type: ignore[no-untyped-call]
            **{name: _conceal_option(name, value) for name, value in self._settings.options.list_values().items()},
            max_message_size=ByteSize(self._settings.max_message_size),
            timeout=timedelta(seconds=self._settings.timeout),
        )


def _conceal_option(name: str, value: Any) -> Any:
    """The value of an option, as a `Secret` if it may be secret."""
    if name in ("headers", "cookies") and isinstance(value, Mapping):
        return conceal_all(value)
    return conceal(value) if name in ("password", "proxy", "client_key_password") and value is not None else value
