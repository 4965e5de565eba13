"""When an end does not read, so that TCP slows the peer down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .closing import Closing
from .delivery import Delivery
from .misbehavior import Misbehavior
from .outbox import Outbox
from .receiver import Receiver
from .stream import Stream

if TYPE_CHECKING:
    from .relay import Relay

ANSWERS_LIMIT = 1024 * 1024
"""Bytes of answers that may wait for the peer before its next messages are read."""
PONGS_LIMIT = 10_000
"""Pongs that may wait for the peer before more is read."""


class Pauses:
    """The reasons for which reading pauses. The reading thread asks; other threads change a reason and have it look.

    While reading is paused no pong can arrive, so the heartbeat must not blame the peer. It asks `excuse_peer`.
    """

    def __init__(
        self,
        stream: Stream,
        closing: Closing,
        outbox: Outbox,
        receiver: Receiver,
        delivery: Delivery,
        *,
        misbehavior: Misbehavior,
        relay: Relay | None = None,
    ) -> None:
        self.peer_is_excused = False
        self._stream = stream
        self._closing = closing
        self._outbox = outbox
        self._receiver = receiver
        self._delivery = delivery
        self._misbehavior = misbehavior
        self._relay = relay
        self._reading = True

    def check(self) -> bool:
        """Whether reading pauses now. Most often nothing has changed, and this takes few calls."""
        paused = self._receiver.is_held_up or self.is_deaf or (self._too_much_waits and self._answers_wait)
        paused = paused or (self._relay is not None and self._relay.behind)
        if self._reading is paused:
            self._reading = not paused
            self.peer_is_excused = True
        return paused

    def excuse_peer(self) -> bool:
        """Whether no pong could arrive since the last ping, or since this was asked. The heartbeat asks."""
        excused = self.peer_is_excused or (not self._reading and (not self.is_deaf or self._stream.has_arrived()))
        self.peer_is_excused = False
        return excused

    @property
    def is_deaf(self) -> bool:
        """A test wants this end deaf, until it listens again, or the test closes or drops the connection."""
        return not (self._misbehavior.reads or self._stream.ended)

    @property
    def _answers_wait(self) -> bool:
        """A peer that does not take its answers is not read either: nothing may grow without bound."""
        if self._closing.began:
            return False
        self._outbox.is_awaited = True  # before the last look: whoever writes after it asks for another one
        return self._too_much_waits

    @property
    def _too_much_waits(self) -> bool:
        if self._outbox.unsent_control > PONGS_LIMIT:
            return True
        return self._delivery.answers_count and self._outbox.pending > ANSWERS_LIMIT
