"""Connects to a host with TCP, under one deadline that also covers the resolution of its name."""

from __future__ import annotations

import errno
import os
import socket

from ..connection.stream import wait_for
from ..deadline import Deadline, WakeUp
from ..errors import WebSocketError
from ..threads import start

IN_PROGRESS = (errno.EINPROGRESS, errno.EWOULDBLOCK)


class DialingError(WebSocketError):
    """No TCP connection came about. `where` is what the sentence calls the place."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        end = "" if self.reason.endswith("?") else "."
        return f"Could not connect to {self.where}: {self.reason}{end}"


class Resolution:
    """Resolves a host name in a thread of its own: `getaddrinfo` can be neither timed nor interrupted.

    The thread writes its result first and `_done` last. A caller that stops waiting leaves the thread behind; it ends
    by itself.
    """

    def __init__(self, host: str, port: int) -> None:
        self.addresses: list[tuple[int, tuple[str, int]]] = []
        self.error: Exception | None = None
        self._done = False
        self._resolved = WakeUp()
        self._target = (host, port)
        start(f"resolving {host}", self._resolve)

    def wait(self, deadline: Deadline) -> bool:
        """Waits for the result; returns False if it did not come in time."""
        while not self._done and not deadline.expired:
            self._resolved.wait(deadline.slice)
        return self._done

    def _resolve(self) -> None:
        try:
            found = socket.getaddrinfo(*self._target, type=socket.SOCK_STREAM)
            self.addresses = [(family, address) for family, _, _, _, address in found]  # type: ignore[misc]
        except (OSError, UnicodeError) as error:
            self.error = error
        self._done = True
        self._resolved.set()


def resolve(host: str, port: int, where: str, deadline: Deadline) -> list[tuple[int, tuple[str, int]]]:
    """Returns the addresses of a host, with their families. `where` is what a sentence calls the place."""
    resolution = Resolution(host, port)
    if not resolution.wait(deadline):
        raise DialingError(where, f"the host name '{host}' was not resolved in {deadline}")
    if resolution.error is not None:
        raise DialingError(where, f"the host name '{host}' could not be resolved") from resolution.error
    return resolution.addresses


def dial(host: str, port: int, where: str, deadline: Deadline) -> socket.socket:
    """Connects to the first of the host's addresses that answers."""
    addresses = resolve(host, port, where, deadline)
    reason = ""
    for index, (family, address) in enumerate(addresses):
        share = Deadline(deadline.remaining / (len(addresses) - index))
        try:
            return _connect(family, address, share)
        except ConnectionRefusedError:
            reason = f"connection refused (nothing listens on port {port})"
        except TimeoutError:
            reason = f"no answer in {deadline}"
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
    raise DialingError(where, reason)


def _connect(family: int, address: tuple[str, int], deadline: Deadline) -> socket.socket:
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        problem = connecting.connect_ex(address)
        if problem in IN_PROGRESS:
            while not wait_for(connecting, deadline.slice, writing=True):
                if deadline.expired:
                    raise TimeoutError
            problem = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, os.strerror(problem))  # the class follows from the number
        return connecting
    except BaseException:
        connecting.close()
        raise
