from __future__ import annotations

import socket

import pytest

from RobotWebSocketLibrary.client.url import WebSocketUrl, read_url
from RobotWebSocketLibrary.errors import WebSocketError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://example.com", WebSocketUrl("ws", "example.com", 80, "/")),
        ("wss://example.com/chat", WebSocketUrl("wss", "example.com", 443, "/chat")),
        ("WS://Example.COM:8080/Chat?Room=1", WebSocketUrl("ws", "example.com", 8080, "/Chat?Room=1")),
        ("ws://127.0.0.1:1/", WebSocketUrl("ws", "127.0.0.1", 1, "/")),
        ("ws://[::1]:65535/x", WebSocketUrl("ws", "::1", 65535, "/x")),
        ("ws://h?a=1&b=2", WebSocketUrl("ws", "h", 80, "/?a=1&b=2")),
        ("ws://h/på?å=ø", WebSocketUrl("ws", "h", 80, "/p%C3%A5?%C3%A5=%C3%B8")),
        ("ws://h/a%20b?c=%0d%0a", WebSocketUrl("ws", "h", 80, "/a%20b?c=%0d%0a")),
        ("ws://h/it's?'(x)'", WebSocketUrl("ws", "h", 80, "/it's?'(x)'")),
        ('ws://h/"<>"?{}', WebSocketUrl("ws", "h", 80, "/%22%3C%3E%22?%7B%7D")),
        ("ws://rødgrød.example/", WebSocketUrl("ws", "xn--rdgrd-vuad.example", 80, "/")),
        ("ws://user@h/", WebSocketUrl("ws", "h", 80, "/", "user", None)),
        ("ws://us%40er:p%3Ass@h/", WebSocketUrl("ws", "h", 80, "/", "us@er", "p:ss")),
    ],
)
def test_url_is_taken_apart(url: str, expected: WebSocketUrl):
    assert read_url(url) == expected


@pytest.mark.parametrize(
    ("url", "shown", "address"),
    [
        ("ws://[fe80::1%25eth0]/", "ws://[fe80::1%25eth0]/", "fe80::1%eth0"),
        ("ws://[FE80::1%Eth0]:8080/", "ws://[fe80::1%25Eth0]:8080/", "fe80::1%Eth0"),
        ("wss://[fe80::1%252]/", "wss://[fe80::1%252]/", "fe80::1%2"),
        ("ws://[fe80::1]/", "ws://[fe80::1]/", "fe80::1"),
        ("ws://host%25eth0/", "ws://host%25eth0/", "host%25eth0"),
    ],
)
def test_zone_of_an_address_is_for_this_machine_only(url: str, shown: str, address: str):
    read = read_url(url)
    assert (str(read), read.address) == (shown, address)
    assert "eth0" not in read.authority.lower() or "host" in url


@pytest.mark.parametrize(
    ("url", "authority", "secure"),
    [
        ("ws://h", "h", False),
        ("ws://h:80", "h", False),
        ("ws://h:443", "h:443", False),
        ("wss://h:443", "h", True),
        ("wss://h:80", "h:80", True),
        ("ws://[::1]", "[::1]", False),
        ("ws://[::1]:8080", "[::1]:8080", False),
    ],
)
def test_authority_names_the_port_where_it_is_not_the_default(url: str, authority: str, secure: bool):
    read = read_url(url)
    assert read.authority == authority
    assert read.secure is secure


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ws://user:secret@h:8080/x", "ws://h:8080/x"),
        ("ws://h/?token=secret&a=1", "ws://h/?token=***&a=1"),
        ("ws://h/?a=1&Access_Token=secret", "ws://h/?a=1&Access_Token=***"),
        ("ws://h/?api_key=secret&password=secret&sig=secret", "ws://h/?api_key=***&password=***&sig=***"),
    ],
)
def test_text_of_a_url_holds_no_secret(url: str, shown: str):
    read = read_url(url)
    assert str(read) == shown
    assert "password='" not in repr(read)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://h/", "Invalid URL 'ftp://h/': a WebSocket URL starts with 'ws://' or 'wss://'."),
        ("h:8080/x", "Invalid URL 'h:8080/x': a WebSocket URL starts with 'ws://' or 'wss://'."),
        ("", "Invalid URL '': a WebSocket URL starts with 'ws://' or 'wss://'."),
        ("ws:///chat", "Invalid URL 'ws:///chat': it names no host."),
        ("ws://:8080/", "Invalid URL 'ws://:8080/': it names no host."),
        ("ws://h:0/", "Invalid URL 'ws://h:0/': the port must be from 1 to 65535."),
        ("ws://h:65536/", "Invalid URL 'ws://h:65536/': the port must be from 1 to 65535."),
        ("ws://h:http/", "Invalid URL 'ws://h:http/': the port must be from 1 to 65535."),
        ("ws://h:-1/", "Invalid URL 'ws://h:-1/': the port must be from 1 to 65535."),
        ("ws://h/#top", "Invalid URL 'ws://h/#top': a WebSocket URL has no fragment; write '#' as '%23'."),
        ("ws://[::1/", "Invalid URL 'ws://[::1/': its host is neither a name nor an address."),
        ("ws://\N{ACCOUNT OF}/", "Invalid URL 'ws://\N{ACCOUNT OF}/': its host is neither a name nor an address."),
        (
            f"ws://{'å' * 64}/",
            f"Invalid URL 'ws://{'å' * 64}/': its host name contains characters that a host name cannot have.",
        ),
        ("ws://h/a b", "Invalid URL: it contains a space or control character at position 9."),
        ("ws://h/\r\nX: y", "Invalid URL: it contains a space or control character at position 8."),
        ("ws://h\0/", "Invalid URL: it contains a space or control character at position 7."),
        ("ws://h/?q=\ud800", "Invalid URL: it contains a space or control character at position 11."),
    ],
)
def test_url_that_cannot_be_used_is_explained(url: str, message: str):
    with pytest.raises(WebSocketError) as failure:
        read_url(url)
    assert str(failure.value) == message


