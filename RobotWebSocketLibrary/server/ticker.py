"""What a server sends as time passes: the pings of `echo-broadcast-ping` and the times of `time-broadcast`."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from ..connection.ticking import Ticking
from ..errors import ConnectionClosedError
from ..protocol.frames import Opcode
from .behaviors import send_to_all
from .clients import Clients


class Ticker:
    """Sends to all clients of a server, every so many seconds; an interval of 0 means never.

    The test's thread starts and stops it. The reading thread sends, and never waits for a client: what one does not
    take at once is left in the outbox of its connection.
    """

    def __init__(self, clients: Clients, ping_interval: float, time_interval: float) -> None:
        self._clients = clients
        self._tickings = [
            Ticking(interval, action)
            for interval, action in ((ping_interval, self._ping), (time_interval, self._send_time))
            if interval > 0
        ]

    def start(self) -> None:
        for ticking in self._tickings:
            ticking.start()

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


def format_current_time() -> str:
    """Formats the current time as `2026-01-31T12:00:00.000Z`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
