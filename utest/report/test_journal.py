"""What the log says: one constant line, frames with their own times, warnings; and nothing that a peer could forge."""

import gc
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from robot.api import ResultVisitor
from robot.libraries.BuiltIn import BuiltIn
from robot.result import Message

from peers.raw import BINARY, CLOSE, TEXT, RawEnd
from peers.scripted import serving, switch, until_client_leaves
from report.live_html import Page, check_is_ours
from RobotWebSocketLibrary.connection.traffic import Traffic, TrafficRecord
from RobotWebSocketLibrary.report import journal
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.session.websocket_variable import WebSocket
from runs import Run, RunTests, lines_of, run_suite, suite_of

HOSTILE = "*WARN* forged\n*HTML*<b>bold</b>\r\n*ERROR* \x1b[31m\x00\u202e\x85 <img src=x onerror=alert(1)>"
ROUNDED = timedelta(milliseconds=1)
"""Times in the log are whole milliseconds. Those of a keyword are more exact."""


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
                Wait For Message    timeout=20s
                Send Binary Message    \x00\xff
                Wait For Message    timeout=20s
                Send Ping    there?
                Wait For Pong
                Close WebSocket    4000    done
                Wait For Close    connection=${peer}
                Send Text Message    too late
            """
        }
    )
    lines = debug_lines(run, "Frames")
    asked, answered, *mine = [line for line in lines if not line.startswith("server ")]
    assert re.fullmatch(
        r"> GET /; Upgrade: websocket; Host: 127\.0\.0\.1:\d+; Sec-WebSocket-Key: \S+; Sec-WebSocket-Version: 13; "
        "Connection: Upgrade",
        asked,
    )
    assert re.fullmatch(
        r"< HTTP 101 Switching Protocols; Upgrade: websocket; Connection: Upgrade; Sec-WebSocket-Accept: \S+", answered
    )
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
        f"server {turned[line[0]]}{line[1:]}" for line in (asked, answered, *mine)
    ]


def test_frames_are_not_logged_on_info_level(run_tests: RunTests):
    run = run_tests(
        {
            "Frames": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello
                Wait For Message    timeout=20s
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
                    ${{none}} =    Wait For Message    timeout=20s
                    Evaluate    time.sleep(0.2)
                    Send Text Message    late
                    Close WebSocket    timeout=10ms
                """
            }
        )
    times = {line.message: line.timestamp for keyword in run.tests["Times"].body for line in lines_of(keyword)}
    assert times["> 'late'"] - times["< 'early'"] >= timedelta(seconds=0.2)
    sending = run.keywords("Send Text Message")[0]
    assert sending.start_time - ROUNDED <= times["> 'late'"] <= sending.end_time + ROUNDED
    assert isinstance(times["< 'early'"], datetime)


def test_only_the_last_frames_of_a_flood_are_logged(run_tests: RunTests):
    run = run_tests(
        {
            "Flood": """
                Start WebSocket Server    default_protocol=silent
                ${opened} =    Open WebSocket    ${websocket.server.url}
                Evaluate    [end.post([str(number)]) for end in [$opened.connection] for number in range(150)]
                Send Text Message    last
            """
        }
    )
    lines = [line for line in debug_lines(run, "Flood") if not line.startswith("server ")]
    assert [line[:10] for line in lines[:2]] == ["> GET /; U", "< HTTP 101"]
    assert lines[2] == "earlier frames are not shown"
    assert len(lines) == 103
    assert lines[3:5] == ["> '51'", "> '52'"]
    assert lines[-1] == "> 'last'"


def test_frames_of_several_ends_are_logged_in_the_order_of_their_times(run_tests: RunTests):
    run = run_tests(
        {
            "Ends": """
                Start WebSocket Server    default_protocol=silent
                ${one} =    Open WebSocket    ${websocket.server.url}
                ${two} =    Open WebSocket    ${websocket.server.url}
                Evaluate    [end.connection.post([text]) for text, end in zip('abcd', ($one, $two, $one, $two))]
                Clear Messages
            """
        }
    )
    lines = [line for line in lines_of(run.keywords("Clear Messages")[0]) if line.level == "DEBUG"]
    assert [line.message for line in lines if line.message.startswith(">")] == ["> 'a'", "> 'b'", "> 'c'", "> 'd'"]
    assert lines == sorted(lines, key=lambda line: line.timestamp)


