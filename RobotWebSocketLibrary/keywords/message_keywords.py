"""Keywords that send messages."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import timedelta
from typing import Any

from robot.api.deco import keyword
from robot.api.types import Secret

from ..byte_size import ByteSize
from ..errors import WebSocketError, quoted
from ..matching.hidden_values import hide_text
from ..matching.json_values import write_json
from ..report.outcome import log_outcome
from ..secrecy import MASK, HiddenBytes
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import WebSocket
from ..wall_clock import now
from .argument_types import BinaryEncoding, TextToSend
from .several_ends import Ends, find_several, send_to_each

ESCAPED_BYTES = re.compile(r"(?:\\x[0-9a-fA-F]{2})*")
EXPECTED_TEXT = {
    BinaryEncoding.BYTES: r"every character must be from \x00 to \xff; for text there is `Send Text Message`",
    BinaryEncoding.ESCAPED: r"with encoding=escaped it must consist of \xNN",
    BinaryEncoding.HEX: "with encoding=hex it must consist of pairs of hexadecimal digits",
    BinaryEncoding.BASE64: "it is not base64",
}
"""What the text for bytes must look like."""


class MessageKeywords:
    """Text, binary and JSON messages."""

    def __init__(self, settings: Settings, connections: Registry[WebSocket]) -> None:
        self._settings = settings
        self._connections = connections

    @keyword(tags=["Message"])
    def send_text_message(
        self,
        message: TextToSend,
        *,
        fragment_size: ByteSize | None = None,
        connection: WebSocket | str | list[WebSocket | str] | None = None,
        timeout: timedelta | None = None,
    ) -> None:
        r"""Sends a text message.

        Args:
            message: The text. A text that looks like ``message=hello`` must be written ``message\=hello``. It can be a
                `Secret`.
            fragment_size: Sends the message in fragments of at most that many bytes, such as ``100`` or ``4 KiB``.
                If messages are compressed, these are compressed bytes. A character may be split, as RFC 6455 allows.
            connection: Alias or object of the connection. The current one by default. A list of these, or a pattern of
                aliases such as ``user*``, sends to each.
            timeout: How long the peer may take to accept all of it. A message that was only sent in part breaks the
                connection. The library's ``timeout`` by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | ${echo} =    `Wait For Message`    timeout=2s
        | Should Be Equal    ${echo}    hello
        | `Send Text Message`    in pieces of four bytes    fragment_size=4
        """
        self._send(connection, hide_text(message), fragment_size, timeout)
        log_outcome("Sent a text message.")

    @keyword(tags=["Message"])
    def send_binary_message(
        self,
        message: bytes | str | Secret,
        *,
        encoding: BinaryEncoding = BinaryEncoding.BYTES,
        fragment_size: ByteSize | None = None,
        connection: WebSocket | str | list[WebSocket | str] | None = None,
        timeout: timedelta | None = None,
    ) -> None:
        r"""Sends a binary message.

        Args:
            message: The bytes. In Robot Framework data, ``\x00\xff`` makes these two. Text for them can be a `Secret`.
            encoding: How a text stands for bytes, see `BinaryEncoding`.
            fragment_size: Sends the message in fragments of at most that many bytes, such as ``100`` or ``4 KiB``.
                If messages are compressed, these are compressed bytes.
            connection: Alias or object of the connection. The current one by default. A list of these, or a pattern of
                aliases such as ``user*``, sends to each.
            timeout: How long the peer may take to accept all of it. A message that was only sent in part breaks the
                connection. The library's ``timeout`` by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Binary Message`    \x00\xff
        | ${echo} =    `Wait For Message`    timeout=2s
        | Should Be Equal    ${echo}    \x00\xff    type=bytes
        | `Send Binary Message`    00 ff    encoding=hex
        """
        self._send(connection, _decode(message, encoding), fragment_size, timeout)
        log_outcome("Sent a binary message.")

    @keyword(tags=["Message"])
    def send_json_message(
        self,
        value: Any,
        *,
        fragment_size: ByteSize | None = None,
        connection: WebSocket | str | list[WebSocket | str] | None = None,
        timeout: timedelta | None = None,
    ) -> None:
        """Sends a value as a JSON text message.

        Args:
            value: A dictionary, list, number, boolean, ``${None}``, or text. Text that begins with ``{`` or ``[`` must
                be JSON already: it is checked and sent as it is. Any other text becomes a JSON string. A text can be a
                `Secret`, also inside dictionaries and lists.
            fragment_size: Sends the message in fragments of at most that many bytes.
            connection: Alias or object of the connection. The current one by default. A list of these, or a pattern of
                aliases such as ``user*``, sends to each.
            timeout: How long the peer may take to accept all of it. The library's ``timeout`` by default.

        Example:
        | VAR    &{order}    item=apple    count=${3}
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Json Message`    ${order}
        | `Send Json Message`    {"item": "pear", "count": 5}
        | `Wait For Json Message`    $.count    >    ${4}    timeout=2s
        """
        self._send(connection, write_json(value), fragment_size, timeout)
        log_outcome("Sent a JSON message.")

    def _send(
        self,
        connection: Ends,
        data: str | bytes,
        fragment_size: ByteSize | None,
        timeout: timedelta | None,
    ) -> None:
        deadline = self._settings.deadline(timeout)
        _check_fragment_size(fragment_size)
        self._settings.sent_at = now()
        several = find_several(self._connections, connection)
        if several is not None:
            send_to_each(several, data, deadline, fragment_size)
            return
        self._connections.find(connection).connection.send(data, deadline, fragment_size)  # type: ignore[arg-type]


def _decode(message: bytes | str | Secret, encoding: BinaryEncoding) -> bytes:
    if isinstance(message, bytes):
        return message
    if isinstance(message, Secret):
        return HiddenBytes(_decode_text(message.value, encoding, MASK))
    return _decode_text(message, encoding, message)


def _decode_text(message: str, encoding: BinaryEncoding, shown: str) -> bytes:
    try:
        match encoding:
            case BinaryEncoding.BYTES:
                return message.encode("latin-1")
            case BinaryEncoding.ESCAPED if ESCAPED_BYTES.fullmatch(message):
                return bytes.fromhex(message.replace("\\x", ""))
            case BinaryEncoding.HEX:
                return bytes.fromhex(message)
            case BinaryEncoding.BASE64:
                return base64.b64decode(message, validate=True)
    except (ValueError, binascii.Error):
        pass
    raise WebSocketError(f"Cannot convert {quoted(shown)} to bytes: {EXPECTED_TEXT[encoding]}.")


def _check_fragment_size(size: ByteSize | None) -> None:
    if size is not None and size < 1:
        raise WebSocketError(f"The argument 'fragment_size' is {size}; a fragment has at least 1 byte.")
