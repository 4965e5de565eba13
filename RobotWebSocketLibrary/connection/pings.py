"""Pings and pongs of one connection (RFC 6455 sections 5.5.2 and 5.5.3)."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

KEPT_PINGS = 1000
"""Pings and pongs that are kept for a test to ask for."""


class Pong(NamedTuple):
    """A pong that a test waited for. `round_trip` is in seconds, None where no ping asked for it."""

    body: bytes
    round_trip: float | None


class Pings:
    """Pings that a test sent, and what the peer sent. The reader adds arrivals, the test's thread does the rest.

    `expected` is the ping of the heartbeat that has no answer yet; the heartbeat's thread sets it.
    """

    def __init__(self) -> None:
        self.arrived_pings: deque[bytes] = deque(maxlen=KEPT_PINGS)
        self.round_trips: deque[float] = deque(maxlen=KEPT_PINGS)
        self._arrived_pongs: deque[tuple[bytes, float]] = deque(maxlen=KEPT_PINGS)
        self._sent: deque[tuple[bytes, float]] = deque(maxlen=KEPT_PINGS)
        self.last_body: bytes | None = None
        self.expected: bytes | None = None
        self._expected_since = 0.0

    def sent(self, body: bytes) -> None:
        """Called before the ping is written: its pong may be here at once."""
        self._sent.append((body, monotonic()))
        self.last_body = body

    def expect(self, body: bytes) -> None:
        """A ping of the heartbeat is sent; its pong is not for the test."""
        self._expected_since = monotonic()
        self.expected = body

    def pong_arrived(self, body: bytes) -> None:
        """A pong answers all pings up to its own: a peer may answer the last of several only (section 5.5.3)."""
        if body == self.expected:
            self.expected = None
            self.round_trips.append(monotonic() - self._expected_since)
            return
        self._arrived_pongs.append((body, monotonic()))
        if self.expected is not None and self._was_sent_since(body, self._expected_since):
            self.expected = None

    def take_ping(self) -> bytes | None:
        return self.arrived_pings.popleft() if self.arrived_pings else None

    def take_pong(self, body: bytes) -> Pong | None:
        """The first pong with that body, matched with the ping that asked for it."""
        for arrived in self._arrived_pongs.copy():
            if arrived[0] == body:
                pong = Pong(body, self._round_trip(*arrived))
                with suppress(ValueError):  # the reader may have pushed it out meanwhile
                    self._arrived_pongs.remove(arrived)
                return pong
        return None

    def _was_sent_since(self, body: bytes, since: float) -> bool:
        return any(sent == body and at >= since for sent, at in self._sent.copy())

    def _round_trip(self, body: bytes, arrived: float) -> float | None:
        for ping in self._sent:
            if ping[0] == body and ping[1] <= arrived:
                self._sent.remove(ping)
                self.round_trips.append(arrived - ping[1])
                return arrived - ping[1]
        return None
