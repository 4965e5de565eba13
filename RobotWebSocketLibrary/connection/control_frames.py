"""What our end does with control frames of the peer (RFC 6455 section 5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.close import read_close_payload
from ..protocol.frames import Frame, Opcode
from .closing import Closing
from .misbehavior import Misbehavior
from .outbox import Outbox
from .pings import Pings
from .sender import Sender

if TYPE_CHECKING:
    from .relay import Relay


class ControlFrames:
    """Answers the pings and the close frame of the peer, or passes them on; pongs go to `Pings`.

    The reading thread alone calls it.

    - `closed`: the peer's close frame has come. Nothing behind it counts.
    - `unanswered`: it has had no answer yet, because a test wants it so. `answer_late` answers it.
    """

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        closing: Closing,
        pings: Pings,
        misbehavior: Misbehavior,
        *,
        relay: Relay | None = None,
    ) -> None:
        self.closed = False
        self.unanswered: bytes | None = None
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._pings = pings
        self._misbehavior = misbehavior
        self._relay = relay
        self._passed = False

    def accept(self, frame: Frame) -> None:
        """Does what the frame asks for."""
        match frame.opcode:
            case Opcode.PING:
                self._accept_ping(frame.payload)
            case Opcode.PONG:
                self._pings.accept_pong(frame.payload)
            case Opcode.CLOSE:
                self._accept_close(frame.payload)

    def answer_late(self) -> bool:
        """Answers the close frame that was left unanswered, if the test wants that by now; returns whether it does."""
        payload = self.unanswered
        if payload is None or not (self._answers(payload) or self._has_answer):
            return False
        self.unanswered = None
        if self._sender.answer_close(payload):
            self._closing.note_answered(True)
        return True

    def _accept_ping(self, body: bytes) -> None:
        """Keeps a ping of the peer for the test, and answers it with a pong of the same body (section 5.5.3)."""
        self._pings.arrived_pings.append(body)
        if not self._misbehavior.answers_pings:
            return
        if self._relay is None:
            self._sender.post_control(Opcode.PONG, body)
        else:
            self._relay.pass_ping(body)

    def _accept_close(self, payload: bytes) -> None:
        self.closed = True
        code, reason = read_close_payload(payload)
        if self._answers(payload):
            self._sender.answer_close(payload)
        answered = self._has_answer
        self.unanswered = None if answered else payload
        self._closing.note_received(code, reason, answered=answered, passed=self._passed)

    def _answers(self, payload: bytes) -> bool:
        """Whether our end answers by itself. One of a proxy passes the frame on: what comes back is the answer."""
        if self._relay is None or not self._misbehavior.answers_close:
            return self._misbehavior.answers_close
        if not self._passed:
            self._passed = True
            self._relay.pass_close(payload)
        return False

    @property
    def _has_answer(self) -> bool:
        return self._outbox.closes or self._outbox.sealed
