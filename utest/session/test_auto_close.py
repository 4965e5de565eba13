"""What tests leave open is closed when `auto_close` says."""

import os
import socket
from pathlib import Path

import pytest

from peers.raw import port_without_listener
from runs import RunTests, run_suite, suite_of

NESTED = """
*** Settings ***
Library    RobotWebSocketLibrary    auto_close=SUITE

*** Test Cases ***
{name}
{body}
"""


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows gives no port away that is held")
def test_what_a_test_opened_is_closed_when_it_ends(run_tests: RunTests):
    with port_without_listener() as port:
        run = run_tests(
            {
                "First": """
                Start WebSocket Server    alias=mine    port=${PORT}
                VAR    ${FIRST} =    ${websocket}    scope=SUITE
                ${opened} =    Open WebSocket    ${websocket.server.url}    alias=main
                VAR    ${OPENED} =    ${opened}    scope=SUITE
                VAR    ${SERVER} =    ${websocket.server}    scope=SUITE
            """,
                "Second": """
                Should Be Equal    ${OPENED.state}    closed
                Should Be Equal    ${OPENED.close.code}    ${1000}
                Should Be Equal    ${websocket.state}    closed
                Should Be Equal    ${websocket.server.url}    ${SERVER.url}
                Run Keyword And Expect Error    There is no WebSocket server: *    Wait For Client
                Run Keyword And Expect Error    Non-existing alias 'main': *    Wait For Close    connection=main
                Open WebSocket    ${SERVER.url}
            """,
            },
            variable=[f"PORT:{port}"],
        )
    assert run.failures.keys() == {"Second"}
    assert "connection refused" in run.failures["Second"]
    assert run.errors == []


def test_what_ended_with_its_owner_is_told_where_it_is_missing(tmp_path: Path):
    opened = "Start WebSocket Server\nOpen WebSocket    ${websocket.server.url}"
    missing = "Send Text Message    hello"
    no_server = "Remove Server Replies"
    tests = {
        "Before": missing,
        "Opens": opened,
        "Connection": missing,
        "Server": no_server,
        "Closes": f"{opened}\nClose WebSocket\nStop WebSocket Server",
        "Closed": missing,
        "Stopped": no_server,
    }
    (tmp_path / "a.robot").write_text(suite_of(tests))
    setup = "Suite Setup    Start All\n*** Keywords ***\nStart All\n    " + opened.replace("\n", "\n    ")
    (tmp_path / "b.robot").write_text(suite_of({"Uses": "Send Text Message    hello"}, setup))
    (tmp_path / "c.robot").write_text(suite_of({"After": missing, "After Server": no_server}))
    first = "There is no WebSocket connection: use `Open WebSocket` first."
    first_server = "There is no WebSocket server: use `Start WebSocket Server` first."
    assert run_suite(tmp_path, "").failures == {
        "Before": first,
        "Connection": f"{first} The last one was closed when its test ended (`auto_close`).",
        "Server": f"{first_server} The last one was stopped when its test ended (`auto_close`).",
        "Closed": first,
        "Stopped": first_server,
        "After": f"{first} The last one was closed when its suite ended (`auto_close`).",
        "After Server": f"{first_server} The last one was stopped when its suite ended (`auto_close`).",
    }


def test_what_a_suite_setup_opened_is_current_again(run_tests: RunTests):
    run = run_tests(
        {
            "Own": """
                Should Be Equal    ${websocket.alias}    suite
                VAR    ${OF SUITE} =    ${websocket.server}    scope=SUITE
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}    alias=test
                Should Not Be Equal    ${websocket.server}    ${OF SUITE}
                Should Be Equal    ${websocket.alias}    test
            """,
            "Of Suite": """
                Should Be Equal    ${websocket.alias}    suite
                Should Be Equal    ${websocket.server}    ${OF SUITE}
                Send Text Message    hello
                ${echo} =    Wait For Message    timeout=20s
                Should Be Equal    ${echo}    hello
                Wait For Client    timeout=20s
            """,
        },
        """
        Suite Setup       Open For All
        Suite Teardown    Still Open
        *** Keywords ***
        Open For All
            Start WebSocket Server
            Open WebSocket    ${websocket.server.url}    alias=suite
        Still Open
            Should Be Equal    ${websocket.state}    open
        """,
    )
    assert run.failures == {}
    assert run.suite.message == ""
    assert not listens(run.imported.instances[0]._live.server.port)  # noqa: SLF001 - `${websocket}` after the run


