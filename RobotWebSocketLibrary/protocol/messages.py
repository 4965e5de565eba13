"""Messages from frames and frames from messages (RFC 6455 sections 5.4, 5.6 and 8.1)."""

from __future__ import annotations

import codecs
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from ..errors import ProtocolError, WebSocketError, quoted
from .frames import Frame, Frames, LongFrame, Opcode, make_too_big_error

FRAGMENT_LIMIT = 131_072
"""Fragments of one message. Without this bound, empty ones would grow a message for ever."""


TEXT, BINARY = Opcode.TEXT, Opcode.BINARY  # an attribute of an Enum takes as long as a masking key
_TEXT_CONTINUES = ((None, Opcode.TEXT), (Opcode.TEXT, Opcode.CONTINUATION))
"""Opcode of the message in progress, and of the frame that brings more of its text."""


Messages = Sequence[str] | Sequence[bytes]
"""Messages of one type that arrived, or leave, together."""


class Message(NamedTuple):
    """A whole message: `str` for text, `bytes` for binary. Sizes are in bytes; one that came compressed has two."""

    data: str | bytes
    size: int
    fragments: int = 1
    compressed_size: int | None = None

    @classmethod
    def of(cls, data: str | bytes) -> Message:
        """A message that came in one frame."""
        plain = isinstance(data, bytes) or data.isascii()
        return cls(data, len(data) if plain else len(data.encode()))  # type: ignore[union-attr]

    def __repr__(self) -> str:
        """Short, whatever came: Robot Framework logs it."""
        compressed = "" if self.compressed_size is None else f", compressed_size={self.compressed_size}"
        return f"Message({quoted(self.data)}, size={self.size}, fragments={self.fragments}{compressed})"


class DividedMessage(Message):
    """A message with the lengths of its fragments, which a proxy has to know."""

    lengths: Sequence[int]

    @classmethod
    def of_fragments(cls, message: Message, lengths: Sequence[int]) -> DividedMessage:
        divided = cls(*message)
        divided.lengths = lengths
        return divided


class MessageAssembler:
    """Builds messages from data frames in linear time; text is checked as it arrives, also within a frame.

    With `keeps_lengths` it keeps those of the fragments of a message in `lengths`.
    """

    def __init__(self, limit: int, *, keeps_lengths: bool = False) -> None:
        self.lengths = array("Q")
        self._limit = limit
        self._keeps_lengths = keeps_lengths
        self._begin()

    @property
    def room(self) -> int:
        """Bytes that the message in progress may still grow by."""
        return self._limit - self._size

    @property
    def in_progress(self) -> int | None:
        """Bytes so far of a message whose last frame has not come."""
        return None if self._opcode is None else self._size

    def decode_each(self, frames: Frames) -> Iterator[tuple[Messages, int]]:
        """The messages of frames that are one each, with their size: all at once, or up to one that is not text."""
        payloads = frames.payloads
        try:
            messages = payloads if frames.opcode == BINARY else list(map(bytes.decode, payloads))
        except UnicodeDecodeError:
            return map(_decode_one, payloads)
        return iter([(messages, sum(map(len, payloads)))])

    def takes_each(self, frames: Frames) -> bool:
        """Whether each of the frames is a message of its own."""
        return frames.fin and not frames.rsv and 0 < frames.opcode < 8 and self._opcode is None and not self._seen

    def add(self, frame: Frame | LongFrame) -> Message | None:
        """Returns the message that the frame completes, if it does."""
        if frame.fin and self._opcode is None and not self._seen and frame.opcode:
            data = _decode(frame.octets) if frame.opcode == TEXT else frame.payload
            return Message(data, sum(map(len, frame.pieces)))
        self._start(frame.opcode)
        self._append(frame)
        return self._finish() if frame.fin else None

    def check_opcode(self, opcode: int) -> None:
        """Checks that a data frame comes where it may (section 5.4)."""
        if self._opcode is None and opcode == Opcode.CONTINUATION:
            raise ProtocolError("a continuation frame without a message to continue")
        if self._opcode is not None and opcode != Opcode.CONTINUATION:
            raise ProtocolError("a new message before the fragmented one has ended")

    def check(self, unfinished: LongFrame | None) -> None:
        """Checks what has arrived of a text frame, so that invalid UTF-8 fails before the frame's end (section 8.1)."""
        if unfinished is None or unfinished.rsv or (self._opcode, unfinished.opcode) not in _TEXT_CONTINUES:
            return
        self._decode_pieces(unfinished.pieces)

    def _begin(self) -> None:
        self._opcode: int | None = None
        self._size = 0
        self._fragments = 0
        self._bytes: list[bytes] = []
        self._text: list[str] = []
        self._decoded = 0
        self._undecoded = b""
        self._seen = 0

    def _start(self, opcode: int) -> None:
        self.check_opcode(opcode)
        if self._opcode is None:
            self._opcode = opcode
            self.lengths = array("Q")

    def _append(self, frame: Frame | LongFrame) -> None:
        pieces = frame.pieces
        length = sum(map(len, pieces))
        self._size += length
        self._fragments += 1
        if self._size > self._limit:
            raise make_too_big_error(self._size, self._limit)
        if self._fragments > FRAGMENT_LIMIT:
            raise ProtocolError(f"a message of more than {FRAGMENT_LIMIT:,} fragments", 1009)
        if self._keeps_lengths:
            self.lengths.append(length)
        if self._opcode == TEXT:
            self._decode_pieces(pieces, final=frame.fin)
        elif payload := frame.payload:
            self._bytes.append(payload)
        self._seen = 0

    def _decode_pieces(self, pieces: Sequence[bytes | memoryview], final: bool = False) -> None:
        """Decodes the pieces of a frame that were not there before."""
        last = len(pieces) - 1
        while self._seen <= last:
            self._decode_piece(pieces[self._seen], final and self._seen == last)
            self._seen += 1

    def _decode_piece(self, piece: bytes | memoryview, final: bool) -> None:
        piece = self._undecoded + piece if self._undecoded else piece
        try:
            text, size = codecs.utf_8_decode(piece, "strict", final)
        except UnicodeDecodeError as error:
            raise _make_invalid_text_error(self._decoded + error.start) from error
        self._decoded += size
        self._undecoded = bytes(piece[size:])
        if text:
            self._text.append(text)

    def _finish(self) -> Message:
        data: str | bytes = "".join(self._text) if self._opcode == TEXT else b"".join(self._bytes)
        message = Message(data, self._size, self._fragments)
        self._begin()
        return message


