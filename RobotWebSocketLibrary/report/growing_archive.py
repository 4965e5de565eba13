"""An HTTP archive to which entries are added, and which can be read at any time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from .har import Json, describe_creator
from .saving import explain_saving

END = b"\n]}}\n"
"""What follows the last entry. The next one is written over it."""


class GrowingArchive:
    """Writes each entry to the file at once, and keeps none."""

    def __init__(self, path: Path, version: str) -> None:
        creator = json.dumps(describe_creator(version))
        self._path = path
        self._empty = True
        with explain_saving(path):
            self._file: BinaryIO = path.open("wb")
            self._write(f'{{"log": {{"version": "1.2", "creator": {creator}, "pages": [], "entries": [\n'.encode())

    def __enter__(self) -> GrowingArchive:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._file.close()

    def add(self, entry: Json) -> None:
        text = json.dumps(entry, ensure_ascii=False, indent=1)
        with explain_saving(self._path):
            self._file.seek(-len(END), os.SEEK_END)
            self._write((text if self._empty else f",\n{text}").encode(errors="backslashreplace"))
        self._empty = False

    def _write(self, data: bytes) -> None:
        self._file.write(data + END)
        self._file.flush()
