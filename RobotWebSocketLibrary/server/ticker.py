"""What a server sends as time passes: the pings of `echo-broadcast-ping` and the times of `time-broadcast`."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from ..connection.reading_thread import later
from ..errors import ConnectionClosedError
from ..protocol.frames import Opcode
from .behaviors import send_to_all
from .clients import Clients


class Ticker:
    """Sends to all clients of a server, every so many seconds; an interval of 0 means never.

    The test's thread makes and stops it. The reading thread sends, and never waits for a client: what one does not take
    at once is left in the outbox of its connection.
    """

    def __init__(self, clients: Clients, ping_interval: float, time_interval: float) -> None:
        self._clients = clients
        self._tickings = [
            Ticking(interval, action)
            for interval, action in ((ping_interval, self._ping), (time_interval, self._send_time))
            if interval > 0
        ]

    def stop(self) -> None:
        for ticking in self._tickings:
            ticking.stop()

    def _ping(self) -> None:
        for client in self._clients.admitted:  # a ping would overtake a 101 that was not sent yet
            if client.behavior.sends_pings:
                with suppress(ConnectionClosedError):
                    client.connection.send_control(Opcode.PING, b"")

    def _send_time(self) -> None:
        connections = (client.connection for client in self._clients.connected if client.behavior.sends_time)
        send_to_all(connections, [format_current_time()])


class Ticking:
    """One action that the reading thread repeats until the test's thread stops it.

    `_changing` is held while the next timer is set, so that `stop` always cancels the newest one.
    """

    def __init__(self, interval: float, action: Callable[[], None]) -> None:
        self._interval = interval
        self._action = action
        self._stopped = False
        self._changing = _thread.allocate_lock()
        self._set_timer()

    def stop(self) -> None:
        with self._changing:
            self._stopped = True
            thread, timer = self._next
            thread.cancel(timer)

    def _set_timer(self) -> None:
        with self._changing:
            if not self._stopped:
                self._next = later(self._interval, self._tick)

    def _tick(self) -> None:
        self._action()
        self._set_timer()


def format_current_time() -> str:
    """Formats the current time as `2026-01-31T12:00:00.000Z`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
