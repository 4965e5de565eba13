"""Robot Framework's timeouts stop every keyword that waits, and the connection is usable in the teardown."""

import threading

import pytest
from robot.result import Keyword
from robot.running.timeouts.runner import Runner

from peers.raw import AT_ONCE, PATIENCE, RawEnd
from peers.scripted import serving, switch
from runs import RunTests

LIMIT = 1

WAITS = {
    "Wait For Message": "Wait For Message    timeout=1 hour",
    "Wait For Json Message": "Wait For Json Message    $.never    timeout=1 hour",
    "Wait For Messages": "Wait For Messages    2    timeout=1 hour",
    "Should Not Receive Message": "Should Not Receive Message    within=1 hour",
    "Wait For Pong": "Wait For Pong    never    timeout=1 hour",
    "Wait For Ping": "Wait For Ping    timeout=1 hour",
    "Wait For Close": "Wait For Close    timeout=1 hour",
    "Wait For Client": "Wait For Client    path=/never    timeout=1 hour",
}


def stopped_in_time(keyword: Keyword) -> None:
    """The limit counts from the start of the test, so that what takes long belongs into the setup of the suite."""
    assert keyword.failed
    assert keyword.elapsed_time.total_seconds() < LIMIT + AT_ONCE


@pytest.mark.parametrize("runner", ["posix.PosixRunner", "windows.WindowsRunner"])
def test_waits(runner: str, run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    module, name = runner.split(".")
    implementation = pytest.importorskip(f"robot.running.timeouts.{module}", exc_type=ImportError)
    monkeypatch.setattr(Runner, "runner_implementation", getattr(implementation, name))
    run = run_tests(
        WAITS,
        f"""
        Suite Setup      Open
        Test Setup       Switch WebSocket    ${{TEST NAME}}
        Test Timeout     {LIMIT}
        Test Teardown    Still Usable
        *** Keywords ***
        Open
            Start WebSocket Server
            FOR    ${{alias}}    IN    {"    ".join(WAITS)}
                Open WebSocket    ${{websocket.server.url}}    alias=${{alias}}
            END
        Still Usable
            Send Text Message    hello
            ${{echo}} =    Wait For Message    timeout=20s
            Should Be Equal    ${{echo}}    hello
            Send Ping
            Wait For Pong
            ${{peer}} =    Wait For Client    timeout=20s
            ${{status}} =    Close WebSocket
            Should Be Equal    ${{status.code}}    ${{1000}}
        """,
    )
    assert run.failures == dict.fromkeys(WAITS, "Test timeout 1 second exceeded.")
    for keyword in WAITS:
        stopped_in_time(run.tests[keyword].body[0])


@pytest.mark.parametrize(
    ("keyword", "line"),
    [
        ("Open WebSocket", "Open WebSocket    {url}    timeout=1 hour"),
        ("Close WebSocket", "Close WebSocket    timeout=1 hour"),
        ("Close All WebSockets", "Close All WebSockets    timeout=1 hour"),
        ("Send Binary Message", "Send Binary Message    ${{{{bytes(20_000_000)}}}}    timeout=1 hour"),
    ],
)
def test_waits_for_a_peer_that_does_nothing(run_tests: RunTests, keyword: str, line: str):
    over = threading.Event()

    def doing_nothing(end: RawEnd) -> None:
        switch(end)
        over.wait(PATIENCE)

    def answering_nothing(_: RawEnd) -> None:
        over.wait(PATIENCE)

    opening = keyword == "Open WebSocket"
    with serving(answering_nothing if opening else doing_nothing) as peer:
        run = run_tests(
            {"Stopped": line.format(url=peer.url)},
            f"""
            Suite Setup      {"No Operation" if opening else f"Open WebSocket    {peer.url}    alias=main"}
            Test Timeout     {LIMIT}
            Test Teardown    Another
            *** Keywords ***
            Another
                Start WebSocket Server
                Open WebSocket    ${{websocket.server.url}}
                Send Text Message    hello
                ${{echo}} =    Wait For Message    timeout=20s
                Should Be Equal    ${{echo}}    hello
            """,
        )
        over.set()
    assert run.failures == {"Stopped": "Test timeout 1 second exceeded."}
    [test] = run.tests.values()
    stopped_in_time(test.body[0])


def test_waiting_can_be_repeated_behind_timeouts(run_tests: RunTests):
    """TRY catches a keyword's timeout; the connection then goes on as if nothing had been."""
    run = run_tests(
        {
            "Repeated": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                FOR    ${number}    IN RANGE    20
                    TRY
                        Wait Shortly
                    EXCEPT    Keyword timeout 20 milliseconds exceeded.
                        Send Text Message    ${number}
                    END
                    ${echo} =    Wait For Message    timeout=20s
                    Should Be Equal As Integers    ${echo}    ${number}
                END
            """
        },
        """
        *** Keywords ***
        Wait Shortly
            [Timeout]    20ms
            Wait For Message    timeout=1 hour
        """,
    )
    assert run.failures == {}


def test_stop_that_was_interrupted_is_finished_when_the_test_ends(run_tests: RunTests):
    run = run_tests(
        {
            "Interrupted": f"""
                [Timeout]    {LIMIT}
                Stop WebSocket Server
            """,
            "Next": """
                Evaluate    $DEAF.close()
                Start WebSocket Server    port=${websocket.server.port}
            """,
        },
        """
        Suite Setup    Open
        *** Keywords ***
        Open
            Start WebSocket Server
            ${deaf} =    Evaluate    peers.clients.opened($websocket.server)    modules=peers.clients
            VAR    ${DEAF} =    ${deaf}    scope=SUITE
        """,
    )
    stopped_in_time(run.tests["Interrupted"].body[-1])
    assert run.failures == {"Interrupted": "Test timeout 1 second exceeded."}
