"""Secrets within messages, URLs and subprotocols reach the peer, and nothing that a run leaves to read."""

from __future__ import annotations

from pathlib import Path

from robot.api.types import Secret

from peers.raw import CLOSE, PING, PONG, TEXT, RawEnd, switching
from peers.scripted import Script, answering, serving
from RobotWebSocketLibrary.matching.json_values import write_json
from RobotWebSocketLibrary.matching.outgoing import read_outgoing
from RobotWebSocketLibrary.secrecy import HiddenBytes, HiddenText, ShownInstead
from runs import RunTests

CANARY = "c4n4ry"
SECRETS = f"""
from robot.api.types import Secret
TOKEN = Secret("{CANARY}-\\"token\\"")
HEX = Secret("{CANARY}".encode().hex())
JSON = Secret('{{"token": "{CANARY}"}}')
WRAPPED = Secret('42{{"id": 1, "request": "{CANARY}"}}')
BROKEN_JSON = Secret('{{"token": {CANARY}')
PROTOCOL = Secret("{CANARY}-protocol")
BROKEN = Secret("{CANARY} protocol")
HEADERS = {{"X-Api": Secret("{CANARY}-header")}}
NESTED = {{"type": "login", "tokens": [Secret("{CANARY}-1"), ("a", Secret("{CANARY}-2"))], "n": 1}}
def get_variables(port):
    return dict(
        {{name: value for name, value in globals().items() if name.isupper()}},
        URL=Secret(f"ws://me:{CANARY}@127.0.0.1:{{port}}/{CANARY}-path?q={CANARY}-query"),
        PLAIN=f"ws://127.0.0.1:{{port}}/",
        BROKEN_URL=Secret("ws:///{CANARY}"),
        UNREACHABLE=Secret("ws://127.0.0.1:1/{CANARY}"),
    )
"""