def encode_all(messages: Messages) -> tuple[Opcode, list[bytes]]:
    """Opcode and payloads of messages, which are of one type."""
    if isinstance(messages[0], bytes):
        return BINARY, list(messages)  # type: ignore[arg-type]
    try:
        return TEXT, list(map(str.encode, messages))  # type: ignore[arg-type]
    except UnicodeEncodeError as error:
        raise _make_unsendable_error("text", error) from error


def divide(message: Frame, fragment_size: int | None) -> list[Frame]:
    """The frames of a message in fragments of at most so many bytes (section 5.4).

    The reserved bits are set on the first of them (RFC 7692 section 6.1).
    """
    opcode, payload, _, rsv = message
    if fragment_size is None or len(payload) <= fragment_size:
        return [message]
    pieces = [payload[at : at + fragment_size] for at in range(0, len(payload), fragment_size)]
    last = len(pieces) - 1
    first = Frame(opcode, pieces[0], False, rsv)
    return [first, *(Frame(Opcode.CONTINUATION, piece, at == last) for at, piece in enumerate(pieces[1:], 1))]


def divide_at(message: Frame, lengths: Sequence[int]) -> list[Frame]:
    """The frames of a message in fragments of these lengths, all of which together are its own."""
    opcode, payload, _, rsv = message
    ends = list(accumulate(lengths))
    last = len(ends) - 1
    pieces = [payload[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    first = Frame(opcode, pieces[0], False, rsv)
    return [first, *(Frame(Opcode.CONTINUATION, piece, at == last) for at, piece in enumerate(pieces[1:], 1))]


def spread(size: int, count: int) -> list[int]:
    """The lengths of so many fragments of a message, which differ by one byte at most."""
    length, longer = divmod(size, count)
    return [length + (at < longer) for at in range(count)]


def encode_text(text: str, what: str) -> bytes:
    """Text as bytes. Half a surrogate pair, which JSON can write, is not a character."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise _make_unsendable_error(what, error) from error


def _decode_one(payload: bytes) -> tuple[Messages, int]:
    return [_decode(payload)], len(payload)


def _decode(payload: bytes | memoryview) -> str:
    try:
        return str(payload, "utf-8")
    except UnicodeDecodeError as error:
        raise _make_invalid_text_error(error.start) from error


def _make_invalid_text_error(offset: int) -> ProtocolError:
    return ProtocolError(f"invalid UTF-8 in a text message at byte {offset}", 1007)


def _make_unsendable_error(what: str, error: UnicodeEncodeError) -> WebSocketError:
    return WebSocketError(f"Cannot send a {what} with half a surrogate pair (position {error.start + 1}).")
