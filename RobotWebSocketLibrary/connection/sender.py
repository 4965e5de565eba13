"""The sending half of a connection: messages and control frames into the outbox, recorded as they go."""

from __future__ import annotations

import _thread
from typing import Any

from ..deadline import Deadline
from ..protocol.close import cut_reason, read_any_close_payload, write_close_payload
from ..protocol.frames import Frame, Opcode, serialize, serialize_all
from ..protocol.messages import DividedMessage, Messages, divide, divide_at, encode_all, spread
from ..secrecy import HIDDEN, ShownInstead
from ..wall_clock import now
from .closing import Closing
from .compression import COMPRESSED, Compression
from .outbox import Outbox, Sending
from .traffic import Traffic


class Sender:
    """Serializes frames for one end, posts them into its outbox, and records what was posted.

    - Any thread may call it. Nothing here waits: posting appends, and the outbox writes when it is pushed.
    - A client masks its frames, a server does not (RFC 6455 section 5.1).
    - A record has the time before its frame was posted: another thread may write it, and the peer answer, at once.
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
        """Adds messages of one type to what goes out next; None where nothing may follow any more.

        One that is not shown as it is comes alone.
        """
        if type(messages[0]) in HIDDEN:
            return self._post_hidden(messages[0], fragment_size)
        opcode, payloads = encode_all(messages)
        if self._compression is None and fragment_size is None and not self._outbox.slow:
            return self._post_at_once(opcode, payloads)
        sending = None
        for payload in payloads:  # on a slow end each frame waits by itself
            sending = self._post_one(Frame(opcode, payload), fragment_size)
            if sending is None:
                return None
        return sending

    def post_divided(self, message: DividedMessage) -> Sending | None:
        """Adds a message in as many fragments as it came in. Where it is not compressed they have the same lengths."""
        opcode, [payload] = encode_all([message.data])  # type: ignore[arg-type]
        if self._compression is not None:
            return self._post_compressed(self._compression, Frame(opcode, payload), count=len(message.lengths))
        return self._post_parts(divide_at(Frame(opcode, payload), message.lengths))

    def post_control(self, opcode: Opcode, body: bytes) -> bool:
        """Adds a ping or pong. One that comes too late is not sent."""
        at = now()
        posted = self._outbox.post_control(serialize(Frame(opcode, body), masked=self._masked))
        if posted:
            self._traffic.record(">", opcode, [body], at=at)
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

    def pass_close(self, payload: bytes) -> None:
        """Adds the close frame of another end's peer, behind the messages on their way."""
        if self._outbox.sealed:
            return
        if not self._outbox.closes:
            self._closing.note_sent(*read_any_close_payload(payload))
        self._post_close(payload)

    def answer_close(self, payload: bytes) -> bool:
        """Adds the answer to the peer's close frame, which echoes it (section 5.5.1)."""
        self._outbox.push()  # our messages that the peer still takes
        return self._post_close(payload, urgent=True)

    def post_frame(self, frame: Frame, *, masked: bool, length: int | None = None) -> Sending | None:
        """Adds a frame as a test wants it, also where none may follow. The closing handshake counts a close frame."""
        closes = frame.opcode == Opcode.CLOSE
        if closes and not (self._outbox.closes or self._outbox.broken):
            self._closing.note_sent(*read_any_close_payload(frame.payload), self._closing.deadline)
        at = now()
        sending = self._outbox.post_anything(serialize(frame, masked=masked, length=length), closes=closes)
        if sending is not None:
            self._traffic.record(">", frame.opcode, [frame.payload], frame.fin, at=at)
        return sending

    def fail(self, code: int, how: str) -> None:
        """Fails the connection (section 7.1.7): says why in a close frame, where one can still be sent."""
        self._closing.note_failed(code, how)
        self._outbox.push()  # answers to what came before the failure
        self._post_close(write_close_payload(code, cut_reason(how)), urgent=True)

    def _post_at_once(self, opcode: Opcode, payloads: list[bytes]) -> Sending | None:
        at = now()
        sending = self._outbox.post([serialize_all(opcode, payloads, masked=self._masked)])
        if sending is not None:
            self._traffic.record(">", opcode, payloads, at=at)
        return sending

    def _post_hidden(self, message: Any, fragment_size: int | None) -> Sending | None:
        opcode, [payload] = encode_all([message])
        return self._post_one(Frame(opcode, payload), fragment_size, ShownInstead(message.shown.encode()))

    def _post_one(self, message: Frame, fragment_size: int | None, shown: ShownInstead | None = None) -> Sending | None:
        if self._compression is not None:
            return self._post_compressed(self._compression, message, fragment_size, shown)
        return self._post_parts(divide(message, fragment_size), shown)

    def _post_parts(self, parts: list[Frame], shown: ShownInstead | None = None) -> Sending | None:
        at = now()
        sending = self._outbox.post(self._serialize(parts))
        if sending is not None:
            self._record(parts, shown, at)
        return sending

    def _post_compressed(
        self,
        compression: Compression,
        message: Frame,
        fragment_size: int | None = None,
        shown: ShownInstead | None = None,
        *,
        count: int = 0,
    ) -> Sending | None:
        with self._compressing:
            if self._unsent:
                compression.forget()
            self._unsent = True
            compressed = compression.deflate(message.payload)
            leaving = message if compressed is None else Frame(message.opcode, compressed, rsv=COMPRESSED)
            parts = divide_at(leaving, spread(len(leaving.payload), count)) if count else divide(leaving, fragment_size)
            at = now()
            sending = self._outbox.post(self._serialize(parts))
            self._unsent = False
        if sending is not None:
            if parts[0].rsv:
                self._record_compressed(message, parts, shown, at)
            else:
                self._record(parts, shown, at)
        return sending

    def _record(self, parts: list[Frame], shown: ShownInstead | None, at: float) -> None:
        """Records the frames of a message. If it is not shown as it is, the first one says what is shown instead."""
        for part in parts:
            if shown is None:
                self._traffic.record(">", part.opcode, [part.payload], part.fin, at=at)
            else:
                payload = shown if part is parts[0] else ShownInstead()
                self._traffic.record(">", part.opcode, [payload], part.fin, sizes=[len(part.payload)], at=at)

    def _record_compressed(self, message: Frame, parts: list[Frame], shown: ShownInstead | None, at: float) -> None:
        """The message was compressed before it was divided: the record of its first frame holds its whole payload."""
        for part in parts:
            payload, sizes = message.payload if part is parts[0] else b"", None
            if shown is not None:
                payload, sizes = shown if payload else payload, [len(payload)]
            self._traffic.record(">", part.opcode, [payload], part.fin, len(part.payload), sizes=sizes, at=at)

    def _post_close(self, payload: bytes, *, urgent: bool = False) -> bool:
        at = now()
        posted = self._outbox.post_last(serialize(Frame(Opcode.CLOSE, payload), masked=self._masked), urgent=urgent)
        if posted:
            self._traffic.record(">", Opcode.CLOSE, [payload], at=at)
        return posted

    def _serialize(self, frames: list[Frame]) -> list[bytes]:
        return [serialize(frame, masked=self._masked) for frame in frames]
