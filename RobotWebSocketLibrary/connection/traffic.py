"""The last frames of a connection, both directions."""

from __future__ import annotations

from collections import deque
from time import time
from typing import Literal, NamedTuple

from ..errors import QUOTE_LIMIT, quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import Frame, Opcode

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

    def __str__(self) -> str:
        if self.opcode == Opcode.CLOSE:
            return f"{self.direction} close {_close_text(self.preview)}".rstrip()
        kind = "" if self.opcode == Opcode.TEXT else f"{Opcode(self.opcode).name.lower()} "
        more = "" if self.fin else " (to be continued)"
        return f"{self.direction} {kind}{self._shown}{more}"

    @property
    def _shown(self) -> str:
        text = self.preview if self.opcode == Opcode.BINARY else self.preview.decode(errors="replace")
        return quoted(text) if self.size <= PREVIEW else f"{quoted(text[:QUOTE_LIMIT])[:-1]}…' ({self.size:,} bytes)"


class Traffic:
    """Records frames of any thread in a bounded ring; `deque` appends atomically."""

    def __init__(self) -> None:
        self.recorded = 0
        self._records: deque[TrafficRecord] = deque(maxlen=FRAMES_KEPT)

    @property
    def records(self) -> list[TrafficRecord]:
        return list(self._records.copy())

    def record(self, direction: Direction, frame: Frame) -> None:
        size = len(frame.payload)
        self._records.append(TrafficRecord(time(), direction, frame.opcode, size, frame.payload[:PREVIEW], frame.fin))
        self.recorded += 1


def _close_text(payload: bytes) -> str:
    code = int.from_bytes(payload[:2], "big")
    return str(CloseStatus(code, payload[2:].decode(errors="replace"))) if payload else ""
