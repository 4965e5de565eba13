"""Every answer that lets nobody in, with its text: 400, 403, 408, 426, 431 and 503.

The test server chooses these answers itself. Those that a test has chosen are in `scripted_responses`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from http import HTTPStatus

from ..connection.stream import Stream
from ..deadline import Deadline
from ..protocol.http import Headers, HttpError, Request, Response, serialize_response
from .handshake_requests import asks_for_websocket

REFUSAL_SECONDS = 1.0
"""Seconds that a refused client may take to read why."""


def refuse(status: int, body: str, *fields: tuple[str, str]) -> Response:
    """Makes an answer with a readable body, after which the server ends TCP."""
    content = body.encode()
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Connection", "close"),
        *fields,
    )
    return Response(status, HTTPStatus(status).phrase, Headers(headers), content)


def refuse_tls() -> Response:
    return refuse(400, "This port does not speak TLS: use 'ws://'.\n")


def refuse_malformed_request(error: HttpError) -> Response:
    return refuse(400, f"The request cannot be read: {error.reason}.\n")


def refuse_late_request(deadline: Deadline) -> Response:
    return refuse(408, f"No complete request came in {deadline}.\n")


def refuse_large_request(error: HttpError) -> Response:
    return refuse(431, f"The request is too large: {error.reason}.\n")


def refuse_origin() -> Response:
    return refuse(403, "Pages of this origin may not connect; the server's 'allowed_origins' names those that may.\n")


def refuse_subprotocols(supported: Iterable[str]) -> Response:
    names = ", ".join(supported)
    return refuse(400, f"None of the offered subprotocols is supported. Supported are: {names}.\n")


def refuse_above_limit(limit: int | None) -> Response:
    clients = "1 client" if limit == 1 else f"{limit:,} clients"
    return refuse(503, f"The server has reached its limit of {clients}.\n")


def refuse_handshake(request: Request) -> Response | None:
    """Refuses a request that does not open a WebSocket connection (RFC 6455 section 4.2.1)."""
    return _refuse_http(request) or _refuse_upgrade(request.headers)


def send_refusal(stream: Stream, refusal: Response) -> None:
    """Answers, and lets the answer arrive before TCP ends.

    TCP that is closed while bytes of the client are unread resets the connection, and the answer would be lost.
    """
    deadline = Deadline(REFUSAL_SECONDS)
    stream.send_all(serialize_response(refusal), deadline)
    stream.finish()
    while stream.receive(deadline):
        pass


def _refuse_http(request: Request) -> Response | None:
    if request.version != "HTTP/1.0" and not _names_host(request.headers):
        return refuse(400, "The request must have one header 'Host', which names the server.\n")
    if request.method != "GET" or not asks_for_websocket(request):
        text = "This is a WebSocket server: connect with a WebSocket client, not with plain HTTP.\n"
        return refuse(426, text, ("Upgrade", "websocket"))
    if request.version == "HTTP/1.0":
        return refuse(400, "The request uses HTTP/1.0; the opening handshake needs HTTP/1.1 or higher.\n")
    return None


def _refuse_upgrade(headers: Headers) -> Response | None:
    if "upgrade" not in map(str.lower, headers.tokens("Connection")):
        return refuse(400, "The header 'Connection: Upgrade' is missing.\n")
    if headers.get("Sec-WebSocket-Version") != "13":
        text = "This server speaks version 13 of the WebSocket protocol.\n"
        return refuse(426, text, ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))
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
