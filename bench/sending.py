"""Compares sending with peers, in ratios of interleaved rounds: `python bench/sending.py [--row text-64]`.

A server of raw sockets throws away what comes and says when all of it was there; until then a sender is timed. Each
sender is a process of its own, and the senders of a row take turns. The rows `receiver-…` show that the server is
faster than what is measured: bare sockets send the same bytes to it.

The ratio is the median of the rounds, above 1 the library is faster. The second one compares processor time of the
sender, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from peer import REQUEST, receive_head
from run import server, words

KIB, MIB = 1 << 10, 1 << 20


class Row(NamedTuple):
    """What is compared: two senders, messages of one kind, and the ratio that is wanted."""

    sender: str
    peer: str
    kind: str
    size: int
    count: int
    goal: float | None = None


ROWS = {
    "text-64": Row("library", "websocket_client", "text", 64, 50_000, 2.0),
    "binary-64-KiB": Row("library", "websocket_client", "binary", 64 * KIB, 2_000, 7.0),
    "binary-64-KiB-python": Row("library_in_python", "websocket_client", "binary", 64 * KIB, 2_000, 1.3),
    "binary-64-MiB": Row("library", "websockets", "binary", 64 * MIB, 4, 1.0),
    "text-64-websockets": Row("library", "websockets", "text", 64, 50_000),
    "binary-64-KiB-websockets": Row("library", "websockets", "binary", 64 * KIB, 2_000),
    "receiver-text-64": Row("bare", "library", "text", 64, 50_000, 1.0),
    "receiver-binary-64-KiB": Row("bare", "library", "binary", 64 * KIB, 2_000, 1.0),
    "receiver-binary-64-MiB": Row("bare", "library", "binary", 64 * MIB, 4, 1.0),
}


class Took(NamedTuple):
    seconds: float
    processor: float


# What drives the comparison


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", choices=ROWS, action="append", help="run this row only")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    for name in options.row or ROWS:
        print(describe(name, compare(ROWS[name], options.rounds)), flush=True)


def compare(row: Row, rounds: int) -> list[tuple[Took, Took]]:
    """What the sender and its peer took in each round."""
    return [(take(row.sender, row), take(row.peer, row)) for _ in range(rounds)]


def take(sender: str, row: Row) -> Took:
    with server(str(Path(__file__).parent / "peer.py"), "serve") as port:
        return Took(*map(float, words(__file__, sender, port, row.kind, str(row.size), str(row.count))))


def describe(name: str, rounds: list[tuple[Took, Took]]) -> str:
    row = ROWS[name]
    ratios = sorted(peer.seconds / ours.seconds for ours, peer in rounds)
    processor = median(peer.processor / ours.processor for ours, peer in rounds)
    each = median(ours.seconds for ours, _ in rounds) / row.count * 1e6
    goal = f" (goal: at least {row.goal})" if row.goal else ""
    return (
        f"{median(ratios):6.2f}  [{ratios[0]:.2f} to {ratios[-1]:.2f}], processor {processor:.2f}"
        f"  {name}: {row.sender}, {row.peer} = 1{goal}; {each:,.1f} µs a message"
    )


# The senders, each in a process of its own: sending.py SENDER PORT KIND SIZE COUNT


def measure(sender: str, port: str, kind: str, size: int, count: int) -> Took:
    message = "x" * size if kind == "text" else os.urandom(size)
    total = (size + (6 if size < 126 else 8 if size < 1 << 16 else 14)) * count
    send, wait = SENDERS[sender](f"ws://127.0.0.1:{port}/discard?{total}")
    begin, processor = perf_counter(), process_time()
    for _ in range(count):
        send(message)
    wait()
    return Took(perf_counter() - begin, process_time() - processor)


Sender = tuple[Callable[[str | bytes], object], Callable[[], object]]


def library(url: str) -> Sender:
    from subjects import connect

    from RobotWebSocketLibrary.deadline import Deadline
    from RobotWebSocketLibrary.matching.predicates import MessagePredicate

    connection = connect(url)
    return (
        lambda message: connection.send(message, Deadline(60)),
        lambda: connection.waits.wait_for_message(Deadline(60), MessagePredicate()),
    )


def library_in_python(url: str) -> Sender:
    """As without the extra `speedups`."""
    from RobotWebSocketLibrary.protocol import masking

    masking.mask, masking.unmask_all = masking.mask_in_python, masking.unmask_all_in_python
    return library(url)


def websocket_client(url: str) -> Sender:
    import websocket

    connection = websocket.create_connection(url, skip_utf8_validation=True)
    return (lambda message: connection.send(message, 1 if isinstance(message, str) else 2)), connection.recv


def websockets(url: str) -> Sender:
    from websockets.sync.client import connect

    connection = connect(url, compression=None, ping_interval=None).__enter__()
    return connection.send, connection.recv


def bare(url: str) -> Sender:
    """Sends as many bytes as a frame of a client has, from memory that is there already."""
    address, _, path = url.removeprefix("ws://").partition("/")
    host, port = address.split(":")
    connected = socket.create_connection((host, int(port)))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.sendall(REQUEST.replace(b"GET /", f"GET /{path}".encode()))
    receive_head(connected)
    frames: dict[str | bytes, bytes] = {}

    def send(message: str | bytes) -> None:
        if message not in frames:
            size = len(message)
            frames[message] = bytes(size + (6 if size < 126 else 8 if size < 1 << 16 else 14))
        connected.sendall(frames[message])

    return send, lambda: connected.recv(1)


SENDERS = {sender.__name__: sender for sender in (library, library_in_python, websocket_client, websockets, bare)}


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in SENDERS:
        sender, port, kind, *numbers = sys.argv[1:]
        print(*measure(sender, port, kind, *map(int, numbers)))
        sys.stdout.flush()
        os._exit(0)  # nobody closes these connections
    main()
