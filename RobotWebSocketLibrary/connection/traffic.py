"""What was on the wire: the last frames of a connection, in both directions, and counts of all of them."""

from __future__ import annotations

import _thread
import codecs
from collections import defaultdict, deque
from dataclasses import dataclass
from time import time
from typing import Literal, NamedTuple

from ..errors import QUOTE_LIMIT, escaped, quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import CONTROL_PAYLOAD_LIMIT, DATA_OPCODES, Frame, Frames, Opcode

EVENT = -1
"""Stands for the opcode of what is no frame."""

Direction = Literal[">", "<", "!"]


@dataclass(frozen=True)
class TrafficLimit:
    """How much of the traffic is kept: frames, and bytes of the payload of each. Control frames are kept whole."""

    frames: int = 1000
    preview: int = 256


class TrafficRecord(NamedTuple):
    """One frame: `>` was sent, `<` received; or `!`, an end of the connection that no frame tells of.

    `time` is in seconds since the epoch. Its text is one line for a log. Of a compressed message that was sent in
    fragments, the first record has the whole payload: it was compressed before it was divided.
    """

    time: float
    direction: Direction
    opcode: int
    size: int
    preview: bytes
    fin: bool
    compressed_size: int | None = None

    @property
    def type(self) -> str:
        """`text`, `binary`, `continuation`, `close`, `ping`, `pong`, or `event`."""
        if self.opcode == EVENT:
            return "event"
        return Opcode(self.opcode).name.lower() if self.opcode in _OPCODES else f"opcode 0x{self.opcode:X}"

    @property
    def text(self) -> str:
        """The preview as text; a character that the end of the preview cuts in two is left out."""
        return text_of(self.preview, cut=self.cut)

    @property
    def cut(self) -> bool:
        """Whether the preview is not the whole payload."""
        return len(self.preview) < self.size

    def __str__(self) -> str:
        if self.opcode == EVENT:
            return f"{self.direction} {escaped(self.text)}"
        if self.opcode == Opcode.CLOSE:
            return f"{self.direction} close {_close_text(self.preview, self.cut)}".rstrip()
        kind = "" if self.opcode == Opcode.TEXT else f"{self.type} "
        more = "" if self.fin else " (to be continued)"
        if self.compressed_size is not None:
            more += f" (compressed to {self.compressed_size:,} byte{'s' * (self.compressed_size != 1)})"
        return f"{self.direction} {kind}{self._shown}{more}"

    @property
    def _shown(self) -> str:
        text = self.text if self.opcode in _TEXT else self.preview
        return f"{quoted(text[:QUOTE_LIMIT])[:-1]}…' ({self.size:,} bytes)" if self.cut else quoted(text)


_OPCODES = frozenset(Opcode)
_TEXT = (Opcode.TEXT, Opcode.CONTINUATION, Opcode.PING, Opcode.PONG)


@dataclass(slots=True)
class Count:
    """All frames of one type and direction. Sizes are in bytes of payload; on the wire, compressed ones are smaller."""

    frames: int = 0
    messages: int = 0
    size: int = 0
    wire_size: int = 0


class Batch:
    """Frames that arrived, or left, together. They become records only when somebody looks."""

    __slots__ = ("_records", "compressed_size", "direction", "fin", "opcode", "previews", "size", "sizes", "time")

    def __init__(self, direction: Direction, frames: Frames, preview: int, compressed_size: int | None = None) -> None:
        self.time = time()
        self.direction = direction
        self.opcode, payloads, self.fin, _ = frames
        self.sizes = sizes = list(map(len, payloads))
        self.size, longest = (sizes[0], sizes[0]) if len(sizes) == 1 else (sum(sizes), max(sizes))
        if longest > preview:
            kept = preview if self.opcode in DATA_OPCODES else max(preview, CONTROL_PAYLOAD_LIMIT)
            payloads = [payload[:kept] for payload in payloads]
        self.previews = payloads
        self.compressed_size = compressed_size
        self._records: list[TrafficRecord] | None = None

    @property
    def records(self) -> list[TrafficRecord]:
        """Made once: the same frame is the same object each time."""
        if self._records is None:
            self._records = [
                TrafficRecord(self.time, self.direction, self.opcode, size, preview, self.fin, self.compressed_size)
                for size, preview in zip(self.sizes, self.previews, strict=True)
            ]
        return self._records


class Traffic:
    """Records frames of any thread in a bounded ring. Batches are kept whole, as long as one of their frames is."""

    def __init__(self, limit: TrafficLimit | None = None) -> None:
        self.recorded = 0
        self.counts: defaultdict[tuple[Direction, int], Count] = defaultdict(Count)
        self._limit = limit or TrafficLimit()
        self._kept = 0
        self._batches: deque[Batch] = deque()
        self._recording = _thread.allocate_lock()

    @property
    def records(self) -> list[TrafficRecord]:
        """The last frames, in order. The same frame is the same object each time."""
        return self.since(0)[1]

    def since(self, seen: int) -> tuple[int, list[TrafficRecord]]:
        """How many were recorded by now, and those of them that followed the first `seen`, as far as they are kept."""
        with self._recording:
            recorded = self.recorded
            new = min(recorded - seen, self._limit.frames)
            batches = self._last_batches(new)
        return recorded, [record for batch in batches for record in batch.records][-new:] if new else []

    def record_all(self, direction: Direction, frames: Frames) -> None:
        """Records frames that share their first byte."""
        self._add(Batch(direction, frames, self._limit.preview))

    def record(self, direction: Direction, frame: Frame, compressed_size: int | None = None) -> None:
        frames = Frames(frame.opcode, [frame.payload], frame.fin)
        self._add(Batch(direction, frames, self._limit.preview, compressed_size))

    def record_event(self, text: str) -> None:
        """Records what happened to the connection beside the frames."""
        self._add(Batch("!", Frames(EVENT, [text.encode(errors="replace")]), QUOTE_LIMIT * 4))

    def _last_batches(self, frames: int) -> list[Batch]:
        """The last batches, in order, that hold so many frames or a few more."""
        last: list[Batch] = []
        batches = reversed(self._batches)
        while frames > 0:
            last.append(next(batches))
            frames -= len(last[-1].sizes)
        return last[::-1]

    def _add(self, batch: Batch) -> None:
        frames = len(batch.sizes)
        with self._recording:
            self._batches.append(batch)
            self.recorded += frames
            self._kept += frames
            while self._kept - len(self._batches[0].sizes) >= self._limit.frames:
                self._kept -= len(self._batches.popleft().sizes)
            count = self.counts[batch.direction, batch.opcode]
            count.frames += frames
            count.messages += frames if batch.fin else 0
            count.size += batch.size
            count.wire_size += batch.size if batch.compressed_size is None else batch.compressed_size


def text_of(payload: bytes, *, cut: bool, errors: str = "replace") -> str:
    """Text of a payload, or of the beginning of one that was cut, up to its last whole character."""
    return codecs.getincrementaldecoder("utf-8")(errors).decode(payload, final=not cut)


def _close_text(payload: bytes, cut: bool) -> str:
    code = int.from_bytes(payload[:2], "big")
    return str(CloseStatus(code, text_of(payload[2:], cut=cut))) if payload else ""
