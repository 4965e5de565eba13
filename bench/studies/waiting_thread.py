"""A round trip whose answer the reading thread reads, or the thread that waits.

`python bench/studies/waiting_thread.py` compares them.
The thread that waits reads here with the receiver of the connection itself, without any of the care that a product
would need: it shows what could be gained at most. Microseconds of one round trip of a text of 125 bytes, by the clock
and of the processor, without what the server of bare sockets takes in its own process.
"""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Callable
from multiprocessing import Process
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import websocket

sys.path.insert(0, str(Path(__file__).parents[2]))

from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.terms import Limits, Terms
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.matching.predicates import MessagePredicate

COUNT, ROUNDS = 5_000, 7
TEXT = "x" * 125
ANSWER = bytes((0x81, 125)) + TEXT.encode()
REQUEST_SIZE = len(ANSWER) + 4

Trip = Callable[[], object]


def main() -> None:
    sides = {"reading thread": by_reading_thread, "thread that waits": by_waiting_thread, "websocket-client": by_other}
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            figures[name].append(measure(side))
    for name, rounds in figures.items():
        clock, processor = (median(values) for values in zip(*rounds, strict=True))
        print(f"{name:18} {clock:6.1f} µs by the clock, {processor:6.1f} µs of the processor")


def measure(side: Callable[[socket.socket], tuple[Trip, Trip]]) -> tuple[float, float]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Process(target=answer, args=(listening,), daemon=True)
        server.start()
        trip, end = side(socket.create_connection(listening.getsockname()))
        trip()
        began, processor = perf_counter(), process_time()
        for _ in range(COUNT):
            trip()
        took = perf_counter() - began, process_time() - processor
        end()
        server.join()
    return took[0] / COUNT * 1e6, took[1] / COUNT * 1e6


def answer(listening: socket.socket) -> None:
    connected, _ = listening.accept()
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connected:
        while connected.recv(REQUEST_SIZE, socket.MSG_WAITALL):
            connected.sendall(ANSWER)


def by_reading_thread(connected: socket.socket) -> tuple[Trip, Trip]:
    connection = Connection(Stream(connected), "client", "main", Terms("ws://peer/"), Limits(1 << 20))
    connection.start()

    def trip() -> None:
        connection.send(TEXT, Deadline(5))
        connection.waits.wait_for_message(Deadline(5), MessagePredicate())

    return trip, lambda: connection.abort("the study has ended")


def by_waiting_thread(connected: socket.socket) -> tuple[Trip, Trip]:
    connection = Connection(Stream(connected), "client", "main", Terms("ws://peer/"), Limits(1 << 20))
    receiver = connection._serving._receiver  # noqa: SLF001 - no public way leads past the reading thread
    poll = select.poll()
    poll.register(connected, select.POLLIN)

    def trip() -> None:
        connection.send(TEXT, Deadline(5))
        while not connection.inbox:
            poll.poll(5_000)
            receiver.read()
        connection.waits.wait_for_message(Deadline(5), MessagePredicate())

    return trip, connected.close


def by_other(connected: socket.socket) -> tuple[Trip, Trip]:
    client = websocket.WebSocket(skip_utf8_validation=True)
    client.sock, client.connected = connected, True

    def trip() -> None:
        client.send(TEXT)
        client.recv()

    return trip, connected.close


if __name__ == "__main__":
    main()
