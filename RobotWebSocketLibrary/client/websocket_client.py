"""The request of the opening handshake, as websocket-client writes it. No other module knows that package.

Decision 6 says why websocket-client writes the request, and why it does nothing else.
"""

from __future__ import annotations

from contextlib import suppress

from .altered_head import alter_head
from .opening_request import OpeningRequest

UNUSED_HOST = "websocket.invalid"
"""The host that websocket-client is told. Its cookie jar, one for the whole process, has nothing for this name."""


class RequestWrittenError(Exception):
    """Ends websocket-client's work where it would read the server's answer."""


class RequestRecorder:
    """Stands in for the socket of websocket-client: it keeps what is sent, and nothing can be read from it."""

    def __init__(self) -> None:
        self.written = b""

    def send(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def recv(self, _: int) -> bytes:
        raise RequestWrittenError

    def gettimeout(self) -> None:
        """websocket-client asks before each call."""

    def close(self) -> None:
        """websocket-client calls this when its work has ended early."""


def load() -> None:
    """Imports websocket-client, so that the first request takes no longer to write than the next ones."""
    import websocket  # noqa: F401


def write_request(request: OpeningRequest) -> bytes:
    """Returns the head of the request, with a new key (RFC 6455 section 4.1)."""
    import websocket  # only runs that open a connection need it

    recorder = RequestRecorder()
    with suppress(RequestWrittenError):
        websocket.WebSocket().connect(
            f"ws://{UNUSED_HOST}{request.url.target}",
            socket=recorder,
            host=request.host or request.url.authority,
            header=request.header_lines,
            origin=request.origin,
            suppress_origin=request.origin is None,
            cookie=request.cookie_line,
            redirect_limit=0,
        )
    if request.altered or request.method != "GET":
        return alter_head(recorder.written, request.method, request.altered)
    return recorder.written
