"""Frames on the wire (RFC 6455 section 5.2): what they are, and their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from io import BytesIO
from struct import Struct
from typing import NamedTuple

from ..errors import ProtocolError
from . import masking
from .masking import draw_masking_key

FIN, MASK, RSV1 = 0x80, 0x80, 0x40
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


class Frame(NamedTuple):
    """One frame, unmasked. `rsv` holds the three reserved bits as a number from 0 to 7."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def pieces(self) -> list[bytes]:
        return [self.payload]

    @property
    def octets(self) -> bytes:
        return self.payload


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
    """A frame with much payload, in the pieces in which it arrives. They are unmasked, and joined only where needed."""

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

    @property
    def octets(self) -> bytes | memoryview:
        """The payload without a copy, where it is in one piece."""
        return self.pieces[0] if len(self.pieces) == 1 else self.payload

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
