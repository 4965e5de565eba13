"""Redirects, and the cookies that are set on the way."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from peers.certificates import TlsFiles, server_context
from peers.raw import AT_ONCE, RawEnd, seconds_since, switching
from peers.scripted import Script, answering, dripping, serving, switch
from RobotWebSocketLibrary.client.cookies import Cookies
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.redirects import find_location, resolve_location
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.errors import HandshakeError
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import HttpError, Response

from .conftest import Opening


def redirecting(location: str, *further: str, status: str = "302 Found", seen: list[bytes] | None = None) -> Script:
    """Answers with a redirect, and keeps the request."""
    lines = [f"HTTP/1.1 {status}", f"Location: {location}", "Content-Length: 0", *further, "", ""]

    def script(end: RawEnd) -> None:
        request = end.receive_head()
        if seen is not None:
            seen.append(request)
        end.send("\r\n".join(lines).encode())

    return script


def remembering(seen: list[bytes]) -> Script:
    """Keeps the request, and then opens the connection: the client may go on at once to the next one."""

    def script(end: RawEnd) -> None:
        request = end.receive_head()
        seen.append(request)
        end.send(switching(request))

    return script


def failure_of(opening: Opening, url: str, **options: object) -> HandshakeError:
    with pytest.raises(HandshakeError) as failure:
        opening(url, **options)
    return failure.value


def test_redirect_fails_the_handshake_by_default(opening: Opening):
    with serving(redirecting("https://user:canary@h/new/place?token=canary#canary")) as server:
        failure = failure_of(opening, server.url)
    assert str(failure) == (
        f"Opening handshake with '{server.url}' failed: the server answered 302 Found instead of 101 and redirects to "
        "'https://h/new/place'; `redirects=1` follows it."
    )
    assert failure.response.status == 302
    assert failure.response.history == ()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_relative_location_is_followed(status: int, opening: Opening):
    seen: list[bytes] = []
    moving = redirecting("../new?room=1#part", status=f"{status} Moved")
    with serving(moving, remembering(seen)) as server:
        opened = opening(f"{server.url}old/path?room=0", redirects=1)
    assert seen[0].startswith(b"GET /new?room=1 HTTP/1.1\r\n")
    assert str(opened.url) == f"{server.url}new?room=1"
    assert opened.response.status == 101
    assert [answer.status for answer in opened.response.history] == [status]


@pytest.mark.parametrize("scheme", ["http", "ws", "HTTP"])
def test_absolute_location_is_followed(scheme: str, opening: Opening):
    seen: list[bytes] = []
    with serving(remembering(seen)) as target, serving(redirecting(f"{scheme}://127.0.0.1:{target.port}/x")) as server:
        assert str(opening(server.url, redirects=1).url) == f"{target.url}x"
    assert f"Host: 127.0.0.1:{target.port}\r\n".encode() in seen[0]


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_redirect_to_tls_is_followed(scheme: str, opening: Opening, files: TlsFiles):
    with (
        serving(switch, context=server_context()) as target,
        serving(redirecting(f"{scheme}://127.0.0.1:{target.port}/")) as server,
    ):
        opened = opening(server.url, redirects=1, tls=TlsOptions(verify=files.authority))
    assert str(opened.url) == target.url


def test_redirect_within_tls_is_followed(opening: Opening, files: TlsFiles):
    with serving(redirecting("/new"), switch, context=server_context()) as server:
        opened = opening(server.url, redirects=1, tls=TlsOptions(verify=files.authority))
    assert str(opened.url) == f"{server.url}new"


def test_redirect_from_tls_to_plain_is_refused(opening: Opening, files: TlsFiles):
    with serving(redirecting("ws://127.0.0.1:1/?token=canary"), context=server_context()) as server:
        failure = failure_of(opening, server.url, redirects=1, tls=TlsOptions(verify=files.authority))
    assert str(failure) == (
        f"Opening handshake with '{server.url}' failed: the server redirects from TLS to 'ws://127.0.0.1:1/', which is "
        "not encrypted."
    )


def test_each_move_to_another_origin_is_told(opening: Opening):
    told: list[str] = []

    def moved(request: OpeningRequest) -> None:
        told.append(str(request.url))
        assert len(seen) == len(told), "it is told when it is decided, and before it is done"

    seen: list[bytes] = []
    with ExitStack() as stack:
        last = stack.enter_context(serving(redirecting("/again"), switch))
        first = stack.enter_context(serving(redirecting("/new"), redirecting(last.url, seen=seen)))
        opening(first.url, on_move=moved, redirects=3)
    assert told == [last.url]


def test_move_that_is_not_followed_is_not_told(opening: Opening):
    told: list[OpeningRequest] = []
    with serving(redirecting("ws://127.0.0.1:1/")) as server:
        failure_of(opening, server.url, on_move=told.append)
    assert told == []


@pytest.mark.parametrize(
    "location", ["ftp://h/x?canary", "http://[h/?canary", "mailto:a@b?canary", "http://h:0/?canary"]
)
def test_location_that_is_no_websocket_url(location: str, opening: Opening):
    with serving(redirecting(location)) as server:
        failure = failure_of(opening, server.url, redirects=1)
    assert failure.reason == f"the server redirects to '{location.partition('?')[0]}', which is not a WebSocket URL"
    assert failure.response.status == 302


def test_too_many_redirects(opening: Opening):
    with serving(*[redirecting("/again?token=canary")] * 3) as server:
        failure = failure_of(opening, server.url, redirects=2)
    assert str(failure) == (
        f"Opening handshake with '{server.url}again?token=***' failed: the server answered 302 Found instead of 101 "
        "and redirects to '/again'; that is one more than `redirects=2` allows."
    )
    assert [answer.status for answer in failure.response.history] == [302, 302]


def test_refusal_behind_a_redirect(opening: Opening):
    with serving(redirecting("/new"), answering(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")) as server:
        failure = failure_of(opening, server.url, redirects=3)
    assert str(failure).endswith("/new' failed: the server answered 403 No instead of 101.")
    assert [answer.status for answer in failure.response.history] == [302]


def test_redirect_without_location_is_a_refusal(opening: Opening):
    with serving(answering(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")) as server:
        failure = failure_of(opening, server.url, redirects=1)
    assert str(failure).endswith(f"'{server.url}' failed: the server answered 302 Found instead of 101.")


def test_one_deadline_for_all_redirects(opening: Opening):
    slow = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"

    def drip(end: RawEnd) -> None:
        end.receive_head()
        dripping(slow.encode(), 0.02)(end)

    began = time.monotonic()
    with serving(*[drip] * 3) as server:
        failure = failure_of(opening, server.url, redirects=9, timeout=2)
    assert 2 <= seconds_since(began) < AT_ONCE
    assert "2 seconds" in failure.reason


# What goes with a redirect

CREDENTIALS = {
    "headers": {"Authorization": "Bearer canary", "X-Run": "42"},
    "cookies": {"given": "canary"},
}


def test_same_origin_gets_credentials_and_cookies(opening: Opening):
    seen: list[bytes] = []
    with serving(redirecting("/new"), remembering(seen)) as server:
        opening(server.url, redirects=1, **CREDENTIALS)
    assert b"Authorization: Bearer canary\r\n" in seen[0]
    assert b"Cookie: given=canary\r\n" in seen[0]


def test_same_origin_gets_the_user_of_the_url(opening: Opening):
    seen: list[bytes] = []
    with serving(redirecting("/new"), remembering(seen)) as server:
        opening(f"ws://us:pa@127.0.0.1:{server.port}/", redirects=1)
    assert b"Authorization: Basic dXM6cGE=\r\n" in seen[0]


@pytest.mark.parametrize(
    ("user", "options"),
    [
        ("", CREDENTIALS),
        ("us:canary@", {}),
        ("", {"username": "us", "password": "canary"}),
        ("", {"headers": {"cookie": "given=canary", "X-Run": "42"}}),
        ("", {"headers": {"X-Api-Key": "canary", "x-auth-TOKEN": "canary", "X-Pin": "canary", "X-Run": "42"}}),
        ("", {"headers": {"X-Given": "canary", "X-Run": "42"}, "secret_headers": frozenset({"x-given"})}),
    ],
)
def test_another_origin_gets_neither(user: str, options: dict[str, object], opening: Opening):
    seen: list[bytes] = []
    with (
        serving(remembering(seen)) as target,
        serving(redirecting(f"ws://evil:user@127.0.0.1:{target.port}/")) as server,
    ):
        opening(f"ws://{user}127.0.0.1:{server.port}/", redirects=1, **options)
    names = [line.partition(b":")[0].lower() for line in seen[0].split(b"\r\n")]
    assert b"canary" not in seen[0]
    assert b"authorization" not in names
    assert b"cookie" not in names
    assert (b"x-run" in names) is ("headers" in options)


def test_way_back_does_not_bring_credentials_back(opening: Opening):
    seen: list[bytes] = []
    with ExitStack() as stack:
        home: list[str] = []

        def away(end: RawEnd) -> None:
            redirecting(home[0])(end)

        target = stack.enter_context(serving(away))
        server = stack.enter_context(serving(redirecting(target.url, "Set-Cookie: own=1"), remembering(seen)))
        home.append(server.url)
        opening(server.url, redirects=2, **CREDENTIALS)
    assert b"canary" not in seen[0]
    assert b"Cookie: own=1\r\n" in seen[0]


@pytest.mark.parametrize(
    ("set_cookie", "expected"),
    [
        ("session=1", "given=0; session=1"),
        ("session=a=b; HttpOnly; SameSite=Lax", "given=0; session=a=b"),
        ("given=1; Path=/", "given=1"),
        ("session=1; Path=/elsewhere", "given=0"),
        ("session=1; Max-Age=0", "given=0"),
        ("session=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "given=0"),
        ("session=1; Secure", "given=0"),
        ("session=1; Domain=other.example", "given=0"),
        ("session=1; Domain={host}", "given=0; session=1"),
        ("session=1; Domain=.{host}", "given=0; session=1"),
        ("session=1; Domain=0.0.1", "given=0"),
        ("session=1; Domain=sub.{host}", "given=0"),
        ("=nameless", "given=0"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_cookie_of_a_redirect_goes_where_it_belongs(host: str, set_cookie: str, expected: str, opening: Opening):
    seen: list[bytes] = []
    with serving(redirecting("/new", f"Set-Cookie: {set_cookie.format(host=host)}"), remembering(seen)) as server:
        opened = opening(f"ws://{host}:{server.port}/", redirects=1, cookies={"given": "0"})
    [cookie] = [line for line in seen[0].decode().split("\r\n") if line.startswith("Cookie: ")]
    assert cookie == f"Cookie: {expected}"
    assert opened.response.cookies == {}


def test_cookies_of_a_redirect_join_those_of_a_header(opening: Opening):
    seen: list[bytes] = []
    with serving(redirecting("/new", "Set-Cookie: b=2"), remembering(seen)) as server:
        opened = opening(server.url, redirects=1, headers={"Cookie": "a=1"})
    assert b"Cookie: a=1; b=2\r\n" in seen[0]
    assert opened.response.history[0].cookies == {"b": "2"}


def test_cookies_of_one_opening_do_not_reach_the_next(opening: Opening):
    seen: list[bytes] = []
    with serving(redirecting("/new", "Set-Cookie: b=2"), remembering(seen), remembering(seen)) as server:
        opening(server.url, redirects=1)
        opening(server.url)
    assert b"Cookie: b=2" in seen[0]
    assert b"cookie" not in seen[1].lower()


# The rules by themselves


@pytest.mark.parametrize(
    ("url", "location", "expected"),
    [
        ("ws://h/a/b", "c", "ws://h/a/c"),
        ("ws://h/a/b?x=1", "?y=2", "ws://h/a/b?y=2"),
        ("wss://h/", "//other:8443/", "wss://other:8443/"),
        ("ws://[::1]:8080/", "/x", "ws://[::1]:8080/x"),
        ("ws://h/", "https://h", "wss://h/"),
        ("ws://h/", "http://h/http:/x", "ws://h/http:/x"),
        ("ws://h/", "", "ws://h/"),
    ],
)
def test_target_of_a_redirect(url: str, location: str, expected: str):
    assert str(resolve_location(read_url(url), location)) == expected


def test_location_with_a_control_character():
    with pytest.raises(HttpError, match=r"^the server redirects to '/\\x1b\[31m', which is not a WebSocket URL$"):
        resolve_location(read_url("ws://h/"), "/\x1b[31m")


def test_only_redirects_have_a_location():
    headers = Headers([("Location", "/x")])
    assert find_location(Response(302, "Found", headers)) == "/x"
    assert find_location(Response(201, "Created", headers)) is None


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/my room", b"/my%20room"),
        ("/my room?name=a b", b"/my%20room?name=a%20b"),
        (" /padded ", b"/padded"),
        ("/ta\tb", b"/tab"),
        ("/r\u00e4ume", b"/r%C3%A4ume"),
        ("next?x=1#part", b"/next?x=1"),
        ("/a%20b", b"/a%20b"),
    ],
)
def test_location_is_read_as_browsers_read_it(opening: Opening, location: str, target: bytes):
    seen: list[bytes] = []
    with serving(redirecting(location), remembering(seen)) as server:
        opening(server.url, redirects=1)
    assert seen[0].startswith(b"GET " + target + b" HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("location", "zone"),
    [("/x", "eth0"), ("ws://[fe80::1]:81/", "eth0"), ("ws://[fe80::1%25eth1]/", "eth1"), ("ws://[fe80::2]/", "")],
)
def test_zone_of_an_address_stays_with_it(location: str, zone: str):
    assert resolve_location(read_url("ws://[fe80::1%25eth0]/"), location).zone == zone


@pytest.mark.parametrize(
    ("host", "domain", "asked", "sent"),
    [
        ("app.example.org", "example.org", "other.example.org", True),
        ("app.example.org", "example.org", "example.org", True),
        ("app.example.org", "app.example.org", "example.org", False),
        ("app.example.org", "", "app.example.org", True),
        ("app.example.org", "", "sub.app.example.org", False),
        ("[::1]", "", "[::1]", True),
        ("a.localhost", "localhost", "b.localhost", True),
        ("localhost", "", "localhost", True),
    ],
)
def test_cookie_is_for_its_domain(host: str, domain: str, asked: str, sent: bool):
    cookies = Cookies()
    value = "sid=1" + (f"; Domain={domain}" if domain else "")
    cookies.keep(read_url(f"ws://{host}:8080/"), Response(302, "Found", Headers([("Set-Cookie", value)])))
    request = cookies.add_to(OpeningRequest(read_url(f"ws://{asked}:9090/")))
    assert (request.cookies == {"sid": "1"}) is sent
