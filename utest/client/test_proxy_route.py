"""Which proxy is meant, by a test or by the environment."""

from __future__ import annotations

import os

import pytest

from RobotWebSocketLibrary.client.proxy_route import Proxy, Route, find_route, read_proxy
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.errors import WebSocketError


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without proxies, whatever this machine has."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://proxy.example:3128", Proxy("http", "proxy.example", 3128)),
        ("HTTP://Proxy.Example/", Proxy("http", "proxy.example", 80)),
        ("proxy.example:3128", Proxy("http", "proxy.example", 3128)),
        ("us:pa@proxy:3128", Proxy("http", "proxy", 3128, "us", "pa")),
        ("http://us@proxy", Proxy("http", "proxy", 80, "us", None)),
        ("http://us%40er:p%3As%23@proxy:1", Proxy("http", "proxy", 1, "us@er", "p:s#")),
        ("https://us:pa@proxy", Proxy("https", "proxy", 443, "us", "pa")),
        ("socks5://proxy", Proxy("socks5", "proxy", 1080)),
        ("socks5h://us:pa@[::1]:9050", Proxy("socks5h", "::1", 9050, "us", "pa")),
    ],
)
def test_url_of_a_proxy(url: str, expected: Proxy):
    assert read_proxy(url) == expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "ftp://us:canary@h:1",
            "Invalid proxy 'ftp://***@h:1' in the argument 'proxy': the URL of a proxy starts with ",
        ),
        (
            "socks4://h:1",
            "Invalid proxy 'socks4://h:1' in the argument 'proxy': the URL of a proxy starts with 'http://', ",
        ),
        (
            "http://us:ca#nary@h:1",
            "Invalid proxy 'http://***@h:1' in the argument 'proxy': its host or port is wrong; ",
        ),
        ("http://h:70000", "Invalid proxy 'http://h:70000' in the argument 'proxy': its host or port is wrong; "),
        ("http://[h", "Invalid proxy 'http://[h' in the argument 'proxy': its host or port is wrong; "),
        ("http://h:0", "Invalid proxy 'http://h:0' in the argument 'proxy': it must name a host and a port, "),
        (
            "http://",
            "Invalid proxy 'http://' in the argument 'proxy': it must name a host and a port, as in 'http://host:",
        ),
        ("http://hå:1", "Invalid proxy 'http://hå:1' in the argument 'proxy': it must name a host and a port, "),
        ("http://h:1/path", "Invalid proxy 'http://h:1/path' in the argument 'proxy': nothing may follow the port."),
        ("http://h:1?a", "Invalid proxy 'http://h:1?a' in the argument 'proxy': nothing may follow the port."),
        ("http://h:1#a", "Invalid proxy 'http://h:1#a' in the argument 'proxy': nothing may follow the port."),
        ("http://h :1", "Invalid proxy 'http://h :1' in the argument 'proxy': it contains a space or control "),
        ("http://can\nary@h:1", "Invalid proxy '' in the argument 'proxy': it contains a space or control character."),
        ("http://us%3A:canary@h", "The user name of the argument 'proxy' contains a character that cannot be sent "),
        ("http://us:%0Acanary@h", "The password of the argument 'proxy' contains a line break (position 1)."),
        (
            "socks5://us@h",
            "Invalid proxy 'socks5://***@h' in the argument 'proxy': a SOCKS proxy takes a user name and ",
        ),
        ("socks5://us:@h", "Invalid proxy 'socks5://***@h' in the argument 'proxy': a SOCKS proxy takes a user name "),
        (
            "socks5://us:på@h",
            "Invalid proxy 'socks5://***@h' in the argument 'proxy': a SOCKS proxy takes a user name ",
        ),
        (f"socks5://us:{'a' * 256}@h", "Invalid proxy 'socks5://***@h' in the argument 'proxy': a SOCKS proxy takes "),
    ],
)
def test_url_that_no_proxy_has(url: str, message: str):
    with pytest.raises(WebSocketError) as failure:
        read_proxy(url)
    assert str(failure.value).startswith(message)
    assert "canary" not in str(failure.value)


