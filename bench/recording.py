"""What recording takes: microseconds for each frame, and its share of receiving: `python bench/recording.py`.

Frames of alternating types are recorded one by one; frames of one type that arrive together, as a batch. Recording is
also called alone, with single frames and with batches of 1,000. The share compares receiving with recording and without
it, in rounds that alternate: processor time of the thread that receives, from the socket to the inbox.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter, thread_time

sys.path.insert(0, str(Path(__file__).parent.parent))

from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.terms import Limits, Terms
from RobotWebSocketLibrary.connection.traffic import Traffic
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode, serialize

FRAMES, BATCH, ROUNDS = 100_000, 1_000, 9
PAYLOAD = b"x" * 64
CLOSE = serialize(Frame(Opcode.CLOSE, b"\x03\xe8"), masked=False)


def main() -> None:
    one, many = [PAYLOAD], [PAYLOAD] * BATCH
    single = median(microseconds(lambda traffic: traffic.record("<", Opcode.TEXT, one), FRAMES) for _ in range(ROUNDS))
    batch = median(
        microseconds(lambda traffic: traffic.record("<", Opcode.TEXT, many), FRAMES // BATCH) for _ in range(ROUNDS)
    )
    print(f"recording alone, one by one                   {single:6.2f} µs a frame")
    print(f"recording alone, in batches of {BATCH:,}          {batch / BATCH:6.3f} µs a frame")
    for what, opcodes in (("one by one", (Opcode.TEXT, Opcode.BINARY)), ("in batches", (Opcode.TEXT, Opcode.TEXT))):
        rounds = [(receiving(opcodes, recorded=True), receiving(opcodes, recorded=False)) for _ in range(ROUNDS)]
        shares = sorted(1 - without / with_recording for with_recording, without in rounds)
        took = median(with_recording for with_recording, _ in rounds)
        print(
            f"receiving {what}: {took:6.2f} µs a frame, of which recording takes {median(shares):.0%} "
            f"[{shares[0]:.0%} to {shares[-1]:.0%}]"
        )


def microseconds(record: Callable[[Traffic], None], times: int) -> float:
    traffic = Traffic()
    start = perf_counter()
    for _ in range(times):
        record(traffic)
    return (perf_counter() - start) / times * 1e6


def receiving(opcodes: tuple[Opcode, ...], *, recorded: bool) -> float:
    """Microseconds of processor time for each frame."""
    ours, theirs = socket.socketpair()
    pairs = b"".join(serialize(Frame(opcode, PAYLOAD), masked=False) for opcode in opcodes)
    flood = Thread(target=theirs.sendall, args=(pairs * (FRAMES // len(opcodes)) + CLOSE,))
    limit = InboxLimit(messages=2 * FRAMES, size=1 << 40)
    connection = Connection(Stream(ours), "client", "bench", Terms("ws://bench/"), Limits(1 << 20, limit))
    if not recorded:
        connection.traffic.record = lambda *_, **__: None  # type: ignore[method-assign]
    flood.start()
    closing = Thread(target=lambda: (flood.join(), theirs.shutdown(socket.SHUT_WR)))
    closing.start()
    start = thread_time()
    connection.read()
    took = thread_time() - start
    closing.join()
    theirs.close()
    assert len(connection.inbox) == FRAMES
    return took / FRAMES * 1e6


if __name__ == "__main__":
    main()
