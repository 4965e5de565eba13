"""The sending half of a connection: messages and control frames into the outbox, recorded as they go."""

from __future__ import annotations

import _thread

from ..deadline import Deadline
from ..protocol.close import close_payload, cut_reason, shown_close_payload
from ..protocol.frames import Frame, Frames, Opcode, serialize, serialize_all
from ..protocol.messages import Messages, fragments_of, frames_of, frames_of_all
from .closing import Closing
from .compression import COMPRESSED, Compression
from .outbox import Outbox, Sending
from .traffic import Traffic


class Sender:
    """Serializes for one end: a client masks, a server does not (RFC 6455 section 5.1). Any thread may call it."""

    def __init__(
        self, outbox: Outbox, closing: Closing, traffic: Traffic, *, masked: bool, compression: Compression | None
    ) -> None:
        self.outbox = outbox
        self._closing = closing
        self._traffic = traffic
        self._masked = masked
        self._compression = compression
        self._compressing = _thread.allocate_lock()
        self._unsent = False

    def post_message(self, data: str | bytes, fragment_size: int | None = None) -> Sending | None:
        """Adds a message to what goes out next; None where nothing may follow any more."""
        if self._compression is not None:
            return self._post_compressed(data, fragment_size)
        if fragment_size is None:
            return self._post_unfragmented(frames_of_all([data]))  # type: ignore[arg-type]
        frames = frames_of(data, fragment_size)
        sending = self.outbox.post([self._serialize(frame) for frame in frames])
        if sending is not None:
            for frame in frames:
                self._traffic.record(">", frame)
        return sending

    def post_all(self, messages: Messages) -> bool:
        """Adds messages of one frame each, all or, where nothing may follow any more, none."""
        if self._compression is not None:
            return all(self.post_message(message) is not None for message in messages)
        return self._post_unfragmented(frames_of_all(messages)) is not None

    def post_control(self, opcode: Opcode, body: bytes) -> bool:
        """Adds a ping or pong; one that comes too late is not sent."""
        frame = Frame(opcode, body)
        posted = self.outbox.post_control(self._serialize(frame))
        if posted:
            self._traffic.record(">", frame)
        return posted

    def begin_close(self, code: int, reason: str, deadline: Deadline) -> None:
        """Adds our close frame behind the messages on their way, unless one was sent already."""
        if self.outbox.sealed:
            return
        if self.outbox.closes:  # a test has sent one as a frame
            self._closing.deadline = deadline
        else:
            self._closing.sent(code, reason, deadline)  # before it is: the peer's answer may be here at once
        self._post_close(close_payload(code, reason))

    def answer_close(self, payload: bytes) -> bool:
        """Adds the answer to the peer's close frame, which echoes it (section 5.5.1)."""
        self.drain()  # our messages that the peer still takes
        return self._post_close(payload, urgent=True)

    def post_frame(self, frame: Frame, *, masked: bool, length: int | None = None) -> Sending | None:
        """Adds a frame as a test wants it, also where none may follow. The closing handshake counts a close frame."""
        closes = frame.opcode == Opcode.CLOSE
        if closes and not (self.outbox.closes or self.outbox.broken):
            self._closing.sent(*shown_close_payload(frame.payload), self._closing.deadline)
        sending = self.outbox.post_anything(serialize(frame, masked=masked, length=length), closes=closes)
        if sending is not None:
            self._traffic.record(">", frame)
        return sending

    def fail(self, code: int, how: str) -> None:
        """Fails the connection (section 7.1.7): says why in a close frame, where one can still be sent."""
        self._closing.failed(code, how)
        self.drain()  # answers to what came before the failure
        self._post_close(close_payload(code, cut_reason(how)), urgent=True)

    def drain(self) -> None:
        if not self.outbox.empty:
            self.outbox.drain()

    def _post_unfragmented(self, frames: Frames) -> Sending | None:
        slow = self.outbox.slow  # then each is a frame of its own
        whole = [self._serialize(frame) for frame in frames.each()] if slow else [self._serialize_all(frames)]
        sending = self.outbox.post(whole)
        if sending is not None:
            self._traffic.record_all(">", frames)
        return sending

    def _post_compressed(self, data: str | bytes, fragment_size: int | None) -> Sending | None:
        """Compresses and posts in one step: the peer decompresses messages in the order of their compression."""
        assert self._compression is not None
        [whole] = frames_of(data)
        with self._compressing:
            if self._unsent:  # an exception of a signal handler struck between the two
                self._compression.forget()
            self._unsent = True
            compressed = self._compression.deflate(whole.payload)
            leaving = whole if compressed is None else Frame(whole.opcode, compressed, rsv=COMPRESSED)
            frames = fragments_of(leaving, fragment_size)
            sending = self.outbox.post([self._serialize(frame) for frame in frames])
            self._unsent = False
        if sending is not None:
            self._record_as_written(whole, frames)
        return sending

    def _record_as_written(self, whole: Frame, frames: list[Frame]) -> None:
        """A compressed message was so before it was divided: its first frame stands for all of its payload."""
        compressed = bool(frames[0].rsv)
        for frame in frames:
            payload = whole.payload if frame is frames[0] else b""
            shown = Frame(frame.opcode, payload, frame.fin) if compressed else frame
            self._traffic.record(">", shown, len(frame.payload) if compressed else None)

    def _post_close(self, payload: bytes, *, urgent: bool = False) -> bool:
        frame = Frame(Opcode.CLOSE, payload)
        posted = self.outbox.post_last(self._serialize(frame), urgent=urgent)
        if posted:
            self._traffic.record(">", frame)
        return posted

    def _serialize(self, frame: Frame) -> bytes:
        return serialize(frame, masked=self._masked)

    def _serialize_all(self, frames: Frames) -> bytes:
        return serialize_all(frames, masked=self._masked)
