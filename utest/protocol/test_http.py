import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import (
    HEADER_LIMIT,
    LINE_LIMIT,
    TOKEN,
    HeadReader,
    HttpError,
    Request,
    Response,
    read_request,
    read_response,
    serialize_response,
    write_basic_credentials,
)

from .pieces import byte_by_byte, cut, many_cuts

# Heads


def read_head(pieces: list[bytes]) -> tuple[list[bytes], bytes] | str:
    """Lines of the head and what came behind it, or why it was refused."""
    head = HeadReader()
    rest = list(pieces)
    try:
        while rest:
            if head.feed(rest.pop(0)):
                return head.lines, head.rest + b"".join(rest)
    except HttpError as error:
        return error.reason
    return head.lines, head.rest


def long_line(size: int) -> bytes:
    return b"X: " + b"x" * (size - 3) + b"\r\n"


START = b"GET / HTTP/1.1\r\n"
HEADS = {
    "nothing": (b"", ([], b"")),
    "empty head": (b"\r\n", ([], b"")),
    "no headers": (START + b"\r\n", ([START.strip()], b"")),
    "headers": (START + b"A: 1\r\nB: 2\r\n\r\n", ([START.strip(), b"A: 1", b"B: 2"], b"")),
    "bytes behind it": (START + b"\r\n\x81\x05Hello\n\n", ([START.strip()], b"\x81\x05Hello\n\n")),
    "line feeds alone": (b"GET / HTTP/1.1\nA: 1\n\nbody", ([START.strip(), b"A: 1"], b"body")),
    "carriage returns within": (START + b"A: 1\r\r\n\r\n", ([START.strip(), b"A: 1\r"], b"")),
    "no end of the head": (START + b"A: 1\r\n", ([START.strip(), b"A: 1"], b"")),
    "no end of a line": (START + b"A: 1\r", ([START.strip()], b"A: 1\r")),
    "longest line": (START + long_line(LINE_LIMIT) + b"\r\n", ([START.strip(), long_line(LINE_LIMIT).strip()], b"")),
    "longer line": (START + long_line(LINE_LIMIT + 1), "a header line is longer than 8192 bytes"),
    "endless line": (START + b"x" * (LINE_LIMIT + 1), "a header line is longer than 8192 bytes"),
    "endless first line": (b"x" * 20_000, "a header line is longer than 8192 bytes"),
    "most headers": (START + b"A: 1\r\n" * HEADER_LIMIT + b"\r\n", ([START.strip(), *[b"A: 1"] * HEADER_LIMIT], b"")),
    "more headers": (START + b"A: 1\r\n" * (HEADER_LIMIT + 1) + b"\r\n", "more than 128 headers"),
    "longest head": (
        START + long_line(8189) * 3 + long_line(8187) + b"\r\n",
        ([START.strip(), *[long_line(8189).strip()] * 3, long_line(8187).strip()], b""),
    ),
    "longer head": (
        START + long_line(8189) * 3 + long_line(8188) + b"\r\n",
        "all headers together are longer than 32768 bytes",
    ),
    "20,000 headers": (START + b"A: 1\r\n" * 20_000, "more than 128 headers"),
    "both too much": (START + b"A: 1\r\n" * HEADER_LIMIT + long_line(LINE_LIMIT + 1), "more than 128 headers"),
}


@pytest.mark.parametrize("name", HEADS)
def test_head_is_read_within_limits(name: str):
    data, expected = HEADS[name]
    assert read_head([data]) == expected


@pytest.mark.parametrize("name", HEADS)
def test_head_is_the_same_however_it_is_cut(name: str):
    data, expected = HEADS[name]
    for pieces in many_cuts(data, count=30):
        assert read_head(pieces) == expected


@given(st.binary(max_size=80) | st.text("aA: \r\n", max_size=80).map(str.encode), st.lists(st.integers(0, 80)))
def test_noise_is_the_same_head_however_it_is_cut(data: bytes, positions: list[int]):
    assert read_head(cut(data, {min(position, len(data)) for position in positions})) == read_head([data])


