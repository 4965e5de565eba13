"""Types of arguments that only keywords use, and the functions that make our types known to Robot Framework.

Libdoc shows the docstrings of these types and converters.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from robot.api.types import Secret

from ..byte_size import ByteSize
from ..connection.traffic import TrafficRecord
from ..protocol.close import CloseStatus
from ..secrecy import HiddenText
from ..server.connection_attempts import ConnectionAttempt
from ..server.handshake_requests import HandshakeRequest, HttpRequest
from ..server.scripted_responses import Fields
from ..server.server import WebSocketServer
from ..server.stopped_server import StoppedServer
from ..session.secret_values import reveal
from ..session.websocket_variable import LiveWebSocket, WebSocket


class Text(str):
    """Text. Numbers are converted; what only Python could write as text is refused."""

    __slots__ = ()

    @classmethod
    def read(cls, value: object) -> Text:
        """Refuses what a test hardly wants to send in the way that Python prints it."""
        if isinstance(value, (bytes, bytearray)):
            raise ValueError("bytes are sent with `Send Binary Message`")
        if value is None or not isinstance(value, (str, bool, int, float)):
            raise ValueError("it is not text: `Send Json Message` sends dictionaries, lists and the like as JSON")
        return cls(value)


class TextToSend(Text):
    """Text that is sent. A `Secret` is accepted, and stays one, so that Robot Framework does not log it."""

    __slots__ = ()


class BinaryEncoding(Enum):
    r"""How the argument of `Send Binary Message` stands for bytes.

    ``BYTES``: each character is the byte of its number, as Robot Framework converts bytes (``\x00\xff`` in data).
    ``ESCAPED``: literal ``\xNN`` text, as it comes from a file. ``HEX``: ``00 ff``. ``BASE64``: ``AP8=``.
    """

    BYTES = "bytes"
    ESCAPED = "escaped"
    HEX = "hex"
    BASE64 = "base64"


def split_names(value: str | Secret | Sequence[str | Secret]) -> tuple[str, ...]:
    """Names from a list, or from text that separates them with commas. Secret ones are not shown."""
    if isinstance(value, Secret):
        return tuple(map(HiddenText, split_names(value.value)))
    parts = value.split(",") if isinstance(value, str) else value
    names = [HiddenText(part.value.strip()) if isinstance(part, Secret) else part.strip() for part in parts]
    return tuple(filter(None, names))


def list_fields(headers: dict[str, str | Secret] | list[tuple[str, str | Secret]] | None) -> Fields:
    """Names and values of headers that a server sends. They may come as pairs, because a name can come twice."""
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    return tuple((name, reveal(value)) for name, value in pairs)


def convert_byte_size(value: str | int) -> ByteSize:
    """A size in bytes: a number, or a number with a unit such as ``512 KiB`` or ``64 MiB``."""
    return ByteSize.read(value)


def convert_connection(value: WebSocket | LiveWebSocket | WebSocketServer | StoppedServer) -> object:
    """One end of a connection, as `Open WebSocket`, `Wait For Client` and `Get Clients` return it.

    Its attributes are those of ``${websocket}``: ``msgstate``, ``message``, ``received``, ``response``, ``close``,
    ``url``, ``subprotocol``, ``compression``, ``alias``, ``state``, ``server``, and ``request``, with ``path`` and
    ``headers``. The live ``${websocket}`` stands for the current connection.
    """
    # A server is not converted to text, which would read like an alias: the registry says what it is.
    return value.current if isinstance(value, LiveWebSocket) else value


def convert_server(value: WebSocketServer | StoppedServer | WebSocket | LiveWebSocket) -> object:
    """A test server, as `Start WebSocket Server` returns it, with ``url``, ``host``, ``port`` and ``ca_file``."""
    return value.current if isinstance(value, LiveWebSocket) else value


def convert_text(value: object) -> Text:
    """Text. Numbers become text; bytes, dictionaries and lists are refused."""
    return Text.read(value)


def convert_text_to_send(value: object) -> object:
    """Text, which can be a `Secret`. Numbers become text; bytes, dictionaries and lists are refused."""
    return value if isinstance(value, Secret) else Text.read(value)


def convert_close_status(value: CloseStatus) -> CloseStatus:
    """How a connection closed: text such as ``1000 (normal closure) bye``, with fields.

    ``code`` is a number and ``reason`` the peer's text. ``initiator`` is the end that sent the first close frame:
    ``client`` or ``server``, and ``none`` for a lost connection. ``clean`` says whether both ends sent a close frame,
    as far as this end knows. Lost TCP is 1006, a close frame without a code is 1005.
    """
    return value


def convert_traffic_record(value: TrafficRecord) -> TrafficRecord:
    """One frame that was sent or received. Its text is one line, such as ``< 'hello'``.

    `Get WebSocket Traffic` describes its attributes.
    """
    return value


def convert_handshake_request(value: HandshakeRequest) -> HandshakeRequest:
    """A request with which a client opened a connection, or tried to.

    `Get Handshake Requests` describes its attributes.
    """
    return value


def convert_http_request(value: HttpRequest) -> HttpRequest:
    """A request of plain HTTP that came to a test server.

    `Get Http Requests` describes its attributes.
    """
    return value


def convert_connection_attempt(value: ConnectionAttempt) -> ConnectionAttempt:
    """An attempt of a client to connect, with ``outcome``, ``delay`` and ``path``.

    `Wait For Connection Attempts` describes these attributes.
    """
    return value
