"""Pings at an interval, and the end of a connection whose peer does not answer them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from ..deadline import format_duration
from ..protocol.close import CloseCode
from ..protocol.frames import Opcode
from .closing import Closing
from .outbox import Outbox
from .pauses import Pauses
from .pings import Pings
from .reading_thread import ReadingThread
from .schedule import Timer
from .sender import Sender


class HeartbeatTimes(NamedTuple):
    """Seconds between two pings, and for the answer to each."""

    interval: float
    timeout: float


class Heartbeat:
    """Pings the peer, and fails the connection when it does not answer. Its pongs are not for the test.

    - It lives in the reading thread, by one timer: for the next ping, or for the pong of the last one.
    - The next ping leaves an interval after the last pong has arrived.
    - The peer is excused, and has its time anew, where no pong could come: while reading is paused, while a large frame
      arrives (`pauses`), and while our own frames wait for the peer to take them (`outbox`).
    """

    def __init__(
        self,
        times: HeartbeatTimes,
        *,
        outbox: Outbox,
        sender: Sender,
        closing: Closing,
        pings: Pings,
        pauses: Pauses,
        fail: Callable[[int, str], None],
    ) -> None:
        self._times = times
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._pings = pings
        self._pauses = pauses
        self._fail = fail
        self._thread: ReadingThread | None = None
        self._timer: Timer | None = None
        self._unsent = 0
        pings.on_answer = self._wait_for_next

    def start(self, thread: ReadingThread) -> None:
        """The thread reads the connection from now on."""
        self._thread = thread
        self._wait_for_next()

    def stop(self) -> None:
        """The connection ends."""
        if self._thread is not None:
            self._thread.cancel(self._timer)
        self._thread = None

    def _wait_for_next(self) -> None:
        self._set_timer(self._times.interval, self._send_ping)

    def _send_ping(self) -> None:
        if self._closing.began:
            return
        body = b"heartbeat " + os.urandom(4).hex().encode()  # a body that no test would choose
        self._pauses.peer_is_excused = False
        self._pings.expect(body)
        self._sender.post_control(Opcode.PING, body)
        self._outbox.push()
        self._wait_for_pong()

    def _wait_for_pong(self) -> None:
        """A ping that a test holds back leaves later."""
        self._unsent = self._outbox.pending
        self._set_timer(self._times.timeout + self._outbox.held_back, self._check_pong)

    def _check_pong(self) -> None:
        if self._closing.began:
            return
        if self._pauses.excuse_peer() or (self._unsent and self._outbox.pending != self._unsent):
            self._wait_for_pong()
        else:
            how = f"the {self._closing.peer} did not answer a ping in {format_duration(self._times.timeout)}"
            self._fail(CloseCode.INTERNAL_ERROR, how)

    def _set_timer(self, seconds: float, action: Callable[[], None]) -> None:
        if self._thread is not None:
            self._thread.cancel(self._timer)
            self._timer = self._thread.later(seconds, action)