def test_bytes_received_are_counted():
    head = HeadReader()
    for piece in (b"GET ", b"/ HTTP/1.1\r\n", b"\r\n\x81"):
        head.feed(piece)
    assert head.received == len(START) + 3


# Requests and responses


def test_request_is_read():
    request = read_request([b"GET /chat?room=1 HTTP/1.1", b"Host: server.example.com", b"Upgrade: websocket"])
    assert (request.method, request.target, request.path) == ("GET", "/chat?room=1", "/chat")
    assert request.headers.fields == (("Host", "server.example.com"), ("Upgrade", "websocket"))
    assert request.version == "HTTP/1.1"


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.2"])
def test_version_of_a_request_is_kept(version: str):
    assert read_request([f"GET / {version}".encode()]).version == version


def test_path_of_a_request_without_query_is_its_target():
    assert Request("GET", "/chat").path == "/chat"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"GET /", "not an HTTP request line: 'GET /'"),
        (b"GET  / HTTP/1.1", "not an HTTP request line: 'GET  / HTTP/1.1'"),
        (b"GET  HTTP/1.1", "not an HTTP request line: 'GET  HTTP/1.1'"),
        (b" / HTTP/1.1", "not an HTTP request line: ' / HTTP/1.1'"),
        (b"GET /\r HTTP/1.1", r"not an HTTP request line: 'GET /\r HTTP/1.1'"),
        (b"GET /\0 HTTP/1.1", r"not an HTTP request line: 'GET /\x00 HTTP/1.1'"),
        (b"GET / HTTP/1.1 ", "not an HTTP request line: 'GET / HTTP/1.1 '"),
        (b"GET / HTTP/2", "not an HTTP request line: 'GET / HTTP/2'"),
        (b"GET / HTTP/1.", "not an HTTP request line: 'GET / HTTP/1.'"),
        (b"GET / HTTP/1.x", "not an HTTP request line: 'GET / HTTP/1.x'"),
        (b"GET / HTTP/1.10", "not an HTTP request line: 'GET / HTTP/1.10'"),
        (b"GET / HTTP/1.\xd9\xa1", r"not an HTTP request line: 'GET / HTTP/1.\xd9\xa1'"),
        (b"PRI * HTTP/2.0", "not an HTTP request line: 'PRI * HTTP/2.0'"),
        (b"\x16\x03\x01\x02\x00", r"not an HTTP request line: '\x16\x03\x01\x02\x00'"),
        (b"*HTML*<b>", "not an HTTP request line: '*HTML*<b>'"),
        (b"x" * 300, f"not an HTTP request line: '{'x' * 200}…' (300 bytes)"),
    ],
)
def test_request_line_is_refused(line: bytes, reason: str):
    with pytest.raises(HttpError) as refused:
        read_request([line])
    assert refused.value.reason == str(refused.value) == reason


def test_empty_request_is_refused():
    with pytest.raises(HttpError, match=r"^an empty request$"):
        read_request([])


