"""Hosts that `no_proxy` excludes."""

import pytest

from RobotWebSocketLibrary.client.proxy_exclusions import is_excluded

COVERED = [
    ("h.example", 80, "h.example"),
    ("a.h.example", 80, "h.example"),
    ("h.example", 80, ".h.example"),
    ("a.h.example", 80, ".h.example"),
    ("a.h.example", 80, "*.h.example"),
    ("H.Example", 80, "h.EXAMPLE"),
    ("h.example", 8080, "h.example:8080"),
    ("h.example", 80, "other, h.example"),
    ("h.example", 80, "other h.example"),
    ("h.example", 80, "*"),
    ("10.1.2.3", 80, "*"),
    ("10.1.2.3", 80, "10.0.0.0/8"),
    ("10.1.2.3", 80, "10.1.2.4/8"),
    ("10.1.2.3", 80, "10.1.2.3"),
    ("10.1.2.3", 80, "10.1.2.3:80"),
    ("2001:db8::1", 80, "2001:db8::1"),
    ("2001:db8::1", 80, "[2001:db8:0::1]"),
    ("2001:db8::1", 80, "[2001:DB8::1]:80"),
    ("2001:db8::1", 80, "2001:db8::/32"),
]
NOT_COVERED = [
    ("h.example", 80, ""),
    ("h.example", 80, " , "),
    ("h.example", 80, "a.h.example"),
    ("xh.example", 80, "h.example"),
    ("h.example", 80, "h.example:8080"),
    ("h.example", 80, "."),
    ("10.1.2.3", 80, "11.0.0.0/8"),
    ("10.1.2.3", 80, "10.1.2.3:8080"),
    ("10.1.2.3", 80, "2.3"),
    ("10.1.2.3", 80, "h.example"),
    ("h.example", 80, "10.0.0.0/8"),
    ("2001:db8::1", 80, "[2001:db8::1]:8080"),
    ("2001:db8::1", 80, "10.0.0.0/8"),
]


@pytest.mark.parametrize(("host", "port", "no_proxy"), COVERED)
def test_excluded(host: str, port: int, no_proxy: str):
    assert is_excluded(host, port, no_proxy)


@pytest.mark.parametrize(("host", "port", "no_proxy"), NOT_COVERED)
def test_not_excluded(host: str, port: int, no_proxy: str):
    assert not is_excluded(host, port, no_proxy)
