"""The last frames of a connection, both directions."""

from __future__ import annotations

import _thread
from collections import deque
from functools import cached_property
from time import time
from typing import Literal, NamedTuple

from ..errors import QUOTE_LIMIT, quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import Frame, Frames, Opcode

FRAMES_KEPT = 1000
PREVIEW = 256
"""Bytes of a payload that are kept."""

Direction = Literal[">", "<"]


class TrafficRecord(NamedTuple):
    """One frame: `>` was sent, `<` received; `time` is in seconds since the epoch. Its text is one line for a log."""

    time: float
    direction: Direction
    opcode: int
    size: int
    preview: bytes
    fin: bool
    compressed_size: int | None = None

    def __str__(self) -> str:
        if self.opcode == Opcode.CLOSE:
            return f"{self.direction} close {_close_text(self.preview)}".rstrip()
        kind = "" if self.opcode == Opcode.TEXT else f"{Opcode(self.opcode).name.lower()} "
        more = "" if self.fin else " (to be continued)"
        more += "" if self.compressed_size is None else f" (compressed to {self.compressed_size:,} bytes)"
        return f"{self.direction} {kind}{self._shown}{more}"

    @property
    def _shown(self) -> str:
        text = self.preview if self.opcode == Opcode.BINARY else self.preview.decode(errors="replace")
        return quoted(text) if self.size <= PREVIEW else f"{quoted(text[:QUOTE_LIMIT])[:-1]}…' ({self.size:,} bytes)"


class Batch:
    """Frames that arrived, or left, together. They become records only when somebody looks."""

    def __init__(self, direction: Direction, frames: Frames, compressed_size: int | None = None) -> None:
        self._time = time()
        self._direction = direction
        self._opcode, payloads, self._fin, _ = frames
        self._sizes = list(map(len, payloads))
        self._previews = payloads if max(self._sizes) <= PREVIEW else [payload[:PREVIEW] for payload in payloads]
        self._compressed_size = compressed_size

    def __len__(self) -> int:
        return len(self._sizes)

    @cached_property
    def records(self) -> list[TrafficRecord]:
        return [
            TrafficRecord(self._time, self._direction, self._opcode, size, preview, self._fin, self._compressed_size)
            for size, preview in zip(self._sizes, self._previews, strict=True)
        ]


class Traffic:
    """Records frames of any thread in a bounded ring. Batches are kept whole, as long as one of their frames is."""

    def __init__(self) -> None:
        self.recorded = 0
        self._kept = 0
        self._batches: deque[Batch] = deque()
        self._recording = _thread.allocate_lock()

    @property
    def records(self) -> list[TrafficRecord]:
        """The last frames, in order. The same frame is the same object each time."""
        return [record for batch in self._batches.copy() for record in batch.records][-FRAMES_KEPT:]

    def record_all(self, direction: Direction, frames: Frames) -> None:
        """Records frames that share their first byte."""
        self._add(Batch(direction, frames))

    def record(self, direction: Direction, frame: Frame, compressed_size: int | None = None) -> None:
        self._add(Batch(direction, Frames(frame.opcode, [frame.payload], frame.fin), compressed_size))

    def _add(self, batch: Batch) -> None:
        count = len(batch)
        with self._recording:
            self._batches.append(batch)
            self.recorded += count
            self._kept += count
            while self._kept - len(self._batches[0]) >= FRAMES_KEPT:
                self._kept -= len(self._batches.popleft())


def _close_text(payload: bytes) -> str:
    code = int.from_bytes(payload[:2], "big")
    return str(CloseStatus(code, payload[2:].decode(errors="replace"))) if payload else ""
