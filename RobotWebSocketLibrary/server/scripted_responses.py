"""HTTP responses that a test has scripted: the server answers opening handshakes with them instead of its own."""

from __future__ import annotations

import _thread
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from ..connection.stream import Stream
from ..deadline import Deadline
from ..errors import WebSocketError, quoted
from ..protocol.headers import Headers
from ..protocol.http import TOKEN, Request, Response, add_slash, encode_path

EARLY_LIMIT = 1024 * 1024
"""Bytes that a client may send before it has its answer."""
AS_USUAL = ""
"""Stands for the value that the server would write without a script. `None` leaves the header out."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ScriptedResponse:
    """A response as a test wants it. Status 101 opens the connection; None stands for a response that never comes.

    `accept` and `subprotocol` replace those headers of a 101; None leaves them out. Threads of clients share it: it
    never changes.
    """

    status: int | None = 101
    reason: str | None = None
    headers: Fields = field(default=(), repr=False)
    body: str | bytes = field(default="", repr=False)
    delay: float = 0.0
    accept: str | None = AS_USUAL
    subprotocol: str | None = AS_USUAL

    def check(self) -> None:
        """Refuses what is not a response, or would break the lines of one."""
        if self.status is not None and not 100 <= self.status <= 599:
            raise WebSocketError(f"Cannot answer handshakes with the status {self.status}: it must be from 100 to 599.")
        if self.status is None and self != ScriptedResponse(None):
            raise WebSocketError("A handshake that is never answered (status NONE) takes only 'times' and 'path'.")
        if self.status == 101 and self.body:
            raise WebSocketError("A handshake that is answered with 101 has no 'body': messages follow.")
        if self.status != 101 and (self.accept, self.subprotocol) != (AS_USUAL, AS_USUAL):
            raise WebSocketError("The arguments 'accept' and 'subprotocol' belong to the status 101.")
        self._check_texts()

    def wait(self, stream: Stream) -> bytes:
        """Waits until the response is due, and returns the bytes that came in the meantime.

        Raises `ConnectionAbortedError` when no response is due any more. The client's thread reads while it waits, so
        it notices when the client leaves, and when `stop` ends TCP.
        """
        if self.status is None:
            while stream.receive():
                pass
            raise ConnectionAbortedError("the client has left without the response that never comes")
        return _wait(stream, Deadline(self.delay)) if self.delay else b""

    def gives(self, header: str) -> bool:
        return any(name.lower() == header.lower() for name, _ in self.headers)

    def make_refusal(self) -> Response:
        """Makes the response of any status but 101."""
        assert self.status is not None
        content = self.body if isinstance(self.body, bytes) else self.body.encode()
        kind = "application/octet-stream" if isinstance(self.body, bytes) else "text/plain; charset=utf-8"
        fields = [("Content-Type", kind)] if content else []
        fields += [("Content-Length", str(len(content))), ("Connection", "close")]
        return Response(self.status, self._reason, self._merge_headers(fields), content)

    def rewrite(self, usual: Response) -> Response:
        """Rewrites the 101 that the server would send by itself."""
        fields = usual.headers.fields
        if self.accept != AS_USUAL:
            fields = tuple((name, value) for name, value in fields if name != "Sec-WebSocket-Accept")
            fields += () if self.accept is None else (("Sec-WebSocket-Accept", self.accept),)
        return replace(usual, reason=self._reason, headers=self._merge_headers(fields))

    @property
    def _reason(self) -> str:
        if self.reason is not None:
            return self.reason
        return HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""

    def _merge_headers(self, written: Iterable[tuple[str, str]]) -> Headers:
        """Merges the headers that the server writes with those that the test gives, which replace them."""
        return Headers([*((name, value) for name, value in written if not self.gives(name)), *self.headers])

    def _check_texts(self) -> None:
        for name, value in self.headers:
            if not TOKEN.fullmatch(name):
                raise WebSocketError(f"Invalid header name {quoted(name)}: use letters, digits and hyphens.")
            _check_text(f"The header '{name}'", value)
        for argument in ("reason", "accept", "subprotocol"):
            _check_text(f"The argument '{argument}'", getattr(self, argument) or "")
        if isinstance(self.body, str):
            _check_encodable("The argument 'body'", self.body)


UNSCRIPTED = ScriptedResponse()
"""The server answers as it does without a script."""


class ScriptedResponses:
    """The scripted responses of one server.

    Responses that were set with `times` come first, in the order in which they were set. Then the lasting ones apply:
    the one for the path of the request before the one for any path.

    The test's thread sets, threads of clients take. Both do it under `_changing`, where nobody waits. Lists and
    dictionaries are replaced, never changed: an interrupt leaves the old or the new one.
    """

    def __init__(self) -> None:
        self._changing = _thread.allocate_lock()
        self._counted: list[tuple[str | None, ScriptedResponse, int]] = []
        self._lasting: dict[str | None, ScriptedResponse] = {}

    def set(self, response: ScriptedResponse, path: str | None = None, times: int | None = None) -> None:
        """Sets a response. `UNSCRIPTED` without `times` removes those of the path, or all if there is no path."""
        response.check()
        if times is not None and times < 1:
            raise WebSocketError(f"The argument 'times' is {times}; it must be at least 1.")
        path = None if path is None else encode_path(add_slash(path))
        with self._changing:
            if times is not None:
                self._counted = [*self._counted, (path, response, times)]
                return
            if response == UNSCRIPTED:
                self._counted = [counted for counted in self._counted if path not in (None, counted[0])]
                self._lasting = {kept: last for kept, last in self._lasting.items() if path is not None}
            self._lasting = {**self._lasting, path: response}

    def take(self, request: Request) -> ScriptedResponse:
        """Takes the response to a request, and counts it."""
        with self._changing:
            for at, (path, response, times) in enumerate(self._counted):
                if request.asks_for(path):
                    rest = [(path, response, times - 1)] if times > 1 else []
                    self._counted = [*self._counted[:at], *rest, *self._counted[at + 1 :]]
                    return response
            return next((self._lasting[path] for path in self._rank(request)), UNSCRIPTED)

    def _rank(self, request: Request) -> list[str | None]:
        """Paths of lasting responses to a request: exact ones before patterns, and that for any path last."""
        exact = [path for path in (request.target, request.path) if path in self._lasting]
        patterns = [path for path in self._lasting if path and "*" in path and request.asks_for(path)]
        return [*exact, *patterns, *([None] if None in self._lasting else [])]


def _wait(stream: Stream, deadline: Deadline) -> bytes:
    early = bytearray()
    try:
        while data := stream.receive(deadline):
            early += data
            if len(early) > EARLY_LIMIT:  # RFC 6455 section 4.1 allows no bytes before the answer; a few do no harm
                raise ConnectionAbortedError("the client has sent too much before its answer")
    except TimeoutError:
        return bytes(early)
    raise ConnectionAbortedError("the client has left before its answer")


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