@pytest.mark.parametrize(
    ("line", "status", "reason", "text"),
    [
        (b"HTTP/1.1 101 Switching Protocols", 101, "Switching Protocols", "101 Switching Protocols"),
        (b"HTTP/1.0 404 Not Found", 404, "Not Found", "404 Not Found"),
        (b"HTTP/1.1 500 ", 500, "", "500"),
        (b"HTTP/1.1 204", 204, "", "204"),
        (b"HTTP/1.1 200 \xc3\xbcber", 200, "über", "200 über"),
        (b"HTTP/1.1 200 \xfcber", 200, "über", "200 über"),
        (b"HTTP/1.1 200 \x1b[31m\xe2\x80\xae", 200, "\x1b[31m\u202e", r"200 \x1b[31m\u202e"),
    ],
)
def test_response_is_read(line: bytes, status: int, reason: str, text: str):
    answer = read_response([line, b"Server: ours"])
    assert (answer.status, answer.reason, str(answer)) == (status, reason, text)
    assert answer.headers["server"] == "ours"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "not an HTTP status line: ''"),
        ([b"SSH-2.0-OpenSSH_9.6"], "not an HTTP status line: 'SSH-2.0-OpenSSH_9.6'"),
        ([b"HTTP/2 200"], "not an HTTP status line: 'HTTP/2 200'"),
        ([b"HTTP/1.1"], "not an HTTP status line: 'HTTP/1.1'"),
        ([b"HTTP/1.1 101 Bare\rCR"], r"not an HTTP status line: 'HTTP/1.1 101 Bare\rCR'"),
        ([b"HTTP/1.1 101 NUL\0"], r"not an HTTP status line: 'HTTP/1.1 101 NUL\x00'"),
        ([b"HTTP/1.1  101 Two Spaces"], "not an HTTP status line: 'HTTP/1.1  101 Two Spaces'"),
        ([b"HTTP/1.1 20 Short"], "not an HTTP status line: 'HTTP/1.1 20 Short'"),
        ([b"HTTP/1.1 2000 Long"], "not an HTTP status line: 'HTTP/1.1 2000 Long'"),
        ([b"HTTP/1.1 +10 Sign"], "not an HTTP status line: 'HTTP/1.1 +10 Sign'"),
        (
            [b"HTTP/1.1 \xd9\xa1\xd9\xa0\xd9\xa1 Digits"],
            r"not an HTTP status line: 'HTTP/1.1 \xd9\xa1\xd9\xa0\xd9\xa1 Digits'",
        ),
    ],
)
def test_status_line_is_refused(lines: list[bytes], reason: str):
    with pytest.raises(HttpError) as refused:
        read_response(lines)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        (b"Host: here", "Host", "here"),
        (b"Host:here", "Host", "here"),
        (b"Host: \t here \t", "Host", "here"),
        (b"Empty:", "Empty", ""),
        (b"Blank:   ", "Blank", ""),
        (b"Origin: http://localhost:8080", "Origin", "http://localhost:8080"),
        (b"X: \xe2\x82\xac", "X", "€"),
        (b"X: \xfc", "X", "ü"),
        (b"X: a\x01\x1b", "X", "a\x01\x1b"),
    ],
)
def test_header_is_read(line: bytes, name: str, value: str):
    assert read_response([b"HTTP/1.1 200 OK", line]).headers.fields == ((name, value),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"no colon", "not an HTTP header: 'no colon'"),
        (b": no name", "not an HTTP header: ': no name'"),
        (b"Space : before the colon", "not an HTTP header: 'Space : before the colon'"),
        (b"\xff\x00", r"not an HTTP header: '\xff\x00'"),
        (b"X: a\x00b", r"not an HTTP header: 'X: a\x00b'"),
        (b"X: a\rY: b", r"not an HTTP header: 'X: a\rY: b'"),
        (b"X: a\r", r"not an HTTP header: 'X: a\r'"),
        (b"X\0: a", r"not an HTTP header: 'X\x00: a'"),
    ],
)
def test_header_is_refused(line: bytes, reason: str):
    for read, first in ((read_request, b"GET / HTTP/1.1"), (read_response, b"HTTP/1.1 200 OK")):
        with pytest.raises(HttpError) as refused:
            read([first, b"Host: here", line])
        assert refused.value.reason == reason


def test_text_of_a_body_never_fails():
    assert Response(200, "OK", body="grüße".encode()).text == "grüße"
    assert Response(200, "OK", body=b"\xff!").text == "\ufffd!"
    assert Response(200, "OK").text == ""


# Headers


def test_header_is_found_in_any_case():
    headers = Headers([("Sec-WebSocket-Accept", "abc")])
    assert headers["sec-websocket-accept"] == headers["SEC-WEBSOCKET-ACCEPT"] == "abc"
    assert "Sec-Websocket-Accept" in headers
    assert headers.get("Sec-WebSocket-Protocol") is None