def test_text_of_a_proxy_holds_no_secret():
    proxy = read_proxy("http://canary:canary@[::1]:3128")
    assert str(proxy) == "[::1]:3128"
    assert "canary" not in repr(proxy)


# The environment

PROXY = Proxy("http", "proxy", 3128)


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, "ws://h/", None),
        ({"http_proxy": "http://proxy:3128"}, "ws://h/", PROXY),
        ({"http_proxy": "proxy:3128"}, "ws://h/", PROXY),
        ({"HTTP_PROXY": "http://proxy:3128"}, "ws://h/", PROXY),
        ({"http_proxy": "http://proxy:3128"}, "wss://h/", None),
        ({"https_proxy": "http://proxy:3128"}, "wss://h/", PROXY),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "wss://h/", PROXY),
        ({"https_proxy": "http://proxy:3128"}, "ws://h/", None),
        ({"all_proxy": "http://proxy:3128"}, "ws://h/", PROXY),
        ({"ALL_PROXY": "http://proxy:3128"}, "wss://h/", PROXY),
        ({"all_proxy": "http://other", "http_proxy": "http://proxy:3128"}, "ws://h/", PROXY),
        ({"http_proxy": ""}, "ws://h/", None),
    ],
)
def test_proxy_of_the_environment(
    variables: dict[str, str], url: str, expected: Proxy | None, environment: pytest.MonkeyPatch
):
    for name, value in variables.items():
        environment.setenv(name, value)
    assert find_route(read_url(url), "environment").proxy == expected


@pytest.mark.skipif(os.name == "nt", reason="names of variables have no case on Windows")
def test_lower_case_goes_before_upper_case(environment: pytest.MonkeyPatch):
    environment.setenv("http_proxy", "http://proxy:3128")
    environment.setenv("HTTP_PROXY", "http://other")
    assert find_route(read_url("ws://h/"), "environment").proxy == PROXY


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "app.localhost", "[::1]"])
def test_proxy_of_the_environment_is_not_used_for_this_machine(host: str, environment: pytest.MonkeyPatch):
    environment.setenv("http_proxy", "http://us:canary@proxy")
    remark = "The proxy of the environment variable 'http_proxy' is not used for this machine."
    assert find_route(read_url(f"ws://{host}:8080/"), "environment") == Route(None, remark)


@pytest.mark.parametrize("excluded", ["*", "h.example", "example", ".example", "a, h.example:8080"])
def test_hosts_that_the_environment_excludes(excluded: str, environment: pytest.MonkeyPatch):
    environment.setenv("all_proxy", "http://us:canary@proxy")
    environment.setenv("no_proxy", excluded)
    remark = "The environment variable 'no_proxy' excludes 'h.example' from 'all_proxy'."
    assert find_route(read_url("ws://h.example:8080/"), "environment") == Route(None, remark)
    environment.setenv("no_proxy", "other.example")
    assert find_route(read_url("ws://h.example:8080/"), "environment").proxy is not None


def test_remark_on_the_proxy_of_the_environment(environment: pytest.MonkeyPatch):
    environment.setenv("http_proxy", "http://us:canary@proxy:3128")
    remark = "The environment variable 'http_proxy' chooses the proxy 'proxy:3128'."
    assert find_route(read_url("ws://h/"), "environment").remark == remark


def test_bad_proxy_of_the_environment(environment: pytest.MonkeyPatch):
    environment.setenv("https_proxy", "ftp://us:canary@proxy")
    expected = (
        "Invalid proxy 'ftp://***@proxy' in the environment variable 'https_proxy': "
        "the URL of a proxy starts with 'http://', 'https://', 'socks5://' or 'socks5h://'."
    )
    with pytest.raises(WebSocketError) as failure:
        find_route(read_url("wss://h/"), "environment")
    assert str(failure.value) == expected


@pytest.mark.parametrize("choice", [None, PROXY])
def test_proxy_that_a_test_names_goes_before_the_environment(choice: Proxy | None, environment: pytest.MonkeyPatch):
    environment.setenv("http_proxy", "http://other")
    assert find_route(read_url("ws://127.0.0.1/"), choice) == Route(choice)
