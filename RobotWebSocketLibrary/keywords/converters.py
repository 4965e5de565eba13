"""Makes our types known to Robot Framework, so that it converts them and Libdoc describes them."""

from __future__ import annotations

from ..connection.traffic import TrafficRecord
from ..protocol.close import CloseStatus
from ..server.requests import HandshakeRequest
from ..server.server import WebSocketServer
from .arguments import ByteSize, Text
from .websocket import LiveWebSocket, WebSocket


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