def test_missing_header_is_named():
    with pytest.raises(KeyError, match=r"^'Cookie'$"):
        Headers()["Cookie"]


def test_repeated_headers_are_kept():
    headers = Headers([("Set-Cookie", "a=1"), ("Server", "ours"), ("set-cookie", "b=2")])
    assert headers.get_all("SET-COOKIE") == ["a=1", "b=2"]
    assert headers["Set-Cookie"] == "a=1, b=2"
    assert headers.get_all("Cookie") == []
    assert list(headers) == ["set-cookie", "server"]
    assert len(headers) == 2
    assert dict(headers) == {"set-cookie": "a=1, b=2", "server": "ours"}


def test_tokens_are_split_at_commas_of_all_headers_with_that_name():
    headers = Headers([("Connection", "keep-alive ,\tUpgrade"), ("connection", " , x,,"), ("Empty", "")])
    assert headers.tokens("Connection") == ["keep-alive", "Upgrade", "x"]
    assert headers.tokens("Empty") == []
    assert headers.tokens("Missing") == []


def test_logged_text_holds_no_secrets():
    fields = [("Authorization", "Basic canary"), ("X-Own", "canary"), ("Host", "a\x1b" + "b" * 300)]
    headers = Headers(fields)
    shown = r"Authorization: ***; X-Own: ***; Host: a\x1b" + "b" * 198
    assert str(headers) == repr(headers) == shown
    received = read_response([b"HTTP/1.1 200 OK", b"Set-Cookie: canary", b"Server: ours", b"Location: /?token=canary"])
    assert str(received.headers) == "Set-Cookie: ***; Server: ours; Location: /?token=***"
    answer = Response(401, "Unauthorized", headers, b"canary")
    assert repr(answer) == "<Response: 401>"
    assert str(answer) == "401 Unauthorized"
    assert "canary" not in repr(Request("GET", "/", headers))


# Responses that a server writes


def test_response_is_written():
    written = serialize_response(
        Response(426, "Upgrade Required", Headers([("Upgrade", "websocket")]), "Grüße!\n".encode())
    )
    assert written == (b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\r\nGr\xc3\xbc\xc3\x9fe!\n")


@given(st.sampled_from([101, 200, 404, 503]), st.lists(st.tuples(st.from_regex(r"\A[A-Za-z-]+\Z"), st.text("aü €,;"))))
def test_written_response_is_read_back(status: int, fields: list[tuple[str, str]]):
    written = Response(status, "Reason Phrase", Headers((name, value.strip()) for name, value in fields), b"body\r\n")
    head = HeadReader()
    assert any(map(head.feed, [serialize_response(written)]))
    read = read_response(head.lines)
    assert (read.status, read.reason, read.headers.fields) == (status, "Reason Phrase", written.headers.fields)
    assert head.rest == b"body\r\n"


def test_response_that_drips_is_read():
    head = HeadReader()
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    assert [head.feed(piece) for piece in byte_by_byte(answer)] == [*[False] * (len(answer) - 1), True]
    assert read_response(head.lines).headers["Upgrade"] == "websocket"


def test_cookies_of_a_response():
    fields = [
        ("Set-Cookie", "a=1; Path=/"),
        ("X-A", "b=2"),
        ("set-cookie", " c = d=e ;HttpOnly"),
        ("Set-Cookie", "none"),
    ]
    assert Response(101, "Switching Protocols", Headers(fields)).cookies == {"a": "1", "c": "d=e"}


def test_basic_credentials():
    assert write_basic_credentials("us", "på:") == "Basic dXM6cMOlOg=="


@pytest.mark.parametrize("token", ["X-Request-ID", "OCPP1.6", "!#$%&'*+-.^_`|~", "0"])
def test_token(token: str):
    assert TOKEN.fullmatch(token)


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "a,b", "a:b", "a\n", "\r", "ä", '"', "(", "[", "@", "/", "\0", "\x7f"]
)
def test_no_token(text: str):
    assert not TOKEN.fullmatch(text)


