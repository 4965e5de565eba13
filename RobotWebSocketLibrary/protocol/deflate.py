"""Compression of messages: permessage-deflate, negotiated and applied (RFC 7692)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import NamedTuple

from ..errors import ProtocolError, quoted
from .frames import make_too_big_error
from .http import TOKEN, HttpError

NAME = "permessage-deflate"
OFFER = f"{NAME}; client_max_window_bits, {NAME}; client_max_window_bits; client_no_context_takeover"
"""What our client offers (section 7.1). A server may limit the client's window, and with the second offer its memory
too. Everything else is left to the server.
"""

TAIL = b"\x00\x00\xff\xff"
"""The end of every compressed message, which is not sent (section 7.2.1)."""
FINAL_BLOCK = b"\x01" + TAIL
"""An empty block with BFINAL set. It ends a stream where a block may begin, and nowhere else."""
SMALLEST_WINDOW = 9
"""The fewest window bits that zlib compresses with. With 8, which is legal, messages leave uncompressed."""

INPUT_BLOCK = 8 * 1024
"""Bytes given to zlib at once, because it copies those that it leaves. They become 8 MiB at most."""
BOMB_BLOCK = 100 * INPUT_BLOCK
"""Bytes that no block of ordinary data becomes. Behind such a block, the rest of the payload is counted first."""
OUTPUT_BLOCK = 64 * 1024
"""Bytes taken from zlib at once, because it holds them twice."""

FLAGS = ("server_no_context_takeover", "client_no_context_takeover")
WINDOWS = ("server_max_window_bits", "client_max_window_bits")
WINDOW_BITS = {str(bits): bits for bits in range(8, 16)}

# RFC 6455 section 9.1, with the white space that RFC 2616 allows between any two words
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_PARAMETER = re.compile(rf"[ \t]*;[ \t]*({TOKEN.pattern})(?:[ \t]*=[ \t]*({TOKEN.pattern}|{_QUOTED}))?")
_EXTENSION = re.compile(rf"{TOKEN.pattern}((?:{_PARAMETER.pattern})*)")
_ELEMENT = re.compile(rf'(?:{_QUOTED}?|[^",]+)+')  # with a quotation that does not end, up to the header's end

Parameters = dict[str, str | None]


class DeflateParameters(NamedTuple):
    """What both ends agreed on (section 7.1)."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15


def accept_offer(header: str) -> tuple[DeflateParameters, str] | None:
    """A server's choice among the offers of a client, and the header that says so; None where none can be accepted."""
    for name, parameters in _read_extensions(header):
        if name == NAME and parameters is not None and _are_valid(parameters, offered=True):
            return _agree(parameters), _write_answer(parameters)
    return None


def check_answer(header: str, offers: str = OFFER) -> DeflateParameters:
    """The parameters that a server chose from the offers of a client."""
    extensions = list(_read_extensions(header))
    if {name for name, _ in extensions} != {NAME}:
        raise HttpError(f"the server chose an extension that was not offered: {quoted(header)}")
    if len(extensions) > 1:
        raise HttpError(f"the server chose compression more than once: {quoted(header)}")
    parameters = extensions[0][1]
    offered = [offer for name, offer in _read_extensions(offers) if name == NAME and offer is not None]
    if parameters is None or not _are_valid(parameters, offered=False) or not _may_be_chosen(parameters, offered):
        raise HttpError(f"the server chose compression with parameters that are not valid: {quoted(header)}")
    if offered and all("client_no_context_takeover" in offer for offer in offered):
        parameters["client_no_context_takeover"] = None  # the client has announced it (section 7.1.1.2)
    return _agree(parameters)


def _may_be_chosen(parameters: Parameters, offered: list[Parameters]) -> bool:
    """Only a client that says so takes a limit for its own window (section 7.1.2.2)."""
    return "client_max_window_bits" not in parameters or any("client_max_window_bits" in offer for offer in offered)


class Deflater:
    """Compresses the messages of one direction, in the order in which they leave, if it is `able` to."""

    def __init__(self, window_bits: int, *, keeps_context: bool) -> None:
        self.able = window_bits >= SMALLEST_WINDOW
        self._window_bits = window_bits
        self._keeps_context = keeps_context
        self._compressor: zlib._Compress | None = None

    def deflate(self, payload: bytes) -> bytes:
        """The payload of a compressed message."""
        compressor = self._compressor or zlib.compressobj(wbits=-self._window_bits)
        if self._keeps_context:
            self._compressor = compressor
        compressed = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return compressed.removesuffix(TAIL)


