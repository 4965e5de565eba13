"""The receiving half of a connection: reads until the end, in the reading thread."""

from __future__ import annotations

from collections.abc import Iterator

from ..deadline import WakeUp
from ..errors import AnswerError, ProtocolError, describe_os_error, quoted
from ..protocol.close import CloseCode
from ..protocol.frames import Frame, Opcode
from .closing import Closing
from .control_frames import ControlFrames
from .delivery import Delivery
from .incoming import Batch, Incoming
from .outbox import Outbox
from .sender import Sender
from .stream import Stream

RESETS = (ConnectionResetError, ConnectionAbortedError)
"""How a system tells of a reset: Windows has two ways."""
READS = 8
"""Reads of one connection before the others have their turn: TLS gives 16 KiB at once."""


class Receiver:
    """Turns what the peer sends into messages and answers, until the connection ends.

    - The reading thread alone calls it. It never waits, and lets no exception out.
    - What cannot go on, because the inbox is full or an answer is being made, stays where it is: `_arrivals` are the
      frames behind it. `go_on` continues, in the same order.
    - Whatever ends the connection is noted in `Closing` first, and then `over` is set. `Serving` ends TCP.
    - `was_reset`: TCP was lost by more than its orderly end.
    - `frame_has_grown`: more of a frame has arrived that is not complete. No pong can arrive before its end. Whoever
      looks at it takes it back.
    """

    def __init__(
        self,
        stream: Stream,
        outbox: Outbox,
        sender: Sender,
        closing: Closing,
        *,
        incoming: Incoming,
        delivery: Delivery,
        control: ControlFrames,
        changed: WakeUp,
    ) -> None:
        self.over = False
        self.frame_has_grown = False
        self.was_reset = False
        self._stream = stream
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._incoming = incoming
        self._delivery = delivery
        self._control = control
        self._changed = changed
        self._arrivals: Iterator[Batch | Frame] = iter(())
        self._waiting_close: Frame | None = None
        self._unchecked = False

    def read(self) -> None:
        """Reads what has arrived. Where there was so much that there may be more, the others have their turn first."""
        for _ in range(READS if self._stream.buffers else 1):
            if self.over or self.is_held_up or not self._read_once():
                return

    def feed(self, data: bytes) -> None:
        """Takes bytes that have arrived."""
        self._arrivals = self._incoming.feed(data)
        self._unchecked = True
        self.go_on()

    def look(self) -> None:
        """Looks at what another thread has changed."""
        self._delivery.look()
        self.go_on()
        if self._control.answer_late():  # if a test wants the peer's close frame to be answered by now
            self.over = True

    def go_on(self) -> None:
        """Delivers what has arrived, as far as it can be delivered now."""
        if self.over:
            return
        try:
            self._deliver()
        except ProtocolError as error:
            self._incoming.record_refused()
            self.fail(error.code, self._describe_violation(error))
        except OSError as error:
            self.lose(error)
        except Exception as error:  # a server's answer is code of its user
            self.fail(CloseCode.INTERNAL_ERROR, describe_failed_reply(error))

    def fail(self, code: int, how: str) -> None:
        """Fails the connection (RFC 6455 section 7.1.7)."""
        if not self.over:
            self.over = True
            self._sender.fail(code, how)

    def finish(self) -> None:
        """The connection has ended."""
        self._delivery.finish()

    def wake_waits(self) -> None:
        """Has whoever waits look at what has changed."""
        self._changed.set()

    def lose(self, error: OSError | None = None) -> None:
        """TCP has ended without a close frame of the peer."""
        if not self.over:
            self.over = True
            self.was_reset = self._find_reset(error)
            self._closing.note_lost(self._describe_loss(error))

    def hang_up(self) -> None:
        """Receives nothing more: our end ends TCP behind what it has sent."""
        self.over = True

    @property
    def is_held_up(self) -> bool:
        """Something that has arrived waits for room in the inbox, or for an answer. Nothing is read behind it."""
        return self._waiting_close is not None or self._delivery.is_held_up

    def _read_once(self) -> bool:
        try:
            data = self._stream.receive_now()
        except OSError as error:
            self._end_at_last(error)
            return False
        if data is None:
            return False
        if not data:
            self._end_at_last()
            return False
        if self._control.closed:  # nothing counts behind the peer's close frame
            return True
        self.feed(data)
        return True

    def _end_at_last(self, error: OSError | None = None) -> None:
        if self._control.closed:
            self.over = True
        else:
            self.lose(error)

    def _deliver(self) -> None:
        if self._delivery.holds and not self._delivery.resume():
            return
        if self._waiting_close is not None and not self._accept_waiting_close(self._waiting_close):
            return
        for arrived in self._arrivals:
            taken = self._delivery.deliver(arrived) if isinstance(arrived, Batch) else self._take_control(arrived)
            if not taken:
                return
            if self._closing.tcp_is_lost or self._control.closed:
                self.over = self._closing.tcp_is_lost or self._control.unanswered is None
                break
        if self._unchecked:
            self._unchecked = False
            self.frame_has_grown = self._incoming.check_unfinished()
        self._changed.set()  # last: whoever wakes needs the interpreter, which this thread leaves as it waits

    def _take_control(self, frame: Frame) -> bool:
        """Takes a control frame; returns False where it has to wait."""
        if frame.opcode == Opcode.CLOSE and self._delivery.holds_close:
            self._waiting_close = frame  # the answers to what came before leave before ours to it
            return False
        self._control.accept(frame)
        return True

    def _accept_waiting_close(self, frame: Frame) -> bool:
        if self._delivery.holds_close:
            return False
        self._waiting_close = None
        self._control.accept(frame)
        self.over = self._control.unanswered is None
        self._arrivals = iter(())
        return True

    def _find_reset(self, error: OSError | None) -> bool:
        """Whether TCP was reset. The system tells it once, so a write may have heard of it before."""
        return error is not None or isinstance(self._outbox.broken, (*RESETS, BrokenPipeError))

    def _describe_violation(self, error: ProtocolError) -> str:
        """How the peer broke the protocol, or our limits."""
        peer = self._closing.peer
        if error.code == CloseCode.MESSAGE_TOO_BIG:
            return f"the {peer} sent {error.reason}"
        return f"protocol error by the {peer}: {error.reason}"

    def _describe_loss(self, error: OSError | None) -> str:
        peer = self._closing.peer
        if self._outbox.torn:
            how = "a write was interrupted"
        elif error is None:
            how = f"the {peer} closed TCP without a close frame"
        elif isinstance(error, RESETS):
            how = f"the {peer} reset the connection"
        else:
            how = describe_os_error(error)
        return f"connection lost: {how}{self._incoming.describe_position()} (1006)"


def describe_failed_reply(error: BaseException) -> str:
    """Why an answer of a server could not be made."""
    return f"a reply failed: {error if isinstance(error, AnswerError) else quoted(repr(error))}"
