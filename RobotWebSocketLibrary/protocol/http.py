"""HTTP heads as the opening handshake uses them (RFC 9112): read under limits, parsed, serialized."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote

from ..errors import escaped, quoted
from ..page_text import is_page, read_page
from ..secrecy import SECRET_TARGET, mask_request_header, mask_response_header, mask_url
from .headers import Headers

LINE_LIMIT = 8192
"""Bytes of one line of a head."""
HEADER_LIMIT = 128
"""Header lines of a head."""
HEAD_LIMIT = 32 * 1024
"""Bytes of all lines of a head, without their ends."""

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""Header names, subprotocols, names and values of extensions (RFC 9110 section 5.6.2)."""
FORBIDDEN_BYTES = re.compile(rb"[\r\0]")
"""A CR that does not end a line (RFC 9112 section 2.2), and NUL (RFC 9110 section 5.5)."""
ABSOLUTE_FORM = re.compile(r"(?:ws|http)s?://[^/?#]*", re.IGNORECASE)
"""What precedes path and query in a target of absolute form (RFC 9112 section 3.2.2)."""
CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)
SAFE_IN_PATHS = "/%:@!$&'()*+,;=~-._"
"""Characters that stand for themselves in a path. `%` is one: what is encoded already stays."""
VERSION = re.compile(r"HTTP/1\.[0-9]")
"""Versions whose heads have the form that is read here (RFC 9112 section 2.3)."""


class HttpError(Exception):
    """A head that breaks HTTP or our limits. Stays inside the library; `reason` continues a sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Request:
    """HTTP request of an opening handshake.

    `secret_headers` are the names, in lower case, of headers that a test has given as secrets; only our end knows them.
    `secret_target` says that the URL was given as a secret.
    """

    method: str
    target: str
    headers: Headers = field(default_factory=Headers)
    version: str = "HTTP/1.1"
    secret_headers: frozenset[str] = frozenset()
    secret_target: bool = False

    @property
    def shown_target(self) -> str:
        """Path and query as they may be shown."""
        return SECRET_TARGET if self.secret_target else mask_url(self.target)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def cookie_pairs(self) -> list[tuple[str, str]]:
        """Names and values of the cookies that came."""
        pairs = (pair.partition("=") for line in self.headers.get_all("Cookie") for pair in line.split(";"))
        return [(name.strip(), value.strip()) for name, equal, value in pairs if equal]

    def asks_for(self, path: str | None) -> bool:
        """Whether it asks for a path, given with its query or without; None stands for any.

        `*` in it stands for any characters. Letters are encoded as clients encode them.
        """
        if path is None:
            return True
        wanted = encode_path(add_slash(path))
        if "*" in wanted:
            return any(map(re.compile(make_pattern(wanted), re.DOTALL).fullmatch, (self.path, self.target)))
        return wanted in (self.path, self.target)

    def __repr__(self) -> str:
        path = SECRET_TARGET if self.secret_target else self.path  # not the query: Robot logs this text
        return f"<Request: {quoted(path)}>"


@dataclass(frozen=True)
class Response:
    """HTTP response to an opening handshake, with the body as far as it was read, and the redirects that led to it."""

    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    history: tuple[Response, ...] = ()

    @property
    def text(self) -> str:
        """The body as text, in the character set that its `Content-Type` names, or else in UTF-8."""
        return read_text(self.body, self.headers)

    @property
    def schemes(self) -> list[str]:
        """Schemes of authentication that a server or proxy wants; only `Basic` where it is one (RFC 9110 11.6.1)."""
        wanted = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}.get(self.status)
        challenges = [] if wanted is None else self.headers.get_all(wanted)
        if "basic" in " ".join(challenges).lower():
            return ["Basic"]
        return [challenge.split(" ")[0].rstrip(",") for challenge in challenges]

    @property
    def is_page(self) -> bool:
        """Whether the body is a page of HTML."""
        return is_page(self.text) or "html" in self.headers.get("Content-Type", "").lower()

    @property
    def page_text(self) -> str:
        """What the page says; everything in the body if that is nothing."""
        return read_page(self.text) or self.text

    @property
    def quoted_body(self) -> str:
        """What the body begins with, or the text of a page, as a sentence without its full stop; nothing without."""
        if not self.body:
            return ""
        return f"The page says {quoted(self.page_text)}" if self.is_page else f"The body begins {quoted(self.text)}"

    @property
    def cookies(self) -> dict[str, str]:
        """Names and values of the cookies that it sets."""
        pairs = (line.partition(";")[0].partition("=") for line in self.headers.get_all("Set-Cookie"))
        return {name.strip(): value.strip() for name, equal, value in pairs if equal}

    def __str__(self) -> str:
        return f"{self.status} {escaped(self.reason)}".rstrip()

    def __repr__(self) -> str:
        return f"<Response: {self.status}>"


class Exchange(NamedTuple):
    """A request and its answer. `started` is in seconds since the epoch; `seconds`, what it took, may be unknown."""

    request: Request
    response: Response
    started: float
    seconds: float | None = None


class HeadReader:
    """Collects the lines of a head, within limits, from bytes that come in any pieces.

    Empty lines before a request are ignored (RFC 9112 section 2.2), where `skips_empty_lines` says so.
    """

    def __init__(self, *, skips_empty_lines: bool = False) -> None:
        self.lines: list[bytes] = []
        self.received = 0
        self._skips_empty_lines = skips_empty_lines
        self._size = 0
        self._buffer = bytearray()

    @property
    def rest(self) -> bytes:
        """What was received behind the head, or of a line that has not ended."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> bool:
        """Returns True once the empty line at the head's end was read."""
        self.received += len(data)
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).removesuffix(b"\r")
            del self._buffer[: end + 1]
            self._check(line)
            if not line and (self.lines or not self._skips_empty_lines):
                return True
            self._size += len(line) or 1
            if line:
                self.lines.append(line)
        self._check(self._buffer.removesuffix(b"\r"))
        return False

    def _check(self, line: bytes | bytearray) -> None:
        if line and len(self.lines) > HEADER_LIMIT:
            raise HttpError(f"more than {HEADER_LIMIT} headers")
        if len(line) > LINE_LIMIT:
            raise HttpError(f"a header line is longer than {LINE_LIMIT} bytes")
        if self._size + len(line) > HEAD_LIMIT:
            raise HttpError(f"all headers together are longer than {HEAD_LIMIT} bytes")


