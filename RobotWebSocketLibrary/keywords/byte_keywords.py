"""Keywords for packets that do not end where messages end."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword

from ..connection.inbox import Inbox
from ..connection.pieces import PieceSearch
from ..errors import WebSocketError, quoted
from ..matching.predicates import MessageType
from ..protocol.messages import Message
from ..report.outcome import log_outcome
from ..session.handover import Handover
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import WebSocket
from .failed_waits import explaining


class ByteKeywords:
    """Packets in the stream of the messages, as those of MQTT."""

    def __init__(self, settings: Settings, connections: Registry[WebSocket], handover: Handover) -> None:
        self._settings = settings
        self._connections = connections
        self._handover = handover

    @keyword(tags=["Message"])
    def wait_for_bytes(
        self,
        count: int | None = None,
        *,
        until: str | bytes | None = None,
        message_type: MessageType = MessageType.BINARY,
        timeout: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> str | bytes:
        r"""Takes a number of bytes, or those up to a delimiter, wherever messages begin and end.

        A message may hold several packets of the application's protocol, or a part of one. What is left of a message
        stays as a message in its place, for this keyword and for `Wait For Message`. If the bytes do not come in time,
        nothing is taken.

        Args:
            count: How many bytes; with ``message_type=TEXT``, how many characters.
            until: Takes all up to this delimiter and the delimiter too, such as ``\r\n`` or ``\x00``, instead of a
                number of bytes.
            message_type: ``BINARY`` or ``TEXT``: messages of the other type stay where they are.
            timeout: How long to wait. The library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The bytes; with ``message_type=TEXT``, the text.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Binary Message`    \x20\x02\x00
        | `Send Binary Message`    \x00\x90\x03
        | ${packet} =    `Wait For Bytes`    4    timeout=2s
        | Should Be Equal    ${packet}    \x20\x02\x00\x00    type=bytes
        | ${rest} =    `Wait For Message`    timeout=2s
        | Should Be Equal    ${rest}    \x90\x03    type=bytes
        | `Send Text Message`    one\r\ntwo\r\n
        | ${line} =    `Wait For Bytes`    until=\r\n    message_type=TEXT    timeout=2s
        | Should Be Equal    ${line}    one\r\n
        """
        websocket = self._connections.find(connection)
        inbox = websocket.connection.inbox
        search = _make_search(inbox, count, until, message_type)
        self._handover.take_from(inbox)
        with explaining(websocket):
            piece: str | bytes = websocket.connection.waits.wait_for_piece(self._settings.deadline(timeout), search)
        websocket.note("received", Message.of(piece), piece)
        log_outcome("Received bytes.")
        return piece


def _make_search(inbox: Inbox, count: int | None, until: str | bytes | None, message_type: MessageType) -> PieceSearch:
    if message_type is MessageType.ANY:
        raise WebSocketError("The argument 'message_type' is ANY; bytes are taken from messages of one type.")
    if (count is None) is (until is None):
        raise WebSocketError("`Wait For Bytes` needs either a 'count' or 'until', and not both.")
    limit = inbox.limit.size
    if count is not None and not 0 <= count <= limit:
        raise WebSocketError(
            f"The argument 'count' is {count:,}; it must be from 0 to {limit:,}, the most that an inbox holds."
        )
    if until is not None and not until:
        raise WebSocketError("The argument 'until' is empty.")
    if message_type is MessageType.TEXT:
        return PieceSearch(inbox, count=count, until=_read_text(until or ""), nothing="")
    return PieceSearch(inbox, count=count, until=_read_bytes(until or b""), nothing=b"")


def _read_text(until: str | bytes) -> str:
    if isinstance(until, bytes):
        raise WebSocketError(f"The argument 'until' is bytes, which no text holds: {quoted(until)}.")
    return until


def _read_bytes(until: str | bytes) -> bytes:
    try:
        return until if isinstance(until, bytes) else until.encode("latin-1")
    except UnicodeEncodeError as error:
        raise WebSocketError(
            rf"Cannot convert {quoted(str(until))} to bytes: every character must be from \x00 to \xff."
        ) from error