@pytest.mark.parametrize(
    "url",
    [
        "ws://user:secret@h:0/",
        "ws://user:se/cret@h/",
        "ws://user:se@cret@h:0/",
        "ws://user:secret@\N{ACCOUNT OF}/",
        "ftp://user:secret@h/",
        "ws://h:0/?token=secret",
    ],
)
def test_failure_shows_no_secret(url: str):
    with pytest.raises(WebSocketError) as failure:
        read_url(url)
    assert "cret" not in str(failure.value)
    assert "***" in str(failure.value)


@pytest.mark.parametrize(
    ("url", "meant"),
    [("http://h/chat", "ws://h/chat"), ("HTTPS://h:8443/?a=1", "wss://h:8443/?a=1"), ("https://h", "wss://h/")],
)
def test_http_schemes_stand_for_those_of_websocket_urls(url: str, meant: str):
    assert read_url(url) == read_url(meant)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("日本語.example", "xn--wgv71a119e.example"),
        ("faß.de", "xn--fa-hia.de"),
    ],
)
def test_host_names_with_other_letters(name: str, host: str):
    """UTS 46, non-transitional."""
    assert read_url(f"ws://{name}/").host == host


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Python has no Unix sockets on this system")
@pytest.mark.parametrize(
    ("url", "path", "target", "shown"),
    [
        ("ws+unix:/run/app.sock:/chat?a=1", "/run/app.sock", "/chat?a=1", "ws+unix:/run/app.sock:/chat?a=1"),
        ("ws+unix:///run/app.sock", "/run/app.sock", "/", "ws+unix:/run/app.sock:/"),
        ("WS+UNIX:/run/app.sock:", "/run/app.sock", "/", "ws+unix:/run/app.sock:/"),
        ("ws+unix:/a:/räume?token=canary", "/a", "/r%C3%A4ume?token=canary", "ws+unix:/a:/r%C3%A4ume?token=***"),
        ("ws+unix:/a://no:]host", "/a", "//no:%5Dhost", "ws+unix:/a://no:%5Dhost"),
    ],
)
def test_url_of_a_unix_socket(url: str, path: str, target: str, shown: str):
    read = read_url(url)
    assert (read.unix_socket, read.target, str(read)) == (path, target, shown)
    assert (read.secure, read.authority, read.origin) == (False, "localhost", ("ws", path, 80))


@pytest.mark.parametrize("url", ["ws+unix:", "ws+unix:relative:/", "ws+unix:/a:b", "ws+unix:/a:/#b"])
def test_url_that_names_no_unix_socket(url: str):
    with pytest.raises(WebSocketError, match=r": write 'ws\+unix:/path/of/the/socket:/target'\.$"):
        read_url(url)


def test_system_without_unix_sockets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    with pytest.raises(WebSocketError, match=r"Python has no Unix sockets on this system\.$"):
        read_url("ws+unix:/a")
