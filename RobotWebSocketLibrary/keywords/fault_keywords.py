"""Keywords that make one end misbehave, on the wire or from then on."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword

from ..errors import WebSocketError, quoted
from ..protocol.frames import Frame, Opcode
from ..report.outcome import log_outcome
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket

HIGHEST_OPCODE = 15
HIGHEST_LENGTH = 2**64 - 1


class FaultKeywords:
    """What no well-behaved endpoint does. They work on either end of a connection."""

    def __init__(self, connections: Registry[WebSocket]) -> None:
        self._connections = connections

    @keyword(tags=["Fault"])
    def send_frame(
        self,
        opcode: Opcode | int,
        payload: bytes = b"",
        *,
        fin: bool = True,
        rsv1: bool = False,
        rsv2: bool = False,
        rsv3: bool = False,
        masked: bool | None = None,
        length: int | None = None,
        connection: WebSocket | str | None = None,
    ) -> None:
        r"""Sends one frame, legal or not (RFC 6455 section 5.2).

        The frame is sent exactly as the arguments say, after the frames that are already on their way. It is sent even
        where no frame may follow any more. Nothing is compressed, and the keyword does not wait for a slow peer. How
        the peer reacts can be tested as always. A close frame begins the closing handshake: `Close WebSocket` then
        sends no second one.

        Args:
            opcode: ``TEXT``, ``BINARY``, ``CONTINUATION``, ``CLOSE``, ``PING``, ``PONG``, or a number from 0 to 15.
            payload: Bytes, such as ``hello`` or ``\xff\xfe``.
            fin: ``False`` for a fragment that is followed by others.
            rsv1: ``True`` sets this reserved bit; likewise ``rsv2`` and ``rsv3``.
            masked: ``True`` or ``False`` to mask the frame or not. By default clients mask their frames and servers do
                not.
            length: Declares this length, up to 2^64 - 1, instead of that of the payload.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Frame`    TEXT    \xff    # invalid UTF-8
        | `Wait For Close`    code=1007
        """
        sending = self._connections.find(connection).connection
        _check_range("opcode", opcode, HIGHEST_OPCODE)
        _check_range("length", length or 0, HIGHEST_LENGTH)
        for name, value in (("fin", fin), ("rsv1", rsv1), ("rsv2", rsv2), ("rsv3", rsv3)):
            _check_bit(name, value)
        frame = Frame(int(opcode), payload, fin, rsv1 << 2 | rsv2 << 1 | rsv3)
        sending.send_frame(frame, sending.role == "client" if masked is None else masked, length)
        log_outcome("Sent a frame.")

    @keyword(tags=["Fault"])
    def send_raw_bytes(self, data: bytes, *, connection: WebSocket | str | None = None) -> None:
        r"""Sends bytes as they are, instead of frames.

        If the peer sends pings, their answers can go out between two calls of this keyword. `Set Connection Behavior`
        prevents that.

        Args:
            data: The bytes, such as ``\x81\x85`` for the beginning of a masked text frame.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Raw Bytes`    \x81\x85half a fr
        | `Drop Connection`
        """
        self._connections.find(connection).connection.send_bytes(data)
        log_outcome("Sent raw bytes.")

    @keyword(tags=["Fault"])
    def drop_connection(self, *, reset: bool = False, connection: WebSocket | str | None = None) -> None:
        """Ends TCP without a close frame. Data on its way may be lost. Does nothing on a closed connection.

        Both ends report the close code 1006.

        Args:
            reset: ``True`` resets TCP (RST), so that the peer sees an error. By default TCP ends in order (FIN).
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | ${peer} =    `Wait For Client`
        | `Drop Connection`    connection=${peer}    reset=True
        | `Wait For Close`    code=1006
        """
        self._connections.find(connection).connection.drop(reset=reset)
        log_outcome("Dropped the connection.")

    @keyword(tags=["Fault"])
    def set_connection_behavior(
        self,
        *,
        answer_pings: bool | None = None,
        answer_close: bool | None = None,
        reading: bool | None = None,
        send_delay: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> None:
        """Makes one end of a connection misbehave from now on. What is not given stays as it is.

        `Close WebSocket` lets the end behave again before it closes it, and so does the end of the test. To keep the
        misbehavior, send a close frame with `Send Frame`, or leave a waiting peer with `Drop Connection`.

        Args:
            answer_pings: ``False``: pings of the peer get no pong.
            answer_close: ``False``: the peer's close frame gets no answer, until this is ``True`` again, and TCP stays
                open until the peer ends it.
            reading: ``False``: nothing is read any more, until this is ``True`` again. When the buffers of TCP are
                full, the peer cannot send.
            send_delay: Time before each frame that is sent, pongs and close frames included. Keywords that send do not
                wait for it. ``0`` for none.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | ${peer} =    `Wait For Client`
        | `Set Connection Behavior`    answer_pings=False    connection=${peer}
        | `Send Ping`    are you there
        | Run Keyword And Expect Error    No pong*    `Wait For Pong`    timeout=300ms
        """
        delay = None if send_delay is None else read_seconds(send_delay, "send_delay")
        changing = self._connections.find(connection).connection
        changing.misbehavior.change(answer_pings, answer_close, reading, delay)
        log_outcome("Set the behavior of a connection.")


def _check_bit(name: str, value: object) -> None:
    """Robot Framework hands on a text that is neither true nor false."""
    if not isinstance(value, bool):
        raise WebSocketError(f"The argument '{name}' is {quoted(str(value))}; it can be True or False.")


def _check_range(name: str, value: int, highest: int) -> None:
    if not 0 <= value <= highest:
        raise WebSocketError(f"The argument '{name}' is {value}; it can be 0 to {highest}.")
