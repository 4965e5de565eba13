"""The sending half of a connection: messages and control frames into the outbox, recorded as they go."""

from __future__ import annotations

import _thread

from ..deadline import Deadline
from ..protocol.close import cut_reason, read_any_close_payload, write_close_payload
from ..protocol.frames import Frame, Opcode, serialize, serialize_all
from ..protocol.messages import Messages, divide, encode_all
from .closing import Closing
from .compression import COMPRESSED, Compression
from .outbox import Outbox, Sending
from .traffic import Traffic


class Sender:
    """Serializes frames for one end, posts them into its outbox, and records what was posted.

    - Any thread may call it. Nothing here waits: posting appends, and the outbox writes when it is pushed.
    - A client masks its frames, a server does not (RFC 6455 section 5.1).
    - A message is compressed and posted under one lock, because the peer decompresses in the order of compression.
      An exception of a signal handler between the two leaves `_unsent` set; the next message begins without context.
    """

    def __init__(
        self, outbox: Outbox, closing: Closing, traffic: Traffic, *, masked: bool, compression: Compression | None
    ) -> None:
        self._outbox = outbox
        self._closing = closing
        self._traffic = traffic
        self._masked = masked
        self._compression = compression
        self._compressing = _thread.allocate_lock()
        self._unsent = False

    def post(self, messages: Messages, fragment_size: int | None = None) -> Sending | None:
        """Adds messages of one type to what goes out next; None where nothing may follow any more."""
        opcode, payloads = encode_all(messages)
        if self._compression is None and fragment_size is None and not self._outbox.slow:
            return self._post_at_once(opcode, payloads)
        sending = None
        for payload in payloads:  # on a slow end each frame waits by itself
            sending = self._post_one(Frame(opcode, payload), fragment_size)
            if sending is None:
                return None
        return sending

    def post_control(self, opcode: Opcode, body: bytes) -> bool:
        """Adds a ping or pong. One that comes too late is not sent."""
        posted = self._outbox.post_control(serialize(Frame(opcode, body), masked=self._masked))
        if posted:
            self._traffic.record(">", opcode, [body])
        return posted

    def begin_close(self, code: int, reason: str, deadline: Deadline) -> None:
        """Adds our close frame behind the messages on their way, unless one was sent already."""
        if self._outbox.sealed:
            return
        if self._outbox.closes:  # a test has sent one as a frame
            self._closing.deadline = deadline
        else:
            self._closing.note_sent(code, reason, deadline)  # before it is: the peer's answer may be here at once
        self._post_close(write_close_payload(code, reason))

    def answer_close(self, payload: bytes) -> bool:
        """Adds the answer to the peer's close frame, which echoes it (section 5.5.1)."""
        self._outbox.push()  # our messages that the peer still takes
        return self._post_close(payload, urgent=True)

    def post_frame(self, frame: Frame, *, masked: bool, length: int | None = None) -> Sending | None:
        """Adds a frame as a test wants it, also where none may follow. The closing handshake counts a close frame."""
        closes = frame.opcode == Opcode.CLOSE
        if closes and not (self._outbox.closes or self._outbox.broken):
            self._closing.note_sent(*read_any_close_payload(frame.payload), self._closing.deadline)
        sending = self._outbox.post_anything(serialize(frame, masked=masked, length=length), closes=closes)
        if sending is not None:
            self._traffic.record(">", frame.opcode, [frame.payload], frame.fin)
        return sending

    def fail(self, code: int, how: str) -> None:
        """Fails the connection (section 7.1.7): says why in a close frame, where one can still be sent."""
        self._closing.note_failed(code, how)
        self._outbox.push()  # answers to what came before the failure
        self._post_close(write_close_payload(code, cut_reason(how)), urgent=True)

    def _post_at_once(self, opcode: Opcode, payloads: list[bytes]) -> Sending | None:
        sending = self._outbox.post([serialize_all(opcode, payloads, masked=self._masked)])
        if sending is not None:
            self._traffic.record(">", opcode, payloads)
        return sending

    def _post_one(self, message: Frame, fragment_size: int | None) -> Sending | None:
        if self._compression is not None:
            return self._post_compressed(self._compression, message, fragment_size)
        parts = divide(message, fragment_size)
        sending = self._outbox.post(self._serialize(parts))
        if sending is not None:
            for part in parts:
                self._traffic.record(">", part.opcode, [part.payload], part.fin)
        return sending

    def _post_compressed(self, compression: Compression, message: Frame, fragment_size: int | None) -> Sending | None:
        with self._compressing:
            if self._unsent:
                compression.forget()
            self._unsent = True
            compressed = compression.deflate(message.payload)
            leaving = message if compressed is None else Frame(message.opcode, compressed, rsv=COMPRESSED)
            parts = divide(leaving, fragment_size)
            sending = self._outbox.post(self._serialize(parts))
            self._unsent = False
        if sending is not None:
            self._record_compressed(message, parts)
        return sending

    def _record_compressed(self, message: Frame, parts: list[Frame]) -> None:
        """The message was compressed before it was divided: the record of its first frame holds its whole payload."""
        compressed = bool(parts[0].rsv)
        for part in parts:
            payload = message.payload if part is parts[0] else b""
            shown, size = (payload, len(part.payload)) if compressed else (part.payload, None)
            self._traffic.record(">", part.opcode, [shown], part.fin, size)

    def _post_close(self, payload: bytes, *, urgent: bool = False) -> bool:
        posted = self._outbox.post_last(serialize(Frame(Opcode.CLOSE, payload), masked=self._masked), urgent=urgent)
        if posted:
            self._traffic.record(">", Opcode.CLOSE, [payload])
        return posted

    def _serialize(self, frames: list[Frame]) -> list[bytes]:
        return [serialize(frame, masked=self._masked) for frame in frames]
