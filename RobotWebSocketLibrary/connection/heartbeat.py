"""Pings at an interval, and the end of a connection whose peer does not answer them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..deadline import LONGEST_SLEEP, Deadline, WakeUp, duration
from ..protocol.close import CloseCode
from ..protocol.frames import Opcode
from .closing import Closing
from .pings import Pings
from .sender import Sender
from .stream import Stream


@dataclass(frozen=True)
class HeartbeatTimes:
    """Seconds between two pings, and for the answer to each."""

    interval: float
    timeout: float


class Heartbeat:
    """Runs in a thread of its own for as long as the connection is open. Its pongs are not for the test.

    The reader announces pongs and the end through `changed`. It sets `excused` where no pong could come, and `paused`
    for as long as it does not read.
    """

    def __init__(self, times: HeartbeatTimes, stream: Stream, sender: Sender, closing: Closing, pings: Pings) -> None:
        self.changed = WakeUp()
        self.excused = False
        self.paused = False
        self._times = times
        self._stream = stream
        self._sender = sender
        self._closing = closing
        self._pings = pings

    def run(self) -> None:
        while self._pause():
            self._send_ping()
            if not self._answered():
                self._fail()
                return

    def _pause(self) -> bool:
        """Waits for the next ping; returns False when none is to be sent any more."""
        deadline = Deadline(self._times.interval)
        while not (self._closing.began or deadline.expired):
            self._wait(deadline)
        return not self._closing.began

    def _send_ping(self) -> None:
        body = b"heartbeat " + os.urandom(4).hex().encode()  # no body that a test would choose
        self.excused = False
        self._pings.expect(body)
        self._sender.post_control(Opcode.PING, body)
        self._sender.drain()

    def _answered(self) -> bool:
        """Waits for the pong, or the end of the connection. Time in which no pong can come does not count."""
        deadline, unsent = self._deadline, self._sender.outbox.pending
        while self._pings.expected is not None and not self._closing.began:
            if not deadline.expired:
                self._wait(deadline)
            elif self.paused or self.excused or (unsent and self._sender.outbox.pending != unsent):
                self.excused = False
                deadline, unsent = self._deadline, self._sender.outbox.pending
            else:
                return False
        return True

    @property
    def _deadline(self) -> Deadline:
        """Until when the pong has to come. A ping that a test holds back leaves later."""
        return Deadline(self._times.timeout + self._sender.outbox.held_back)

    def _wait(self, deadline: Deadline) -> None:
        self.changed.wait(min(deadline.remaining, LONGEST_SLEEP))

    def _fail(self) -> None:
        how = f"the {self._closing.peer} answered no ping in {duration(self._times.timeout)}"
        self._sender.fail(CloseCode.INTERNAL_ERROR, how)
        self._sender.drain()
        self._stream.shutdown()  # whoever does not answer a ping does not answer a close frame either
