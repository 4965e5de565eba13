"""Opens many connections at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from ..connection.connection import Connection
from ..connection.heartbeat import HeartbeatTimes
from ..connection.terms import Limits
from ..deadline import Deadline, WakeUp
from ..errors import WebSocketError
from ..protocol.http import Exchange
from ..threads import start
from .opening import open_connection
from .opening_request import OpeningRequest

Opened = tuple[Connection, Exchange]


class Openings:
    """Opens one connection for each request, with so many threads.

    - Each thread takes the next number, opens, and notes what became of it. The test's thread only waits.
    - An interrupted test gives up: what is open is aborted, and what opens afterwards is aborted by its thread, which
      looks at `_given_up` after it has noted its connection.
    """

    def __init__(
        self,
        requests: Sequence[OpeningRequest],
        names: Sequence[str],
        *,
        limits: Limits,
        timeout: float,
        heartbeat: HeartbeatTimes | None,
    ) -> None:
        self.opened: dict[int, Opened] = {}
        self.failures: dict[int, str] = {}
        self._requests = requests
        self._names = names
        self._limits = limits
        self._timeout = timeout
        self._heartbeat = heartbeat
        self._numbers = count()
        self._given_up = False
        self._changed = WakeUp()

    def run(self, at_once: int) -> None:
        """Opens them all, or raises when the test is interrupted."""
        try:
            for number in range(min(at_once, len(self._requests))):
                start(f"opening {number}", self._work)
            while len(self.opened) + len(self.failures) < len(self._requests):
                self._changed.wait(Deadline(1).slice)
        except BaseException:
            self.give_up()
            raise

    def give_up(self) -> None:
        """Aborts what is open, and what is still being opened."""
        self._given_up = True
        for connection, _ in list(self.opened.values()):
            connection.abort("the opening of several connections was given up")

    def _work(self) -> None:
        while not self._given_up and (number := next(self._numbers)) < len(self._requests):
            try:
                self.opened[number] = opened = open_connection(
                    self._requests[number],
                    name=self._names[number],
                    limits=self._limits,
                    deadline=Deadline(self._timeout),
                    heartbeat=self._heartbeat,
                )
                if self._given_up:
                    opened[0].abort("the opening of several connections was given up")
            except WebSocketError as error:
                self.failures[number] = str(error)
            except Exception as error:
                self.failures[number] = f"Opening '{self._names[number]}' failed: {error!r}."
            self._changed.set()
