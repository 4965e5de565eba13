"""Bodies of HTTP messages: where they end, and what is in them (RFC 9112 sections 6 and 7)."""

from __future__ import annotations

import re

from .headers import Headers
from .http import HttpError

CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
SIZE_LINE_LIMIT = 1024
"""Bytes of the line that says how long a chunk is, and of the fields behind the last one."""
LINE_END = b"\r\n"
LENGTH = re.compile("[0-9]{1,15}")


class BodyTooLongError(HttpError):
    """A body is longer than whoever reads it wants."""


class BodyReader:
    """Collects the body of a request from bytes that come in any pieces. Without a length there is none (section 6.3).

    `content` is what has come; `feed` says whether it is all of it.
    """

    def __init__(self, headers: Headers, limit: int) -> None:
        self.content = b""
        self._limit = limit
        self._buffer = bytearray()
        self._pieces: list[bytes] = []
        self._size = 0
        self._line_end_is_due = False
        self._chunked, self._left = _read_framing(headers)
        self._check_size(self._left)

    def feed(self, data: bytes) -> bool:
        """Returns True once the body is complete. Raises `HttpError` where it breaks HTTP or the limit."""
        self._buffer += data
        complete = self._read_chunks() if self._chunked else self._read_plainly()
        if complete:
            self.content = b"".join(self._pieces)
        return complete

    def _read_plainly(self) -> bool:
        self._take(self._left)
        return not self._left

    def _read_chunks(self) -> bool:
        while self._finish_chunk():
            size = CHUNK_SIZE.match(self._buffer)
            if size is None:
                return self._wait_for_size()
            length = int(size[1], 16)
            if not length:
                return self._skip_trailers(size.end())
            self._check_size(self._size + length)
            del self._buffer[: size.end()]
            self._left, self._line_end_is_due = length, True
        return False

    def _finish_chunk(self) -> bool:
        """Takes what is left of a chunk, and the end of its last line."""
        self._take(self._left)
        if self._left or not self._line_end_is_due:
            return not self._left
        if len(self._buffer) < len(LINE_END):
            return False
        if not self._buffer.startswith(LINE_END):
            raise HttpError("a chunk of the body is longer than its size says")
        del self._buffer[: len(LINE_END)]
        self._line_end_is_due = False
        return True

    def _take(self, length: int) -> None:
        piece = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._pieces.append(piece)
        self._size += len(piece)
        self._left -= len(piece)

    def _wait_for_size(self) -> bool:
        if b"\n" in self._buffer or len(self._buffer) > SIZE_LINE_LIMIT:
            raise HttpError("a chunk of the body has no size")
        return False

    def _skip_trailers(self, start: int) -> bool:
        """The fields behind the last chunk, which nobody needs (section 7.1.2)."""
        rest = bytes(self._buffer[start:])
        if len(rest) > SIZE_LINE_LIMIT:
            raise HttpError(f"more than {SIZE_LINE_LIMIT:,} bytes of fields behind the body")
        return rest.startswith(LINE_END) or b"\r\n\r\n" in rest

    def _check_size(self, size: int) -> None:
        if size > self._limit:
            raise BodyTooLongError(f"its body is longer than {self._limit:,} bytes")


def join_chunks(body: bytes) -> bytes:
    """The content of a chunked body, as far as it arrived (section 7.1)."""
    content = []
    while size := CHUNK_SIZE.match(body):
        start, length = size.end(), int(size[1], 16)
        content.append(body[start : start + length])
        body = body[start + length + 2 :] if length else b""
    return b"".join(content)


def _read_framing(headers: Headers) -> tuple[bool, int]:
    """Whether a body comes in chunks, and how long it is otherwise. What could be read in two ways is refused."""
    codings, lengths = headers.tokens("Transfer-Encoding"), set(headers.tokens("Content-Length"))
    if codings:
        if lengths or [coding.lower() for coding in codings] != ["chunked"]:
            raise HttpError("it does not say clearly where its body ends")
        return True, 0
    if not lengths:
        return False, 0
    [length, *others] = lengths
    if others or not LENGTH.fullmatch(length):
        raise HttpError("it does not say clearly where its body ends")
    return False, int(length)