def test_alias_that_a_test_has_used_again_names_what_the_suite_setup_opened(run_tests: RunTests):
    run = run_tests(
        {
            "Own": """
                Start WebSocket Server    alias=app
                Open WebSocket    ${websocket.server.url}    alias=app
                Close WebSocket    connection=app
                Should Be Equal    ${websocket.state}    closed
                Stop WebSocket Server    server=app
            """,
            "Of Suite": """
                Send Text Message    hello    connection=app
                Wait For Message    ==    hello    timeout=20s    connection=app
                Wait For Client    server=app    timeout=20s
            """,
        },
        """
        Suite Setup       Open For All
        *** Keywords ***
        Open For All
            Start WebSocket Server    alias=app
            Open WebSocket    ${websocket.server.url}    alias=app
        """,
    )
    assert run.failures == {}


def test_auto_close_suite_and_run(tmp_path: Path):
    opening = """\
    Start WebSocket Server    alias=server
    Open WebSocket    ${{websocket.server.url}}    alias={alias}
"""
    (tmp_path / "1.robot").write_text(
        NESTED.format(name="Open", body=opening.format(alias="suite"))
        + "Still Open\n    Should Be Equal    ${websocket.state}    open\n"
    )
    (tmp_path / "2.robot").write_text(
        NESTED.format(
            name="Closed", body="    Should Be Equal    ${websocket.state}    closed\n" + opening.format(alias="run")
        )
        .replace("SUITE", "RUN")
        .replace("Should Be Equal    ${websocket.state}    closed", "Should Be Equal    ${websocket.state}    ${None}")
    )
    (tmp_path / "3.robot").write_text(
        NESTED.format(name="Still Open", body="    Should Be Equal    ${websocket.state}    open\n").replace(
            "SUITE", "RUN"
        )
    )
    run = run_suite(tmp_path, "")
    assert run.failures == {}
    assert run.errors == []
    suite, whole_run = run.imported.instances[0], run.imported.instances[-1]
    assert suite is not whole_run
    for library in (suite, whole_run):
        assert library._live.state == "closed"  # noqa: SLF001 - `${websocket}` after the run
        assert not listens(library._live.server.port)  # noqa: SLF001


def test_manual_warns_of_what_was_left_open(run_tests: RunTests):
    run = run_tests(
        {
            "Leave": """
                Start WebSocket Server    port=0
                Open WebSocket    ${websocket.server.url}    alias=closed
                Close WebSocket
                Open WebSocket    ${websocket.server.url}    alias=open
            """,
            "Still There": """
                Should Be Equal    ${websocket.state}    open
                Send Text Message    hello
            """,
        },
        library="Library    RobotWebSocketLibrary    auto_close=manual",
    )
    [library] = run.imported.instances
    port = library._live.server.port  # noqa: SLF001 - `${websocket}` after the run
    assert run.failures == {}
    assert run.errors == [
        "Connection 'open' was left open.",
        f"Test server 'ws://127.0.0.1:{port}/' was left running.",
    ]
    assert listens(port)
    for connection in library._live._connections.items:  # noqa: SLF001
        connection.connection.abort("the test is over")
    library._live.server.stop()  # noqa: SLF001


@pytest.mark.parametrize("auto_close", ["TEST", "SUITE", "RUN"])
def test_failed_test_leaves_nothing(run_tests: RunTests, auto_close: str):
    run = run_tests(
        {
            "Failed": """
                Start WebSocket Server    tls=True
                Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}
                Fail    on purpose
            """
        },
        library=f"Library    RobotWebSocketLibrary    auto_close={auto_close}",
    )
    assert run.failures == {"Failed": "on purpose"}
    assert run.errors == []


def test_suite_of_suites_owns_what_its_setup_opened(tmp_path: Path):
    (tmp_path / "__init__.robot").write_text(
        suite_of({}, "Suite Setup    Open For All").replace("*** Test Cases ***", "")
        + "*** Keywords ***\nOpen For All\n    Start WebSocket Server\n"
        "    Open WebSocket    ${websocket.server.url}    alias=all\n"
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.robot").write_text(
            suite_of({name: "Send Text Message    hello\nWait For Message    timeout=20s"})
        )
    run = run_suite(tmp_path, "")
    assert run.failures == {}
    assert len(run.tests) == 2
