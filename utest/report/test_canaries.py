"""What must not show up in a run's output: secrets, text of a peer as HTML or as control characters, long messages."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from robot.api import ResultVisitor
from robot.result import Keyword, Message

from child_runs import ChildRun
from peers.raw import BINARY, CLOSE, PING, PONG, TEXT, RawEnd, switching
from peers.scripted import Script, serving, switch, until_client_leaves
from report.live_html import check_is_ours

# Secrets

CANARY = "c4n4ry"
QUERY = "&".join(
    f"{name}={CANARY}-{name}" for name in ("access_token", "api-key", "password", "client_secret", "sig", "pin")
)
BASIC = [base64.b64encode(f"me:{CANARY}-{what}".encode()).decode() for what in ("url", "password", "proxy")]
SECRETS = f"""
from robot.api.types import Secret
def get_variables(port, proxy_port):
    address = f"127.0.0.1:{{port}}"
    return dict(
        ADDRESS=address,
        URL=f"ws://me:{CANARY}-url@{{address}}/chat?room=1&{QUERY}",
        PATH="chat?room=1&{QUERY}",
        HEADERS={{"X-Api": Secret("{CANARY}-header"), "Accept": Secret("{CANARY}-accept")}},
        AGENT={{"User-Agent": Secret("{CANARY}-agent"), "Origin": Secret("https://{CANARY}-origin")}},
        BROKEN={{"X-Api": Secret("{CANARY}-broken\\n")}},
        COOKIES={{"session": Secret("{CANARY}-cookie")}},
        PASSWORD=Secret("{CANARY}-password"),
        PROXY=Secret(f"http://me:{CANARY}-proxy@127.0.0.1:{{proxy_port}}"),
        DEAD_PROXY=Secret("http://me:{CANARY}-proxy@127.0.0.1:1"),
        SOCKS=Secret("socks5h://me:{CANARY}-proxy@127.0.0.1:1"),
    )
"""
SECRET_SUITE = """
*** Settings ***
Library    RobotWebSocketLibrary    timeout=20s
Variables    secrets.py    ${PORT}    ${PROXY_PORT}

*** Test Cases ***
Opened
    ${opened} =    Open WebSocket    ${URL}    headers=${{ $HEADERS | $AGENT }}    cookies=${COOKIES}
    Show    ${opened}
    Close WebSocket    timeout=50ms

Username And Password
    ${opened} =    Open WebSocket    ws://${ADDRESS}/    username=me    password=${PASSWORD}    alias=main
    Show    ${opened}
    Wait For Message    timeout=10ms

Refused
    Open WebSocket    ${URL}    headers=${HEADERS}    cookies=${COOKIES}

Redirected
    Open WebSocket    ${URL}    headers=${HEADERS}    cookies=${COOKIES}    redirects=1

Redirected Too Often
    Open WebSocket    ${URL}    headers=${HEADERS}    cookies=${COOKIES}

Defaults
    ${before} =    Set WebSocket Defaults    headers=${HEADERS}    cookies=${COOKIES}    username=me
    ...    password=${PASSWORD}    proxy=${DEAD_PROXY}
    ${now} =    Set WebSocket Defaults
    Log    ${now}
    Log    ${now.headers}
    Open WebSocket    ws://${ADDRESS}/
    [Teardown]    Set WebSocket Defaults    &{before}

Proxy
    Open WebSocket    ${URL}    proxy=${PROXY}

Dead Proxy
    Open WebSocket    ${URL}    proxy=${DEAD_PROXY}

SOCKS
    Open WebSocket    ${URL}    proxy=${SOCKS}

Unreachable
    Open WebSocket    ${{$URL.replace($ADDRESS, '127.0.0.1:1')}}    headers=${HEADERS}    verify=False

Not Verified
    Open WebSocket    ${{$URL.replace('ws:', 'wss:')}}    headers=${HEADERS}    verify=False    timeout=2s

Broken Header
    Open WebSocket    ${URL}    headers=${BROKEN}

Wrong URL
    Open WebSocket    ${{$URL.replace('ws:', 'ftp:')}}

