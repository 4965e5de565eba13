"""Masking of payloads (RFC 6455 section 5.3), as arithmetic on payloads that are read as large integers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

MASK_BLOCK = 64 * 1024
"""Bytes that are masked at once: larger integers leave the processor's cache."""
KEYS = 256
"""Keys that are drawn at once, because a system call for each would cost as much as the masking."""

_integer = int.from_bytes
_keys: list[bytes] = []


def draw_masking_key() -> bytes:
    """A key that nobody can predict."""
    try:
        return _keys.pop()
    except IndexError:
        drawn = os.urandom(4 * KEYS)
        _keys.extend(drawn[at : at + 4] for at in range(4, len(drawn), 4))
        return drawn[:4]


def mask(payload: bytes, key: bytes) -> bytes:
    """Masks or unmasks a payload."""
    size = len(payload)
    if size > MASK_BLOCK:
        return b"".join(mask(payload[at : at + MASK_BLOCK], key) for at in range(0, size, MASK_BLOCK))
    stream = (key * (size // 4 + 1))[:size]
    return (_integer(payload, "little") ^ _integer(stream, "little")).to_bytes(size, "little")


def unmask_all(keyed: Iterable[tuple[int, bytes]], size: int) -> list[bytes]:
    """Unmasks small payloads of one size. Their keys are little-endian numbers: half the time of `mask` for each."""
    pattern, bits = _make_pattern(size)
    return [(_integer(payload, "little") ^ (key * pattern & bits)).to_bytes(size, "little") for key, payload in keyed]


@cache
def _make_pattern(size: int) -> tuple[int, int]:
    """What repeats a key when multiplied with it, and all the bits of a payload."""
    return _integer(b"\1\0\0\0" * (size // 4 + 1), "little"), (1 << 8 * size) - 1
