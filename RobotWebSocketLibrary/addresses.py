"""What a host is: an address, or a name; this machine, or another one."""

from __future__ import annotations

from ipaddress import ip_address


def is_address(host: str) -> bool:
    """Whether a host is an address of IPv4 or IPv6, without brackets."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: a loopback address, `localhost`, or a name below it (RFC 6761 section 6.3)."""
    if is_address(host):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
