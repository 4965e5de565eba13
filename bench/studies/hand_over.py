"""What a send costs the thread of the test: written at once, or handed to an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from statistics import median
from time import perf_counter

COUNT = 20_000
ROUNDS = 3
FRAME = b"x" * 131


def main() -> None:
    direct, waited, queued = (median(times) for times in zip(*(measure() for _ in range(ROUNDS)), strict=True))
    print(f"written at once {direct:.1f} µs, handed over and awaited {waited:.1f} µs, handed over {queued:.1f} µs")


def measure() -> tuple[float, float, float]:
    """Microseconds for each send."""
    connected = socket.create_connection(sink())
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    _, writer = asyncio.run_coroutine_threadsafe(asyncio.open_connection(*sink()), loop).result()

    async def send() -> None:
        writer.write(FRAME)
        await writer.drain()

    return (
        timed(lambda: connected.sendall(FRAME)),
        timed(lambda: asyncio.run_coroutine_threadsafe(send(), loop).result()),
        timed(lambda: loop.call_soon_threadsafe(writer.write, FRAME)),
    )


def timed(send: Callable[[], object]) -> float:
    start = perf_counter()
    for _ in range(COUNT):
        send()
    return (perf_counter() - start) / COUNT * 1e6


def sink() -> tuple[str, int]:
    """The address of somebody who reads and throws away."""
    listener = socket.create_server(("127.0.0.1", 0))

    def read() -> None:
        connected, _ = listener.accept()
        while connected.recv(65536):
            pass

    threading.Thread(target=read, daemon=True).start()
    address: tuple[str, int] = listener.getsockname()
    return address


if __name__ == "__main__":
    main()
