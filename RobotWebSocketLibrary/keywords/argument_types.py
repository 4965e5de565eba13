"""Makes our types known to Robot Framework, so that it converts them and Libdoc describes them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from ..byte_size import ByteSize
from ..connection.traffic import TrafficRecord
from ..protocol.close import CloseStatus
from ..server.handshake_requests import HandshakeRequest
from ..server.server import WebSocketServer
from ..session.websocket_variable import LiveWebSocket, WebSocket


class Text(str):
    """Text. Numbers are written as text; what would become Python's own text of it is refused."""

    __slots__ = ()

    @classmethod
    def read(cls, value: object) -> Text:
        """Refuses what a test hardly wants to send as Python prints it."""
        if isinstance(value, (bytes, bytearray)):
            raise ValueError("bytes are sent with `Send Binary Message`")
        if value is None or not isinstance(value, (str, bool, int, float)):
            raise ValueError("it is no text: `Send Json Message` sends dictionaries, lists and the like as JSON")
        return cls(value)


class BinaryEncoding(Enum):
    r"""How the argument of `Send Binary Message` stands for bytes.

    ``BYTES``: each character is the byte of its number, as Robot Framework converts bytes (``\x00\xff`` in data).
    ``ESCAPED``: literal ``\xNN`` text, as it comes from a file. ``HEX``: ``00 ff``. ``BASE64``: ``AP8=``.
    """

    BYTES = "bytes"
    ESCAPED = "escaped"
    HEX = "hex"
    BASE64 = "base64"


def names(value: str | Sequence[str]) -> tuple[str, ...]:
    """Names from a list, or from text that separates them with commas."""
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(part.strip() for part in parts if part.strip())


def byte_size(value: str | int) -> ByteSize:
    """A size in bytes: a number, or a number with a unit such as ``512 KiB`` or ``64 MiB``."""
    return ByteSize.read(value)


def connection_object(value: WebSocket | LiveWebSocket) -> WebSocket:
    """One end of a connection, as `Open WebSocket`, `Wait For Client` and `Get Clients` return it.

    Its attributes are those of ``${websocket}``: ``msgstate``, ``message``, ``received``, ``response``, ``close``,
    ``url``, ``subprotocol``, ``compression``, ``alias``, ``state``, ``server``, and ``request``, with ``path`` and
    ``headers``. The live ``${websocket}`` stands for the current connection.
    """
    return value.current if isinstance(value, LiveWebSocket) else value


def server_object(value: WebSocketServer) -> WebSocketServer:
    """A test server, as `Start WebSocket Server` returns it, with ``url``, ``host``, ``port`` and ``ca_file``."""
    return value


def text(value: object) -> Text:
    """Text. Numbers become text; bytes, dictionaries and lists are refused."""
    return Text.read(value)


def close_status(value: CloseStatus) -> CloseStatus:
    """How a connection closed: text such as ``1000 (normal closure) bye``, with fields.

    ``code`` is a number and ``reason`` the text behind it. ``initiator`` is the end that sent the first close frame:
    ``client`` or ``server``, and ``none`` for a lost connection. ``clean`` tells whether both ends sent theirs, as far
    as this end knows. Lost TCP is 1006, a close frame without a code 1005.
    """
    return value


def traffic_record(value: TrafficRecord) -> TrafficRecord:
    """One frame that was sent or received: its text is one line, such as ``< 'hello'``.

    `Get WebSocket Traffic` tells its attributes.
    """
    return value


def handshake_request(value: HandshakeRequest) -> HandshakeRequest:
    """A request that a client opened a connection with, or tried to.

    `Get Handshake Requests` tells its attributes.
    """
    return value


CONVERTERS = {
    CloseStatus: close_status,
    HandshakeRequest: handshake_request,
    TrafficRecord: traffic_record,
    Text: text,
    ByteSize: byte_size,
    WebSocket: connection_object,
    WebSocketServer: server_object,
}