def test_lines_that_an_interruption_left_are_written_afterwards(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    written: list[str] = []
    log = journal._log  # noqa: SLF001 - an interruption strikes anywhere, and here it can be placed

    def interrupted(time: float, line: str) -> None:
        written.append(line)
        if written.count("> 'hello'") == 1 and line == "> 'hello'":
            raise RuntimeError("struck")
        log(time, line)

    monkeypatch.setattr(journal, "_log", interrupted)
    run = run_tests(
        {
            "Left": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                TRY
                    Send Text Message    hello
                EXCEPT    struck
                    Close WebSocket
                END
            """
        }
    )
    assert run.failures == {}
    assert debug_lines(run, "Left").count("> 'hello'") == 1


def test_handshake_is_logged_once_and_without_secrets(run_tests: RunTests):
    def script(end: RawEnd) -> None:
        switch(
            end, "Set-Cookie: session=hidden", "X-Plain: seen\x1b<b>", f"X-Long: {'x' * 300}", "Link: </?key=hidden>"
        )
        until_client_leaves(end)

    with serving(script) as peer:
        run = run_tests(
            {
                "Handshake": f"""
                    VAR    &{{headers}}    X-Mine=hidden
                    Open WebSocket    {peer.url}chat?token=hidden&room=1    headers=${{headers}}    username=me
                    ...    password=hidden
                    Send Text Message    hello
                """
            }
        )
    asked, answered, *rest = debug_lines(run, "Handshake")
    assert rest == ["> 'hello'"]
    assert asked.startswith("> GET /chat?token=***&room=1; Upgrade: websocket; Host: 127.0.0.1:")
    assert asked.endswith("; X-Mine: ***; Authorization: ***")
    assert answered.endswith(f"; Set-Cookie: ***; X-Plain: seen\\x1b<b>; X-Long: {'x' * 200}; Link: </?key=***"), (
        answered
    )
    logged = run.keywords("Open WebSocket")[0]
    times = [line.timestamp for line in lines_of(logged) if line.level == "DEBUG"]
    assert logged.start_time - ROUNDED <= times[0] <= times[1] <= logged.end_time + ROUNDED


def test_the_last_frames_are_shown_beneath_a_failure(run_tests: RunTests):
    run = run_tests(
        {
            "Fails": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}    alias=<b>main</b>
                Open WebSocket    ${websocket.server.url}    alias=other
                FOR    ${number}    IN RANGE    15
                    Send Text Message    ${number}    connection=<b>main</b>
                    Wait For Message    timeout=20s    connection=<b>main</b>
                END
                Wait For Message    timeout=10ms    connection=<b>main</b>
            """,
        },
        loglevel="INFO",
    )
    table, failure = lines_of(run.keywords("Wait For Message")[-1])
    assert (table.level, table.html, failure.level) == ("INFO", True, "FAIL")
    check_is_ours(table.message)
    page = Page(table.message)
    assert page.texts["summary"] == ["Last frames of '<b>main</b>': 10 sent, 10 received (10 earlier are not shown)"]
    assert [cell for cell in page.texts["td"] if cell.startswith("'")][-2:] == [
        "'14'",
        "'14' (taken by Wait For Message)",
    ]
    assert all(not line.html for keyword in run.keywords("Wait For Message")[:-1] for line in lines_of(keyword))


def test_no_frames_are_shown_where_no_connection_is_to_blame(run_tests: RunTests):
    run = run_tests(
        {
            "Unknown": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello
                Send Text Message    hello    connection=unknown
            """,
            "Switch": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello
                Switch WebSocket    unknown
            """,
            "Get": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello
                Get WebSocket    unknown
            """,
            "Nothing Opened": "Send Text Message    hello",
            "No Frames": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Wait For Message    timeout=10ms
            """,
            "Server": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello
                Wait For Client
                Wait For Client    timeout=10ms
            """,
        }
    )
    assert len(run.failures) == len(run.tests)
    for test in run.tests.values():
        assert not any(line.html for keyword in test.body for line in lines_of(keyword))


def test_lost_connection_is_told_in_the_log_and_beneath_the_failure(run_tests: RunTests):
    def script(end: RawEnd) -> None:
        switch(end)
        end.reset()

    with serving(script) as peer:
        run = run_tests({"Lost": f"Open WebSocket    {peer.url}\nWait For Message    timeout=20s"})
    event = "connection lost: the server reset the connection (1006)"
    assert run.failures == {"Lost": f"No message from '{peer.url}': {event}."}
    assert [line for line in debug_lines(run, "Lost") if line.startswith("!")] == [f"! {event}"]
    [table] = [line.message for line in lines_of(run.keywords("Wait For Message")[0]) if line.html]
    assert Page(table).texts["summary"] == [f"Last frames of '{peer.url}': 0 sent, 0 received, 1 event"]
    assert Page(table).texts["td"][-1] == event


def test_the_last_frames_are_shown_when_a_timeout_of_robot_strikes(run_tests: RunTests):
    run = run_tests(
        {
            "Timeout": """
                [Timeout]    500 ms
                Wait For Message    timeout=1 hour
            """
        },
        """
        Suite Setup    Converse
        *** Keywords ***
        Converse
            Start WebSocket Server
            Open WebSocket    ${websocket.server.url}    alias=main
            Send Text Message    hello
            Wait For Message    timeout=20s
        """,
    )
    assert run.failures == {"Timeout": "Test timeout 500 milliseconds exceeded."}
    [table] = [line for line in lines_of(run.keywords("Wait For Message")[-1]) if line.html]
    assert Page(table.message).texts["summary"] == ["Last frames of 'main': 1 sent, 1 received"]


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
                Wait For Close    timeout=20s
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
        assert all(line.isprintable() for line in test.message.splitlines())
        assert test.message.startswith(("No message from 'main': the server closed", "Opening handshake with"))
        for keyword in test.body:
            for line in lines_of(keyword):
                assert line.level in ("INFO", "DEBUG", "TRACE", "FAIL")
                if line.html:
                    check_is_ours(line.message)
    [shown_frames] = [line for keyword in run.tests["Hostile"].body for line in lines_of(keyword) if line.html]
    assert "&lt;img src=x" in shown_frames.message
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
                ${client} =    Evaluate    peers.clients.opened($websocket.server, $path)    modules=peers.clients
                ${peer} =    Wait For Client
                Evaluate    $client.close()
                Wait For Message    timeout=20s    connection=${peer}
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
                    Wait For Message    timeout=20s    connection=${peer}
                END
                Wait For Pong
            """
        },
        library="Library    RobotWebSocketLibrary    inbox_limit=2",
    )
    assert run.failures == {}
    [warning] = run.errors
    assert re.fullmatch(
        r"Connection 'ws://127\.0\.0\.1:\d+/ \(client 127\.0\.0\.1:\d+\)': reading paused: the inbox is full \(2 "
        r"messages that no test has taken\)\.",
        warning,
    )


def test_notices_of_an_end_that_has_closed_are_not_lost(run_tests: RunTests):
    """The peer's end is closed and gone when the keyword that closed it ends."""
    run = run_tests(
        {
            "Deaf Client": """
                Start WebSocket Server
                ${client} =    Evaluate    peers.clients.opened($websocket.server)    modules=peers.clients
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


LEVELS = {
    "Levels": """
        Start WebSocket Server
        Open WebSocket    ${websocket.server.url}
        Send Text Message    before
        Wait For Message    timeout=20s
        Set Log Level    DEBUG
        Send Text Message    meanwhile
        Wait For Message    timeout=20s
        Set Log Level    INFO
        Send Text Message    after
        Wait For Message    timeout=20s
        Set Log Level    TRACE
        Send Text Message    again
        Wait For Message    timeout=20s
    """
}


def test_level_that_falls_brings_no_old_frames(run_tests: RunTests):
    lines = debug_lines(run_tests(LEVELS, loglevel="INFO"), "Levels")
    assert [line for line in lines if line.startswith(("> ", "< "))] == [
        "> 'meanwhile'",
        "< 'meanwhile'",
        "> 'again'",
        "< 'again'",
    ]


def test_debug_file_has_all_frames_on_any_level(run_tests: RunTests, tmp_path: Path):
    file = tmp_path / "debug.txt"
    run = run_tests(LEVELS, loglevel="WARN", debugfile=str(file))
    assert run.failures == {}
    written = [line.partition(" - DEBUG - ")[2] for line in file.read_text("utf-8").splitlines()]
    texts = [word for word in ("before", "meanwhile", "after", "again") for _ in range(2)]
    assert [line[3:-1] for line in written if line[:3] in ("> '", "< '")] == texts


def test_frames_are_written_where_nobody_says_who_wants_them(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    """As with a Robot Framework whose internal objects are others. It drops what it is not to log."""
    monkeypatch.setattr(journal, "EXECUTION_CONTEXTS", None)
    run = run_tests(LEVELS, loglevel="INFO")
    assert run.failures == {}
    assert "> 'meanwhile'" in debug_lines(run, "Levels")


def test_frames_that_came_when_no_keyword_ran_are_logged_by_the_next_one(run_tests: RunTests):
    run = run_tests(
        {
            "First": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
            """,
            "Second": "Start WebSocket Server",
        }
    )
    assert "> close 1000 (normal closure)" in debug_lines(run, "Second")


def test_keyword_looks_only_at_connections_that_have_changed(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    looked_at: list[str] = []
    since = Traffic.since

    def count(self: Traffic, seen: int) -> tuple[int, list[TrafficRecord]]:
        looked_at.append(BuiltIn().get_variable_value("${step}"))
        return since(self, seen)

    monkeypatch.setattr(Traffic, "since", count)
    run_tests(
        {
            "Many": """
                VAR    ${step} =    opening
                Start WebSocket Server    default_protocol=silent
                FOR    ${n}    IN RANGE    20
                    Open WebSocket    ${websocket.server.url}
                END
                VAR    ${step} =    one
                Send Text Message    hello
                ${peer} =    Wait For Client
                Close All WebSockets
                VAR    ${step} =    closed
                ${last} =    Get WebSocket
            """
        }
    )
    assert 0 < looked_at.count("one") <= 2 + 2 * 20 + 20, "the others only when they close"
    assert looked_at.count("closed") <= 20, "what closed late"


def test_closed_connection_is_kept_only_by_who_needs_it(run_tests: RunTests):
    """Within a test too, which may open thousands. What the test can still name keeps its messages."""
    run = run_tests(
        {
            "Many": """
                Start WebSocket Server    default_protocol=silent
                ${held} =    Open WebSocket    ${websocket.server.url}
                Open WebSocket    ${websocket.server.url}    alias=named
                FOR    ${n}    IN RANGE    20
                    Open WebSocket    ${websocket.server.url}
                END
                Broadcast Message    hello
                Wait For Message    timeout=20s    connection=named
                Wait For Message    timeout=20s    connection=${held}
                Broadcast Message    you
                Wait For Message    timeout=20s
                Close All WebSockets
                Stop WebSocket Server
                Get WebSocket
                ${open} =    Evaluate    report.test_journal.count_ends_of($websocket.server)
                ...    modules=report.test_journal
                Should Be Equal    ${open}    ${3}
                ${you} =    Wait For Message    timeout=20s    connection=named
                Should Be Equal    ${you}    you
                ${you} =    Wait For Message    timeout=20s    connection=${held}
                Should Be Equal    ${you}    you
            """
        },
        loglevel="INFO",
    )
    assert run.failures == {}


def count_ends_of(server: WebSocketServer) -> int:
    """How many of the ends that clients have opened to a server are in memory."""
    gc.collect()
    return sum(isinstance(found, WebSocket) and found.url == server.url for found in gc.get_objects())
