"""Attempts of clients to connect, in their order: what became of each, and how long it came after the one before."""

from __future__ import annotations

import _thread
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from time import perf_counter

from ..deadline import WakeUp
from ..errors import quoted
from ..protocol.http import Request
from ..secrecy import mask_url
from ..wall_clock import now
from .failed_attempts import Failure

KEPT_ATTEMPTS = 1000
"""Attempts that a server remembers for the test, and paths of which it knows when something on them has ended."""

KEPT_NEWS = 100
"""Attempts that have failed, and that are kept for the log."""
ACCEPTED, LEFT, PLAIN, RESET, SILENT = "accepted", "left", "plain", "reset", "silent"
"""Outcomes of attempts. The others are the status of the answer."""


@dataclass(eq=False)
class ConnectionAttempt:
    """One attempt, from the acceptance of TCP to the end of TCP. `number` says which began first.

    `request` and `path` are None where no request came. `delay` is in seconds, from the end of the attempt or
    connection before it on that path; None where there was none. `outcome` is None until it is known. `failure` says
    why it has led to no connection, `secure` that its TLS handshake has succeeded, `is_plain` that it was a request of
    plain HTTP which somebody has answered: the test, or the target of a proxy. `time` is in seconds since 1970.
    """

    number: int
    address: str = ""
    request: Request | None = None
    secure: bool = False
    subprotocol: str | None = None
    delay: float | None = None
    outcome: str | None = None
    failure: Failure | None = None
    ended: bool = False
    is_plain: bool = False
    time: float = field(default_factory=now, repr=False)
    began: float = field(default_factory=perf_counter, repr=False)

    @property
    def path(self) -> str | None:
        return None if self.request is None else self.request.path

    @property
    def shown_path(self) -> str:
        return "" if self.path is None else quoted(mask_url(self.path))

    def asks_for(self, path: str | None) -> bool:
        """Whether it asked for a path; None stands for any, also where no request came."""
        return path is None or (self.request is not None and self.request.asks_for(path))

    def __str__(self) -> str:
        asked = self.shown_path or "an attempt without a request"
        after = "" if self.delay is None else f" after {self.delay:.2f} seconds"
        return f"{asked} {self.outcome}{after}"


class ConnectionAttempts:
    """The attempts of the clients of one server.

    - Threads of clients, and the reading thread, add and change. The test's thread waits and reads. All of it happens
      under `_changing`, where nobody waits.
    - `news` are attempts that have failed, for the log. The test's thread takes them.
    - An attempt is listed as soon as its outcome is known. It may go on: a silent one until its client leaves, an
      accepted one until its connection has ended.
    """

    def __init__(self) -> None:
        self.decided = WakeUp()
        self.news: deque[ConnectionAttempt] = deque(maxlen=KEPT_NEWS)
        self._first_of_test = -1
        self._changing = _thread.allocate_lock()
        self._numbers = count()
        self._first = -1
        self._is_suspended = False
        self._listed: deque[ConnectionAttempt] = deque(maxlen=KEPT_ATTEMPTS)
        self._ends: OrderedDict[str | None, float] = OrderedDict()

    def begin(self, address: str) -> ConnectionAttempt:
        """A client has connected by TCP."""
        return ConnectionAttempt(next(self._numbers), address)

    def decide(self, attempt: ConnectionAttempt, outcome: str) -> None:
        """It is known what becomes of an attempt."""
        with self._changing:
            before = self._ends.get(attempt.path)
            attempt.delay = None if before is None else max(0.0, attempt.began - before)
            attempt.outcome = outcome
            self._listed.append(attempt)
            if attempt.failure is not None:
                self.news.append(attempt)
        self.decided.set()

    def end(self, attempt: ConnectionAttempt) -> None:
        """An attempt, or the connection that it led to, has ended."""
        if attempt.outcome is None:
            self.decide(attempt, LEFT)
        with self._changing:
            attempt.ended = True
            _put(self._ends, attempt.path, perf_counter())

    def suspend(self) -> None:
        """From now on the attempts that begin are those since the suspension."""
        with self._changing:
            self._first, self._is_suspended = next(self._numbers), True

    def expect_ends(self, paths: Iterable[str]) -> None:
        """The server is about to end connections on these paths.

        A client can be back before the end of its connection is noticed: its delay is counted from now on.
        """
        with self._changing:
            for path in paths:
                _put(self._ends, path, perf_counter())

    def end_suspension(self) -> None:
        """The test that has suspended the server has ended: its attempts are of no interest to the next one."""
        with self._changing:
            self._first, self._is_suspended = next(self._numbers), False

    def end_test(self) -> None:
        with self._changing:
            self._first_of_test = next(self._numbers)

    @property
    def of_test(self) -> list[ConnectionAttempt]:
        """Those that have begun in the running test, in the order in which the clients came."""
        with self._changing:
            listed = [attempt for attempt in self._listed if attempt.number > self._first_of_test]
        return sorted(listed, key=attrgetter("number"))

    def find(self, path: str | None) -> list[ConnectionAttempt]:
        """Those since the last suspension, or else since the last connection on that path has ended."""
        with self._changing:
            since = self._first if self._is_suspended else max(self._first, self._find_last_ended(path))
            listed = [attempt for attempt in self._listed if attempt.number > since and not attempt.is_plain]
            return [attempt for attempt in listed if attempt.asks_for(path)]

    def _find_last_ended(self, path: str | None) -> int:
        """The number of the attempt that led to the last connection which has ended."""
        of_path = [attempt for attempt in self._listed if attempt.asks_for(path)]
        ended = [attempt.number for attempt in of_path if attempt.ended and attempt.outcome == ACCEPTED]
        return max(ended, default=-1)


def _put(kept: OrderedDict[str | None, float], path: str | None, value: float) -> None:
    """Keeps the paths of which something was heard last: a client may ask for any number of them."""
    kept[path] = value
    kept.move_to_end(path)
    if len(kept) > KEPT_ATTEMPTS:
        kept.popitem(last=False)