def test_text_of_a_request_shows_no_query():
    """Robot Framework logs it, and values of a query can be secrets."""
    assert repr(Request("GET", "/chat\x1b?token=hidden")) == r"<Request: '/chat\x1b'>"


@pytest.mark.parametrize("line", [b" folded: line", b"\tfolded line"])
def test_folded_header_of_a_request_is_refused(line: bytes):
    with pytest.raises(HttpError, match=r"^not an HTTP header: "):
        read_request([b"GET / HTTP/1.1", b"Host: here", line])


def test_folded_header_of_a_response_is_joined_with_a_space():
    """RFC 9112 section 5.2."""
    lines = [b"HTTP/1.1 200 OK", b"X-A: one \t", b"  two", b"\tthree: 3 ", b"X-B: four"]
    assert read_response(lines).headers.fields == (("X-A", "one two three: 3"), ("X-B", "four"))


def test_response_whose_first_header_is_folded_is_refused():
    with pytest.raises(HttpError, match=r"^not an HTTP header: ' folded'$"):
        read_response([b"HTTP/1.1 200 OK", b" folded"])


@pytest.mark.parametrize(
    ("target", "path", "origin_form"),
    [
        ("ws://host/chat", "/chat", "/chat"),
        ("WSS://host:8080/chat?room=1", "/chat", "/chat?room=1"),
        ("http://host", "/", "/"),
        ("https://user@host?room=1", "/", "/?room=1"),
        ("/ws://host/chat", "/ws://host/chat", "/ws://host/chat"),
    ],
)
def test_target_in_absolute_form(target: str, path: str, origin_form: str):
    """RFC 9112 section 3.2.2."""
    request = read_request([f"GET {target} HTTP/1.1".encode(), b"Host: here"])
    assert (request.path, request.target) == (path, origin_form)


def test_empty_lines_before_a_request_are_ignored():
    """RFC 9112 section 2.2."""
    head = HeadReader(skips_empty_lines=True)
    assert head.feed(b"\r\n\r\nGET / HTTP/1.1\r\n\r\nrest")
    assert (head.lines, head.rest) == ([b"GET / HTTP/1.1"], b"rest")
    assert HeadReader().feed(b"\r\n")


def test_empty_lines_before_a_request_count():
    head = HeadReader(skips_empty_lines=True)
    with pytest.raises(HttpError, match="all headers together are longer than"):
        head.feed(b"\r\n" * 40_000 + b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/r%C3%A4ume", "/räume"),
        ("/r%C3%A4ume", "räume"),
        ("/r%C3%A4ume", "/r%C3%A4ume"),
        ("/user/1", "/user/*"),
        ("/user/1?x=2", "/user/*"),
        ("/user/1", "*"),
        ("/user/1?x=2", "/user/1?x=*"),
        ("/a.b", "/a.b"),
    ],
)
def test_path_that_was_asked_for(asked: str, path: str):
    assert Request("GET", asked).asks_for(path)


@pytest.mark.parametrize(
    ("asked", "path"), [("/user/1", "/user/"), ("/axb", "/a.*b"), ("/user", "/user/*"), ("/a", "/a?")]
)
def test_path_that_was_not_asked_for(asked: str, path: str):
    assert not Request("GET", asked).asks_for(path)


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=iso-8859-1", b"caf\xe9", "café"),
        ('text/plain; Charset="ISO-8859-1"', b"caf\xe9", "café"),
        ("text/plain", "café".encode(), "café"),
        ("text/plain; charset=utf-8", b"caf\xe9", "caf\ufffd"),
        ("text/plain; charset=nosuch", "café".encode(), "café"),
        ("text/plain; charset=hex", b"636166", "636166"),
    ],
)
def test_text_of_a_body_is_in_its_character_set(kind: str, body: bytes, text: str):
    assert Response(200, "OK", Headers([("Content-Type", kind)]), body).text == text
