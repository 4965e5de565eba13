"""The constant line at the end of each keyword, as a load tool takes it."""

import pytest

from runs import RunTests, lines_of

CONVERSATION = """
    Start WebSocket Server    default_protocol=echo
    Open WebSocket    ${websocket.server.url}
    Send Text Message    hello
    Wait For Message    timeout=20s
    Send Ping
    Wait For Pong
    Send Request    {"id": 1}
    Close WebSocket
"""
OUTCOMES = {
    "Open WebSocket": "Opened a WebSocket connection.",
    "Send Text Message": "Sent a text message.",
    "Wait For Message": "Received a message.",
    "Send Ping": "Sent a ping.",
    "Wait For Pong": "Received a pong.",
    "Close WebSocket": "Closed a WebSocket connection.",
}


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_a_keyword_ends_with_what_it_has_done(level: str, run_tests: RunTests):
    run = run_tests({"Conversation": CONVERSATION}, loglevel=level)
    assert not run.failures
    last = {keyword.name: lines_of(keyword)[-1] for keyword in run.tests["Conversation"].body}
    assert {name: last[name].message for name in OUTCOMES} == OUTCOMES
    assert {line.level for line in last.values()} == {"INFO"}


def test_each_keyword_logs_it_once(run_tests: RunTests):
    run = run_tests({"Conversation": CONVERSATION})
    for keyword in run.tests["Conversation"].body:
        assert [line.level for line in lines_of(keyword)].count("INFO") == 1


def test_a_keyword_that_fails_has_done_nothing(run_tests: RunTests):
    run = run_tests({"Closed": f"{CONVERSATION}    Send Text Message    late"})
    assert run.failures.keys() == {"Closed"}
    logged = [message for level, message in run.log("Send Text Message") if level == "INFO"]
    assert logged.count("Sent a text message.") == 1
    assert logged[0] == "Sent a text message."
