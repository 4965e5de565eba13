"""What was on the wire: the last frames of a connection, in both directions, and counts of all of them."""

from __future__ import annotations

import _thread
import codecs
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..defaults import TRAFFIC_FRAMES, TRAFFIC_PREVIEW
from ..errors import QUOTE_LIMIT, escaped, quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import CONTROL_PAYLOAD_LIMIT, DATA_OPCODES, LongFrame, Opcode
from ..secrecy import ShownInstead
from ..wall_clock import now
from .news import Announcer

EVENT = -1
"""Stands for the opcode where there was no frame."""

EVENT_SIZE = 4 * QUOTE_LIMIT
"""Bytes of its text that are kept."""

Direction = Literal[">", "<", "!"]


class TrafficLimit(NamedTuple):
    """How much of the traffic is kept: frames, and bytes of the payload of each. Control frames are kept whole."""

    frames: int = TRAFFIC_FRAMES
    preview: int = TRAFFIC_PREVIEW


class TrafficRecord(NamedTuple):
    """One frame that was sent (`>`) or received (`<`), or an event beside the frames (`!`), such as a lost connection.

    `time` is in seconds since the epoch. Its text is one line for a log. Where a compressed message
    was sent in fragments, the first record has its whole payload: it was compressed before it was divided. Whoever
    shows records fills in `taken_by`, the keyword that took the message that ends with this frame.
    """

    time: float
    direction: Direction
    opcode: int
    size: int
    preview: bytes
    fin: bool
    compressed_size: int | None = None
    taken_by: str | None = None

    @property
    def type(self) -> str:
        """`text`, `binary`, `continuation`, `close`, `ping`, `pong`, or `event`."""
        if self.opcode == EVENT:
            return "event"
        return Opcode(self.opcode).name.lower() if self.opcode in _OPCODES else f"opcode 0x{self.opcode:X}"

    @property
    def text(self) -> str:
        """The preview as text, without a character that its end cuts in two."""
        return decode_preview(self.preview, cut=self.cut)

    @property
    def cut(self) -> bool:
        """Whether the preview is not the whole payload. What stands for a secret is whole."""
        return len(self.preview) < self.size and not isinstance(self.preview, ShownInstead)

    def __str__(self) -> str:
        if self.opcode == EVENT:
            return f"{self.direction} {escaped(self.text)}"
        if self.opcode == Opcode.CLOSE:
            return f"{self.direction} close {_describe_close(self.preview, self.cut)}".rstrip()
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


RecordedFrames = tuple[int, float, Direction, int, bool, bytes | list[bytes], int | list[int] | None, int | None]
"""Frames that arrived, or left, together, as they become records when somebody looks: their number, time, direction,
opcode, whether they end messages, previews, sizes where these are cut, and what they were compressed to. A single one
has no lists: so the garbage collector has nothing to follow."""