Server
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}${PATH}    headers=${HEADERS}    cookies=${COOKIES}
    ${peer} =    Wait For Client
    Show    ${peer}
    @{requests} =    Get Handshake Requests
    Log    ${requests}
    Log    ${requests}[0]
    Send Text Message    hello
    Wait For Message    timeout=20s    connection=${peer}
    Wait For Message    timeout=10ms    connection=${peer}

No Client
    Start WebSocket Server
    Wait For Client    path=/${PATH}    timeout=10ms

*** Keywords ***
Show
    [Arguments]    ${end}
    Log    ${end}
    Log    ${websocket}
    Log    ${end.request}
    Log    ${end.request.headers}
    Log    ${end.response}
    Log    ${end.response.headers}
    Log    ${end.url}
    Send Ping    connection=${end}
    Log WebSocket Traffic    connection=${end}
    ${statistics} =    Get WebSocket Statistics    connection=${end}
    Save WebSocket Traffic    ${TEST NAME}.har    connection=${end}
"""


def opening(end: RawEnd) -> None:
    head = end.receive_head()
    cookie = f"Set-Cookie: session={CANARY}-answer"
    end.send(switching(head, cookie, f"X-Auth-Token: {CANARY}-answer", f"Link: </?token={CANARY}-answer>"))
    until_client_leaves(end)


def answering(answer: str) -> Script:
    def script(end: RawEnd) -> None:
        end.receive_head()
        end.send(answer.encode())

    return script


def run_of_secrets(folder: Path, level: str) -> ChildRun:
    (folder / "secrets.py").write_text(SECRETS)
    moved = f"HTTP/1.1 302 Found\r\nLocation: ws://me:{CANARY}-moved@127.0.0.1:1/?token={CANARY}#key={CANARY}\r\n\r\n"
    refused = f"HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer {CANARY}\r\nSet-Cookie: a={CANARY}\r\n\r\n"
    proxy = answering(f"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm={CANARY}\r\n\r\n")
    scripts = [opening, opening, *map(answering, (refused, moved, moved)), answering("HTTP/1.1 400 No\r\n\r\n")]
    with serving(*scripts) as server, serving(proxy) as proxies:
        ports = (f"--variable=PORT:{server.port}", f"--variable=PROXY_PORT:{proxies.port}")
        return ChildRun(folder, SECRET_SUITE, "--loglevel", level, *ports, "--debugfile", "debug.txt")


@pytest.fixture(scope="module", params=["DEBUG", "TRACE"])
def secret_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ChildRun:
    return run_of_secrets(tmp_path_factory.mktemp(request.param), request.param)


def test_each_place_was_reached(secret_run: ChildRun):
    failures = secret_run.failures
    assert "Opened" not in failures
    beginnings = {
        "Username And Password": "No message from 'main' in 10 milliseconds",
        "Refused": "Opening handshake with 'ws://127.0.0.1:*/chat?room=1&access_token=***&*' failed: the server",
        "Redirected": "Could not connect to 'ws://127.0.0.1:1/?token=***",
        "Redirected Too Often": "Opening handshake with 'ws://127.0.0.1:*",
        "Defaults": "Could not connect to the proxy '127.0.0.1:1'",
        "Proxy": "Could not connect to 'ws://127.0.0.1:*/chat?* through the proxy '127.0.0.1:*': it does not",
        "Dead Proxy": "Could not connect to the proxy '127.0.0.1:1'",
        "SOCKS": "Could not connect to the proxy '127.0.0.1:1'",
        "Unreachable": "Could not connect to 'ws://127.0.0.1:1/chat?room=1&access_token=***&",
        "Not Verified": "*TLS",
        "Broken Header": "Header 'X-Api' contains a line break",
        "Wrong URL": "Invalid URL 'ftp://***@127.0.0.1",
        "Server": "No message from 'ws://127.0.0.1:*/chat (client *)' in 10 milliseconds",
        "No Client": "No client for path '/chat?room=1&access_token=***&",
    }
    assert failures.keys() == beginnings.keys()
    for name, beginning in beginnings.items():
        assert fnmatchcase(failures[name], f"{beginning}*")


def test_no_secret_is_in_what_we_log_or_save(secret_run: ChildRun):
    """Values that are no `Secret` show at TRACE level, where Robot Framework logs arguments of keywords itself."""
    places = secret_run.everything()
    assert {"Opened.har", "Username And Password.har", "Server.har"} < places.keys()
    places["debug.txt"] = (secret_run.folder / "debug.txt").read_text("utf-8")
    for place, text in places.items():
        lines = [line for line in text.splitlines() if "Arguments: [" not in line]
        assert lines
        assert [line for line in lines if CANARY in line or any(basic in line for basic in BASIC)] == [], place


def test_no_value_that_is_a_secret_shows_even_where_robot_logs_arguments(secret_run: ChildRun):
    for text in secret_run.everything().values():
        for what in ("header", "accept", "agent", "origin", "broken", "cookie", "password", "proxy", "answer"):
            assert not re.search(f"{CANARY}-{what}(?!=|&)", text.replace(f"password={CANARY}-password", ""))


# What a peer sends

TITLE = "robot-was-here"
LIVE = f"*HTML*<img src=x onerror=document.title='{TITLE}'><script>document.title='{TITLE}'</script>"
CONTROLS = "\x1b[31m\x07\x00\x9b31m\x85\u202e\u2066\u2028\ufffe\x7f"
HOSTILE = f"{LIVE}\n*ERROR* forged{CONTROLS}"
HEADER = f"{LIVE}\x1b[31m\x07\x9b\u202e\u2066"
PEER_SUITE = """
*** Settings ***
Library    RobotWebSocketLibrary    timeout=20s
Library    hostile.py

