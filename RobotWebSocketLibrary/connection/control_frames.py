"""What our end does with control frames of the peer (RFC 6455 section 5.5)."""

from __future__ import annotations

from contextlib import suppress

from ..deadline import SLICE, Deadline, WakeUp
from ..protocol.close import read_close_payload
from ..protocol.frames import Frame, Opcode
from .closing import Closing
from .misbehavior import Misbehavior
from .outbox import Outbox
from .pings import Pings
from .sender import Sender
from .stream import Stream


class ControlFrames:
    """Hands pings and pongs to `Pings`, and answers the peer's close frame, behind which nothing counts (`closed`).

    The reader alone calls it.
    """

    def __init__(
        self,
        stream: Stream,
        outbox: Outbox,
        sender: Sender,
        closing: Closing,
        *,
        pings: Pings,
        misbehavior: Misbehavior,
        changed: WakeUp,
    ) -> None:
        self.closed = False
        self._stream = stream
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._pings = pings
        self._misbehavior = misbehavior
        self._changed = changed

    def accept(self, frame: Frame) -> None:
        """Does what the frame asks for."""
        match frame.opcode:
            case Opcode.PING:
                self._pings.accept_ping(frame.payload)
            case Opcode.PONG:
                self._pings.accept_pong(frame.payload)
            case Opcode.CLOSE:
                self._accept_close(frame.payload)

    def end(self) -> None:
        """Wakes the heartbeat: the connection has ended."""
        self._pings.heard.set()

    def _accept_close(self, payload: bytes) -> None:
        self.closed = True
        code, reason = read_close_payload(payload)
        if self._misbehavior.answers_close:
            self._sender.answer_close(payload)
        answered = self._outbox.closes or self._outbox.sealed
        self._closing.note_received(code, reason, answered=answered)
        if not answered:
            self._changed.set()
            self._leave_unanswered(payload)

    def _leave_unanswered(self, payload: bytes) -> None:
        """Waits until the peer ends TCP, or the test wants its close frame answered, closes or drops the connection."""
        while not (self._misbehavior.answers_close or self._outbox.closes or self._outbox.sealed):
            with suppress(TimeoutError):
                if not self._stream.receive(Deadline(SLICE)):
                    return
        if self._sender.answer_close(payload):
            self._closing.note_answered(True)
