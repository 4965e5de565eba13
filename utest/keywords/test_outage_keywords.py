"""Keywords of outages: what they refuse, and when a suspension ends. The rest is in `atest/outages.robot`."""

import sys

import pytest

from runs import RunTests, cases_by_number


def test_bad_input(run_tests: RunTests):
    cases = {
        "Wait For Connection Attempts    0": "The argument 'count' is 0; it must be at least 1.",
        "Reconnect Delays Should Be": (
            "The arguments of `Reconnect Delays Should Be` are delays, such as  1s    2s    4s."
        ),
        "Suspend WebSocket Server    code=1005": (
            "The close code 1005 may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999."
        ),
    }
    run = run_tests(cases_by_number(cases), "Suite Setup    Start WebSocket Server")
    assert list(run.failures.values()) == list(cases.values())


def test_suspension_ends_with_its_test(run_tests: RunTests):
    run = run_tests(
        {
            "First": """
                Suspend WebSocket Server    attempts=503
                Resume WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Suspend WebSocket Server    attempts=503
                Open WebSocket    ${websocket.server.url}    expected_status=503
            """,
            "Second": """
                Open WebSocket    ${websocket.server.url}
                ${attempts} =    Wait For Connection Attempts    1
                Should Be Equal    ${attempts[0].outcome}    accepted
            """,
        },
        "Suite Setup    Start WebSocket Server",
    )
    assert run.failures == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port that refuses TCP")
def test_delay_that_began_before_attempts_were_refused(run_tests: RunTests):
    run = run_tests(
        {
            "Refused": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Suspend WebSocket Server    attempts=REFUSE
                Resume WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Reconnect Delays Should Be    1 hour    tolerance=100ms
            """
        }
    )
    assert run.failures["Refused"].endswith(
        " seconds; expected 3600 seconds, within 100 milliseconds. "
        "The server was suspended with attempts=REFUSE, so attempts that were refused then are not counted."
    )
