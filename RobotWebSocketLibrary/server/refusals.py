"""Every answer that lets nobody in, with its text: 400, 403, 408, 413, 426, 431 and 503.

The test server chooses these answers itself. Those that a test has chosen are in `scripted_responses`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from ..connection.stream import Stream
from ..deadline import Deadline
from ..errors import QUOTE_LIMIT, quoted
from ..protocol.bodies import BodyTooLongError
from ..protocol.headers import Headers
from ..protocol.http import HttpError, Request, Response, serialize_response
from ..secrecy import mask_url
from .connection_attempts import ConnectionAttempt
from .failed_attempts import (
    LATE,
    LEFT,
    LEFT_UNANSWERED,
    NO_REQUEST_OVER_TLS,
    PASSED_ON,
    PLAIN_HTTP,
    REFUSED,
    SUSPENDED,
    TLS_TO_PLAIN_PORT,
    UNREADABLE,
    Failure,
    Kind,
)
from .handshake_requests import asks_for_websocket

SHOWN_NAMES = 6
"""Subprotocols that a failure names."""
REFUSAL_SECONDS = 1.0
"""Seconds that a refused client may take to read why."""


@dataclass(frozen=True)
class Refusal(Response):
    """An answer that lets nobody in. `kind` and `why` are for the test: why the client was refused."""

    kind: Kind = REFUSED
    why: str = ""


def refuse(status: int, body: str, *fields: tuple[str, str], kind: Kind = REFUSED, why: str = "") -> Refusal:
    """Makes an answer with a readable body, after which the server ends TCP. The body says why, unless `why` does."""
    content = body.encode()
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Connection", "close"),
        *fields,
    )
    why = why or f"{body[0].lower()}{body[1:].rstrip()[:-1]}"
    return Refusal(status, HTTPStatus(status).phrase, Headers(headers), content, kind=kind, why=why)


def refuse_tls() -> Refusal:
    return refuse(400, "This port does not speak TLS: use 'ws://'.\n", kind=TLS_TO_PLAIN_PORT)


def refuse_malformed_request(error: HttpError, head: bytes) -> Refusal:
    begins = quoted(head[:QUOTE_LIMIT])
    body = f"The request cannot be read: {error.reason}.\n"
    return refuse(400, body, kind=UNREADABLE, why=f"{error.reason}; it begins {begins}")


def refuse_late_request(deadline: Deadline) -> Refusal:
    return refuse(408, f"No complete request came in {deadline}.\n", kind=LATE)


def refuse_large_request(error: HttpError) -> Refusal:
    return refuse(431, f"The request is too large: {error.reason}.\n", kind=UNREADABLE, why=error.reason)


def refuse_origin(origin: str) -> Refusal:
    body = "Pages of this origin may not connect; the server's 'allowed_origins' names those that may.\n"
    shown = quoted(origin)
    return refuse(403, body, why=f"pages of {shown} may not connect (allowed_origins={shown[1:-1]} allows them)")


def refuse_subprotocols(offered: Sequence[str], supported: Sequence[str]) -> Refusal:
    body = f"None of the offered subprotocols is supported. Supported are: {', '.join(supported)}.\n"
    names = [quoted(name) for name in offered[:SHOWN_NAMES]]
    known = ", ".join(map(quoted, supported[:SHOWN_NAMES]))
    remedy = ", ".join(f"{name}: 'silent'" for name in names)
    adds = f"protocols={{{remedy}}} adds {'it' if len(names) == 1 else 'them'}"
    return refuse(400, body, why=f"it offered {', '.join(names)}; this server knows {known}, … ({adds})")


def refuse_above_limit(limit: int | None) -> Refusal:
    clients = "1 client" if limit == 1 else f"{limit:,} clients"
    reached = f"server has reached its limit of {clients}"
    return refuse(503, f"The {reached}.\n", why=f"the {reached} (max_clients)")


def refuse_late_body(deadline: Deadline) -> Refusal:
    return refuse(408, f"The body of the request was not complete in {deadline}.\n", kind=LATE)


def refuse_body(error: HttpError) -> Refusal:
    status = 413 if isinstance(error, BodyTooLongError) else 400
    return refuse(status, f"The request cannot be read: {error.reason}.\n", kind=UNREADABLE, why=error.reason)


def refuse_handshake(request: Request) -> Refusal | None:
    """Refuses a request that does not open a WebSocket connection (RFC 6455 section 4.2.1)."""
    return refuse_missing_host(request) or _refuse_http(request) or _refuse_upgrade(request.headers)


def describe_plain(request: Request) -> str:
    """Method and path of a request of plain HTTP, as a failure may show them."""
    return quoted(f"{request.method} {mask_url(request.path)}")[1:-1]


def note_refusal(attempt: ConnectionAttempt, answer: Response) -> Failure:
    """Notes why a client was refused, and returns it. A plain response is one that a test has scripted."""
    kind, why = REFUSED, "as set by `Set Handshake Response`"
    if isinstance(answer, Refusal):
        kind, why = answer.kind, answer.why
    if kind in (REFUSED, SUSPENDED):
        why = f"{attempt.shown_path} with {answer.status}" + (f", {why}" if why else "")
    attempt.failure = Failure(kind, "" if kind in (LATE, TLS_TO_PLAIN_PORT) else why)
    return attempt.failure


def note_passed_on(attempt: ConnectionAttempt) -> None:
    """Notes that a request of plain HTTP goes to the target of a proxy."""
    assert attempt.request is not None
    attempt.is_plain = True
    attempt.failure = Failure(PASSED_ON, describe_plain(attempt.request))


def note_loss(attempt: ConnectionAttempt) -> None:
    """Notes that a client has left before it had an answer, unless more is known."""
    if attempt.failure is not None:
        return
    if attempt.request is not None:
        attempt.failure = Failure(LEFT_UNANSWERED, attempt.shown_path)
    else:
        attempt.failure = Failure(NO_REQUEST_OVER_TLS if attempt.secure else LEFT)


def send_refusal(stream: Stream, refusal: Response, request: Request | None, seconds: float = REFUSAL_SECONDS) -> None:
    """Answers, which may take so many seconds, and lets the answer arrive before TCP ends.

    The answer to HEAD is the head alone (RFC 9110 section 9.3.2). `request` is None where none could be read.
    TCP that is closed while bytes of the client are unread resets the connection, and the answer would be lost.
    """
    if request is not None and request.method == "HEAD":
        refusal = replace(refusal, body=b"")
    stream.send_all(serialize_response(refusal), Deadline(seconds))
    stream.finish()
    deadline = Deadline(REFUSAL_SECONDS)
    while stream.receive(deadline):
        pass


def refuse_missing_host(request: Request) -> Refusal | None:
    """Refuses a request that does not say which server it is for (RFC 9112 section 3.2)."""
    if request.version != "HTTP/1.0" and not _names_host(request.headers):
        return refuse(400, "The request must have one header 'Host', which names the server.\n")
    return None


def _refuse_http(request: Request) -> Refusal | None:
    if request.method != "GET" or not asks_for_websocket(request):
        text = "This is a WebSocket server: connect with a WebSocket client, not with plain HTTP.\n"
        return refuse(426, text, ("Upgrade", "websocket"), kind=PLAIN_HTTP, why=describe_plain(request))
    if request.version == "HTTP/1.0":
        return refuse(400, "The request uses HTTP/1.0; the opening handshake needs HTTP/1.1 or higher.\n")
    return None


def _refuse_upgrade(headers: Headers) -> Refusal | None:
    if "upgrade" not in map(str.lower, headers.tokens("Connection")):
        return refuse(400, "The header 'Connection: Upgrade' is missing.\n")
    if headers.get("Sec-WebSocket-Version") != "13":
        text = "This server speaks version 13 of the WebSocket protocol.\n"
        fields = ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")
        asked = quoted(headers.get("Sec-WebSocket-Version", ""))
        return refuse(426, text, *fields, why=f"it asked for version {asked}, and this server speaks '13'")
    if not _is_key(headers.get("Sec-WebSocket-Key", "")):
        return refuse(400, "The header 'Sec-WebSocket-Key' must hold 16 bytes in base64.\n")
    return None


def _names_host(headers: Headers) -> bool:
    """RFC 9112 section 3.2: from HTTP/1.1 on, every request has exactly one `Host`."""
    hosts = headers.get_all("Host")
    return len(hosts) == 1 and bool(hosts[0])


def _is_key(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except ValueError:
        return False
