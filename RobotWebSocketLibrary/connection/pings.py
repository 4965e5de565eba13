"""Pings and pongs of one connection (RFC 6455 sections 5.5.2 and 5.5.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .relay import Relay

KEPT_PINGS = 1000
"""Pings and pongs that are kept for a test to ask for."""


class Pong(NamedTuple):
    """A pong that a test waited for. `round_trip` is in seconds, None where no ping asked for it."""

    body: bytes
    round_trip: float | None


class TakenPong(NamedTuple):
    """A pong as it arrived, and the ping that asked for it, each with its time."""

    arrived: tuple[bytes, float]
    sent: tuple[bytes, float] | None

    @property
    def round_trip(self) -> float | None:
        return None if self.sent is None else self.arrived[1] - self.sent[1]


class Pings:
    """Pings that a test sent, and what the peer sent.

    - The reading thread alone adds to `arrived_pings`, and calls `accept_pong`. `ControlFrames` answers pings.
    - The test's thread calls everything else. Each deque drops its oldest element, so nothing here grows.
    - What it took last can be put back until it takes again: an exception of a signal handler may strike before the
      test has it.
    - `expected` is the ping of the heartbeat that has no answer yet, and `on_answer` is called when it has one. Both
      belong to the reading thread.
    - An end of a proxy passes pings and pongs on (`relay`). The pongs to its own pings, `_own`, are for the test only.
    """

    def __init__(self, relay: Relay | None = None) -> None:
        self.arrived_pings: deque[bytes] = deque(maxlen=KEPT_PINGS)
        self.round_trips: deque[float] = deque(maxlen=KEPT_PINGS)
        self.last_body: bytes | None = None
        self.expected: bytes | None = None
        self.on_answer: Callable[[], object] = bool
        self._relay = relay
        self._own: deque[bytes] | None = None if relay is None else deque(maxlen=KEPT_PINGS)
        self._arrived_pongs: deque[tuple[bytes, float]] = deque(maxlen=KEPT_PINGS)
        self._sent: deque[tuple[bytes, float]] | None = None
        self._taken_pings: list[bytes] = []
        self._taken_pong: TakenPong | None = None
        self._expected_since = 0.0

    def add_sent(self, body: bytes) -> None:
        """Remembers a ping before it is written: its pong may be here at once."""
        if self._sent is None:  # an empty deque takes as much memory as a twentieth of an idle connection
            self._sent = deque(maxlen=KEPT_PINGS)
        self._sent.append((body, perf_counter()))
        if self._own is not None:
            self._own.append(body)
        self.last_body = body

    def expect(self, body: bytes) -> None:
        """Remembers a ping of the heartbeat. Its pong is not for the test."""
        self._expected_since = perf_counter()
        self.expected = body

    def accept_pong(self, body: bytes) -> None:
        """A pong answers all pings up to its own: a peer may answer the last of several only (section 5.5.3)."""
        if body == self.expected:
            self.round_trips.append(perf_counter() - self._expected_since)
            self._answer_expected()
            return
        self._arrived_pongs.append((body, perf_counter()))
        if self._relay is not None:
            self._relay.pass_pong(body)
        if self.expected is not None and self._was_sent_since(body, self._expected_since):
            self._answer_expected()

    def forget_own(self, body: bytes) -> bool:
        """Whether a pong answers a ping of our own, which has its answer then, and so have those before it."""
        if self._own is None or body not in self._own:
            return False
        while self._own.popleft() != body:
            pass
        return True

    def take_ping(self) -> bytes | None:
        """The body of the first ping that no test has taken yet."""
        if not self.arrived_pings:
            return None
        taken: list[bytes] = []
        self._taken_pings = taken
        taken.extend(islice(iter(self.arrived_pings.popleft, None), 1))  # in one call, so that it can be put back
        return taken[0]

    def take_pong(self, body: bytes) -> Pong | None:
        """The first pong with that body, matched with the ping that asked for it."""
        for arrived in self._arrived_pongs.copy():
            if arrived[0] == body:
                self._taken_pong = taken = TakenPong(arrived, self._find_ping(*arrived))
                return self._take_pong(taken)
        return None

    def put_back(self) -> None:
        """Puts what was taken last, and was not confirmed, back to the front."""
        self.arrived_pings.extendleft(self._taken_pings)
        if self._taken_pong is not None:
            self._put_back_pong(self._taken_pong)
        self.confirm()

    def confirm(self, _: str = "") -> None:
        """The test has what was taken last."""
        self._taken_pong = None
        self._taken_pings = []

    def _take_pong(self, taken: TakenPong) -> Pong:
        with suppress(ValueError):  # the reader may have pushed it out meanwhile
            self._arrived_pongs.remove(taken.arrived)
        if taken.sent is not None and self._sent is not None:
            self._sent.remove(taken.sent)
            self.round_trips.append(taken.round_trip)  # type: ignore[arg-type]
        return Pong(taken.arrived[0], taken.round_trip)

    def _put_back_pong(self, taken: TakenPong) -> None:
        """An exception may have struck anywhere while it was taken."""
        if taken.arrived not in self._arrived_pongs:
            self._arrived_pongs.appendleft(taken.arrived)
        if taken.sent is not None and self._sent is not None and taken.sent not in self._sent:
            self._sent.appendleft(taken.sent)
        with suppress(ValueError):
            self.round_trips.remove(taken.round_trip)  # type: ignore[arg-type]

    def _answer_expected(self) -> None:
        self.expected = None
        self.on_answer()

    def _was_sent_since(self, body: bytes, since: float) -> bool:
        return any(sent == body and at >= since for sent, at in list(self._sent or ()))

    def _find_ping(self, body: bytes, arrived: float) -> tuple[bytes, float] | None:
        return next((ping for ping in self._sent or () if ping[0] == body and ping[1] <= arrived), None)