class Traffic:
    """Records frames of any thread in a bounded ring.

    - Any thread records, under a lock in which nobody waits. Any thread reads.
    - Batches are kept whole, as long as one of their frames is.
    - An exception of a signal handler may strike between two counts: reading relies on what is there, not on counts.
    """

    def __init__(self, limit: TrafficLimit | None = None, announcer: Announcer | None = None) -> None:
        self.recorded = 0
        self.counts: defaultdict[tuple[Direction, int], Count] = defaultdict(Count)
        self._limit = limit or TrafficLimit()
        self._announcer = announcer or Announcer()
        self._kept = 0
        self._batches: deque[RecordedFrames] = deque()
        self._recording = _thread.allocate_lock()

    @property
    def records(self) -> list[TrafficRecord]:
        """The last frames, in order."""
        return self.since(0)[1]

    @property
    def has_received(self) -> bool:
        """Whether any frame has come from the peer."""
        return any(direction == "<" for direction, _ in list(self.counts))

    def since(self, seen: int) -> tuple[int, list[TrafficRecord]]:
        """How many were recorded by now, and those behind the first `seen` that are kept."""
        with self._recording:
            recorded = self.recorded
            new = min(recorded - seen, self._limit.frames)
            batches = self._find_last(new)
        return recorded, [record for batch in batches for record in _read(batch)][-new:] if new else []

    def record_event(self, text: str, at: float | None = None) -> None:
        """Records what happened to the connection beside the frames, and when, if not now."""
        self.record("!", EVENT, [text.encode(errors="replace")], at=at)

    def record_long(self, direction: Direction, frame: LongFrame) -> None:
        """Records a frame whose pieces nobody has joined."""
        head = frame.read_head(self._limit.preview)
        self.record(direction, frame.opcode, [head], frame.fin, sizes=[frame.size])

    def record(
        self,
        direction: Direction,
        opcode: int,
        payloads: list[bytes],
        fin: bool = True,
        compressed_size: int | None = None,
        *,
        sizes: list[int] | None = None,
        at: float | None = None,
    ) -> None:
        """Records frames that share their first byte. `sizes` says how long the payloads were that are cut already.
        `at` is when they left, or now.

        One function with few calls in it, because it runs for every frame that comes or goes alone.
        """
        frames, limit = len(payloads), self._limit
        size = longest = len(payloads[0])
        if frames > 1:
            size, longest = sum(map(len, payloads)), max(map(len, payloads))
        if sizes is not None:
            size = sum(sizes)
        elif longest > limit.preview:
            sizes, payloads = list(map(len, payloads)), _cut(payloads, opcode, limit.preview)
        kept, cut = (payloads[0], sizes and sizes[0]) if frames == 1 else (payloads, sizes)
        batch: RecordedFrames = (frames, at or now(), direction, opcode, fin, kept, cut, compressed_size)
        with self._recording:
            self._batches.append(batch)
            self.recorded += frames
            self._kept += frames
            while self._kept - (oldest := self._batches[0][0]) >= limit.frames:
                self._kept -= oldest  # before it goes: a count that is too low only keeps a little more
                self._batches.popleft()
            count = self.counts[direction, opcode]
            count.frames += frames
            if fin:
                count.messages += frames
            count.size += size
            count.wire_size += size if compressed_size is None else compressed_size
        self._announcer.announce()

    def _find_last(self, frames: int) -> list[RecordedFrames]:
        """The last batches, in order, that hold so many frames or a few more."""
        last: list[RecordedFrames] = []
        for batch in reversed(self._batches):
            if frames <= 0:
                break
            last.append(batch)
            frames -= batch[0]
        return last[::-1]


def _cut(payloads: list[bytes], opcode: int, preview: int) -> list[bytes]:
    """What is kept of payloads; a control frame is kept whole, and so is the text of an event."""
    kept = preview if opcode in DATA_OPCODES else max(preview, EVENT_SIZE if opcode == EVENT else CONTROL_PAYLOAD_LIMIT)
    return [payload[:kept] for payload in payloads]


def _read(batch: RecordedFrames) -> list[TrafficRecord]:
    _, time_, direction, opcode, fin, kept, cut, compressed_size = batch
    previews = [kept] if isinstance(kept, bytes) else kept
    sizes = [cut] if isinstance(cut, int) else cut or map(len, previews)
    return [
        TrafficRecord(time_, direction, opcode, size, preview, fin, compressed_size)
        for size, preview in zip(sizes, previews, strict=True)
    ]


def decode_preview(payload: bytes, *, cut: bool, errors: str = "replace") -> str:
    """Text of a payload, or of the beginning of one that was cut, up to its last whole character."""
    return codecs.getincrementaldecoder("utf-8")(errors).decode(payload, final=not cut)


def _describe_close(payload: bytes, cut: bool) -> str:
    code = int.from_bytes(payload[:2], "big")
    return str(CloseStatus(code, decode_preview(payload[2:], cut=cut))) if payload else ""
