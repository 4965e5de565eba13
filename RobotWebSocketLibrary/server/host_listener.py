"""Listens on every address of a host: `localhost` can mean 127.0.0.1 and ::1, and clients try either."""

from __future__ import annotations

import errno
import socket

from ..addresses import is_address
from ..errors import WebSocketError, describe_os_error, escaped, quoted
from .counted_notices import CountedNotices
from .listener import Handler, Listener
from .server_options import ServerOptions

HIGHEST_PORT = 65535
RESERVED = 10013
"""The error of Winsock for a port that Windows keeps for itself, as Hyper-V does, or that another program has."""
NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""What the system says of an address that this machine does not have, such as ::1 where there is no IPv6."""
TRIES = 10
"""How often a port is chosen that may be free on the first address alone."""


class HostListener:
    """A listener for each address, all on one port. The test's thread makes, starts and stops it."""

    def __init__(self, host: str, port: int, notices: CountedNotices) -> None:
        if not 0 <= port <= HIGHEST_PORT:
            raise WebSocketError(f"Could not start a server: the port {port} is not between 0 and {HIGHEST_PORT}.")
        try:
            addresses = _find_addresses(host)
            self._listeners = _listen(addresses, port, notices, TRIES if port == 0 else 1)
        except (OSError, ValueError) as error:  # ValueError: letters that no host name can have
            raise WebSocketError(_explain(host, port, error)) from error
        self.port = self._listeners[0].port

    def start(self, handle: Handler) -> None:
        """Accepts clients from now on, and lets `handle` serve each in a thread of its own."""
        for listener in self._listeners:
            listener.start(handle)

    def stop(self) -> None:
        """Frees the port."""
        for listener in self._listeners:
            listener.stop()

    def refuse(self) -> None:
        """Has TCP refused, and keeps the port."""
        for listener in self._listeners:
            listener.refuse()

    def accept_again(self) -> None:
        """Takes `refuse` back."""
        for listener in self._listeners:
            listener.accept_again()


def _find_addresses(host: str) -> list[str]:
    if not host or is_address(host):
        return [host]
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))


def _listen(addresses: list[str], port: int, notices: CountedNotices, tries: int) -> list[Listener]:
    listeners: list[Listener] = []
    lacking = None
    for address in addresses:
        try:
            listeners.append(Listener(address, listeners[0].port if listeners else port, notices))
        except OSError as error:
            if error.errno in NOT_HERE:
                lacking = error
                continue
            for listener in listeners:
                listener.stop()
            if listeners and tries > 1:
                return _listen(addresses, port, notices, tries - 1)
            raise
    if lacking is not None and not listeners:
        raise lacking
    return listeners


def _explain(host: str, port: int, error: OSError | ValueError) -> str:
    if "=" in host:
        return f"Could not start a server: {quoted(host)} is not a host name{_suggest_argument(host)}."
    if isinstance(error, (socket.gaierror, ValueError)):
        return f"Could not start a server: the host name '{host}' could not be resolved."
    if error.errno == errno.EADDRINUSE:
        return f"Could not start a server: port {port} of '{host}' is in use; with port 0 a free one is chosen."
    if error.errno == RESERVED:
        return (
            f"Could not start a server: Windows reserves port {port} of '{host}': another program has it for "
            "itself, or 'netsh interface ipv4 show excludedportrange protocol=tcp' lists it; with port 0 a free one is "
            "chosen."
        )
    return f"Could not start a server on port {port} of '{host}': {describe_os_error(error).lower()}."


def _suggest_argument(host: str) -> str:
    """What a test meant that misspelled the name of an argument: Robot Framework takes it for the host then."""
    from difflib import get_close_matches

    name = host.partition("=")[0]
    alike = get_close_matches(name, ServerOptions._fields, 1)
    return f", and no argument is called '{escaped(name)}'{f': write {alike[0]}=' if alike else ''}"
