"""Connects to a host with TCP, under one deadline that also covers the resolution of its name."""

from __future__ import annotations

import socket
from contextlib import suppress
from errno import EINVAL
from time import sleep

from ..deadline import Deadline, WakeUp
from ..errors import WebSocketError, describe_os_error
from ..threads import start
from .address_race import AddressRace, begin_to_connect

HEAD_START = 0.25
"""Seconds that one address has before the next is tried beside it (RFC 8305 section 5)."""
RETRY_SECONDS = 0.02
"""Seconds after which a Unix socket is tried again."""


class DialingError(WebSocketError):
    """No TCP connection came about. `where` is what the sentence calls the place."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def _sentence(self) -> str:
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
    """Returns the addresses of a host, with their families; an address is its own. `where` is for sentences."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return [(family, (host, port))]
    resolution = Resolution(host, port)
    if not resolution.wait(deadline):
        raise DialingError(where, f"the host name '{host}' was not resolved in {deadline}")
    if resolution.error is not None:
        raise DialingError(where, f"the host name '{host}' could not be resolved") from resolution.error
    return resolution.addresses


def dial(host: str, port: int, where: str, deadline: Deadline) -> socket.socket:
    """Connects to the first of the host's addresses that answers."""
    with AddressRace() as race:
        for family, address in resolve(host, port, where, deadline):
            race.begin(family, address)
            if race.run(Deadline(min(HEAD_START, deadline.remaining))):
                break
        race.run(deadline)
        if race.connected is not None:
            return race.connected
        raise DialingError(where, _explain(race, host, port, deadline)) from race.error


def dial_unix(path: str, where: str, deadline: Deadline) -> socket.socket:
    """Connects to a Unix socket. One whose server has not accepted others yet is tried again."""
    while True:
        try:
            return begin_to_connect(socket.AF_UNIX, path)
        except BlockingIOError:
            if deadline.expired:
                raise DialingError(where, f"no answer in {deadline}") from None
            sleep(min(RETRY_SECONDS, deadline.remaining))
        except ConnectionRefusedError:
            raise DialingError(where, "connection refused (nobody listens on this socket)") from None
        except OSError as error:
            raise DialingError(where, describe_os_error(error).lower()) from error


def _explain(race: AddressRace, host: str, port: int, deadline: Deadline) -> str:
    if race.is_undecided or isinstance(race.error, TimeoutError):
        return f"no answer in {deadline}"
    if isinstance(race.error, ConnectionRefusedError):
        return f"connection refused (nothing listens on port {port})"
    if race.error is not None and race.error.errno == EINVAL and host.lower().startswith("fe80:"):
        return "a link-local address needs its interface, as in '[fe80::1%25eth0]'"
    return "" if race.error is None else describe_os_error(race.error).lower()
