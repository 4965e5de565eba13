"""Masking of payloads (RFC 6455 section 5.3): in C with the extra `speedups`, otherwise in Python.

docs/decisions/0007 says which mask in C, and why Python masks in blocks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from struct import Struct

Octets = bytes | bytearray | memoryview

MASK_BLOCK = 8 * 1024
"""Bytes that Python masks at once: larger integers leave the processor's nearest cache, and take twice the time."""
KEYS = 256
"""Keys that are drawn at once, because a system call for each would cost as much as the masking."""

mask: Callable[[Octets, bytes], bytes]
"""Masks or unmasks a payload."""
unmask_all: Callable[[bytes, int], list[bytes]]
"""The payloads of masked frames in a row, each of which has a header of two bytes and a payload of so many bytes."""

_integer = int.from_bytes
_split: Callable[[bytes], tuple[bytes, ...]] = Struct("4s" * KEYS).unpack
_keys: list[bytes] = []


def draw_masking_key() -> bytes:
    """A key that nobody can predict."""
    try:
        return _keys.pop()
    except IndexError:
        first, *others = _split(os.urandom(4 * KEYS))
        _keys.extend(others)
        return first


def mask_in_python(payload: Octets, key: bytes) -> bytes:
    """Masks as arithmetic on blocks that are read as large integers."""
    size = len(payload)
    if size <= MASK_BLOCK:
        return (_integer(payload, "little") ^ _repeat(key, size)).to_bytes(size, "little")
    repeated, end = _repeat(key, MASK_BLOCK), size - size % MASK_BLOCK
    blocks = [
        (_integer(payload[at : at + MASK_BLOCK], "little") ^ repeated).to_bytes(MASK_BLOCK, "little")
        for at in range(0, end, MASK_BLOCK)
    ]
    return b"".join([*blocks, mask_in_python(payload[end:], key)])


def unmask_all_in_python(run: bytes, size: int) -> list[bytes]:
    """Keys are numbers here: half the time of `mask_in_python` for each payload."""
    layout, pattern, bits = _prepare_run(size)
    return [
        (_integer(payload, "little") ^ (key * pattern & bits)).to_bytes(size, "little")
        for key, payload in layout.iter_unpack(run)
    ]


def unmask_all_in_c(run: bytes, size: int) -> list[bytes]:
    return [mask(payload, key) for key, payload in _make_layout(size).iter_unpack(run)]


def _repeat(key: bytes, size: int) -> int:
    return _integer((key * (size // 4 + 1))[:size], "little")


@cache
def _prepare_run(size: int) -> tuple[Struct, int, int]:
    """The layout of a frame, what repeats a key when multiplied with it, and all the bits of a payload."""
    return Struct(f"<2xI{size}s"), _integer(b"\1\0\0\0" * (size // 4 + 1), "little"), (1 << 8 * size) - 1


@cache
def _make_layout(size: int) -> Struct:
    return Struct(f"2x4s{size}s")


try:
    from websockets.speedups import apply_mask
except ImportError:
    mask, unmask_all = mask_in_python, unmask_all_in_python
else:
    mask, unmask_all = apply_mask, unmask_all_in_c
