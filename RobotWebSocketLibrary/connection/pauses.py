"""When an end does not read, so that TCP slows the peer down."""

from __future__ import annotations

from collections.abc import Callable

from ..deadline import SLICE, WakeUp
from .closing import Closing
from .inbox import Inbox
from .misbehavior import Misbehavior
from .outbox import Outbox
from .stream import Stream

ANSWERS_LIMIT = 1024 * 1024
"""Bytes of answers that may wait for the peer before its next messages are read."""
PONGS_LIMIT = 10_000
"""Pongs that may wait for the peer before more is read."""


class Pauses:
    """The reasons for which reading pauses. Each pause lasts as long as its reason.

    - The reader takes the pauses, in its own thread. Other threads change the reason and wake it.
    - While reading is paused no pong can arrive, so the heartbeat must not blame the peer. It asks `excuse_peer`.
    """

    def __init__(
        self,
        stream: Stream,
        closing: Closing,
        inbox: Inbox,
        outbox: Outbox,
        misbehavior: Misbehavior,
        *,
        answers_count: bool,
    ) -> None:
        self.peer_is_excused = False
        self._stream = stream
        self._closing = closing
        self._inbox = inbox
        self._outbox = outbox
        self._misbehavior = misbehavior
        self._answers_count = answers_count
        self._reading = True

    def while_deaf(self) -> None:
        """A test wants this end deaf, until it listens again, or the test closes or drops the connection."""
        self._pause(lambda: not (self._misbehavior.reads or self._stream.ended), self._misbehavior.changed)

    def while_full(self) -> None:
        """The inbox is full, until a test takes messages or our close frame is sent."""
        self._pause(lambda: self._inbox.full and not self._closing.began, self._inbox.room)

    def while_answers_wait(self) -> None:
        """A peer that does not take its answers is not read either: nothing may grow without bound."""
        self._pause(
            lambda: self._answers_wait and not self._outbox.broken and not self._closing.began, self._outbox.progress
        )

    def excuse_peer(self) -> bool:
        """Whether no pong could arrive since the last ping, or since this was asked. The heartbeat asks."""
        excused = self.peer_is_excused or not self._reading
        self.peer_is_excused = False
        return excused

    @property
    def _answers_wait(self) -> bool:
        if self._outbox.unsent_control > PONGS_LIMIT:
            return True
        return self._answers_count and self._outbox.pending > ANSWERS_LIMIT

    def _pause(self, lasts: Callable[[], bool], changed: WakeUp) -> None:
        if not lasts():
            return
        self._reading = False
        while lasts():
            changed.wait(SLICE)
        self.peer_is_excused = True
        self._reading = True
