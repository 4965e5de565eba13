"""Frames from bytes (RFC 6455 section 5.2): many are read from one piece, and checked on the way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain
from struct import Struct

from ..errors import ProtocolError
from . import masking
from .frames import (
    CONTROL_OPCODES,
    CONTROL_PAYLOAD_LIMIT,
    DATA_OPCODES,
    FIN,
    MASK,
    RSV1,
    Frames,
    LongFrame,
    Opcode,
    make_too_big_error,
)

RUN = 256
"""Small frames of one kind and length that are read at once, where they follow one another."""

LONG = 16 * 1024
"""Bytes from which a payload is not copied out of what was read with it: most often it becomes text."""

SHOWN = 16
"""First bytes of a frame that broke the protocol."""

_LEGAL = frozenset(fin | opcode for opcode in DATA_OPCODES for fin in (0, FIN)) | {
    FIN | code for code in CONTROL_OPCODES
}
_LEGAL_COMPRESSED = _LEGAL | {fin | RSV1 | opcode for opcode in (Opcode.TEXT, Opcode.BINARY) for fin in (0, FIN)}


class FrameReader:
    """Reads frames from bytes that come in any pieces.

    `masked` says what this end expects: a server reads masked frames, a client unmasked ones (section 5.1).
    `compression` allows RSV1 on the first frame of a message (RFC 7692 section 6). `max_payload` bounds a data frame
    and may be lowered while a fragmented message grows. `refused` are the first bytes of the frame that broke the
    protocol, as they came.
    """

    def __init__(self, *, masked: bool, max_payload: int, compression: bool = False) -> None:
        self.max_payload = max_payload
        self._limit = max_payload
        self._compression = compression
        self.unfinished: LongFrame | None = None
        self.refused = b""
        self._masked = masked
        self._legal = _LEGAL_COMPRESSED if compression else _LEGAL
        self._rest = b""

    @property
    def between_frames(self) -> bool:
        return self.unfinished is None and not self._rest

    def feed(self, data: bytes) -> Iterator[Frames | LongFrame]:
        """Yields every frame that `data` completes, then raises ProtocolError where the peer broke the protocol."""
        if self.unfinished is not None:
            return self._continue(self.unfinished, data)
        return self._read(self._rest + data if self._rest else data)

    def _continue(self, unfinished: LongFrame, data: bytes) -> Iterator[Frames | LongFrame]:
        missing = unfinished.missing
        unfinished.add(data if len(data) <= missing else memoryview(data)[:missing])
        if len(data) >= missing:
            self.unfinished = None
            yield unfinished
            yield from self._read(data, missing)

    def _find_limit(self, first: int) -> int:
        """Bytes that a frame may have: what cannot be compressed becomes a little longer when it is."""
        compressed = first & RSV1 or (self._compression and not first & 0x0F)
        return self.max_payload + (self.max_payload // 1000 + 64 if compressed else 0)

    def _read(  # noqa: C901, PLR0912, PLR0915 - one loop, fast because it is whole
        self, buffer: bytes, start: int = 0
    ) -> Iterator[Frames | LongFrame]:
        masked, legal, size = self._masked, self._legal, len(buffer)
        shared, failure = -1, None
        payloads: list[bytes] = []
        try:
            while size - start >= 2:
                first, second = buffer[start], buffer[start + 1]
                length = second & 0x7F
                if first != shared:
                    if payloads:
                        yield _make_frames(shared, payloads)
                    shared, payloads = first, []
                if first not in legal or (second >= MASK) is not masked or (length > 125 and first & 0x08):
                    raise _explain_violation(first, second, masked, legal)
                position = start + 2
                if length > 125:
                    position += 2 if length == 126 else 8
                    if size < position:
                        break
                    length = _read_extended_length(buffer[start + 2 : position])
                if length > self.max_payload and not first & 0x08 and length > self._find_limit(first):
                    raise make_too_big_error(self._limit - self.max_payload + length, self._limit)
                if masked:
                    position += 4
                    if size < position:
                        break
                end = position + length
                if size < end:
                    key = buffer[position - 4 : position] if masked else None
                    self.unfinished = LongFrame(first, length, key, memoryview(buffer)[position:])
                    start = size
                    break
                if length >= LONG:
                    if payloads:
                        yield _make_frames(shared, payloads)
                    shared, payloads, start = -1, [], end
                    key = buffer[position - 4 : position] if masked else None
                    yield LongFrame(first, length, key, memoryview(buffer)[position:end])
                elif buffer[end : end + 2] == buffer[start : start + 2] and length <= 125:  # small ones in a row
                    end = start + _measure_run(buffer, start, end - start)
                    payloads += _read_payloads(buffer[start:end], length, masked)
                    start = end
                else:
                    payload = buffer[position:end]
                    payloads.append(masking.mask(payload, buffer[position - 4 : position]) if masked else payload)
                    start = end
        except ProtocolError as error:
            failure, self.refused = error, buffer[start : start + SHOWN]
        self._rest = buffer[start:]
        if payloads:
            yield _make_frames(shared, payloads)
        if failure is not None:
            raise failure


def _make_frames(first: int, payloads: list[bytes]) -> Frames:
    return Frames(first & 0x0F, payloads, first >= FIN, first >> 4 & 0x07)


def _measure_run(buffer: bytes, start: int, step: int) -> int:
    """Bytes of the frames in a row that begin with the same two bytes, and so are of one kind and length."""
    count = min((len(buffer) - start) // step, RUN)
    end = start + count * step
    firsts, seconds = buffer[start:end:step], buffer[start + 1 : end : step]
    others = max(len(firsts.lstrip(firsts[:1])), len(seconds.lstrip(seconds[:1])))
    return (count - others) * step


def _read_payloads(run: bytes, length: int, masked: bool) -> list[bytes]:
    """The payloads of small frames of one length."""
    if masked:
        return masking.unmask_all(run, length)
    return list(chain.from_iterable(_make_layout(length).iter_unpack(run)))


@cache
def _make_layout(length: int) -> Struct:
    return Struct(f"2x{length}s")


def _read_extended_length(digits: bytes) -> int:
    length = int.from_bytes(digits, "big")
    if length >> 63:
        raise ProtocolError("the highest bit of a 64-bit length is set")
    if length < (126 if len(digits) == 2 else 1 << 16):
        raise ProtocolError(f"the length {length} is not written in the shortest form")
    return length


def _explain_violation(first: int, second: int, masked: bool, legal: frozenset[int]) -> ProtocolError:
    """Says which rule of sections 5.1, 5.2 or 5.5 the first two bytes of a frame break."""
    opcode = first & 0x0F
    if opcode not in DATA_OPCODES + CONTROL_OPCODES:
        return ProtocolError(f"reserved opcode 0x{opcode:X}")
    if first & 0x70 and first not in legal:
        bits = " and ".join(f"RSV{number}" for number, bit in ((1, 0x40), (2, 0x20), (3, 0x10)) if first & bit)
        reason = "compression was not negotiated" if legal is _LEGAL else "not allowed on this frame"
        return ProtocolError(f"{bits} set on a {Opcode(opcode).name.lower()} frame ({reason})")
    if opcode in CONTROL_OPCODES and not first & FIN:
        return ProtocolError(f"a fragmented {Opcode(opcode).name.lower()} frame")
    if opcode in CONTROL_OPCODES and second & 0x7F > CONTROL_PAYLOAD_LIMIT:
        return ProtocolError(f"a {Opcode(opcode).name.lower()} frame with more than 125 bytes")
    return ProtocolError("an unmasked frame from a client" if masked else "a masked frame from a server")
