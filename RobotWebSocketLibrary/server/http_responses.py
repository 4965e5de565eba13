"""What a test server answers to requests of plain HTTP, as a test wants it."""

from __future__ import annotations

import _thread
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from ..connection.failed_replies import FailedReply
from ..errors import WebSocketError, quoted
from ..page_text import is_page
from ..protocol.headers import Headers
from ..protocol.http import TOKEN, Request, Response
from .handshake_requests import KEPT_REQUESTS, HttpRequest
from .scripted_responses import Fields, ScriptedResponse

ANY_METHOD = "*"
KEPT_BODIES = 64 * 1024 * 1024
"""Bytes of the bodies of requests that are kept together."""
LOWEST_STATUS, HIGHEST_STATUS = 200, 599
WITHOUT_BODY = (204, 304)
"""Answers that have neither a body nor its length (RFC 9110 sections 8.6 and 15)."""
TEXT, PAGE, JSON, BYTES = (
    "text/plain; charset=utf-8",
    "text/html; charset=utf-8",
    "application/json",
    "application/octet-stream",
)

Body = str | bytes | dict[str, Any] | list[Any] | None | Callable[[HttpRequest], Any]


@dataclass(eq=False)
class HttpResponse:
    """An answer to requests of a method and a path.

    `body` counts as it is when the answer is added: a test may change its dictionary or list later. A callable makes
    one of each request, and `file` is read for each.
    """

    method: str
    path: str
    status: int = 200
    headers: Fields = field(default=(), repr=False)
    body: Body = field(default=None, repr=False)
    file: Path | None = None
    delay: float = 0.0
    times: int | None = None
    _written: tuple[str, bytes] = field(default=("", b""), init=False, repr=False)

    def prepare(self) -> None:
        """Refuses what is not an answer, or would break its lines, and keeps the body as it is now."""
        if not TOKEN.fullmatch(self.method):
            raise WebSocketError(f"Invalid HTTP method {quoted(self.method)}: write one such as 'GET'.")
        if not LOWEST_STATUS <= self.status <= HIGHEST_STATUS:
            raise WebSocketError(
                f"Cannot answer a request with the status {self.status}: "
                f"it must be from {LOWEST_STATUS} to {HIGHEST_STATUS}."
            )
        if self.times is not None and self.times < 1:
            raise WebSocketError(f"The argument 'times' is {self.times}; a response is used at least once.")
        if self.file is not None:
            self._check_file(self.file)
        if self.status in WITHOUT_BODY and (self.body or self.file):
            raise WebSocketError(f"An answer with the status {self.status} has no body.")
        ScriptedResponse(self.status, headers=self.headers).check()
        if not callable(self.body):
            self._written = write_body(self.body)

    def answers(self, request: Request) -> bool:
        """Whether it is for a request. An answer to GET serves HEAD, too."""
        methods = {self.method, "HEAD"} if self.method == "GET" else {self.method}
        return self.method == ANY_METHOD or request.method in methods

    def make(self, asked: HttpRequest, further: Fields) -> Response:
        """Makes the answer, with further fields. It may run code of the test."""
        kind, content = self._make_content(asked)
        fields = [("Content-Type", kind), ("Content-Length", str(len(content)))]
        usual = [*([] if self.status in WITHOUT_BODY else fields), ("Connection", "close"), *further]
        given = {name.lower() for name, _ in self.headers}
        merged = [*((name, value) for name, value in usual if name.lower() not in given), *self.headers]
        reason = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""
        return Response(self.status, reason, Headers(merged), content)

    def _make_content(self, asked: HttpRequest) -> tuple[str, bytes]:
        if self.file is not None:
            return _guess_type(self.file), self.file.read_bytes()
        return write_body(self.body(asked)) if callable(self.body) else self._written

    def _check_file(self, file: Path) -> None:
        if self.body is not None:
            raise WebSocketError("A response has a 'body' or a 'file', not both.")
        if not file.is_file():
            raise WebSocketError(f"The file {quoted(str(file))} of the argument 'file' does not exist.")


class HttpResponses:
    """The responses of one server to plain HTTP, and the requests that it got.

    - The test's thread adds, removes and reads. Threads of clients find a response, and note requests and failures.
    - `_responses` is replaced as a whole, so a thread of a client goes through it without a lock. How often one may
      still be used changes under `_changing`, where nobody waits.
    """

    def __init__(self, *, keeps_requests: bool = True) -> None:
        self.requests: deque[HttpRequest] = deque(maxlen=KEPT_REQUESTS if keeps_requests else 0)
        self._responses: tuple[HttpResponse, ...] = ()
        self._failures: deque[FailedReply] = deque(maxlen=100)
        self._changing = _thread.allocate_lock()

    def add(self, response: HttpResponse) -> None:
        response.prepare()
        self._responses = (*self._responses, response)

    def remove(self) -> None:
        self._responses = ()

    def take(self, request: Request, *, by_name: bool = False) -> HttpResponse | None:
        """The first response that is for a request and is not used up. This use of it counts.

        Where it must be `by_name`, one for any method does not count.
        """
        found = [one for one in self._find(request) if one.method != ANY_METHOD or not by_name]
        fitting = (response for response in found if response.answers(request))
        return next((response for response in fitting if self._use(response)), None)

    def list_methods(self, request: Request) -> list[str]:
        """Methods that have an answer for the path of a request."""
        return sorted({response.method for response in self._find(request)})

    def let_old_bodies_go(self) -> None:
        """Lets the oldest bodies go that are too many bytes together with newer ones.

        What makes an answer may still read the body of its request, so that one stays.
        """
        room = KEPT_BODIES
        for asked in reversed(self.requests.copy()):
            room -= len(asked.body or b"")
            if room < 0 and asked.status is not None:
                asked.let_body_go()

    def keep_failure(self, request: HttpRequest, error: BaseException) -> None:
        """Keeps a failure of code of the test for its next keyword."""
        self._failures.append(FailedReply.to(f"{request.method} {request.path}", error))

    def take_failures(self) -> list[FailedReply]:
        """Takes the failures since the last call."""
        return [self._failures.popleft() for _ in range(len(self._failures))]

    def _find(self, request: Request) -> list[HttpResponse]:
        return [response for response in self._responses if response.times != 0 and request.asks_for(response.path)]

    def _use(self, response: HttpResponse) -> bool:
        with self._changing:  # two clients must not both use one for the last time
            if response.times == 0:
                return False
            if response.times is not None:
                response.times -= 1
            return True


def write_body(body: Any) -> tuple[str, bytes]:
    """The type and the bytes of a body."""
    match body:
        case None:
            return TEXT, b""
        case bytes():
            return BYTES, body
        case str():
            return _guess_type_of_text(body), _encode(body)
        case dict() | list():
            return JSON, _encode(_write_json(body))
    raise WebSocketError(f"The body of a response is text, bytes, a dictionary or a list, not {type(body).__name__}.")


def _guess_type_of_text(text: str) -> str:
    if text.lstrip()[:1] in ("{", "["):
        return JSON
    return PAGE if is_page(text) else TEXT


def _guess_type(file: Path) -> str:
    kind = guess_type(file.name)[0] or BYTES
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _write_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise WebSocketError(f"The body of a response cannot be written as JSON: {error}.") from error


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise WebSocketError(
            f"The body of a response contains half a surrogate pair (position {error.start + 1})."
        ) from error
