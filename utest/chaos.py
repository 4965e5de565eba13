"""Numbered messages both ways at once, through a relay that delays, cuts, joins and stalls.

None may be lost, doubled, reordered or changed. Both ends are this library's, and each sends while it receives.
`invoke soak` runs this file; `python chaos.py --help` in the folder `utest` tells its options.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import itertools
import random
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from client.connected import connected
from connection.ends import anything
from peers.raw import end_listening
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.frames import Opcode
from RobotWebSocketLibrary.server.certificates import make_throw_away_tls
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions

LONGEST = 600.0
"""Seconds for one run at most."""
PROGRESS = 30.0
"""Seconds between two lines of progress."""
SIZES = (0, 1, 10, 100, 125, 126, 1000, 4000, 65_535, 65_536, 300_000)
WEIGHTS = (20, 20, 200, 200, 20, 20, 50, 20, 1, 1, 0.3)


class Relay:
    """Passes bytes on between clients and a server, never as they came."""

    def __init__(self, target: tuple[str, int], chance: random.Random) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._listening.getsockname()[1]
        self._target = target
        self._chance = chance
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        end_listening(self._listening)
        for used in self._sockets:
            with contextlib.suppress(OSError):
                used.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LONGEST)
        for used in (self._listening, *self._sockets):
            used.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = self._listening.accept()
                dialed = socket.create_connection(self._target)
                self._sockets += [accepted, dialed]
                for source, target in ((accepted, dialed), (dialed, accepted)):
                    target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    pump = partial(self._pump, source, target, random.Random(self._chance.random()))
                    self._threads.append(threading.Thread(target=pump, daemon=True))
                    self._threads[-1].start()

    def _pump(self, source: socket.socket, target: socket.socket, chance: random.Random) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(chance.choice((1, 7, 100, 1400, 65_536, 1 << 20))):
                self._pass_on(data, source, target, chance)
            target.shutdown(socket.SHUT_WR)

    def _pass_on(self, data: bytes, source: socket.socket, target: socket.socket, chance: random.Random) -> None:
        match chance.choices(("as it is", "delay", "cut", "join", "stall"), (60, 10, 10, 15, 0.2))[0]:
            case "delay":
                time.sleep(chance.random() * 0.005)
            case "cut":
                single, data = data[:100], data[100:]
                for byte in single:
                    target.sendall(bytes((byte,)))
            case "join":
                time.sleep(0.002)
                if select.select([source], [], [], 0)[0]:
                    data += source.recv(1 << 20)
            case "stall":
                time.sleep(chance.random() * 0.3)
        target.sendall(data)


class Numbered:
    """The messages of one direction: the receiver knows what the sender has sent."""

    def __init__(self, seed: str, count: int) -> None:
        self._chance = random.Random(seed)
        self._count = count

    def __iter__(self) -> Iterator[str | bytes]:
        for number in range(self._count):
            size = self._chance.choices(SIZES, WEIGHTS)[0]
            text = f"{number} {chr(self._chance.randint(97, 0x2FF)) * size}"
            yield text if self._chance.random() < 0.5 else text.encode()


def send_all(connection: Connection, seed: str, count: int) -> None:
    """Sends whole, in fragments, in batches, and with pings between."""
    chance, body = random.Random(seed), b""
    batch: list[str | bytes] = []

    def post_batch() -> None:
        if batch:
            connection.post(batch.copy())  # type: ignore[arg-type]
            connection.push()
            batch.clear()

    for number, message in enumerate(Numbered(seed, count)):
        how = chance.random()
        joins = how < 0.5 and len(message) < 5000
        if batch and (type(batch[0]) is not type(message) or len(batch) > 20 or not joins):
            post_batch()
        if joins:
            batch.append(message)
            continue
        fragment_size = chance.choice((1 + len(message) // 3, 10_000, 7 if len(message) < 200 else 1000))
        connection.send(message, Deadline(LONGEST), fragment_size if how > 0.8 else None)
        if how > 0.95:
            body = f"ping {number}".encode()
            connection.send_control(Opcode.PING, body)
        if how > 0.999:
            connection.misbehavior.change(reads=False)
            time.sleep(0.002)
            connection.misbehavior.change(reads=True)
    post_batch()
    if body:
        connection.waits.wait_for_pong(Deadline(LONGEST), body)


RECEIVED = itertools.count()
"""Counts what all ends have received: `next` is one step, so no thread can lose a number."""


def receive_all(connection: Connection, seed: str, count: int) -> None:
    for number, expected in enumerate(Numbered(seed, count)):
        message = connection.waits.wait_for_message(Deadline(LONGEST), anything)
        same = type(message.data) is type(expected) and message.data == expected
        assert same, f"message {number} of {seed}: {message.data[:50]!r} is not {expected[:50]!r}"
        next(RECEIVED)


def talk(connection: Connection, sent: str, received: str, count: int, failures: list[str]) -> list[threading.Thread]:
    def run(work: Callable[[Connection, str, int], None], seed: str) -> None:
        try:
            work(connection, seed, count)
        except Exception as error:
            failures.append(f"{work.__name__} of {seed}: {type(error).__name__}: {error}")

    pairs = ((send_all, sent), (receive_all, received))
    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in pairs]
    for thread in threads:
        thread.start()
    return threads


@contextmanager
def running(*, tls: bool) -> Iterator[WebSocketServer]:
    """A server whose ends pause often, because their inboxes are small."""
    made = make_throw_away_tls("127.0.0.1", None) if tls else None
    server = WebSocketServer(
        ServerOptions(
            max_message_size=1 << 20, tls=made, default_protocol="silent", inbox_limit=InboxLimit(messages=50)
        )
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()


def run(messages: int, connections: int, *, tls: bool, seed: int = 1, longest: float = LONGEST) -> float:
    """Sends so many messages each way in all, and returns how many seconds that took."""
    began, failures, count = time.monotonic(), list[str](), messages // connections
    with running(tls=tls) as server, ExitStack() as stack:
        relay = Relay(("127.0.0.1", server.port), random.Random(seed))
        stack.callback(relay.stop)
        threads = []
        for number in range(connections):
            url = f"{'wss' if tls else 'ws'}://127.0.0.1:{relay.port}/{number}"
            options = {"tls": TlsOptions(verify=server.ca_file)} if tls else {}
            ours = stack.enter_context(connected(url, **options))
            path = f"/{number}"
            client = server.wait_for_client(Deadline(60), lambda one: one.request.path == path, "client")  # noqa: B023
            there, back = f"{seed} to server {number}", f"{seed} to client {number}"
            threads += talk(ours, there, back, count, failures)
            threads += talk(client.connection, back, there, count, failures)
        watch(threads, failures, Deadline(longest), 2 * count * connections)
        assert not failures, "\n".join(failures)
        for client in server.clients:
            assert client.connection.state == "open"
            assert len(client.connection.inbox) == 0
    return time.monotonic() - began


def watch(threads: list[threading.Thread], failures: list[str], deadline: Deadline, expected: int) -> None:
    """Waits for the threads, and prints now and then how many messages have arrived."""
    began, before = time.monotonic(), next(RECEIVED) + 1
    told = began
    while any(thread.is_alive() for thread in threads) and not failures:
        assert not deadline.expired, "it hangs"
        time.sleep(0.01)
        if time.monotonic() - told > PROGRESS:
            told, arrived = time.monotonic(), next(RECEIVED) - before
            before += 1  # counting is counted, too
            print(f"  {told - began:4.0f} s: {arrived:9,} of {expected:,} messages have arrived", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Sends numbered messages both ways, through a relay in disorder.")
    parser.add_argument("--messages", type=int, default=200_000, help="so many each way, in all")
    parser.add_argument("--connections", type=int, default=20, help="so many share them")
    parser.add_argument("--seed", type=int, default=1, help="sizes, fragments and what the relay does follow from it")
    parser.add_argument("--seconds", type=float, default=LONGEST, help="the longest time for each of ws and wss")
    options = parser.parse_args()
    faulthandler.dump_traceback_later(3 * options.seconds, exit=True)
    for tls in (False, True):
        scheme = "wss" if tls else "ws"
        print(f"{scheme}: {options.messages:,} messages each way over {options.connections} connections", flush=True)
        seconds = run(options.messages, options.connections, tls=tls, seed=options.seed, longest=options.seconds)
        print(f"{scheme}: none was lost, doubled, reordered or changed in {seconds:.0f} seconds", flush=True)


if __name__ == "__main__":
    main()
