"""What a read of a small message costs, by how much it may return: `python bench/studies/reading.py`."""

from __future__ import annotations

import socket
import timeit
from collections.abc import Callable

NUMBER = 20_000
MESSAGE = b"x" * 125
SIZES = [size * 1024 for size in (16, 64, 72, 96, 120, 128, 256)]


def main() -> None:
    there, here = socket.socketpair()
    kept = bytearray(SIZES[-1])
    for size in SIZES:
        show(f"recv of {size // 1024} KiB", lambda size=size: (there.send(MESSAGE), here.recv(size)))
    show("recv_into a kept buffer", lambda: (there.send(MESSAGE), bytes(memoryview(kept)[: here.recv_into(kept)])))
    there.close()
    here.close()


def show(name: str, read: Callable[[], object]) -> None:
    seconds = min(timeit.repeat(read, number=NUMBER, repeat=5)) / NUMBER
    print(f"{seconds * 1e6:6.1f} µs  {name}")


if __name__ == "__main__":
    main()
