"""What reading, checking and recording of messages takes, without a network: `bench/studies/incoming.py [--row NAME]`.

Frames are fed in the pieces in which a connection reads them. Microseconds of processor time for one message, the least
of several rounds; then how often that is the time of the least that can be done, which is to copy the payload once, and
to decode it where it is text.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from RobotWebSocketLibrary.connection.incoming import Incoming
from RobotWebSocketLibrary.connection.stream import READ_SIZE
from RobotWebSocketLibrary.connection.traffic import Traffic
from RobotWebSocketLibrary.protocol import masking
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode, serialize

ROUNDS, BYTES, MOST = 9, 1 << 25, 20_000


class Row(NamedTuple):
    opcode: Opcode
    size: int
    masked: bool = False
    in_python: bool = False
    character: str = "x"


ROWS = {
    "text-64": Row(Opcode.TEXT, 64),
    "text-64-masked": Row(Opcode.TEXT, 64, masked=True),
    "text-64-masked-python": Row(Opcode.TEXT, 64, masked=True, in_python=True),
    "text-64-KiB": Row(Opcode.TEXT, 64 << 10),
    "text-64-KiB-umlauts": Row(Opcode.TEXT, 64 << 10, character="ä"),
    "text-64-KiB-masked": Row(Opcode.TEXT, 64 << 10, masked=True),
    "text-64-KiB-masked-python": Row(Opcode.TEXT, 64 << 10, masked=True, in_python=True),
    "binary-64-KiB": Row(Opcode.BINARY, 64 << 10),
    "text-16-MiB": Row(Opcode.TEXT, 16 << 20),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", choices=ROWS, action="append", help="run this row only")
    for name in parser.parse_args().row or ROWS:
        took, floor = measure(ROWS[name])
        print(f"{took:10,.2f} µs  {took / floor:5.1f} times the least  {name}", flush=True)


def measure(row: Row) -> tuple[float, float]:
    """Microseconds for one message, and for the least that must be done with it."""
    payload = (row.character * row.size).encode()[: row.size]
    count = max(2, min(MOST, BYTES // row.size))
    wire = b"".join(serialize(Frame(row.opcode, payload), masked=row.masked) for _ in range(count))
    pieces = [wire[at : at + READ_SIZE] for at in range(0, len(wire), READ_SIZE)]
    kept = masking.mask, masking.unmask_all
    if row.in_python:
        masking.mask, masking.unmask_all = masking.mask_in_python, masking.unmask_all_in_python
    took = least(lambda: read(pieces, row.masked, count), count)
    masking.mask, masking.unmask_all = kept
    return took, least(lambda: copy(memoryview(payload), row.opcode, count), count)


def least(action: Callable[[], None], count: int) -> float:
    return min(seconds(action) for _ in range(ROUNDS)) / count * 1e6


def seconds(action: Callable[[], None]) -> float:
    begin = thread_time()
    action()
    return thread_time() - begin


def read(pieces: list[bytes], masked: bool, count: int) -> None:
    incoming = Incoming(Traffic(), None, masked=masked, limit=1 << 30)
    for piece in pieces:
        for arrived in incoming.feed(piece):
            count -= len(arrived.messages)
        incoming.check_unfinished()
    assert count == 0


def copy(payload: memoryview, opcode: Opcode, count: int) -> None:
    for _ in range(count):
        message = bytes(payload)
        if opcode == Opcode.TEXT:
            message.decode()


if __name__ == "__main__":
    main()
