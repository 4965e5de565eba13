"""Where the time of a message goes: `python bench/hot_path.py`. docs/benchmarks.md tells what follows from it.

Microseconds, the median of several repetitions. "Without a network" a connection has a stream that takes everything and
has all frames ready, and everything happens in one thread.
"""

from __future__ import annotations

import _thread
import cProfile
import pstats
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from statistics import median

from peer import MASKED_125, REQUEST, receive_head
from run import FLIGHT, server
from subjects import TEXT

from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.delivery import Responder
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.terms import Limits, Terms
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.matching.predicates import MessagePredicate
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode, serialize

COUNT, REPEATED, LINES = 20_000, 5, 8
FRAME = Frame(Opcode.TEXT, TEXT.encode())

Exchange = Callable[[], object]


def main() -> None:
    with server(str(Path(__file__).parent / "peer.py"), "serve") as port:
        show("round trip of bare bytes, in one thread", lambda: bare_round_trips(connected(port)))
        show("round trip of bare bytes, with a thread that reads", lambda: bare_round_trips_of_two(connected(port)))
    show("hand-over between two threads, raw lock and deque", hand_overs, 2 * COUNT)
    for name, prepare in PARTS.items():
        show(f"{name}, without a network", prepare)
    for name, parts in {"a round trip": list(PARTS)[:3], "an echo": list(PARTS)[3:]}.items():
        print(f"\nProfile of {name} without a network: own time of functions, with the profiler's")
        profile([PARTS[part]() for part in parts])


def show(name: str, prepare: Callable[[], Exchange], count: int = COUNT) -> None:
    print(f"{median(seconds(prepare()) for _ in range(REPEATED)) / count * 1e6:6.1f}  {name}", flush=True)


def seconds(exchange: Exchange) -> float:
    started = time.perf_counter()
    exchange()
    return time.perf_counter() - started


def connected(port: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(REQUEST)
    receive_head(connection)
    return connection


def bare_round_trips(connection: socket.socket) -> Exchange:
    def exchange() -> None:
        with connection:
            for _ in range(COUNT):
                connection.send(MASKED_125)
                connection.recv(1 << 16)

    return exchange


class Handed:
    """Hands over from one thread to another: the least that an inbox with a wake-up can be."""

    def __init__(self) -> None:
        self._items: deque[bytes] = deque()
        self._wake = _thread.allocate_lock()
        self._wake.acquire()

    def put(self, item: bytes) -> None:
        self._items.append(item)
        if self._wake.locked():
            self._wake.release()

    def take(self) -> bytes:
        while not self._items:
            self._wake.acquire(timeout=0.1)
        return self._items.popleft()


def bare_round_trips_of_two(connection: socket.socket) -> Exchange:
    handed = Handed()

    def read() -> None:
        while data := connection.recv(1 << 16):
            handed.put(data)

    def exchange() -> None:
        for _ in range(COUNT):
            connection.send(MASKED_125)
            handed.take()
        connection.shutdown(socket.SHUT_RDWR)
        reader.join()
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    return exchange


def hand_overs() -> Exchange:
    there, back = Handed(), Handed()

    def answer() -> None:
        for _ in range(COUNT):
            back.put(there.take())

    def exchange() -> None:
        for _ in range(COUNT):
            there.put(b"")
            back.take()
        answering.join()

    answering = threading.Thread(target=answer)
    answering.start()
    return exchange


class Nowhere:
    """A stream without a network."""

    def __init__(self, received: list[bytes]) -> None:
        self._received = iter(received)

    def send(self, data: bytes) -> int:
        return len(data)

    def receive(self, _: Deadline | None = None) -> bytes:
        return next(self._received, b"")

    def shutdown(self) -> None: ...

    def discard(self) -> None: ...

    def close(self) -> None: ...


def client(received: list[bytes]) -> Connection:
    limit = InboxLimit(messages=COUNT + 1)
    return Connection(Nowhere(received), "client", "main", Terms(""), Limits(1 << 26, limit))


def sending() -> Exchange:
    connection = client([])
    return lambda: [connection.send(TEXT, Deadline(5)) for _ in range(COUNT)]


def receiving() -> Exchange:
    return client([serialize(FRAME, masked=False)] * COUNT).read


def taking() -> Exchange:
    connection = client([serialize(FRAME, masked=False)] * COUNT)
    connection.read()
    return lambda: [connection.waits.wait_for_message(Deadline(5), MessagePredicate()) for _ in range(COUNT)]


def echoing(flight: int) -> Exchange:
    received = [b"".join(serialize(FRAME, masked=True) for _ in range(flight))] * (COUNT // flight)
    return Connection(
        Nowhere(received),
        "server",
        "main",
        Terms(""),
        Limits(1 << 26, keep_last=1000),
        responder=Responder(Connection.post),
    ).read


PARTS: dict[str, Callable[[], Exchange]] = {
    "sending": sending,
    "receiving": receiving,
    "taking from the inbox": taking,
    f"echoing, {FLIGHT} in one read": lambda: echoing(FLIGHT),
}


def profile(exchanges: list[Exchange]) -> None:
    profiler, report = cProfile.Profile(), StringIO()
    for exchange in exchanges:
        profiler.runcall(exchange)
    statistics = pstats.Stats(profiler, stream=report).strip_dirs().sort_stats("tottime")
    for function in statistics.fcn_list[:LINES]:
        _, calls, own, *_ = statistics.stats[function]
        print(f"{own / COUNT * 1e6:6.2f}  {calls:>7,} calls  {pstats.func_std_string(function)}")


if __name__ == "__main__":
    main()
