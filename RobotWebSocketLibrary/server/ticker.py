"""What a server sends as time passes: the pings of `echo-broadcast-ping` and the times of `time-broadcast`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from ..deadline import LONGEST_SLEEP, Deadline, WakeUp
from ..errors import ConnectionClosedError
from ..protocol.frames import Opcode
from ..threads import ServerThread
from .behaviors import send_to_all
from .clients import Clients

Action = Callable[[], None]


class Ticker:
    """Sends to all clients of a server in one thread, every so many seconds; an interval of 0 means never.

    The test's thread makes and stops it. Its own thread never waits for a client: what one does not take at once is
    left in the outbox of its connection.
    """

    def __init__(self, port: int, clients: Clients, ping_interval: float, time_interval: float) -> None:
        self._clients = clients
        intervals = ((ping_interval, self._ping), (time_interval, self._send_time))
        self._due: list[tuple[Deadline, Action]] = [
            (Deadline(interval), action) for interval, action in intervals if interval > 0
        ]
        self._wake_up = WakeUp()
        self._stopping = False
        self._thread = ServerThread(f"ticker of port {port}", self._run)

    def stop(self) -> None:
        self._stopping = True
        self._wake_up.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._wake_up.wait(min([LONGEST_SLEEP, *(deadline.remaining for deadline, _ in self._due)]))
            self._due = [self._act(deadline, action) for deadline, action in self._due]

    def _act(self, deadline: Deadline, action: Action) -> tuple[Deadline, Action]:
        if not deadline.expired or self._stopping:
            return deadline, action
        action()
        return Deadline(deadline.timeout), action

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
