"""What the log says: one constant line, frames with their own times, warnings; and nothing that a peer could forge."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from robot.api import ResultVisitor
from robot.result import Message

from keywords.conftest import RunTests
from keywords.runs import Run, lines_of, run_suite, suite_of
from peers.raw import BINARY, CLOSE, TEXT, RawEnd
from peers.scripted import serving, switch, until_client_leaves

HOSTILE = "*WARN* forged\n*HTML*<b>bold</b>\r\n*ERROR* \x1b[31m\x00\u202e\x85 <img src=x onerror=alert(1)>"


def debug_lines(run: Run, test: str) -> list[str]:
    """Lines of frames; Robot's own tracebacks are on this level too."""
    found = AllLines()
    run.tests[test].visit(found)
    return [line.message for line in found.lines if line.level == "DEBUG" and not line.message.startswith("Traceback")]


class AllLines(ResultVisitor):
    def __init__(self) -> None:
        self.lines: list[Message] = []

    def visit_message(self, message: Message) -> None:
        self.lines.append(message)


def test_frames_are_logged_on_debug_level_in_their_order(run_tests: RunTests):
    run = run_tests(
        {
            "Frames": r"""
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                ${peer} =    Wait For Client
                Send Text Message    hello
                Wait For Message    timeout=2s
                Send Binary Message    \x00\xff
                Wait For Message    timeout=2s
                Send Ping    there?
                Wait For Pong
                Close WebSocket    4000    done
                Wait For Close    connection=${peer}
                Send Text Message    too late
            """
        }
    )
    lines = debug_lines(run, "Frames")
    mine = [line for line in lines if not line.startswith("server ")]
    assert mine == [
        "> 'hello'",
        "< 'hello'",
        "> binary '\\x00\\xff'",
        "< binary '\\x00\\xff'",
        "> ping 'there?'",
        "< pong 'there?'",
        "> close 4000 (private use) done",
        "< close 4000 (private use) done",
    ]
    turned = {">": "<", "<": ">"}
    assert [line for line in lines if line.startswith("server ")] == [
        f"server {turned[line[0]]}{line[1:]}" for line in mine
    ]


