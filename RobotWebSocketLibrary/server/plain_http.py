"""Requests of plain HTTP on the port of a test server: their bodies, their answers, and pages of other origins."""

from __future__ import annotations

from ..connection.stream import Stream
from ..deadline import Deadline
from ..errors import quoted
from ..protocol.bodies import BodyReader
from ..protocol.http import HttpError, Request, Response
from . import refusals
from .connection_attempts import ConnectionAttempt
from .failed_attempts import ANSWERED
from .handshake_requests import HttpRequest
from .http_responses import ANY_METHOD, HttpResponse, HttpResponses
from .origins import Origins
from .refusals import Refusal, describe_plain, refuse
from .scripted_responses import Fields, ScriptedResponse

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes of a request's body that are accepted."""
ANSWER_SECONDS = 60.0
"""Seconds that a client may take to read its answer."""
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
EVERY_METHOD = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


class PlainHttp:
    """Answers requests of plain HTTP with what a test has added.

    The thread of each client calls it. It waits for its client, and for code of the test, but for no other client.
    """

    def __init__(self, responses: HttpResponses, origins: Origins, timeout: float) -> None:
        self._responses = responses
        self._origins = origins
        self._timeout = timeout

    def note(self, request: Request) -> HttpRequest:
        asked = HttpRequest(request)
        self._responses.requests.append(asked)
        return asked

    def take(self, request: Request) -> HttpResponse | None:
        """The response to a request, which was added for it. A preflight of a browser gets one of its own."""
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if (response := self._responses.take(request, by_name=is_preflight)) is not None:
            return response
        methods = self._responses.list_methods(request)
        if request.method != "OPTIONS" or not methods:
            return None
        allowed = EVERY_METHOD if ANY_METHOD in methods else ", ".join([*methods, "OPTIONS"])
        fields = [("Allow", allowed)]
        if self._is_page(request):
            fields.append(("Access-Control-Allow-Methods", allowed))
            if wanted := request.headers.get("Access-Control-Request-Headers"):
                fields.append(("Access-Control-Allow-Headers", wanted))
        return HttpResponse("OPTIONS", request.path, 204, tuple(fields))

    def answer(
        self,
        stream: Stream,
        attempt: ConnectionAttempt,
        asked: HttpRequest,
        received: bytes,
        response: HttpResponse | None,
    ) -> Response:
        """Receives the body of a request, and makes its answer: 426 where a test wants none."""
        refusal = refusals.refuse_missing_host(asked.request) or self._receive_body(stream, asked, received)
        if refusal is not None:
            return refusal
        if response is None:
            made = refusals.refuse_handshake(asked.request)
            assert made is not None
            return made
        if response.delay:
            ScriptedResponse(delay=response.delay).wait(stream)
        attempt.is_plain = True
        return self._make(asked, response)

    def _receive_body(self, stream: Stream, asked: HttpRequest, received: bytes) -> Response | None:
        deadline = Deadline(self._timeout)
        try:
            body = BodyReader(asked.headers, BODY_LIMIT)
            complete = body.feed(received)
            if not complete and asked.headers.get("Expect", "").lower() == "100-continue":
                stream.send_all(GO_ON, deadline)
            while not complete:
                data = stream.receive(deadline)
                if not data:
                    raise ConnectionAbortedError("the client left before its request was complete")
                complete = body.feed(data)
        except TimeoutError:
            return refusals.refuse_late_body(deadline)
        except HttpError as error:
            return refusals.refuse_body(error)
        asked.body = body.content
        if body.content:
            self._responses.let_old_bodies_go()
        return None

    def _make(self, asked: HttpRequest, response: HttpResponse) -> Refusal:
        try:
            answer = response.make(asked, self._share_with_page(asked.request))
        except BaseException as error:  # code of a test may even call `sys.exit`
            self._responses.keep_failure(asked, error)
            answer = refuse(500, "The test could not make the answer.\n")
        why = f"{describe_plain(asked.request)} with {answer.status}"
        return Refusal(answer.status, answer.reason, answer.headers, answer.body, kind=ANSWERED, why=why)

    def _share_with_page(self, request: Request) -> Fields:
        """Lets a page of another origin read the answer, where the server lets it connect."""
        if not self._is_page(request):
            return ()
        return (
            ("Access-Control-Allow-Origin", quoted(request.headers["Origin"])[1:-1]),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Origin"),
        )

    def _is_page(self, request: Request) -> bool:
        """Whether it comes from a page that may connect."""
        return "Origin" in request.headers and self._origins.allow(request)
