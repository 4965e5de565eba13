"""Pings at an interval, and the end of a connection whose peer does not answer them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..deadline import LONGEST_SLEEP, Deadline, format_duration
from ..protocol.close import CloseCode
from ..protocol.frames import Opcode
from .closing import Closing
from .outbox import Outbox
from .pauses import Pauses
from .pings import Pings
from .sender import Sender
from .stream import Stream


@dataclass(frozen=True)
class HeartbeatTimes:
    """Seconds between two pings, and for the answer to each."""

    interval: float
    timeout: float


class Heartbeat:
    """Pings the peer, and fails the connection when it does not answer. Its pongs are not for the test.

    - It runs in a thread of its own, which begins with the reader and ends with the connection.
    - It sleeps on `heard` of its pings, which the reader sets for each pong and at the end.
    - The peer is excused, and has its time anew, where no pong could come: while reading is paused, while a large frame
      arrives (`pauses`), and while our own frames wait for the peer to take them (`outbox`).
    """

    def __init__(
        self,
        times: HeartbeatTimes,
        *,
        stream: Stream,
        outbox: Outbox,
        sender: Sender,
        closing: Closing,
        pings: Pings,
        pauses: Pauses,
    ) -> None:
        self._times = times
        self._stream = stream
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._pings = pings
        self._pauses = pauses

    def run(self) -> None:
        while self._wait_for_next():
            self._send_ping()
            if not self._wait_for_pong():
                self._fail()
                return

    def _wait_for_next(self) -> bool:
        """Waits for the next ping; returns False when none is to be sent any more."""
        deadline = Deadline(self._times.interval)
        while not (self._closing.began or deadline.expired):
            self._wait(deadline)
        return not self._closing.began

    def _send_ping(self) -> None:
        body = b"heartbeat " + os.urandom(4).hex().encode()  # a body that no test would choose
        self._pauses.peer_is_excused = False
        self._pings.expect(body)
        self._sender.post_control(Opcode.PING, body)
        self._outbox.push()

    def _wait_for_pong(self) -> bool:
        """Waits for the pong, or for the end of the connection; returns False when neither came in time."""
        deadline, unsent = self._deadline, self._outbox.pending
        while self._pings.expected is not None and not self._closing.began:
            if not deadline.expired:
                self._wait(deadline)
            elif self._pauses.excuse_peer() or (unsent and self._outbox.pending != unsent):
                deadline, unsent = self._deadline, self._outbox.pending
            else:
                return False
        return True

    @property
    def _deadline(self) -> Deadline:
        """Until when the pong has to come. A ping that a test holds back leaves later."""
        return Deadline(self._times.timeout + self._outbox.held_back)

    def _wait(self, deadline: Deadline) -> None:
        self._pings.heard.wait(min(deadline.remaining, LONGEST_SLEEP))

    def _fail(self) -> None:
        how = f"the {self._closing.peer} answered no ping in {format_duration(self._times.timeout)}"
        self._sender.fail(CloseCode.INTERNAL_ERROR, how)
        self._outbox.push()
        self._stream.shutdown()  # a peer that answers no ping does not answer a close frame either
