import pytest

from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import Response
from RobotWebSocketLibrary.proxy.rewriting import Place, find_origin, join_targets, list_answer_headers

PLAIN, SECURE = Place(False, "localhost:8080"), Place(True, "localhost:8443")


@pytest.mark.parametrize(
    ("base", "asked", "joined"),
    [
        ("/", "/", "/"),
        ("/", "/chat", "/chat"),
        ("/base", "/", "/base"),
        ("/base/", "/", "/base/"),
        ("/base", "/chat", "/base/chat"),
        ("/base/", "/chat/", "/base/chat/"),
        ("/base?a=1", "/?b=2", "/base?a=1&b=2"),
        ("/?a=1", "/chat", "/chat?a=1"),
        ("/", "/chat?b=2", "/chat?b=2"),
    ],
)
def test_paths_are_joined_with_one_slash_and_the_query_of_the_target_comes_first(base: str, asked: str, joined: str):
    assert join_targets(base, asked) == joined


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("ws://app.example/chat", "http://app.example"),
        ("wss://app.example:8443/", "https://app.example:8443"),
        ("wss://app.example:443/", "https://app.example"),
    ],
)
def test_origin_of_a_target(url: str, origin: str):
    assert find_origin(read_url(url)) == origin


@pytest.mark.parametrize(
    ("place", "location", "seen"),
    [
        (PLAIN, "https://app.example/login?a=1", "http://localhost:8080/login?a=1"),
        (SECURE, "https://app.example:443/login", "https://localhost:8443/login"),
        (SECURE, "wss://app.example/base/feed", "wss://localhost:8443/feed"),
        (PLAIN, "wss://app.example/base", "ws://localhost:8080/base"),
        (PLAIN, "/base/login", "/login"),
        (PLAIN, "/login", "/login"),
        (PLAIN, "login", "login"),
        (PLAIN, "http://app.example/login", "http://app.example/login"),
        (PLAIN, "https://other.example/base/login", "https://other.example/base/login"),
        (PLAIN, "https://app.example:99999/login", "https://app.example:99999/login"),
        (None, "https://app.example/login", "https://app.example/login"),
    ],
)
def test_location_at_the_target_becomes_one_at_the_proxy(place: Place | None, location: str, seen: str):
    answer = Response(302, "Found", Headers([("location", location)]))
    assert list_answer_headers(answer, read_url("wss://app.example/base"), place) == [("location", seen)]


@pytest.mark.parametrize(
    ("place", "cookie", "seen"),
    [
        (PLAIN, "a=1; Domain=app.example; Secure; HttpOnly", "a=1; HttpOnly"),
        (PLAIN, "a=1;secure", "a=1"),
        (PLAIN, "secure=domain=x; Path=/", "secure=domain=x; Path=/"),
        (SECURE, "a=1; DOMAIN = .app.example ; Secure", "a=1; Secure"),
        (None, "a=1; Domain=app.example; Secure", "a=1; Domain=app.example; Secure"),
    ],
)
def test_cookie_becomes_one_of_the_proxy(place: Place | None, cookie: str, seen: str):
    answer = Response(200, "OK", Headers([("Set-Cookie", cookie), ("X-A", "1")]))
    fields = list_answer_headers(answer, read_url("wss://app.example/"), place)
    assert fields == [("Set-Cookie", seen), ("X-A", "1")]
