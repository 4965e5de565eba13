"""The receiving half of a connection: bytes in, messages into the inbox, answers into the outbox."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress

from ..deadline import SLICE, Deadline, WakeUp
from ..errors import AnswerError, ProtocolError, quoted
from ..protocol.close import CloseCode, read_close_payload
from ..protocol.frames import Frame, FrameReader, Frames, Opcode
from ..protocol.messages import Message, MessageAssembler, Messages
from .closing import Closing
from .compression import Compression
from .inbox import Inbox
from .misbehavior import Misbehavior
from .pauses import Pauses
from .pings import Pings
from .sender import Sender
from .stream import Stream
from .traffic import Traffic

LINGER = 1.0
"""Seconds that TCP may stay after both close frames, or after our end has failed the connection."""
CLOSE = Opcode.CLOSE


class Receiver:
    """Runs in one thread for as long as the connection lives. It changes state, wakes whoever waits, and lets no
    exception out.

    `answer` is what a server does by itself with messages of one type that came together. Where `answers_pause`,
    reading waits for a peer that does not take them.
    """

    def __init__(
        self,
        stream: Stream,
        sender: Sender,
        closing: Closing,
        *,
        inbox: Inbox,
        pings: Pings,
        traffic: Traffic,
        masked: bool,
        max_message_size: int,
        compression: Compression | None,
        answer: Callable[[Messages], None] | None,
        answers_pause: bool,
        misbehavior: Misbehavior,
    ) -> None:
        self.changed = WakeUp()
        self.notices: deque[str] = deque(maxlen=100)
        self._stream = stream
        self._sender = sender
        self._closing = closing
        self._inbox = inbox
        self._pings = pings
        self._traffic = traffic
        self._frames = FrameReader(masked=masked, max_payload=max_message_size, compression=compression is not None)
        self._messages = MessageAssembler(max_message_size)
        self._compression = compression
        self._answer = answer
        self._misbehavior = misbehavior
        self.pauses = Pauses(
            stream, closing, inbox, sender.outbox, misbehavior, answers=answers_pause, notices=self.notices
        )
        self._not_kept = 0

    def run(self, received: bytes) -> None:
        """Receives until the connection has ended, beginning with what came behind the opening handshake."""
        try:
            self._receive(received)
        except ProtocolError as error:
            self._sender.fail(error.code, self._broken(error))
        except OSError as error:
            self._closing.lost(self._lost(error))
        except Exception as error:  # a server's answer is code of its user
            why = str(error) if isinstance(error, AnswerError) else quoted(repr(error))
            self._sender.fail(CloseCode.INTERNAL_ERROR, f"a reply failed: {why}")
        finally:
            self._end()

    def _receive(self, data: bytes) -> None:
        data = data or self._next()
        while data:
            for frames in self._frames.feed(data):
                self._accept(frames)
                if frames.opcode == CLOSE or self._closing.tcp_is_lost:
                    return
            if self._frames.unfinished is not None:
                self._look_at_unfinished()
            if not self._sender.outbox.empty:
                self._sender.drain()
                self.pauses.while_answers_wait()
            self.changed.set()  # last: whoever wakes needs the interpreter, which this thread leaves as it waits
            data = self._next()
        self._closing.lost(self._lost())

    def _look_at_unfinished(self) -> None:
        if self._compression is None or not self._compression.in_progress:
            self._messages.check(self._frames.unfinished)
        self.pauses.excuse_peer()

    def _accept(self, frames: Frames) -> None:
        if self._messages.takes_each(frames):
            self._traffic.record_all("<", frames)
            for messages, size in self._messages.decode_each(frames):
                self._deliver_all(messages, size)
            return
        for frame in frames.each():
            if self._compression is not None and self._compression.begins(frame):
                self._accept_compressed(self._compression, frame)
            else:
                self._traffic.record("<", frame)
                self._accept_one(frame)
            if self._closing.status is not None:
                return

    def _accept_one(self, frame: Frame) -> None:
        if frame.opcode == Opcode.PING:
            self._pings.arrived_pings.append(frame.payload)
            if self._misbehavior.answers_pings:
                self._sender.post_control(Opcode.PONG, frame.payload)
        elif frame.opcode == Opcode.PONG:
            self._pings.pong_arrived(frame.payload)
            self._wake_heartbeat()
        elif frame.opcode == Opcode.CLOSE:
            self._accept_close(frame.payload)
        else:
            message = self._messages.add(frame)
            self._frames.max_payload = self._messages.room
            if message is not None:
                self._deliver(message)

    def _accept_close(self, payload: bytes) -> None:
        code, reason = read_close_payload(payload)
        if self._misbehavior.answers_close:
            self._sender.answer_close(payload)
        answered = self._sender.outbox.closes or self._sender.outbox.sealed
        self._closing.received(code, reason, answered=answered)
        if not answered:
            self.changed.set()
            self._leave_unanswered(payload)

    def _leave_unanswered(self, payload: bytes) -> None:
        """Waits until the peer ends TCP, or the test wants its close frame answered, closes or drops the connection."""
        outbox = self._sender.outbox
        while not (self._misbehavior.answers_close or outbox.closes or outbox.sealed):
            with suppress(TimeoutError):
                if not self._stream.receive(Deadline(SLICE)):
                    return
        if self._sender.answer_close(payload):
            self._closing.answered(True)

    def _next(self) -> bytes:
        data = self._stream.receive(self._closing.deadline)
        if not self._misbehavior.reads:
            self.pauses.while_deaf()
        return b"" if self._closing.tcp_is_lost else data

    def _accept_compressed(self, compression: Compression, frame: Frame) -> None:
        self._messages.check_opcode(frame.opcode)
        inflated = compression.inflate(frame, self._messages.room)
        self._traffic.record("<", inflated, len(frame.payload))
        message = self._messages.add(inflated)
        self._frames.max_payload = self._messages.room
        if message is not None:
            self._deliver(message._replace(compressed_size=compression.wire_size))

    def _deliver_all(self, messages: Messages, size: int) -> None:
        if self._inbox.add_all(messages, size):
            if self._answer is not None:
                self._answer(messages)
            return
        for message in messages:
            self._deliver(Message.of(message))
            if self._closing.tcp_is_lost:
                return

    def _deliver(self, message: Message) -> None:
        if self._inbox.full:
            self.pauses.warn_once()
            self.changed.set()
            self._sender.drain()
            self.pauses.while_full()
        if self._inbox.full:
            self._not_kept += 1
            return
        self._inbox.add(message)
        if self._answer is not None:
            self._answer([message.data])  # type: ignore[arg-type]

    def _wake_heartbeat(self) -> None:
        if self.pauses.heartbeat is not None:
            self.pauses.heartbeat.changed.set()

    def _broken(self, error: ProtocolError) -> str:
        """How the peer broke the protocol, or our limits."""
        peer = self._closing.peer
        if error.code == CloseCode.MESSAGE_TOO_BIG:
            return f"the {peer} sent {error.reason}"
        return f"protocol error by the {peer}: {error.reason}"

    def _lost(self, error: OSError | None = None) -> str:
        peer = self._closing.peer
        if self._sender.outbox.torn:
            how = "a write was interrupted"
        elif error is None:
            how = f"the {peer} closed TCP without a close frame"
        elif isinstance(error, ConnectionResetError):
            how = f"the {peer} reset the connection"
        else:
            how = error.strerror or str(error)
        return f"connection lost: {how}{self._in_the_middle()} (1006)"

    def _in_the_middle(self) -> str:
        if unfinished := self._frames.unfinished:
            return f" in the middle of a frame ({unfinished.received:,} of {unfinished.length:,} bytes)"
        if self._messages.in_progress is not None:
            return f" in the middle of a message ({self._messages.in_progress:,} bytes so far)"
        return "" if self._frames.between_frames else " in the middle of a frame's header"

    def _end(self) -> None:
        self.changed.set()
        self._wake_heartbeat()
        with suppress(OSError):
            self._linger(Deadline(LINGER + self._sender.outbox.held_back))
        self._stream.shutdown()
        self._stream.discard()
        self._sender.outbox.end()
        self._stream.close()
        if self._not_kept:
            self.notices.append(f"{self._not_kept:,} messages behind our close frame were not kept: the inbox was full")
        self._closing.finished()
        self.changed.set()

    def _linger(self, deadline: Deadline) -> None:
        """Lets our close frame arrive: closing a socket with unread bytes would reset TCP (RFC 6455 section 7.1.1)."""
        if self._closing.tcp_is_lost:
            return
        if not self._sender.outbox.flush(deadline):
            if self._sender.outbox.slow:  # a test held our answer back for too long
                self._closing.answered(False)
            return
        if self._closing.server_closes_first:
            self._stream.finish()
        while self._stream.receive(deadline):
            pass
