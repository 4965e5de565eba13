"""The opening handshake (RFC 6455 section 4): what a request must hold, and what its answer must."""

from __future__ import annotations

import base64
import hashlib

from ..errors import quoted
from .deflate import DeflateParameters, check_answer
from .http import Headers, HttpError, Request, Response, response

KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SUBPROTOCOL_RULE = "it has no spaces, commas or control characters"

RESERVED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that the handshake itself writes."""


def accept_value(key: str) -> str:
    """`Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (section 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + KEY_SUFFIX).encode(), usedforsecurity=False).digest()).decode()


def check_switch(request: Request, answer: Response) -> str | None:
    """Checks a 101 against the request it answers and returns its subprotocol (section 4.1)."""
    for name, wanted in (("Upgrade", "websocket"), ("Connection", "upgrade")):
        if wanted not in map(str.lower, answer.headers.tokens(name)):
            raise HttpError(_wrong_header(answer.headers, name, wanted))
    expected = accept_value(request.headers["Sec-WebSocket-Key"])
    if answer.headers.get_all("Sec-WebSocket-Accept") != [expected]:
        raise HttpError(_wrong_header(answer.headers, "Sec-WebSocket-Accept", expected))
    return _chosen_subprotocol(request, answer)


def agreed_compression(request: Request, answer: Response) -> DeflateParameters | None:
    """What the server chose of the compression that the request offers (RFC 7692 section 5.1)."""
    chosen = answer.headers.get("Sec-WebSocket-Extensions")
    if not chosen:
        return None
    if "Sec-WebSocket-Extensions" not in request.headers:
        raise HttpError(f"the server chose an extension that was not offered: {quoted(chosen)}")
    return check_answer(chosen)


def refusal(request: Request) -> Response | None:
    """What a server answers to a request that opens no WebSocket connection (section 4.2.1)."""
    return _http_refusal(request) or _upgrade_refusal(request.headers)


def switch(request: Request, subprotocol: str | None, extensions: str | None = None) -> Response:
    """The 101 that opens the connection (section 4.2.2)."""
    fields = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_value(request.headers["Sec-WebSocket-Key"])),
    ]
    if subprotocol is not None:
        fields.append(("Sec-WebSocket-Protocol", subprotocol))
    if extensions is not None:
        fields.append(("Sec-WebSocket-Extensions", extensions))
    return Response(101, "Switching Protocols", Headers(fields))


def _http_refusal(request: Request) -> Response | None:
    headers = request.headers
    if request.version != "HTTP/1.0" and not _names_the_server(headers):
        return response(400, "The request must have one header 'Host', which names the server.\n")
    if request.method != "GET" or "websocket" not in map(str.lower, headers.tokens("Upgrade")):
        text = "This is a WebSocket server: connect with a WebSocket client, not with plain HTTP.\n"
        return response(426, text, [("Upgrade", "websocket")])
    if request.version == "HTTP/1.0":
        return response(400, "The request is of HTTP/1.0; the opening handshake needs HTTP/1.1 or higher.\n")
    return None


def _upgrade_refusal(headers: Headers) -> Response | None:
    if "upgrade" not in map(str.lower, headers.tokens("Connection")):
        return response(400, "The header 'Connection: Upgrade' is missing.\n")
    if headers.get("Sec-WebSocket-Version") != "13":
        text = "This server speaks version 13 of the WebSocket protocol.\n"
        return response(426, text, [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")])
    if not _is_key(headers.get("Sec-WebSocket-Key", "")):
        return response(400, "The header 'Sec-WebSocket-Key' must hold 16 bytes in base64.\n")
    return None


def _names_the_server(headers: Headers) -> bool:
    """RFC 9112 section 3.2: one `Host`, since HTTP/1.1, whatever is asked for."""
    hosts = headers.get_all("Host")
    return len(hosts) == 1 and bool(hosts[0])


def _is_key(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except ValueError:
        return False


def _wrong_header(headers: Headers, name: str, wanted: str) -> str:
    found = headers.get(name)
    got = "is missing" if found is None else f"is {quoted(found)}"
    return f"the header '{name}' of the answer {got}, expected '{wanted}'"


def _chosen_subprotocol(request: Request, answer: Response) -> str | None:
    chosen = answer.headers.get("Sec-WebSocket-Protocol")
    offered = request.headers.tokens("Sec-WebSocket-Protocol")
    if chosen is None or chosen in offered:
        return chosen
    names = ", ".join(f"'{name}'" for name in offered) or "none"
    raise HttpError(f"the server chose the subprotocol {quoted(chosen)}, offered were: {names}")
