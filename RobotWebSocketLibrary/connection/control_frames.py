"""What our end does with control frames of the peer (RFC 6455 section 5.5)."""

from __future__ import annotations

from ..protocol.close import read_close_payload
from ..protocol.frames import Frame, Opcode
from .closing import Closing
from .misbehavior import Misbehavior
from .outbox import Outbox
from .pings import Pings
from .sender import Sender


class ControlFrames:
    """Hands pings and pongs to `Pings`, and answers the peer's close frame. The reading thread alone calls it.

    - `closed`: the peer's close frame has come. Nothing behind it counts.
    - `unanswered`: it has had no answer yet, because a test wants it so. `answer_late` answers it.
    """

    def __init__(
        self, outbox: Outbox, sender: Sender, closing: Closing, pings: Pings, misbehavior: Misbehavior
    ) -> None:
        self.closed = False
        self.unanswered: bytes | None = None
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._pings = pings
        self._misbehavior = misbehavior

    def accept(self, frame: Frame) -> None:
        """Does what the frame asks for."""
        match frame.opcode:
            case Opcode.PING:
                self._pings.accept_ping(frame.payload)
            case Opcode.PONG:
                self._pings.accept_pong(frame.payload)
            case Opcode.CLOSE:
                self._accept_close(frame.payload)

    def answer_late(self) -> bool:
        """Answers the close frame that was left unanswered, if the test wants that by now; returns whether it does."""
        payload = self.unanswered
        if payload is None or not (self._misbehavior.answers_close or self._has_answer):
            return False
        self.unanswered = None
        if self._sender.answer_close(payload):
            self._closing.note_answered(True)
        return True

    def _accept_close(self, payload: bytes) -> None:
        self.closed = True
        code, reason = read_close_payload(payload)
        if self._misbehavior.answers_close:
            self._sender.answer_close(payload)
        answered = self._has_answer
        self.unanswered = None if answered else payload
        self._closing.note_received(code, reason, answered=answered)

    @property
    def _has_answer(self) -> bool:
        return self._outbox.closes or self._outbox.sealed
