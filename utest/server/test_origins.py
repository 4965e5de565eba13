"""Which browser pages may connect."""

from __future__ import annotations

import pytest

from peers.clients import answer_to, request
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import Request
from RobotWebSocketLibrary.server.origins import Origins
from server.conftest import Start


def asks(origin: str | None, host: str = "127.0.0.1:8080") -> Request:
    fields = [("Host", host)] + ([] if origin is None else [("Origin", origin)])
    return Request("GET", "/", Headers(fields))


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://localhost",
        "http://localhost:3000",
        "https://LOCALHOST",
        "http://tenant1.localhost:3000",
        "http://127.0.0.1:1",
        "http://127.1.2.3",
        "http://[::1]:3000",
    ],
)
def test_pages_of_this_machine_may_connect(origin: str | None):
    assert Origins([], "127.0.0.1").allow(asks(origin))


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.org",
        "http://localhost.example.org",
        "http://notlocalhost",
        "ftp://localhost",
        "null",
        "file://",
        "",
        "http://128.0.0.1",
        "http://[::2]",
        "http://[half",
        "http://localhost:x.evil",
    ],
)
def test_other_pages_may_not(origin: str):
    assert not Origins([], "127.0.0.1").allow(asks(origin))


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("https://example.org", "https://example.org"),
        ("https://Example.org/", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org", "https://example.org:443"),
        ("http://example.org:80/", "http://example.org"),
        ("http://example.org:8080", "http://example.org:8080"),
        ("null", "null"),
        ("*", "https://any.example"),
        ("*", "null"),
        ("https://*.example.org", "https://a.b.example.org"),
        ("https://*.Example.org", "https://a.example.org"),
        ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
    ],
)
def test_pages_that_a_test_allows(allowed: str, origin: str):
    assert Origins([allowed], "127.0.0.1").allow(asks(origin))


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("https://example.org", "http://example.org"),
        ("https://example.org", "https://example.org:8443"),
        ("https://*.example.org", "https://example.org"),
        ("https://e.org", "https://exorg"),
        ("https://example.org", "https://example.org.evil.example"),
    ],
)
def test_pages_that_are_not_those_that_a_test_allows(allowed: str, origin: str):
    assert not Origins([allowed], "127.0.0.1").allow(asks(origin))


@pytest.mark.parametrize(
    "allowed", ["example.org", "https://", "https://example.org/app", "https://a?b", "https://[half", ""]
)
def test_what_is_not_an_origin_is_refused(allowed: str):
    with pytest.raises(WebSocketError) as failure:
        Origins([allowed], "127.0.0.1")
    assert str(failure.value) == (
        f"The argument 'allowed_origins' has '{allowed}', which is not an origin: "
        f"write one such as 'https://example.org'."
    )


@pytest.mark.parametrize(
    ("origin", "host", "started_with"),
    [
        ("http://192.0.2.7:8080", "192.0.2.7:8080", "0.0.0.0"),
        ("https://192.0.2.7", "192.0.2.7", "0.0.0.0"),
        ("http://192.0.2.7", "192.0.2.7:80", "0.0.0.0"),
        ("http://[2001:db8::1]:8080", "[2001:DB8::1]:8080", "::"),
        ("http://test.example:8080", "test.example:8080", "Test.example"),
    ],
)
def test_pages_of_the_server_itself_may_connect(origin: str, host: str, started_with: str):
    assert Origins([], started_with).allow(asks(origin, host))


@pytest.mark.parametrize(
    ("origin", "host", "started_with"),
    [
        ("http://evil.example:8080", "evil.example:8080", "127.0.0.1"),
        ("http://192.0.2.7:8080", "192.0.2.8:8080", "0.0.0.0"),
        ("http://192.0.2.7:8080", "192.0.2.7:8081", "0.0.0.0"),
        ("http://192.0.2.7:99999", "192.0.2.7:88888x", "0.0.0.0"),
        ("http://", "", "0.0.0.0"),
    ],
)
def test_a_hostile_name_that_resolves_to_this_machine_may_not(origin: str, host: str, started_with: str):
    assert not Origins([], started_with).allow(asks(origin, host))


def test_server_lets_them_in(start: Start):
    server = start(allowed_origins=("https://*.example.org",))
    assert answer_to(server, request(Origin="https://app.example.org"))[0] == 101
    assert answer_to(server, request(Origin="http://tenant1.localhost:3000"))[0] == 101
    assert answer_to(server, request(Origin="https://example.com"))[0] == 403
