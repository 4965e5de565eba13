"""What a test asks for when it opens a connection, checked before a byte is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import WebSocketError, quoted
from ..protocol.deflate import OFFER
from ..protocol.handshake import SUBPROTOCOL_RULE
from ..protocol.http import TOKEN, write_basic_credentials
from ..secrecy import HiddenText, show, suggests_secret
from .altered_head import AlteredFields
from .proxy_route import ProxyChoice
from .request_checks import check_cookie, check_header, check_text, check_user
from .tls import TlsOptions
from .url import WebSocketUrl


@dataclass(frozen=True)
class OpeningRequest:
    """What a test asks for. Values are plain text here; errors name headers and cookies, never their values.

    `secret_headers` are the names, in lower case, of headers that the test has given as `Secret`. `host` is what the
    header `Host` says, if not what the URL does. `method` and `altered` make another request of it than a client sends.
    """

    url: WebSocketUrl
    subprotocols: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_headers: frozenset[str] = field(default=frozenset(), repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    origin: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: TlsOptions = field(default_factory=TlsOptions)
    proxy: ProxyChoice = None
    redirects: int = 0
    compression: bool = False
    host: str | None = None
    method: str = "GET"
    altered: AlteredFields = field(default=(), repr=False)

    def check(self) -> None:
        """Refuses what would change the shape of the HTTP request, and what says one thing twice."""
        for name, value in self.headers.items():
            check_header(name, value)
        for name, altered in self.altered:
            check_header(name, altered or "")
        if not TOKEN.fullmatch(self.method):
            raise WebSocketError(f"Invalid HTTP method {quoted(self.method)}: write one such as 'GET'.")
        for name, value in self.cookies.items():
            check_cookie(name, value)
        for subprotocol in self.subprotocols:
            if not TOKEN.fullmatch(subprotocol):
                raise WebSocketError(f"Invalid subprotocol {quoted(show(subprotocol))}: {SUBPROTOCOL_RULE}.")
        if len(set(self.subprotocols)) < len(self.subprotocols):
            raise WebSocketError("A subprotocol was offered twice.")
        check_text("Origin", self.origin or "")
        self._check_pairs()
        self._check_repetitions()
        if self.redirects < 0:
            raise WebSocketError(f"The argument 'redirects' is negative: {self.redirects}.")

    @property
    def names_of_secrets(self) -> frozenset[str]:
        """Names of headers that are not shown."""
        hides = any(isinstance(name, HiddenText) for name in self.subprotocols)
        return (
            self.secret_headers
            | (frozenset({"sec-websocket-protocol"}) if hides else frozenset())
            | (frozenset({"location"}) if self.url.secret else frozenset())
        )

    @property
    def header_lines(self) -> list[str]:
        """What the test asks for, as lines. They follow those that websocket-client writes by itself."""
        lines = [f"{name}: {value}" for name, value in self.headers.items() if name.lower() != "cookie"]
        if self.subprotocols:
            lines.append(f"Sec-WebSocket-Protocol: {', '.join(self.subprotocols)}")
        if self.compression:
            lines.append(f"Sec-WebSocket-Extensions: {OFFER}")
        if self._username is not None:
            lines.append(f"Authorization: {write_basic_credentials(self._username, self._password or '')}")
        return lines

    @property
    def cookie_line(self) -> str:
        """All cookies: those of the header `Cookie`, and those given by name."""
        given = [value for name, value in self.headers.items() if name.lower() == "cookie"]
        return "; ".join([*given, *(f"{name}={value}" for name, value in self.cookies.items())])

    def move_to(self, url: WebSocketUrl) -> OpeningRequest:
        """Returns the same request to another URL. Another origin sees neither credentials nor cookies.

        Credentials are also the headers that the test has given as `Secret`, and those whose names suggest secrets.
        """
        if url.origin == self.url.origin:
            return replace(self, url=replace(url, username=self.url.username, password=self.url.password))
        headers = {name: value for name, value in self.headers.items() if not self._is_credential(name)}
        altered = [field for field in self.altered if field[0].lower() != "host" and not self._is_credential(field[0])]
        return replace(self, url=url, headers=headers, altered=altered, cookies={}, username=None, password=None)

    @property
    def _username(self) -> str | None:
        return self.url.username if self.username is None else self.username

    @property
    def _password(self) -> str | None:
        return self.url.password if self.password is None else self.password

    def _is_credential(self, header: str) -> bool:
        return header.lower() in self.secret_headers or suggests_secret(header)

    def _check_pairs(self) -> None:
        if self._username is not None:
            check_user(self._username, self._password)
        elif self.password is not None:
            raise WebSocketError("The argument 'password' needs a 'username'.")
        if self.tls.private_key is not None and self.tls.certificate is None:
            raise WebSocketError("The argument 'client_key' needs a 'client_certificate'.")

    def _check_repetitions(self) -> None:
        replaced = {name.lower() for name, value in self.altered if value is not None}
        given = Counter(map(str.lower, self.headers)) + Counter(replaced)
        if twice := next((name for name in self.headers if given[name.lower()] > 1), None):
            raise WebSocketError(f"The header '{twice}' is given twice, in different cases.")
        for name, other, what in (
            ("Authorization", self._username is not None, "a user name"),
            ("Cookie", bool(self.cookies), "`cookies`"),
            ("Origin", self.origin is not None, "`origin`"),
            ("Sec-WebSocket-Protocol", bool(self.subprotocols), "`subprotocols`"),
            ("Sec-WebSocket-Extensions", self.compression, "`compression`"),
        ):
            if other and name.lower() in given:
                raise WebSocketError(f"Give either the header '{name}' or {what}, not both.")
