"""Hosts that the environment variable `no_proxy` excludes, as curl and Go read it."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

EVERYTHING = "*"
_WITH_PORT = re.compile(r"(?P<host>\[[^]]*\]|[^:]*)(?::(?P<port>[0-9]+))?")


class Exclusion(NamedTuple):
    """One entry: a name with all names below it, an address or a network; and the port, if it names one."""

    host: str
    port: int | None

    @classmethod
    def read(cls, entry: str) -> Exclusion:
        """An address of IPv6 stands in brackets where a port follows."""
        match = _WITH_PORT.fullmatch(entry)
        if match is None:
            return cls(entry.lower(), None)
        port = match["port"]
        return cls(match["host"].strip("[]").lower(), None if port is None else int(port))

    def covers(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        address = _read_address(host)
        return self._covers_name(host) if address is None else self._covers_address(address)

    def _covers_name(self, host: str) -> bool:
        name = self.host.removeprefix(EVERYTHING).removeprefix(".")
        return self.host == EVERYTHING or (bool(name) and f".{host}".endswith(f".{name}"))

    def _covers_address(self, address: IPv4Address | IPv6Address) -> bool:
        try:
            return self.host == EVERYTHING or address in ip_network(self.host, strict=False)
        except ValueError:  # a name
            return False


def is_excluded(host: str, port: int, no_proxy: str) -> bool:
    """Whether one of the entries, which commas or spaces separate, covers a host."""
    return any(Exclusion.read(entry).covers(host.lower(), port) for entry in re.split(r"[,\s]+", no_proxy) if entry)


def _read_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
