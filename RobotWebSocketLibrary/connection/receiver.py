"""The receiving half of a connection: reads until the end, then ends TCP."""

from __future__ import annotations

from contextlib import suppress

from ..deadline import Deadline, WakeUp
from ..errors import AnswerError, ProtocolError, quoted
from ..protocol.close import CloseCode
from .closing import Closing
from .control_frames import ControlFrames
from .delivery import Delivery
from .incoming import Batch, Incoming
from .outbox import Outbox
from .pauses import Pauses
from .sender import Sender
from .stream import Stream

LINGER = 1.0
"""Seconds that TCP may stay after both close frames, or after our end has failed the connection."""


class Receiver:
    """Reads one connection.

    - It runs in one thread for as long as the connection lives. That thread alone reads the stream, and closes it.
    - It changes state and sets `changed`. It never logs, and lets no exception out.
    - It waits for the peer's bytes and in `Pauses`, nowhere else, and holds no lock while it waits.
    - Whatever ends the connection is noted in `Closing` first. Then TCP ends, and `note_finished` comes last.
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
        pauses: Pauses,
        changed: WakeUp,
    ) -> None:
        self._stream = stream
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._incoming = incoming
        self._delivery = delivery
        self._control = control
        self._pauses = pauses
        self._changed = changed

    def run(self, received: bytes) -> None:
        """Receives until the connection has ended, beginning with what came behind the opening handshake."""
        try:
            self._receive(received)
        except ProtocolError as error:
            self._sender.fail(error.code, self._describe_violation(error))
        except OSError as error:
            self._closing.note_lost(self._describe_loss(error))
        except Exception as error:  # a server's answer is code of its user
            why = str(error) if isinstance(error, AnswerError) else quoted(repr(error))
            self._sender.fail(CloseCode.INTERNAL_ERROR, f"a reply failed: {why}")
        finally:
            self._end()

    def _receive(self, data: bytes) -> None:
        data = data or self._next()
        while data:
            for arrived in self._incoming.feed(data):
                if isinstance(arrived, Batch):
                    self._delivery.deliver(arrived)
                else:
                    self._control.accept(arrived)
                if self._closing.tcp_is_lost or self._control.closed:
                    return
            if self._incoming.check_unfinished():
                self._pauses.peer_is_excused = True
            if not self._outbox.empty:
                self._outbox.push()
                self._pauses.while_answers_wait()
            self._changed.set()  # last: whoever wakes needs the interpreter, which this thread leaves as it waits
            data = self._next()
        self._closing.note_lost(self._describe_loss())

    def _next(self) -> bytes:
        data = self._stream.receive(self._closing.deadline)
        self._pauses.while_deaf()
        return b"" if self._closing.tcp_is_lost else data

    def _describe_violation(self, error: ProtocolError) -> str:
        """How the peer broke the protocol, or our limits."""
        peer = self._closing.peer
        if error.code == CloseCode.MESSAGE_TOO_BIG:
            return f"the {peer} sent {error.reason}"
        return f"protocol error by the {peer}: {error.reason}"

    def _describe_loss(self, error: OSError | None = None) -> str:
        peer = self._closing.peer
        if self._outbox.torn:
            how = "a write was interrupted"
        elif error is None:
            how = f"the {peer} closed TCP without a close frame"
        elif isinstance(error, ConnectionResetError):
            how = f"the {peer} reset the connection"
        else:
            how = error.strerror or str(error)
        return f"connection lost: {how}{self._incoming.describe_position()} (1006)"

    def _end(self) -> None:
        self._changed.set()
        self._control.end()
        with suppress(OSError):
            self._linger(Deadline(LINGER + self._outbox.held_back))
        self._stream.shutdown()
        self._stream.discard()
        self._outbox.end()
        self._stream.close()
        self._delivery.finish()
        self._closing.note_finished()
        self._changed.set()

    def _linger(self, deadline: Deadline) -> None:
        """Lets our close frame arrive: closing a socket with unread bytes would reset TCP (RFC 6455 section 7.1.1)."""
        if self._closing.tcp_is_lost:
            return
        if not self._outbox.wait_until_written(deadline):
            if self._outbox.slow:  # a test held our answer back for too long
                self._closing.note_answered(False)
            return
        if self._closing.server_closes_first:
            self._stream.finish()
        while self._stream.receive(deadline):
            pass
