"""What arrives: bytes become frames, and frames become messages, recorded on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..protocol.frame_reader import FrameReader
from ..protocol.frames import Frame, LongFrame
from ..protocol.messages import DividedMessage, Message, MessageAssembler, Messages
from .compression import Compression
from .traffic import Traffic


class Batch(NamedTuple):
    """Messages of one type that arrived together, and their bytes.

    `assembled` says how a single one came that was divided or compressed.
    """

    messages: Messages
    size: int
    assembled: Message | None = None


class Incoming:
    """Turns what the peer sent into messages and control frames, in order.

    The reader alone feeds it. Breaking the protocol raises `ProtocolError`, behind all that came before it.
    """

    def __init__(
        self,
        traffic: Traffic,
        compression: Compression | None,
        *,
        masked: bool,
        limit: int,
        keeps_lengths: bool = False,
    ) -> None:
        self._traffic = traffic
        self._compression = compression
        self._frames = FrameReader(masked=masked, max_payload=limit, compression=compression is not None)
        self._messages = MessageAssembler(limit, keeps_lengths=keeps_lengths)
        self._keeps_lengths = keeps_lengths

    def feed(self, data: bytes) -> Iterator[Batch | Frame]:
        """Yields the messages and control frames that `data` completes. Only the first close frame counts."""
        for frames in self._frames.feed(data):
            if isinstance(frames, LongFrame):
                yield from self._accept_long(frames)
            elif self._messages.takes_each(frames):
                self._traffic.record("<", frames.opcode, frames.payloads)
                for messages, size in self._messages.decode_each(frames):
                    yield Batch(messages, size)
            else:
                yield from self._accept_each(frames.each())

    def check_unfinished(self) -> bool:
        """Checks what has arrived of a text that goes on; returns whether a frame is unfinished."""
        if self._frames.unfinished is None:
            return False
        if self._compression is None or not self._compression.in_progress:
            self._messages.check(self._frames.unfinished)
        return True

    def record_refused(self) -> None:
        """Records how the frame begins that broke the protocol, if it did so before it could become a record."""
        if refused := self._frames.refused:
            self._traffic.record_event(f"what was refused begins with the bytes {refused.hex(' ')}")

    def describe_position(self) -> str:
        """Where the stream stands, or ended, to continue a sentence; empty between two messages. Any thread may ask."""
        if unfinished := self._frames.unfinished:
            return f" in the middle of a frame ({unfinished.received:,} of {unfinished.size:,} bytes)"
        if self._messages.in_progress is not None:
            return f" in the middle of a message ({self._messages.in_progress:,} bytes so far)"
        return "" if self._frames.between_frames else " in the middle of a frame's header"

    def _accept_long(self, frame: LongFrame) -> Iterator[Batch | Frame]:
        """Only what is compressed, and a control frame, is needed as a whole."""
        compressed = self._compression is not None and self._compression.begins(frame)
        if compressed or frame.opcode >= 8:
            yield from self._accept_each([frame.join()])
        else:
            self._traffic.record_long("<", frame)
            yield from self._add(frame)

    def _accept_each(self, frames: Iterable[Frame]) -> Iterator[Batch | Frame]:
        for frame in frames:
            if self._compression is not None and self._compression.begins(frame):
                yield from self._add_compressed(self._compression, frame)
            else:
                self._traffic.record("<", frame.opcode, [frame.payload], frame.fin)
                if frame.opcode >= 8:
                    yield frame
                else:
                    yield from self._add(frame)

    def _add(self, frame: Frame | LongFrame, compression: Compression | None = None) -> Iterator[Batch]:
        message = self._messages.add(frame)
        self._frames.max_payload = self._messages.room
        if message is not None:
            if compression is not None:
                message = message._replace(compressed_size=compression.wire_size)
            if self._keeps_lengths and message.fragments > 1:
                message = DividedMessage.of_fragments(message, self._messages.lengths)
            plain = message.fragments == 1 and compression is None
            yield Batch([message.data], message.size, None if plain else message)  # type: ignore[arg-type]

    def _add_compressed(self, compression: Compression, frame: Frame) -> Iterator[Batch]:
        self._messages.check_opcode(frame.opcode)
        inflated = compression.inflate(frame, self._messages.room)
        self._traffic.record("<", inflated.opcode, [inflated.payload], inflated.fin, len(frame.payload))
        yield from self._add(inflated, compression)
