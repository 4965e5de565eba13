"""When an end does not read, so that TCP slows the peer down."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..deadline import SLICE, WakeUp
from .closing import Closing
from .heartbeat import Heartbeat
from .inbox import Inbox
from .misbehavior import Misbehavior
from .outbox import Outbox
from .stream import Stream

ANSWERS_LIMIT = 1024 * 1024
"""Bytes of answers that may wait for the peer before its next messages are read."""
PONGS_LIMIT = 10_000
"""Pongs that may."""


class Pauses:
    """Each lasts as long as its reason does. The reader takes them, in its thread.

    No pong can come, or be read, meanwhile: for that the peer is excused.
    """

    def __init__(
        self,
        stream: Stream,
        closing: Closing,
        inbox: Inbox,
        outbox: Outbox,
        misbehavior: Misbehavior,
        *,
        answers: bool,
        notices: deque[str],
    ) -> None:
        self.heartbeat: Heartbeat | None = None
        self._stream = stream
        self._closing = closing
        self._inbox = inbox
        self._outbox = outbox
        self._misbehavior = misbehavior
        self._answers = answers
        self._notices = notices
        self._warned = False

    def while_deaf(self) -> None:
        """A test wants this end deaf, until it lets it listen again, or closes or drops the connection."""
        self._pause(lambda: not (self._misbehavior.reads or self._stream.ended), self._misbehavior.changed)

    def warn_once(self) -> None:
        if not self._warned and not self._closing.began:
            self._warned = True
            self._notices.append(
                f"reading paused: the inbox is full with {len(self._inbox):,} messages that no test has taken"
            )

    def while_full(self) -> None:
        """No test takes the messages, until one does or our close frame is sent."""
        self._pause(lambda: self._inbox.full and not self._closing.began, self._inbox.room)

    def while_answers_wait(self) -> None:
        """A peer that does not read its answers is not read either: nothing may grow without bound."""
        self._pause(
            lambda: self._answers_wait and not self._outbox.broken and not self._closing.began, self._outbox.progress
        )

    def excuse_peer(self) -> None:
        if self.heartbeat is not None:
            self.heartbeat.excused = True

    @property
    def _answers_wait(self) -> bool:
        return self._outbox.unsent_control > PONGS_LIMIT or (self._answers and self._outbox.pending > ANSWERS_LIMIT)

    def _pause(self, lasts: Callable[[], bool], changed: WakeUp) -> None:
        if not lasts():
            return
        if self.heartbeat is not None:
            self.heartbeat.paused = True
        while lasts():
            changed.wait(SLICE)
        self.excuse_peer()
        if self.heartbeat is not None:
            self.heartbeat.paused = False
