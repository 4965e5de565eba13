"""Servers and openings that an exception of a signal handler strikes, in a process of their own.

`python -m server.server_storm` in the folder `utest` runs it; a number says how often each operation is struck. It is
not under coverage, whose own lock such an exception can leave locked.
"""

from __future__ import annotations

import faulthandler
import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryDirectory

from client.connected import connected
from connection.ends import anything, until
from connection.interrupting import interrupted, interruptions
from leaks import left_since, resources
from peers.raw import PATIENCE
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WaitError
from RobotWebSocketLibrary.server.certificates import ServerTls, make_throw_away_tls
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions

STRIKES = 25


class Struck:
    """A server of which every operation is struck, and what a test does with it afterwards."""

    def __init__(self, tls: ServerTls | None) -> None:
        self._tls = tls
        self.server = self._make()

    def _make(self) -> WebSocketServer:
        context = None if self._tls is None else ServerTls(self._tls.context)  # the file is for all servers
        return WebSocketServer(ServerOptions(max_message_size=1 << 20, tls=context, ping_interval=3600))

    def make(self) -> None:
        """What `Start WebSocket Server` does before the test knows the server: nobody can stop what a strike leaves."""
        tls = None if self._tls is None else make_throw_away_tls("127.0.0.1", None)
        WebSocketServer(ServerOptions(max_message_size=1 << 20, tls=tls)).stop()

    def start(self) -> None:
        self.server.start()

    def start_and_stop(self) -> None:
        self.server.start()
        self.server.stop()

    def open(self) -> None:
        with self._connected() as connection:
            connection.send("hello", Deadline(PATIENCE))
            connection.waits.wait_for_message(Deadline(PATIENCE), anything)

    def stop_beside_a_client(self) -> None:
        self.server.start()
        with self._connected():
            self.server.stop()

    def wait_for_client(self) -> None:
        with suppress(WaitError):
            self.server.wait_for_client(Deadline(0.0005), lambda _: True, "client")

    def broadcast(self) -> None:
        self.server.broadcast("to all", lambda _: True)

    def renew(self) -> None:
        """Stops the server, as the end of a test does, and makes another one."""
        stopping = self.server
        stopping.stop()
        assert stopping.clients == []
        self.server = self._make()

    def check(self) -> None:
        """The server works, and has no client but this one."""
        self.open()
        gc.collect()  # an exception may strike before anybody keeps a new connection
        until(lambda: not self.server.clients, "every client has left")

    def _connected(self):
        scheme, options = ("ws", {}) if self._tls is None else ("wss", {"tls": TlsOptions(verify=self._tls.ca_file)})
        return connected(f"{scheme}://127.0.0.1:{self.server.port}/", **options)


def storm(count: int, chance: random.Random, tls: ServerTls | None) -> None:
    struck = Struck(tls)
    for operation in (struck.make, struck.start, struck.start_and_stop, struck.stop_beside_a_client):
        strike(operation, count, chance, struck.renew, mend_always=True)
    struck.start()
    for operation in (struck.open, struck.wait_for_client, struck.broadcast):
        strike(operation, count, chance, struck.check)
    struck.server.stop()


def strike(
    operation: Callable[[], object],
    count: int,
    chance: random.Random,
    mend: Callable[[], object],
    *,
    mend_always: bool = False,
) -> None:
    began = time.monotonic()
    operation()
    longest, strikes = time.monotonic() - began, 0
    mend()
    while strikes < count:
        hit = interrupted(operation, chance.random() * longest)
        strikes += hit
        longest = max(longest * (1.01 if hit else 0.99), 0.00005)
        if hit or mend_always:
            mend()
    print(f"{operation.__name__}: {count:,} strikes, {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201


def main(count: str = str(STRIKES)) -> None:
    if int(count) <= STRIKES:
        faulthandler.dump_traceback_later(3 * PATIENCE, exit=True)
    with TemporaryDirectory() as tempfile.tempdir:  # to which no other program writes
        before = resources()
        with interruptions():
            storm(int(count), random.Random(5), None)
            tls = make_throw_away_tls("127.0.0.1", None)
            storm(int(count), random.Random(5), tls)
            tls.remove()
        gc.collect()
        left = left_since(before)
        assert not left, "\n".join(left)


if __name__ == "__main__":
    main(*sys.argv[1:])