def add_slash(path: str) -> str:
    """A path as requests have it. Tests may leave out its first slash, as in `${websocket.server.url}chat`."""
    return path if path.startswith("/") else f"/{path}"


def encode_path(path: str) -> str:
    """A path as it is on the wire: other characters than those of URLs are percent-encoded as UTF-8."""
    return quote(path, safe=f"{SAFE_IN_PATHS}?")


def make_pattern(text: str) -> str:
    """A regular expression for text in which `*` stands for any characters, and nothing else is special."""
    return ".*".join(map(re.escape, text.split("*")))


def read_request(lines: list[bytes]) -> Request:
    """The request that a server received. A target in absolute form becomes one in origin form."""
    if not lines:
        raise HttpError("an empty request")
    words = _decode(lines[0]).split(" ")
    if len(words) != 3 or not all(words) or not VERSION.fullmatch(words[2]) or FORBIDDEN_BYTES.search(lines[0]):
        raise HttpError(f"not an HTTP request line: {quoted(lines[0])}")
    return Request(words[0], _read_target(words[1]), _read_headers(lines[1:]), words[2])


def read_response(lines: list[bytes]) -> Response:
    """The response that a client received, without its body."""
    line = lines[0] if lines else b""
    version, _, rest = _decode(line).partition(" ")
    status, _, reason = rest.partition(" ")
    is_status = len(status) == 3 and status.isascii() and status.isdigit()
    if not version.startswith("HTTP/1.") or not is_status or FORBIDDEN_BYTES.search(line):
        raise HttpError(f"not an HTTP status line: {quoted(line)}")
    return Response(int(status), reason, _read_headers(_unfold(lines[1:]), mask_response_header))


def serialize_response(answer: Response) -> bytes:
    """Bytes of a response."""
    lines = [
        f"HTTP/1.1 {answer.status} {answer.reason}",
        *(f"{name}: {value}" for name, value in answer.headers.fields),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body


def read_text(body: bytes, headers: Headers) -> str:
    """A body as text, in the character set that its `Content-Type` names, or else in UTF-8."""
    named = CHARSET.search(headers.get("Content-Type", ""))
    try:
        return body.decode(named[1] if named else "utf-8", errors="replace")
    except LookupError:  # no such character set
        return body.decode(errors="replace")


def write_basic_credentials(username: str, password: str) -> str:
    """What `Authorization` says for a user and a password (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def _read_target(target: str) -> str:
    absolute = ABSOLUTE_FORM.match(target)
    return add_slash(target[absolute.end() :]) if absolute else target


def _unfold(lines: list[bytes]) -> list[bytes]:
    """Joins the lines of a folded header with a space (RFC 9112 section 5.2). In requests this stays an error."""
    unfolded: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1] = unfolded[-1].rstrip(b" \t") + b" " + line.strip(b" \t")
        else:
            unfolded.append(line)
    return unfolded


def _read_headers(lines: list[bytes], mask: Callable[[str, str], str] = mask_request_header) -> Headers:
    return Headers((_read_header(line) for line in lines), mask)


def _read_header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not name or name != name.strip() or FORBIDDEN_BYTES.search(line):
        raise HttpError(f"not an HTTP header: {quoted(line)}")
    return _decode(name), _decode(value.strip(b" \t"))


def _decode(line: bytes) -> str:
    """Header text is latin-1 by RFC 9112, and UTF-8 wherever somebody wrote other letters."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
