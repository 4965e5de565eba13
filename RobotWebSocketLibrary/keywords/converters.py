"""Makes our types known to Robot Framework, so that it converts them and Libdoc describes them."""

from __future__ import annotations

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


CONVERTERS = {Text: text, ByteSize: byte_size, WebSocket: connection_object, WebSocketServer: server_object}