class Inflater:
    """Decompresses the messages of one direction, in the order in which they came, never beyond a limit."""

    def __init__(self, window_bits: int, *, keeps_context: bool) -> None:
        self._window_bits = window_bits
        self._keeps_context = keeps_context
        self._decompressor = self._make_decompressor()
        self._ends_with_final_block = False

    def inflate(self, payload: bytes, limit: int, *, size: int = 0, last: bool) -> bytes:
        """Decompresses a frame's payload; `last` for the frame that ends its message.

        `limit` is for the message, of which `size` bytes have come in earlier frames. The output is written into one
        buffer, so memory holds the message once. What grows like a bomb is counted before it is kept.
        """
        output = BytesIO()
        room, counted = limit - size, False
        for at in range(0, len(payload), INPUT_BLOCK):
            before = room
            room = self._inflate_block(payload[at : at + INPUT_BLOCK], room, output.write)
            _check_room(room, limit)
            if before - room > BOMB_BLOCK and not counted:
                self._count(payload[at + INPUT_BLOCK :], room, limit)
                counted = True
        if last:
            self._end_message()
        return output.getvalue()

    def _count(self, payload: bytes, room: int, limit: int) -> None:
        """Inflates the rest of a payload in a copy that keeps nothing, and refuses what is too long."""
        copy = Inflater(self._window_bits, keeps_context=True)
        copy._decompressor = self._decompressor.copy()
        for at in range(0, len(payload), INPUT_BLOCK):
            room = copy._inflate_block(payload[at : at + INPUT_BLOCK], room, len)
            _check_room(room, limit)

    def _inflate_block(self, block: bytes, room: int, write: Callable[[bytes], object]) -> int:
        """Writes pieces until zlib holds nothing back or they are too many bytes; returns the room that is left."""
        full = True
        while room >= 0 and (block or full):
            size = min(room + 1, OUTPUT_BLOCK)
            piece = self._decompress(block, size)
            write(piece)
            room -= len(piece)
            full = len(piece) == size  # then zlib may hold more, even if it has looked at all there is
            block = self._take_rest()
        return room

    def _decompress(self, data: bytes, size: int) -> bytes:
        if data:
            self._ends_with_final_block = False
        try:
            return self._decompressor.decompress(data, size)
        except zlib.error as error:
            raise ProtocolError("invalid compressed data", 1007) from error

    def _take_rest(self) -> bytes:
        """What zlib has not looked at yet: behind a full output, or behind a final block.

        What follows a final block (section 7.2.3.4) does not refer to what was before it. A message may end with such a
        block, and lack the byte behind it that the tail would complete: others read it too.
        """
        if not self._decompressor.eof:
            return self._decompressor.unconsumed_tail
        rest = self._decompressor.unused_data
        self._decompressor = self._make_decompressor()
        self._ends_with_final_block = not rest
        return rest

    def _end_message(self) -> None:
        if not (self._ends_with_final_block or self._tail_completes()):
            raise ProtocolError("incomplete compressed data", 1007)
        self._ends_with_final_block = False
        if not self._keeps_context:
            self._decompressor = self._make_decompressor()

    def _tail_completes(self) -> bool:
        """Whether the tail brings the data to where a block may begin, and brings nothing else (section 7.2.2).

        A copy of the decompressor tries that. zlib does not say, and would take what is missing from the next message.
        """
        with suppress(zlib.error):
            if not self._decompressor.decompress(TAIL) and not self._take_rest():
                copy = self._decompressor.copy()
                copy.decompress(FINAL_BLOCK)
                return copy.eof
        return False

    def _make_decompressor(self) -> zlib._Decompress:
        return zlib.decompressobj(wbits=-self._window_bits)


def _check_room(room: int, limit: int) -> None:
    if room < 0:
        raise make_too_big_error(limit + 1, limit)


def _read_extensions(header: str) -> Iterator[tuple[str, Parameters | None]]:
    """Yields extensions with their parameters, None for malformed and for repeated ones (RFC 6455 section 9.1)."""
    for element in _ELEMENT.findall(header):
        if extension := element.strip(" \t"):
            name = extension.partition(";")[0].rstrip(" \t")
            yield name, _read_parameters(extension)


def _read_parameters(extension: str) -> Parameters | None:
    match = _EXTENSION.fullmatch(extension)
    if match is None:
        return None
    pairs = [(name, _unquote(value)) for name, value in _PARAMETER.findall(match[1])]
    parameters = dict(pairs)
    return parameters if len(parameters) == len(pairs) else None


def _unquote(value: str) -> str | None:
    """A parameter's value; None where it has none."""
    if value.startswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value or None


def _are_valid(parameters: Parameters, *, offered: bool) -> bool:
    """Whether each is known and has a legal value. Only an offer may leave the client's window open."""
    return all(_is_valid(name, value, offered) for name, value in parameters.items())


def _is_valid(name: str, value: str | None, offered: bool) -> bool:
    if name in FLAGS:
        return value is None
    if value is None:
        return offered and name == "client_max_window_bits"
    return name in WINDOWS and value in WINDOW_BITS


def _agree(parameters: Parameters) -> DeflateParameters:
    server_flag, client_flag = (name in parameters for name in FLAGS)
    server_bits, client_bits = (WINDOW_BITS[parameters.get(name) or "15"] for name in WINDOWS)
    return DeflateParameters(server_flag, client_flag, server_bits, client_bits)


def _write_answer(parameters: Parameters) -> str:
    """What a server grants of an offer: all of it. An open offer of the client's window needs no answer."""
    granted = [name for name in FLAGS if name in parameters]
    granted += [f"{name}={parameters[name]}" for name in WINDOWS if parameters.get(name) is not None]
    return "; ".join([NAME, *granted])
