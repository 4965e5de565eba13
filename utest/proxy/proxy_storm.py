"""Proxies that an exception of a signal handler strikes, in a process of their own.

`python -m proxy.proxy_storm` in the folder `utest` runs it; a number says how often each operation is struck. It is not
under coverage, whose own lock such an exception can leave locked.
"""

from __future__ import annotations

import faulthandler
import gc
import random
import sys
import tempfile
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory

from client.connected import connected
from connection.ends import anything, until
from connection.interrupting import interruptions
from leaks import left_since, resources
from peers.raw import PATIENCE
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WaitError, WebSocketError
from RobotWebSocketLibrary.proxy.message_rules import Action, Course, MessageRule
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.proxy.target import TargetOptions
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions
from server.server_storm import STRIKES, strike

MESSAGES = [str(number) for number in range(20)]


class Struck:
    """A proxy of which every operation is struck, and what a test does with it afterwards."""

    def __init__(self) -> None:
        self.target = WebSocketServer(ServerOptions(max_message_size=1 << 20))
        self.target.start()
        self.proxy = self._make()

    def _make(self) -> WebSocketProxy:
        leads_to = TargetOptions(OpeningRequest(read_url(self.target.url)))
        return WebSocketProxy(ServerOptions(max_message_size=1 << 20), leads_to)

    def make(self) -> None:
        """What `Start WebSocket Proxy` does before the test knows the proxy."""
        self._make().stop()

    def start_and_stop(self) -> None:
        self.proxy.start()
        self.proxy.stop()

    def stop_beside_a_client(self) -> None:
        self.proxy.start()
        with self._connected() as connection:
            connection.send("hello", Deadline(PATIENCE))
            self.proxy.stop()

    def open(self) -> None:
        with self._connected() as connection:
            connection.send("hello", Deadline(PATIENCE))
            assert connection.waits.wait_for_message(Deadline(PATIENCE), anything).data == "hello"

    def hold_and_release(self) -> None:
        self.proxy.rules.add(MessageRule(Action.HOLD, "", lambda message: message.data in MESSAGES))
        self.proxy.release(1, Course())
        self.proxy.release(None, Course())
        self.proxy.rules.remove()

    def close_an_end(self) -> None:
        with self._connected() as connection:
            connection.send("hello", Deadline(PATIENCE))
            with suppress(WaitError):
                client = self.proxy.wait_for_client(Deadline(PATIENCE), lambda _: True, "client")
                assert client.upstream is not None
                client.upstream.connection.begin_close(4001, "", Deadline(PATIENCE))
                client.connection.drop(reset=True)

    def renew(self) -> None:
        """Stops the proxy, as the end of a test does, and makes another one."""
        stopping = self.proxy
        stopping.stop()
        assert stopping.clients == []
        until(lambda: not self.target.clients, "every link has left the target")
        self.proxy = self._make()

    def check(self) -> None:
        """The proxy works, loses nothing, and has no client but this one."""
        self.proxy.rules.remove()
        with self._connected() as connection:
            for message in MESSAGES:
                connection.send(message, Deadline(PATIENCE))
            assert connection.waits.wait_for_messages(Deadline(PATIENCE), len(MESSAGES)) == MESSAGES
        gc.collect()  # an exception may strike before anybody keeps a new connection
        until(lambda: not (self.proxy.clients or self.target.clients), "every client has left")

    @contextmanager
    def _connected(self):
        with connected(self.proxy.url) as connection, suppress(WebSocketError):
            yield connection


def storm(count: int, chance: random.Random) -> None:
    struck = Struck()
    for operation in (struck.make, struck.start_and_stop, struck.stop_beside_a_client):
        strike(operation, count, chance, struck.renew, mend_always=True)
    struck.proxy.start()
    for operation in (struck.open, struck.hold_and_release, struck.close_an_end):
        strike(operation, count, chance, struck.check)
    struck.proxy.stop()
    struck.target.stop()


def main(count: str = str(STRIKES)) -> None:
    if int(count) <= STRIKES:
        faulthandler.dump_traceback_later(3 * PATIENCE, exit=True)
    with TemporaryDirectory() as tempfile.tempdir:  # to which no other program writes
        before = resources()
        with interruptions():
            storm(int(count), random.Random(15))
        gc.collect()
        left = left_since(before)
        assert not left, "\n".join(left)


if __name__ == "__main__":
    main(*sys.argv[1:])
