"""Pings and pongs of one connection (RFC 6455 sections 5.5.2 and 5.5.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from ..protocol.frames import Opcode
from .misbehavior import Misbehavior

KEPT_PINGS = 1000
"""Pings and pongs that are kept for a test to ask for."""


class Pong(NamedTuple):
    """A pong that a test waited for. `round_trip` is in seconds, None where no ping asked for it."""

    body: bytes
    round_trip: float | None


class Pings:
    """Pings that a test sent, and what the peer sent.

    - The reading thread alone calls `accept_ping` and `accept_pong`. It answers a ping at once, by way of the outbox.
    - The test's thread calls everything else. Each deque drops its oldest element, so nothing here grows.
    - `expected` is the ping of the heartbeat that has no answer yet, and `on_answer` is called when it has one. Both
      belong to the reading thread.
    """

    def __init__(self, post_control: Callable[[Opcode, bytes], object], misbehavior: Misbehavior) -> None:
        self.arrived_pings: deque[bytes] = deque(maxlen=KEPT_PINGS)
        self.round_trips: deque[float] = deque(maxlen=KEPT_PINGS)
        self.last_body: bytes | None = None
        self.expected: bytes | None = None
        self.on_answer: Callable[[], object] = bool
        self._post_control = post_control
        self._misbehavior = misbehavior
        self._arrived_pongs: deque[tuple[bytes, float]] = deque(maxlen=KEPT_PINGS)
        self._sent: deque[tuple[bytes, float]] = deque(maxlen=KEPT_PINGS)
        self._expected_since = 0.0

    def add_sent(self, body: bytes) -> None:
        """Remembers a ping before it is written: its pong may be here at once."""
        self._sent.append((body, monotonic()))
        self.last_body = body

    def expect(self, body: bytes) -> None:
        """Remembers a ping of the heartbeat. Its pong is not for the test."""
        self._expected_since = monotonic()
        self.expected = body

    def accept_ping(self, body: bytes) -> None:
        """Keeps a ping of the peer for the test, and answers it with a pong of the same body (section 5.5.3)."""
        self.arrived_pings.append(body)
        if self._misbehavior.answers_pings:
            self._post_control(Opcode.PONG, body)

    def accept_pong(self, body: bytes) -> None:
        """A pong answers all pings up to its own: a peer may answer the last of several only (section 5.5.3)."""
        if body == self.expected:
            self.round_trips.append(monotonic() - self._expected_since)
            self._answer_expected()
            return
        self._arrived_pongs.append((body, monotonic()))
        if self.expected is not None and self._was_sent_since(body, self._expected_since):
            self._answer_expected()

    def take_ping(self) -> bytes | None:
        """The body of the first ping that no test has taken yet."""
        return self.arrived_pings.popleft() if self.arrived_pings else None

    def take_pong(self, body: bytes) -> Pong | None:
        """The first pong with that body, matched with the ping that asked for it."""
        for arrived in self._arrived_pongs.copy():
            if arrived[0] == body:
                pong = Pong(body, self._take_round_trip(*arrived))
                with suppress(ValueError):  # the reader may have pushed it out meanwhile
                    self._arrived_pongs.remove(arrived)
                return pong
        return None

    def _answer_expected(self) -> None:
        self.expected = None
        self.on_answer()

    def _was_sent_since(self, body: bytes, since: float) -> bool:
        return any(sent == body and at >= since for sent, at in self._sent.copy())

    def _take_round_trip(self, body: bytes, arrived: float) -> float | None:
        for ping in self._sent:
            if ping[0] == body and ping[1] <= arrived:
                self._sent.remove(ping)
                self.round_trips.append(arrived - ping[1])
                return arrived - ping[1]
        return None
