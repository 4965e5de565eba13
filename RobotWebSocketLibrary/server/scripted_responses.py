"""What a test lets the server answer to opening handshakes, in place of the server's own answer."""

from __future__ import annotations

import _thread
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from ..connection.stream import Stream
from ..deadline import Deadline
from ..errors import WebSocketError, quoted
from ..protocol.http import TOKEN, Headers, Request, Response, add_slash

EARLY_LIMIT = 1024 * 1024
"""Bytes that a client may send before it was answered."""
AS_USUAL = ""
"""Stands for what the server would answer without a script; None for nothing at all."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ScriptedResponse:
    """An answer as a test wants it. Status None: none ever comes; 101: the connection opens.

    `accept` and `subprotocol` replace those headers of a 101; None leaves them out.
    """

    status: int | None = 101
    reason: str | None = None
    headers: Fields = field(default=(), repr=False)
    body: str | bytes = field(default="", repr=False)
    delay: float = 0.0
    accept: str | None = AS_USUAL
    subprotocol: str | None = AS_USUAL

    def check(self) -> None:
        """Refuses what is no answer, or would change its shape."""
        if self.status is not None and not 100 <= self.status <= 599:
            raise WebSocketError(f"Cannot answer handshakes with the status {self.status}: it is not from 100 to 599.")
        if self.status is None and self != ScriptedResponse(None):
            raise WebSocketError("A handshake that is never answered (status NONE) takes only 'times' and 'path'.")
        if self.status == 101 and self.body:
            raise WebSocketError("A handshake that is answered with 101 has no 'body': messages follow.")
        if self.status != 101 and (self.accept, self.subprotocol) != (AS_USUAL, AS_USUAL):
            raise WebSocketError("The arguments 'accept' and 'subprotocol' belong to the status 101.")
        self._check_texts()

    def wait(self, stream: Stream) -> bytes | None:
        """Lets the time before the answer pass. Returns what came meanwhile, or None when no answer is due any more."""
        if self.status is None:
            while stream.receive():
                pass
            return None
        return _wait(stream, Deadline(self.delay)) if self.delay else b""

    def gives(self, header: str) -> bool:
        return any(name.lower() == header.lower() for name, _ in self.headers)

    def refusal(self) -> Response:
        """The answer of any status but 101."""
        assert self.status is not None
        content = self.body if isinstance(self.body, bytes) else self.body.encode()
        kind = "application/octet-stream" if isinstance(self.body, bytes) else "text/plain; charset=utf-8"
        fields = [("Content-Type", kind)] if content else []
        fields += [("Content-Length", str(len(content))), ("Connection", "close")]
        return Response(self.status, self._reason, self._headers(fields), content)

    def changed(self, usual: Response) -> Response:
        """The 101 that takes the place of the usual one."""
        fields = usual.headers.fields
        if self.accept != AS_USUAL:
            fields = tuple((name, value) for name, value in fields if name != "Sec-WebSocket-Accept")
            fields += () if self.accept is None else (("Sec-WebSocket-Accept", self.accept),)
        return replace(usual, reason=self._reason, headers=self._headers(fields))

    @property
    def _reason(self) -> str:
        if self.reason is not None:
            return self.reason
        return HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""

    def _headers(self, written: Iterable[tuple[str, str]]) -> Headers:
        """Those given, and those that the server writes, unless they were given."""
        return Headers([*((name, value) for name, value in written if not self.gives(name)), *self.headers])

    def _check_texts(self) -> None:
        for name, value in self.headers:
            if not TOKEN.fullmatch(name):
                raise WebSocketError(f"Invalid header name {quoted(name)}: letters, digits and hyphens make one.")
            _check_text(f"The header '{name}'", value)
        for argument in ("reason", "accept", "subprotocol"):
            _check_text(f"The argument '{argument}'", getattr(self, argument) or "")
        if isinstance(self.body, str):
            _check_encodable("The argument 'body'", self.body)


USUAL = ScriptedResponse()


class ScriptedResponses:
    """Which answer is next.

    Those for a number of handshakes are used up first, in the order in which they were given; then the one for all
    others counts, of the same path before that of any.
    """

    def __init__(self) -> None:
        self._changing = _thread.allocate_lock()
        self._counted: list[tuple[str | None, ScriptedResponse, int]] = []
        self._lasting: dict[str | None, ScriptedResponse] = {}

    def set(self, answer: ScriptedResponse, path: str | None = None, times: int | None = None) -> None:
        """Adds an answer. The usual one, without a number, takes back what was set: for its path, or altogether."""
        answer.check()
        if times is not None and times < 1:
            raise WebSocketError(f"The argument 'times' is {times}; it is at least 1.")
        path = None if path is None else add_slash(path)
        with self._changing:
            if times is not None:
                self._counted = [*self._counted, (path, answer, times)]
                return
            if answer == USUAL:
                self._counted = [counted for counted in self._counted if path not in (None, counted[0])]
                self._lasting = {kept: last for kept, last in self._lasting.items() if path is not None}
            self._lasting = {**self._lasting, path: answer}

    def next_for(self, request: Request) -> ScriptedResponse:
        """The answer to a request."""
        asked = (request.target, request.path, None)
        with self._changing:
            for at, (path, answer, times) in enumerate(self._counted):
                if path in asked:
                    rest = [(path, answer, times - 1)] if times > 1 else []
                    self._counted = [*self._counted[:at], *rest, *self._counted[at + 1 :]]
                    return answer
            return next((self._lasting[path] for path in asked if path in self._lasting), USUAL)


def _wait(stream: Stream, deadline: Deadline) -> bytes | None:
    early = bytearray()
    try:
        while data := stream.receive(deadline):
            early += data
            if len(early) > EARLY_LIMIT:  # nothing may come before the answer (section 4.1); a little may nevertheless
                return None
    except TimeoutError:
        return bytes(early)
    return None


def _check_text(what: str, value: str) -> None:
    for position, sign in enumerate(value, 1):
        if sign in "\r\n\0":
            raise WebSocketError(f"{what} contains a line break or NUL (position {position}).")
    _check_encodable(what, value)


def _check_encodable(what: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise WebSocketError(f"{what} contains half a surrogate pair (position {error.start + 1}).") from error
