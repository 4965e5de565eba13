"""The keywords of traffic: what they return, show and save."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from report.live_html import Page, check_is_ours
from runs import RunTests, lines_of

ECHO = """
Test Setup    Open Echo
*** Keywords ***
Open Echo
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main
"""


def test_traffic_and_statistics(run_tests: RunTests):
    run = run_tests(
        {
            "Traffic": r"""
                Send Text Message    hello
                Wait For Message    timeout=20s
                Send Binary Message    \x00\xff    fragment_size=1
                Wait For Message    timeout=20s
                @{records} =    Get WebSocket Traffic
                VAR    ${lines} =    ${{[str(record) for record in $records]}}
                VAR    @{expected}    > 'hello'    < 'hello'    > binary '\\x00' (to be continued)
                ...    > continuation '\ufffd'    < binary '\\x00\\xff'
                Should Be Equal    ${lines}    ${expected}
                ${same} =    Get WebSocket Traffic    connection=main
                Should Be Equal    ${same}    ${records}
                ${peer} =    Wait For Client
                ${theirs} =    Get WebSocket Traffic    connection=${peer}
                Should Be Equal    ${{[record.direction for record in $theirs]}}    ${{list('<><<>')}}
            """,
            "Statistics": r"""
                ${before} =    Get WebSocket Statistics
                Should Be Equal    ${before.round_trips}    ${{dict(count=0, minimum=None, mean=None, maximum=None)}}
                Should Be Equal    ${before.sent}
                ...    ${{dict(messages=0, frames=0, pings=0, pongs=0, bytes=0, wire_bytes=0)}}
                Send Text Message    abc    fragment_size=1
                Wait For Message    timeout=20s
                FOR    ${body}    IN    first    second
                    Send Ping    ${body}
                    Wait For Pong    ${body}
                END
                ${statistics} =    Get WebSocket Statistics
                Should Be Equal    ${statistics.sent}
                ...    ${{dict(messages=1, frames=5, pings=2, pongs=0, bytes=14, wire_bytes=14)}}
                Should Be Equal    ${statistics.received}
                ...    ${{dict(messages=1, frames=3, pings=0, pongs=2, bytes=14, wire_bytes=14)}}
                Should Be True    0 < ${statistics.handshake} < 2
                Should Be Equal    ${statistics.round_trips.count}    ${2}
                VAR    ${times} =    ${statistics.round_trips}
                Should Be True    0 < $times.minimum <= $times.mean <= $times.maximum < 2
                ${peer} =    Wait For Client
                ${theirs} =    Get WebSocket Statistics    connection=${peer}
                Should Be Equal    ${theirs.handshake}    ${None}
                Should Be Equal    ${theirs.received}    ${statistics.sent}
            """,
        },
        ECHO,
    )
    assert run.failures == {}
    assert ("INFO", "Got the traffic of a WebSocket connection.") in run.log("Get WebSocket Traffic")
    assert ("INFO", "Got the statistics of a WebSocket connection.") in run.log("Get WebSocket Statistics")


def test_traffic_keeps_as_much_as_the_import_says(run_tests: RunTests):
    run = run_tests(
        {
            "Limits": """
                FOR    ${number}    IN RANGE    5
                    Send Text Message    number ${number}
                END
                Send Ping    are you there
                Wait For Pong
                @{records} =    Get WebSocket Traffic
                Length Should Be    ${records}    3
                Should Be Equal    ${{[record.text for record in $records]}}
                ...    ${{['numb', 'are you there', 'are you there']}}
                Should Be True    ${records[0].cut} and not ${records[-1].cut}
                ${peer} =    Wait For Client
                @{theirs} =    Get WebSocket Traffic    connection=${peer}
                Length Should Be    ${theirs}    3
                ${statistics} =    Get WebSocket Statistics
                Should Be Equal    ${statistics.sent.messages}    ${5}
            """
        },
        ECHO.replace("    Start WebSocket Server", "    Start WebSocket Server    default_protocol=silent"),
        library="Library    RobotWebSocketLibrary    traffic_frames=3    traffic_preview=4",
    )
    assert run.failures == {}


def test_traffic_is_logged_as_diagram_and_table(run_tests: RunTests):
    run = run_tests(
        {
            "Client": """
                FOR    ${number}    IN RANGE    60
                    Send Text Message    <b>${number}
                    Wait For Message    timeout=20s
                END
                Log WebSocket Traffic
                Log WebSocket Traffic    frames=3    connection=main
            """,
            "Server": """
                ${peer} =    Wait For Client
                Log WebSocket Traffic    connection=${peer}
            """,
        },
        ECHO,
    )
    assert run.failures == {}
    summaries, names = [], []
    for keyword in run.keywords("Log WebSocket Traffic"):
        diagram, table, last = lines_of(keyword)
        assert (diagram.html, table.html, last.html) == (True, True, False)
        assert last.message == "Logged the traffic of a WebSocket connection."
        for line in (diagram, table):
            check_is_ours(line.message)
            summaries += Page(line.message).texts["summary"]
        names.append(Page(diagram.message).texts["text"][:2])
    assert summaries[:4] == [
        "Sequence diagram of 'main': 50 sent, 50 received (20 earlier are not shown)",
        "Frames of 'main': 50 sent, 50 received (20 earlier are not shown)",
        "Sequence diagram of 'main': 1 sent, 2 received (117 earlier are not shown)",
        "Frames of 'main': 1 sent, 2 received (117 earlier are not shown)",
    ]
    assert all(re.search(r" of 'ws://.* \(client .*\)': 0 sent, 0 received", summary) for summary in summaries[4:])
    assert names == [["main", "server"], ["main", "server"], ["test server", "client"]]


@pytest.mark.parametrize("frames", ["0", "-1"])
def test_no_frames_cannot_be_shown(run_tests: RunTests, frames: str):
    run = run_tests({"None": f"Log WebSocket Traffic    frames={frames}"}, ECHO)
    assert run.failures == {"None": f"The argument 'frames' is {frames}; at least 1 frame can be shown."}


def test_traffic_is_saved(run_tests: RunTests, tmp_path: Path):
    run = run_tests(
        {
            "Relative": """
                Send Text Message    hello
                Wait For Message    timeout=20s
                ${file} =    Save WebSocket Traffic    new folder/chat.har
                Should Be Equal    ${file}    ${{os.path.join($OUTPUT_DIR, 'new folder', 'chat.har')}}
            """,
            "Absolute": """
                ${peer} =    Wait For Client
                Save WebSocket Traffic    ${TEMPDIR}/server.har    connection=${peer}
            """,
        },
        ECHO,
        variable=[f"TEMPDIR:{tmp_path / 'elsewhere'}"],
        outputdir=str(tmp_path),
    )
    assert run.failures == {}
    (entry,) = json.loads((tmp_path / "new folder" / "chat.har").read_text("utf-8"))["log"]["entries"]
    assert [(message["type"], message["data"]) for message in entry["_webSocketMessages"]] == [
        ("send", "hello"),
        ("receive", "hello"),
    ]
    (entry,) = json.loads((tmp_path / "elsewhere" / "server.har").read_text("utf-8"))["log"]["entries"]
    assert entry["response"]["status"] == 101
    assert run.log("Save WebSocket Traffic", "Absolute")[0] == ("INFO", "Saved the traffic of a WebSocket connection.")


def test_messages_that_were_not_kept_whole_are_counted_in_the_log(run_tests: RunTests, tmp_path: Path):
    run = run_tests(
        {"Cut": "Send Text Message    ${{'x' * 300}}\nSend Text Message    short\nSave WebSocket Traffic    cut.har"},
        ECHO.replace("Start WebSocket Server", "Start WebSocket Server    default_protocol=silent"),
        outputdir=str(tmp_path),
    )
    assert run.failures == {}
    remark = "1 of 2 messages is not whole: the import arguments 'traffic_preview' and 'traffic_frames' keep more."
    assert [text for level, text in run.log("Save WebSocket Traffic") if level == "INFO"] == [
        remark,
        "Saved the traffic of a WebSocket connection.",
    ]
    assert json.loads((tmp_path / "cut.har").read_text("utf-8"))["log"]["comment"] == remark


@pytest.mark.skipif(os.name == "nt", reason="Windows has other words and other names of files")
@pytest.mark.parametrize(
    ("file", "shown", "why"),
    [
        ("folder", "folder", "Is a directory"),
        ("file/chat.har", "file/chat.har", "(Not a directory|File exists)"),
        ("${{'x' * 300}}", "x+", "File name too long"),
        (r"a\x00b", r"a\\x00b", "embedded null byte"),
        (r"a\x1b[31m/\x00", r"a\\x1b\[31m/\\x00", "embedded null byte"),
        (r"${{'\ud800'}}", r"\\ud800", "'utf-8' codec can't encode .*"),
    ],
)
def test_file_that_cannot_be_written_is_told_in_one_sentence(
    run_tests: RunTests, tmp_path: Path, file: str, shown: str, why: str
):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    run = run_tests({"Save": f"Save WebSocket Traffic    {file}"}, ECHO, outputdir=str(tmp_path))
    (failure,) = run.failures.values()
    assert re.fullmatch(rf"Could not save the traffic as '{re.escape(str(tmp_path))}/{shown}': {why}\.", failure), (
        failure
    )


def test_saved_file_with_cut_messages_says_how_many(run_tests: RunTests, tmp_path: Path):
    run = run_tests(
        {
            "Cut": f"""
                Send Text Message    a long message
                Wait For Message    timeout=20s
                Save WebSocket Traffic    {tmp_path.as_posix()}/cut.har
            """
        },
        ECHO,
        "Library    RobotWebSocketLibrary    timeout=20s    traffic_preview=5",
    )
    assert run.failures == {}
    assert (
        "INFO",
        "2 of 2 messages are not whole: the import arguments 'traffic_preview' and 'traffic_frames' keep more.",
    ) in run.log("Save WebSocket Traffic")
