"""The opening handshake (RFC 6455 section 4): what a request must hold, and what its answer must."""

from __future__ import annotations

import base64
import hashlib

from ..errors import quoted
from .deflate import DeflateParameters, check_answer
from .headers import Headers
from .http import HttpError, Request, Response

KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SUBPROTOCOL_RULE = "it has no spaces, commas or control characters"

WRITTEN_HEADERS = frozenset(
    {
        "connection",
        "host",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "upgrade",
    }
)
"""Headers that the request for a handshake has by itself. A test may replace them."""
IMPOSSIBLE_HEADERS = frozenset({"content-length", "sec-websocket-accept", "transfer-encoding"})
"""Headers that a request for a handshake cannot have: they announce a body, or belong to the answer."""
RESERVED_HEADERS = WRITTEN_HEADERS | IMPOSSIBLE_HEADERS
"""Headers of one handshake, which a proxy does not pass on."""


def compute_accept(key: str) -> str:
    """`Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (section 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + KEY_SUFFIX).encode(), usedforsecurity=False).digest()).decode()


def check_switch(request: Request, answer: Response) -> str | None:
    """Checks a 101 against the request it answers and returns its subprotocol (section 4.1)."""
    for name, wanted in (("Upgrade", "websocket"), ("Connection", "upgrade")):
        if wanted not in map(str.lower, answer.headers.tokens(name)):
            raise HttpError(_explain_wrong_header(answer.headers, name, wanted))
    expected = compute_accept(request.headers.get("Sec-WebSocket-Key", ""))
    if answer.headers.get_all("Sec-WebSocket-Accept") != [expected]:
        raise HttpError(_explain_wrong_header(answer.headers, "Sec-WebSocket-Accept", expected))
    return _check_subprotocol(request, answer)


def check_compression(request: Request, answer: Response) -> DeflateParameters | None:
    """What the server chose of the compression that the request offers (RFC 7692 section 5.1)."""
    chosen = answer.headers.get("Sec-WebSocket-Extensions")
    if not chosen:
        return None
    if "Sec-WebSocket-Extensions" not in request.headers:
        raise HttpError(f"the server chose an extension that was not offered: {quoted(chosen)}")
    return check_answer(chosen, request.headers["Sec-WebSocket-Extensions"])


def make_switch(request: Request, subprotocol: str | None, extensions: str | None = None) -> Response:
    """The 101 that opens the connection (section 4.2.2)."""
    fields = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", compute_accept(request.headers["Sec-WebSocket-Key"])),
    ]
    if subprotocol is not None:
        fields.append(("Sec-WebSocket-Protocol", subprotocol))
    if extensions is not None:
        fields.append(("Sec-WebSocket-Extensions", extensions))
    return Response(101, "Switching Protocols", Headers(fields))


def _explain_wrong_header(headers: Headers, name: str, wanted: str) -> str:
    found = headers.get(name)
    got = "is missing" if found is None else f"is {quoted(found)}"
    return f"the header '{name}' of the answer {got}, expected '{wanted}'"


def _check_subprotocol(request: Request, answer: Response) -> str | None:
    chosen = answer.headers.get("Sec-WebSocket-Protocol")
    offered = request.headers.tokens("Sec-WebSocket-Protocol")
    if chosen is None or chosen in offered:
        return chosen
    names = ", ".join(f"'{name}'" for name in offered) or "none"
    raise HttpError(f"the server chose the subprotocol {quoted(chosen)}, but the client offered: {names}")