*** Test Cases ***
Opened
    Open WebSocket    ${URL}    subprotocols=echo
    Run Keyword And Ignore Error    Wait For Close
    ${message} =    Wait For Message
    Log    ${message}
    ${json} =    Wait For Json Message
    Log    ${json}
    ${binary} =    Wait For Message
    Log    ${binary}
    ${body} =    Wait For Ping
    Log    ${body}
    Wait For Pong    ${body}
    Log    ${websocket.close}
    Log    ${websocket.response.reason}
    Log    ${websocket.response.headers}
    Log    ${websocket.response.headers}[X-Evil]
    Log WebSocket Traffic
    @{records} =    Get WebSocket Traffic
    Log Many    @{records}
    Save WebSocket Traffic    opened.har
    Wait For Message    timeout=1s

Waits In Vain
    Open WebSocket    ${URL}    alias=main
    Wait For Ping
    Wait For Message    ==    none    timeout=300ms

Waits In Vain For JSON
    Open WebSocket    ${URL}    alias=main
    Wait For Ping
    Wait For Json Message    $    ==    none    timeout=300ms

Receives What It Must Not
    Open WebSocket    ${URL}
    Should Not Receive Message    contains    img

Breaks The Protocol
    Open WebSocket    ${URL}
    Wait For Message    timeout=20s

Refused
    Open WebSocket    ${URL}

Reason Of A Refusal
    Open WebSocket    ${URL}    expected_status=403
    Log    ${websocket.response}
    Log    ${websocket.response.text}
    Open WebSocket    ${URL}    expected_status=404

Wrong Subprotocol
    Open WebSocket    ${URL}    subprotocols=echo

Redirected
    Open WebSocket    ${URL}

Redirected To Nowhere
    Open WebSocket    ${URL}    redirects=1

No HTTP
    Open WebSocket    ${URL}

Client
    Start WebSocket Server    default_protocol=silent
    ${client} =    Open Hostile Client    ${websocket.server.port}
    ${peer} =    Wait For Client
    Log    ${peer}
    Log    ${peer.url}
    Log    ${peer.request}
    Log    ${peer.request.headers}[X-Evil]
    @{requests} =    Get Handshake Requests
    Log Many    @{requests}
    Wait For Ping    timeout=60s    connection=${peer}
    Log WebSocket Traffic    connection=${peer}
    Save WebSocket Traffic    client.har    connection=${peer}
    Wait For Message    ==    none    timeout=300ms    connection=${peer}

Refused Client
    Start WebSocket Server    default_protocol=silent
    Open Client Of Hostile Origin    ${websocket.server.port}
    Wait For Client    timeout=10ms
