"""A size in bytes, as a test and the command line write it."""

from __future__ import annotations

import re

SIZE_PATTERN = re.compile(r"([0-9]+(?:_[0-9]+)*) *(?:bytes|B|(K|M|G)iB)?")


class ByteSize(int):
    """A size in bytes: a number, or a number with a unit: ``B``, ``KiB``, ``MiB`` or ``GiB``, such as ``64 MiB``."""

    def __str__(self) -> str:
        for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
            if self and self % size == 0:
                return f"{self // size} {unit}"
        return f"{int(self)} bytes"

    __repr__ = __str__

    @classmethod
    def read(cls, value: str | int) -> ByteSize:
        """Reads `64 MiB`, `65536` and the like."""
        match = SIZE_PATTERN.fullmatch(str(int(value)) if isinstance(value, int) else value.strip())
        if match is None:
            raise ValueError(f"'{value}' is not a size: write a number of bytes, or one with a unit such as '64 MiB'")
        return cls(int(match[1]) << {"K": 10, "M": 20, "G": 30}.get(match[2], 0))
