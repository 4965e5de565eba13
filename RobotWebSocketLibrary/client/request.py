"""What a test asks for when it opens a connection, checked before a byte is sent."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import WebSocketError, quoted
from ..protocol.handshake import RESERVED_HEADERS, SUBPROTOCOL_RULE, TOKEN
from .tls import TlsOptions
from .url import WebSocketUrl


@dataclass(frozen=True)
class OpeningRequest:
    """What a test asks for. Values are plain text here; errors name headers and cookies, never their values."""

    url: WebSocketUrl
    subprotocols: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    origin: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: TlsOptions = field(default_factory=TlsOptions)

    def check(self) -> None:
        """Refuses whatever would change the shape of the HTTP request."""
        for name, value in self.headers.items():
            _check_header(name, value)
        for name, value in self.cookies.items():
            if not TOKEN.fullmatch(name):
                raise WebSocketError(f"Invalid cookie name {quoted(name)}.")
            _check_line(f"Cookie '{name}'", value, forbidden=";")
        for subprotocol in self.subprotocols:
            if not TOKEN.fullmatch(subprotocol):
                raise WebSocketError(f"Invalid subprotocol {quoted(subprotocol)}: {SUBPROTOCOL_RULE}.")
        if len(set(self.subprotocols)) < len(self.subprotocols):
            raise WebSocketError("A subprotocol was offered twice.")
        _check_line("Origin", self.origin or "")

    @property
    def header_lines(self) -> list[str]:
        """The lines that websocket-client does not write, or would change: it writes subprotocols in lower case."""
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        if self.subprotocols:
            lines.append(f"Sec-WebSocket-Protocol: {', '.join(self.subprotocols)}")
        username = self.username if self.username is not None else self.url.username
        if username is not None:
            password = self.password if self.password is not None else self.url.password
            credentials = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
            lines.append(f"Authorization: Basic {credentials}")
        return lines

    @property
    def cookie_line(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def _check_header(name: str, value: str) -> None:
    if not TOKEN.fullmatch(name):
        raise WebSocketError(f"Invalid header name {quoted(name)}: letters, digits and hyphens make one.")
    if name.lower() in RESERVED_HEADERS:
        raise WebSocketError(f"The header '{name}' belongs to the handshake and cannot be given.")
    _check_line(f"Header '{name}'", value)


def _check_line(what: str, value: str, forbidden: str = "") -> None:
    for position, sign in enumerate(value, 1):
        if sign in "\r\n":
            raise WebSocketError(f"{what} contains a line break (position {position}).")
        if sign in forbidden or (not sign.isprintable() and sign != "\t"):
            raise WebSocketError(f"{what} contains a character that cannot be sent (position {position}).")