"""
HOSTILE_LIBRARY = f"""
from types import SimpleNamespace
from robot.api.deco import keyword
from peers.clients import opened, raw_client, request
HEADER, HOSTILE = {HEADER!r}, {HOSTILE!r}
clients = []
@keyword
def open_hostile_client(port):
    server = SimpleNamespace(host="127.0.0.1", port=port)
    clients.append(opened(server, "/" + HEADER.replace(" ", "\\t") + "?q=" + HEADER.replace(" ", "\\t"), X_Evil=HEADER))
    clients[-1].send_frame(1, HOSTILE.encode())
    clients[-1].send_frame(9, HOSTILE.encode()[:125])
@keyword
def open_client_of_hostile_origin(port):
    server = SimpleNamespace(host="127.0.0.1", port=port)
    with raw_client(server) as client:
        client.send(request(Origin=HEADER))
        client.receive_rest()
"""


def hostile_opened(end: RawEnd) -> None:
    end.send(switching(end.receive_head(), "Sec-WebSocket-Protocol: echo", f"X-Evil: {HEADER}"))
    hostile_messages(end)
    end.send_close(4000, HOSTILE.encode()[:120].decode(errors="ignore").encode())
    while end.receive_frame().opcode != CLOSE:
        pass


def hostile_messages(end: RawEnd) -> None:
    end.send_frame(TEXT, HOSTILE.encode())
    quoted = HOSTILE.replace("\n", "\\n").replace("\0", "\\u0000").replace("\x1b", "\\u001b").replace("\x07", "\\u0007")
    end.send_frame(TEXT, f'{{"{LIVE}": "{quoted}"}}'.encode())
    end.send_frame(BINARY, HOSTILE.encode() + b"\xff")
    end.send_frame(PING, HOSTILE.encode()[:125])
    end.send_frame(PONG, HOSTILE.encode()[:125])


def hostile_open(end: RawEnd) -> None:
    switch(end)
    hostile_messages(end)
    until_client_leaves(end)


def breaking(end: RawEnd) -> None:
    switch(end)
    end.send_frame(0x3, HOSTILE.encode())
    until_client_leaves(end)


def hostile_status(status: int, *lines: str) -> Script:
    return answering("\r\n".join([f"HTTP/1.1 {status} {HEADER}", f"X-Evil: {HEADER}", *lines, "", HOSTILE]))


def wrong_subprotocol(end: RawEnd) -> None:
    end.send(switching(end.receive_head(), f"Sec-WebSocket-Protocol: {HEADER}"))
    until_client_leaves(end)


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildRun]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "hostile.py").write_text(HOSTILE_LIBRARY)
    scripts = [
        hostile_opened,
        *[hostile_open] * 3,
        breaking,
        hostile_status(403),
        hostile_status(403),
        hostile_status(403),
        wrong_subprotocol,
        hostile_status(302, f"Location: ws://h/{HEADER}"),
        hostile_status(302, f"Location: {HEADER}"),
        lambda end: end.send(HOSTILE.encode()),
    ]
    with serving(*scripts) as server:
        yield ChildRun(folder, PEER_SUITE, "--loglevel", "TRACE", f"--variable=URL:{server.url}", "--consolecolors=off")


def test_hostile_text_came_everywhere(hostile_run: ChildRun):
    failures = hostile_run.failures
    assert len(failures) == 13
    silent = {name for name, message in failures.items() if "img src" not in message}
    assert silent <= {"Breaks The Protocol", "Refused Client", "Reason Of A Refusal"}, failures
    assert not [message for message in failures.values() if message.startswith("*")]
    assert all(LIVE in hostile_run.everything()[file] for file in ("opened.har", "client.har"))


def test_output_is_whole(hostile_run: ChildRun):
    ET.parse(hostile_run.output)
    errors = list(hostile_run.result.errors)
    assert {message.level for message in errors} == {"WARN"}
    assert all(message.message.startswith(("Connection '", "Test server '")) for message in errors)


def test_no_text_of_a_peer_controls_a_terminal(hostile_run: ChildRun):
    assert {sign for sign in hostile_run.console.decode() if not sign.isprintable()} <= {"\r", "\n"}
    lines = OurLines()
    hostile_run.result.suite.visit(lines)
    assert len(lines.found) > 50
    for line in lines.found:
        assert all(sign.isprintable() or sign == "\n" for sign in line), line


class OurLines(ResultVisitor):
    """What keywords of this library logged, without what Robot Framework logs of their arguments and return values."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def start_keyword(self, keyword: Keyword) -> None:
        if keyword.owner == "RobotWebSocketLibrary":
            lines = [item.message for item in keyword.body if isinstance(item, Message)]
            self.found += [
                line for line in lines if not re.match(r"(Arguments|Return): |[$@]\{\w+\} = |Traceback", line)
            ]


