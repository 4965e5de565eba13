"""Frames on the wire (RFC 6455 section 5.2): read many from one piece of bytes, serialize, mask."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from io import BytesIO
from itertools import chain
from struct import Struct
from typing import NamedTuple

from ..errors import ProtocolError
from . import masking
from .masking import draw_masking_key

FIN, MASK, RSV1 = 0x80, 0x80, 0x40
RUN = 256
"""Small frames of one kind and length that are read at once, where they follow one another."""
LARGE = 64 * 1024
"""Bytes of a payload that are masked at once. Twice as many get new memory from the system each time."""


class Opcode(IntEnum):
    """Opcodes of RFC 6455 section 5.2."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


DATA_OPCODES = (Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY)
CONTROL_OPCODES = (Opcode.CLOSE, Opcode.PING, Opcode.PONG)
CONTROL_PAYLOAD_LIMIT = 125

_LEGAL = frozenset(fin | opcode for opcode in DATA_OPCODES for fin in (0, FIN)) | {
    FIN | code for code in CONTROL_OPCODES
}
_LEGAL_COMPRESSED = _LEGAL | {fin | RSV1 | opcode for opcode in (Opcode.TEXT, Opcode.BINARY) for fin in (0, FIN)}


class Frame(NamedTuple):
    """One frame, unmasked. `rsv` holds the three reserved bits as a number from 0 to 7."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def pieces(self) -> list[bytes]:
        return [self.payload]


class Frames(NamedTuple):
    """Frames in a row that share their first byte: many small ones cost little more than one."""

    opcode: int
    payloads: list[bytes]
    fin: bool = True
    rsv: int = 0

    def each(self) -> Iterator[Frame]:
        for payload in self.payloads:
            yield Frame(self.opcode, payload, self.fin, self.rsv)


class LongFrame:
    """A frame whose payload arrives in several pieces. They are unmasked, and joined only where somebody needs that."""

    def __init__(self, first: int, size: int, key: bytes | None, piece: memoryview) -> None:
        self.opcode = first & 0x0F
        self.fin = first >= FIN
        self.rsv = first >> 4 & 0x07
        self.size = size
        self.received = 0
        self.pieces: list[bytes | memoryview] = []
        self._key = key
        self.add(piece)

    @property
    def missing(self) -> int:
        return self.size - self.received

    @property
    def payload(self) -> bytes:
        return b"".join(self.pieces)

    def join(self) -> Frame:
        return Frame(self.opcode, self.payload, self.fin, self.rsv)

    def add(self, piece: bytes | memoryview) -> None:
        size = len(piece)
        if self._key is None:
            self.pieces.append(piece)
        else:
            turn = self.received % 4
            self.pieces.append(masking.mask(piece, self._key[turn:] + self._key[:turn]))
        self.received += size

    def read_head(self, size: int) -> bytes:
        """The first bytes of the payload."""
        head = bytes(self.pieces[0][:size])
        return head if len(head) == min(size, self.received) else self.payload[:size]


class FrameReader:
    """Reads frames from bytes that come in any pieces.

    `masked` says what this end expects: a server reads masked frames, a client unmasked ones (section 5.1).
    `compression` allows RSV1 on the first frame of a message (RFC 7692 section 6). `max_payload` bounds a data frame
    and may be lowered while a fragmented message grows.
    """

    def __init__(self, *, masked: bool, max_payload: int, compression: bool = False) -> None:
        self.max_payload = max_payload
        self._limit = max_payload
        self._compression = compression
        self.unfinished: LongFrame | None = None
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

    def _read(  # noqa: C901, PLR0912 - one loop, fast because it is whole
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
                if buffer[end : end + 2] == buffer[start : start + 2] and length <= 125:  # small ones in a row
                    end = start + _measure_run(buffer, start, end - start)
                    payloads += _read_payloads(buffer[start:end], length, masked)
                else:
                    payload = buffer[position:end]
                    payloads.append(masking.mask(payload, buffer[position - 4 : position]) if masked else payload)
                start = end
        except ProtocolError as error:
            failure = error
        self._rest = buffer[start:]
        if payloads:
            yield _make_frames(shared, payloads)
        if failure is not None:
            raise failure


def serialize(frame: Frame, *, masked: bool, length: int | None = None) -> bytes:
    """Bytes of a frame. `length` declares another length than the payload has."""
    opcode, payload, fin, rsv = frame
    first, size = (FIN if fin else 0) | rsv << 4 | opcode, len(payload) if length is None else length
    return _serialize_masked(first, payload, size) if masked else _write_header(first, 0, size) + payload


def serialize_all(opcode: int, payloads: list[bytes], *, masked: bool) -> bytes:
    """Bytes of messages in a row, each of which is one frame."""
    first = FIN | opcode
    if len(payloads) == 1:
        [payload] = payloads
        size = len(payload)
        return _serialize_masked(first, payload, size) if masked else _write_header(first, 0, size) + payload
    if masked:
        return b"".join([_serialize_masked(first, payload, len(payload)) for payload in payloads])
    sizes = set(map(len, payloads))
    headers = {size: _write_header(first, 0, size) for size in sizes}
    if len(sizes) == 1:
        [header] = headers.values()
        return header + header.join(payloads)
    return b"".join([part for payload in payloads for part in (headers[len(payload)], payload)])


def make_too_big_error(size: int, limit: int) -> ProtocolError:
    """A message that is, or will be, larger than this end accepts."""
    reason = f"a message of at least {size:,} bytes, over the limit of {limit:,} bytes ('max_message_size')"
    return ProtocolError(reason, 1009)


def _serialize_masked(first: int, payload: bytes, size: int) -> bytes:
    key = draw_masking_key()
    if size <= CONTROL_PAYLOAD_LIMIT:
        return _write_short_header(first, MASK | size, key) + masking.mask(payload, key)
    header = _write_header(first, MASK, size) + key
    if len(payload) <= LARGE:
        return header + masking.mask(payload, key)
    return _mask_in_blocks(header, payload, key)


def _mask_in_blocks(header: bytes, payload: bytes, key: bytes) -> bytes:
    """Each block reuses the memory of the one before it, so that only the whole frame needs new memory."""
    frame, view = BytesIO(), memoryview(payload)
    frame.write(header)
    for at in range(0, len(payload), LARGE):
        frame.write(masking.mask(view[at : at + LARGE], key))
    return frame.getvalue()


def _write_header(first: int, bit: int, size: int) -> bytes:
    if size <= CONTROL_PAYLOAD_LIMIT:
        return bytes((first, bit | size))
    if size < 1 << 16:
        return bytes((first, bit | 126)) + size.to_bytes(2, "big")
    return bytes((first, bit | 127)) + size.to_bytes(8, "big")


_write_short_header = Struct("2B4s").pack


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