def test_frames_are_not_logged_on_info_level(run_tests: RunTests):
    run = run_tests(
        {
            "Frames": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello
                Wait For Message    timeout=2s
            """
        },
        loglevel="INFO",
    )
    assert [line.message for keyword in run.tests["Frames"].body for line in lines_of(keyword)] == [
        "Started a WebSocket server.",
        "Opened a WebSocket connection.",
        "Sent a text message.",
        "Received a message.",
    ]


def test_frames_have_their_own_times(run_tests: RunTests):
    def script(end: RawEnd) -> None:
        switch(end)
        end.send_frame(TEXT, b"early")
        until_client_leaves(end)

    with serving(script) as peer:
        run = run_tests(
            {
                "Times": f"""
                    Open WebSocket    {peer.url}
                    ${{none}} =    Wait For Message    timeout=2s
                    Evaluate    time.sleep(0.2)
                    Send Text Message    late
                    Close WebSocket    timeout=10ms
                """
            }
        )
    times = {line.message: line.timestamp for keyword in run.tests["Times"].body for line in lines_of(keyword)}
    assert times["> 'late'"] - times["< 'early'"] >= timedelta(seconds=0.2)
    sending = run.keywords("Send Text Message")[0]
    assert abs(times["> 'late'"] - sending.start_time) < timedelta(seconds=1)
    assert isinstance(times["< 'early'"], datetime)


def test_only_the_last_frames_of_a_flood_are_logged(run_tests: RunTests):
    run = run_tests(
        {
            "Flood": """
                Start WebSocket Server    default_protocol=silent
                ${opened} =    Open WebSocket    ${websocket.server.url}
                Evaluate    [end.post(str(number)) for end in [$opened.connection] for number in range(150)]
                Send Text Message    last
            """
        }
    )
    lines = [line for line in debug_lines(run, "Flood") if not line.startswith("server ")]
    assert lines[0] == "earlier frames are not shown"
    assert len(lines) == 101
    assert lines[1:3] == ["> '51'", "> '52'"]
    assert lines[-1] == "> 'last'"


def test_remote_text_can_forge_and_break_nothing(tmp_path: Path):
    def script(end: RawEnd) -> None:
        switch(end)
        end.send_frame(TEXT, HOSTILE.encode())
        end.send_frame(TEXT, b"x" * 1_000_000)
        end.send_frame(BINARY, HOSTILE.encode() + b"\xff")
        end.send_frame(0x9, HOSTILE.encode())
        end.send_frame(0xA, HOSTILE.encode()[:20])
        end.send_close(4001, HOSTILE.encode()[:123])
        while end.receive_frame().opcode != CLOSE:
            pass

    text = suite_of(
        {
            "Hostile": """
                Open WebSocket    ${URL}    alias=main
                Wait For Close    timeout=2s
                Wait For Message
                Wait For Message
                Wait For Message
                Wait For Ping
                Wait For Message    timeout=1s
            """,
            "Refused": "Open WebSocket    ${URL}",
        }
    )

    def refusing(end: RawEnd) -> None:
        end.receive_head()
        end.send(
            b"HTTP/1.1 403 *HTML*<b>\x1b[31m\r\nX-Evil: *HTML*\x1b\r\nContent-Length: 200\r\n\r\n" + HOSTILE.encode()
        )

    with serving(script, refusing) as peer:
        run = run_suite(tmp_path, text, variable=[f"URL:{peer.url}"], loglevel="TRACE", log=str(tmp_path / "log.html"))
    assert run.errors == []
    for test in run.tests.values():
        assert test.message.isprintable()
        assert test.message.startswith(("No message from 'main': the server closed", "Opening handshake with"))
        for keyword in test.body:
            for line in lines_of(keyword):
                assert line.level in ("INFO", "DEBUG", "TRACE", "FAIL")
                assert not line.html
    shown = debug_lines(run, "Hostile")
    assert all(line.isprintable() and len(line) < 1500 for line in shown)
    assert (
        r"< '*WARN* forged\n*HTML*<b>bold</b>\r\n*ERROR* \x1b[31m\x00\u202e\x85 <img src=x onerror=alert(1)>'" in shown
    )
    assert f"< '{'x' * 200}…' (1,000,000 bytes)" in shown or f"< '{'x' * 200}… (1,000,000 bytes)" in shown
    assert "\x1b" not in run.console
    assert "\x1b" not in run.output.read_text(encoding="utf-8")
    assert "<img src" not in (tmp_path / "log.html").read_text(encoding="utf-8")


def test_what_a_hostile_client_asks_for_breaks_nothing(run_tests: RunTests):
    run = run_tests(
        {
            "Hostile": r"""
                Start WebSocket Server    default_protocol=silent
                VAR    ${path} =    /*HTML*<b>\x1b[31m\x85${{'x' * 500}}
                ${client} =    Evaluate    server.clients.opened($websocket.server, $path)    modules=server.clients
                ${peer} =    Wait For Client
                Evaluate    $client.close()
                Wait For Message    timeout=2s    connection=${peer}
            """
        }
    )
    message = run.failures["Hostile"]
    assert re.match(r"No message from 'ws://127\.0\.0\.1:\d+/\*HTML\*<b>\\x1b\[31m\\x85xxx", message)
    assert message.isprintable()
    assert len(message) < 400
    assert "\x1b" not in run.console


def test_warnings_of_a_servers_end_are_logged_too(run_tests: RunTests):
    run = run_tests(
        {
            "Full": """
                Start WebSocket Server    default_protocol=silent
                Open WebSocket    ${websocket.server.url}
                FOR    ${number}    IN RANGE    5
                    Send Text Message    ${number}
                END
                ${peer} =    Wait For Client
                Send Ping
                TRY
                    Wait For Pong    timeout=300ms
                EXCEPT    No pong*    type=GLOB
                    Log    the ping waits behind the messages
                END
                FOR    ${number}    IN RANGE    5
                    Wait For Message    timeout=2s    connection=${peer}
                END
                Wait For Pong
            """
        },
        library="Library    RobotWebSocketLibrary    inbox_limit=2",
    )
    assert run.failures == {}
    [warning] = run.errors
    assert re.fullmatch(
        r"Connection 'ws://127\.0\.0\.1:\d+/ \(client 127\.0\.0\.1:\d+\)': reading paused: the inbox is full with 2 "
        r"messages that no test has taken\.",
        warning,
    )


def test_notices_of_an_end_that_has_closed_are_not_lost(run_tests: RunTests):
    """The peer's end is closed and gone when the keyword that closed it ends."""
    run = run_tests(
        {
            "Deaf Client": """
                Start WebSocket Server
                ${client} =    Evaluate    server.clients.opened($websocket.server)    modules=server.clients
                ${peer} =    Wait For Client
                Close WebSocket    connection=${peer}    timeout=50ms
                Evaluate    $client.close()
            """
        }
    )
    assert run.failures == {}
    [warning] = run.errors
    assert warning.endswith("': the client did not answer the close frame in 50 milliseconds.")
    assert "server > close 1000 (normal closure)" in debug_lines(run, "Deaf Client")