def test_nothing_of_a_peer_is_live_in_the_log(hostile_run: ChildRun):
    for _, line in ET.iterparse(hostile_run.output):
        if line.tag == "msg" and line.get("html") == "true":
            check_is_ours(line.text or "")
    texts = hostile_run.log_texts
    assert any("img src" in text for text in texts)
    for text in texts:
        tags = Tags(text)
        assert not tags.names & {"img", "script"}, text
        assert not tags.handlers, text
    assert "<img" not in hostile_run.log.read_text("utf-8")


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.handlers: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.handlers |= {name for name, _ in attrs if name.startswith("on")}


# Long messages

LONG_SETTINGS = """
*** Settings ***
Library    RobotWebSocketLibrary    timeout=60s

*** Test Cases ***
"""
LONG_MESSAGES = """
Sent And Received
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}
    Send Text Message    ${{'å' * 10_000_000}}
    Wait For Message    timeout=60s
    Send Binary Message    ${{b'\\xff' * 20_000_000}}
    Wait For Message    timeout=60s
    Send Json Message    ${{['x' * 1_000] * 20_000}}
    Wait For Json Message    timeout=60s
    Send Text Message    ${{'"' + 'x' * 20_000_000 + '"'}}
    ${assigned} =    Wait For Json Message    $    starts    x    timeout=60s
    Log WebSocket Traffic
    ${records} =    Get WebSocket Traffic
"""
LONG_WAITS = """
Waited For In Vain
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}
    Send Text Message    ${{'x' * 20_000_000}}
    Send Binary Message    ${{b'\\xff' * 20_000_000}}
    Send Json Message    ${{['x' * 1_000] * 20_000}}
    Wait For Messages    3    timeout=60s
    Send Text Message    ${{'x' * 20_000_000}}
    Send Binary Message    ${{b'\\xff' * 20_000_000}}
    Send Json Message    ${{['x' * 1_000] * 20_000}}
    VAR    @{long} =    ${{'y' * 1_000}}
    TRY
        Wait For Message    ==    none    timeout=300ms
    EXCEPT    No message equal to 'none' *    type=GLOB    AS    ${error}
        Log    ${error}
    END
    Run Keyword And Expect Error    No * matching 'none' *    Wait For Message    matches    none    timeout=300ms
    Run Keyword And Expect Error    No *    Wait For Json Message    $.none    timeout=300ms
    Run Keyword And Expect Error    No *    Wait For Json Message    $[0]    ==    none    timeout=300ms
    Run Keyword And Expect Error    No *    Wait For Json Message    $    ==    ${{$long * 20_000}}    timeout=1s
    Run Keyword And Expect Error    *    Should Not Receive Message    matches    x    within=10ms
    Wait For Message    ==    ${{'y' * 20_000_000}}    timeout=300ms
"""


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
@pytest.mark.parametrize(
    ("tests", "failing"), [(LONG_MESSAGES, set()), (LONG_WAITS, {"Waited For In Vain"})], ids=["messages", "waits"]
)
def test_long_messages_make_no_long_log(tests: str, failing: set[str], level: str, tmp_path: Path):
    run = ChildRun(tmp_path, LONG_SETTINGS + tests, "--loglevel", level)
    assert run.failures.keys() == failing
    assert run.output.stat().st_size < 200_000
    lines = [line for _, line in ET.iterparse(run.output) if line.tag == "msg" and line.get("html") != "true"]
    assert max(len(line.text or "") for line in lines if not (line.text or "").startswith("Traceback")) <= 1000
    assert ("(20,000,000 bytes)" in run.everything()["output.xml"]) == (level == "DEBUG")
