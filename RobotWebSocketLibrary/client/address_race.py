"""Connects to the first of several addresses that answers, without waiting long for any of them (RFC 8305)."""

from __future__ import annotations

import errno
import socket

from ..connection.stream import find_ready
from ..deadline import Deadline
from ..errors import make_os_error

IN_PROGRESS = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


class AddressRace:
    """Attempts that run beside each other. The end of the race closes all but the one that `connected` names.

    `error` says why the last attempt failed that has failed.
    """

    def __init__(self) -> None:
        self.connected: socket.socket | None = None
        self.error: OSError | None = None
        self._running: list[socket.socket] = []

    def __enter__(self) -> AddressRace:
        return self

    def __exit__(self, *_: object) -> None:
        for attempt in self._running:
            if attempt is not self.connected:
                attempt.close()

    @property
    def is_undecided(self) -> bool:
        """An attempt has neither failed nor succeeded."""
        return bool(self._running) and self.connected is None

    def begin(self, family: int, address: tuple[str, int]) -> None:
        """Begins one more attempt."""
        try:
            self._running.append(begin_to_connect(family, address))
        except OSError as error:
            self.error = error

    def run(self, deadline: Deadline) -> bool:
        """Waits until one is connected; returns False where all have failed, or none has answered in time."""
        while self.is_undecided:
            for attempt in find_ready(self._running, deadline.slice, writing=True):
                self._decide(attempt)
            if deadline.expired:
                break
        return self.connected is not None

    def _decide(self, attempt: socket.socket) -> None:
        problem = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not problem:
            self.connected = attempt
            return
        self.error = make_os_error(problem)
        attempt.close()
        self._running.remove(attempt)


def begin_to_connect(family: int, address: tuple[str, int] | str) -> socket.socket:
    """A socket that is connected, or becomes it. A Unix socket, whose address is a path, is connected at once."""
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        problem = connecting.connect_ex(address)
        if problem and (problem not in IN_PROGRESS or isinstance(address, str)):
            raise make_os_error(problem)
        return connecting
    except BaseException:
        connecting.close()
        raise
