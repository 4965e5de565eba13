"""Keywords for plain HTTP on the port of the test server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from robot.api.deco import keyword
from robot.api.types import Secret

from ..report.outcome import log_outcome
from ..server.handshake_requests import HttpRequest
from ..server.http_responses import HttpResponse
from ..server.server import WebSocketServer
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures
from .argument_types import list_fields


class HttpKeywords:
    """What the test server answers to requests that open no WebSocket connection."""

    def __init__(self, servers: Registry[WebSocketServer]) -> None:
        self._servers = servers

    @keyword(tags=["Server"])
    def add_http_response(
        self,
        method: str,
        path: str,
        status: int = 200,
        *,
        headers: dict[str, str | Secret] | list[tuple[str, str | Secret]] | None = None,
        body: Any = None,
        file: Path | None = None,
        delay: timedelta = timedelta(0),
        times: int | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        """Adds an answer of the test server to plain HTTP: for ``negotiate``, polling, a health check, or a page.

        Answers are tried in the order in which they were added, and the first one for the method and the path is used.
        A request without an answer gets 426. On a proxy, these answers come before the target's. Opening handshakes
        are not affected: `Set Handshake Response` is for those.

        A page that may connect (see ``allowed_origins``) may also read the answers, and the preflights of its browser
        are answered with 204. Each answer ends its TCP connection (``Connection: close``).

        Args:
            method: Such as ``GET`` or ``POST``; ``*`` stands for any. An answer to ``GET`` is one to ``HEAD``, too.
            path: Such as ``/negotiate``; ``*`` stands for any characters. The query counts only if it is given here.
            status: HTTP status from 200 to 599.
            headers: Headers of the answer, as a dictionary, or as a list of pairs if a name comes more than once. They
                replace those that the server would write, such as ``Content-Type``.
            body: Text, bytes, a dictionary or a list (sent as JSON), or a Python callable. A callable gets the request,
                see `Get Http Requests`, and returns one of these. It runs in a thread of the server.
            file: File to answer with. It is read for each request, and its name says what it is.
            delay: How long the answer takes.
            times: How often it is used. After that, the next one that fits is used. Not limited by default.
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`
        | VAR    &{negotiated}    connectionId=abc    url=${websocket.server.url}
        | `Add Http Response`    POST    /hub/negotiate    body=${negotiated}
        | `Add Http Response`    GET    /health    503    times=1
        | `Add Http Response`    GET    /health    body=ok
        """
        response = HttpResponse(
            method.upper(), path, status, list_fields(headers), body, file, read_seconds(delay, "delay"), times
        )
        answering = self._servers.find(server)
        raise_reply_failures(answering)
        answering.http_responses.add(response)
        log_outcome("Added an HTTP response.")

    @keyword(tags=["Server"])
    def get_http_requests(
        self, *, method: str | None = None, path: str | None = None, server: WebSocketServer | str | None = None
    ) -> list[HttpRequest]:
        """Returns the requests of plain HTTP that the test server has received, answered or not, the oldest first.

        The server remembers the last 1,000, and the last 64 MiB of their bodies: older bodies are let go. Each request
        has these attributes:

        | ``method``               | such as ``GET`` |
        | ``path``, ``query``      | what the client asked for, before and after the ``?`` |
        | ``headers``              | by names in any case; ``headers.get_all('X-Tag')`` returns all of one name |
        | ``cookies``, ``origin``  | as in `Get Handshake Requests` |
        | ``body``                 | as bytes; ``None`` until it comes, if it was let go, and if a proxy passes it on |
        | ``text``, ``json``       | the body as text, and as what it says in JSON |
        | ``status``               | HTTP status of the answer, or ``None`` while there is none |
        | ``time``                 | when it came, in seconds since 1970 |

        Args:
            method: Only requests of this method, such as ``POST``.
            path: Only requests for this path, such as ``/negotiate``; ``*`` stands for any characters.
            server: Alias or object of the server. The current one by default.

        Returns:
            A list of requests.

        Example:
        | `Start WebSocket Server`
        | `Add Http Response`    POST    /login    headers={'Set-Cookie': 'session=abc'}
        | # … the application logs in …
        | ${requests} =    `Get Http Requests`    path=/login
        | FOR    ${request}    IN    @{requests}
        |     Should Be Equal    ${request.json}[user]    Ann
        | END
        """
        asked = self._servers.find(server)
        raise_reply_failures(asked)
        log_outcome("Got the HTTP requests of a WebSocket server.")
        wanted = None if method is None else method.upper()
        requests = [request for request in asked.http_responses.requests.copy() if request.request.asks_for(path)]
        return [request for request in requests if wanted in (None, request.method)]

    @keyword(tags=["Server"])
    def remove_http_responses(self, *, server: WebSocketServer | str | None = None) -> None:
        """Removes all answers of a test server to plain HTTP.

        Args:
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`
        | `Add Http Response`    GET    /health    body=ok
        | `Remove Http Responses`
        """
        answering = self._servers.find(server)
        raise_reply_failures(answering)
        answering.http_responses.remove()
        log_outcome("Removed the HTTP responses.")