class Peer:
    """Says yes, keeps what it receives, and answers every message with its number."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.received: list[bytes] = []

    def __call__(self, end: RawEnd) -> None:
        head = end.receive_head()
        self.heads.append(head)
        chosen = [line for line in head.decode().split("\r\n") if line.startswith("Sec-WebSocket-Protocol")]
        repeated = [line for line in head.decode().split("\r\n") if line.startswith("X-Api")]
        end.send(switching(head, *[line.replace("one, ", "") for line in chosen], *repeated))
        while (frame := end.receive_frame()).opcode != CLOSE:
            if frame.opcode == PING:
                end.send_frame(PONG, frame.payload)
                continue
            self.received.append(frame.payload)
            if b"request" in frame.payload:
                end.send_frame(TEXT, b'{"id": 1}')
        end.send_close()


def assert_no_canary_in(folder: Path) -> None:
    leaks = [
        f"{path.name}: {line[max(0, line.find(CANARY) - 200) : line.find(CANARY) + 50]}"
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".xml", ".html", ".har", ".txt")
        for line in path.read_text("utf-8").splitlines()
        if CANARY in line
    ]
    assert leaks == []


def run_with_secrets(run_tests: RunTests, folder: Path, tests: dict[str, str], *scripts: Script):
    (folder / "variables").mkdir()
    (folder / "variables" / "secrets.py").write_text(SECRETS, "utf-8")
    with serving(*scripts) as server:
        return run_tests(
            tests,
            f"Variables    variables/secrets.py    {server.port}",
            loglevel="TRACE",
            log=folder / "log.html",
            debugfile=folder / "debug.txt",
        )


def test_messages_with_secrets(run_tests: RunTests, tmp_path: Path):
    peer = Peer()
    run = run_with_secrets(
        run_tests,
        tmp_path,
        {
            "Sent": """
                Open WebSocket    ${PLAIN}    alias=main
                Send Text Message    ${TOKEN}
                Send Text Message    ${TOKEN}    fragment_size=5
                Send Binary Message    ${TOKEN}
                Send Binary Message    ${HEX}    encoding=hex
                Send Json Message    ${NESTED}
                Send Json Message    ${TOKEN}
                Send Json Message    ${JSON}
                VAR    &{request}    method=request    token=${TOKEN}
                Send Request    ${request}
                Send Request    ${WRAPPED}    inside=^(?:42)?(.*)$
                Send Messages Every    1h    ${TOKEN}
                Send Ping
                Wait For Pong
                Log WebSocket Traffic
                ${traffic} =    Get WebSocket Traffic
                Log Many    @{traffic}
                Save WebSocket Traffic    ${OUTPUT_DIR}/traffic.har
            """,
            "Failing": """
                Open WebSocket    ${PLAIN}    alias=main
                Send Text Message    ${TOKEN}
                Send Request    ${{ {'method': $TOKEN, 'id': $TOKEN} }}    timeout=50ms
            """,
            "Bytes": "Open WebSocket    ${PLAIN}\nSend Binary Message    ${TOKEN}    encoding=hex",
            "Broken JSON": "Open WebSocket    ${PLAIN}\nSend Json Message    ${BROKEN_JSON}",
            "As Expected": "Open WebSocket    ${PLAIN}\nWait For Message    ==    ${TOKEN}",
        },
        *[peer] * 5,
    )
    token = f'{CANARY}-"token"'.encode()
    quoted_token = f'"{CANARY}-\\"token\\""'.encode()
    nested = f'{{"type":"login","tokens":["{CANARY}-1",["a","{CANARY}-2"]],"n":1}}'.encode()
    assert f'{{"method":"request","token":"{CANARY}-\\"token\\"","id":1}}'.encode() in peer.received
    assert f'42{{"id": 1, "request": "{CANARY}"}}'.encode() in peer.received
    for sent in (token, CANARY.encode(), nested, quoted_token, f'{{"token": "{CANARY}"}}'.encode()):
        assert sent in peer.received
    failures = run.failures
    assert failures.pop("As Expected").startswith("ValueError: Argument 'expected' got value ")
    assert failures == {
        "Failing": (
            "No reply with '$.id' equal to '***' (string) from 'main' in 50 milliseconds; the connection is open, "
            "and nothing has arrived."
        ),
        "Bytes": "Cannot convert '***' to bytes: with encoding=hex it must consist of pairs of hexadecimal digits.",
        "Broken JSON": "Cannot send '***' as JSON: it is not JSON: Expecting value at position 11.",
    }
    assert_no_canary_in(tmp_path)


def test_urls_and_subprotocols_that_are_secret(run_tests: RunTests, tmp_path: Path):
    peer = Peer()
    refusal = f"HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\nno /{CANARY}-path".encode()
    moved = f"HTTP/1.1 302 Found\r\nLocation: /{CANARY}-path/there\r\nContent-Length: 0\r\n\r\n".encode()
    run = run_with_secrets(
        run_tests,
        tmp_path,
        {
            "Opened": """
                ${opened} =    Open WebSocket    ${URL}    subprotocols=${{ ['one', $PROTOCOL] }}    headers=${HEADERS}
                Log    ${opened}
                Log    ${websocket.url}
                Log    ${opened.request}
                Log    ${opened.request.headers}
                Log    ${opened.response.headers}
                Save WebSocket Traffic    ${OUTPUT_DIR}/traffic.har
                Wait For Message    timeout=10ms
            """,
            "Refused": "Open WebSocket    ${URL}    subprotocols=${PROTOCOL}",
            "Moved": "Open WebSocket    ${URL}",
            "Moved And Refused": "Open WebSocket    ${URL}    redirects=1",
            "Broken Protocol": "Open WebSocket    ${PLAIN}    subprotocols=${BROKEN}",
            "Broken URL": "Open WebSocket    ${BROKEN_URL}",
            "Unreachable": "Open WebSocket    ${UNREACHABLE}",
        },
        peer,
        answering(refusal),
        answering(moved),
        answering(moved),
        answering(refusal),
    )
    assert f"GET /{CANARY}-path?q={CANARY}-query ".encode() in peer.heads[0]
    assert f"Sec-WebSocket-Protocol: one, {CANARY}-protocol".encode() in peer.heads[0]
    assert run.failures.keys() == {test.name for test in run.suite.tests}
    address = run.failures["Opened"].partition("'ws://")[2].partition("/")[0]
    assert run.failures["Opened"].startswith(f"No message from 'ws://{address}/***' in 10 milliseconds; ")
    assert run.failures["Refused"] == (
        f"Opening handshake with 'ws://{address}/***' failed: the server answered 404 Not Found instead of 101."
    )
    assert run.failures["Moved"] == (
        f"Opening handshake with 'ws://{address}/***' failed: "
        "the server answered 302 Found instead of 101 and redirects to '***'; `redirects=1` follows it."
    )
    assert run.failures["Broken Protocol"].startswith("Invalid subprotocol '***': ")
    assert run.failures["Broken URL"] == "Invalid URL '***': it names no host."
    assert run.failures["Unreachable"].startswith("Could not connect to 'ws://127.0.0.1:1/***': ")
    assert_no_canary_in(tmp_path)


def test_hidden_values():
    assert repr(HiddenText("secret")) == repr(HiddenBytes(b"secret")) == "'***'"
    assert repr(HiddenText("secret", "shown")) == "'shown'"
    made = write_json({"a": [Secret("x")], Secret("key"): 1})
    assert made == '{"a":["x"],"key":1}'
    assert made.shown == '{"a":["***"],"***":1}'  # type: ignore[attr-defined]
    assert read_outgoing(Secret("x"), "message").shown == "***"  # type: ignore[union-attr]
    assert ShownInstead(b"x") == b"x"
