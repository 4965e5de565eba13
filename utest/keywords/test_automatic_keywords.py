"""Keywords for what one end of a connection does by itself."""

from __future__ import annotations

from keywords.suites import SILENT
from runs import RunTests, cases_by_number

BAD_INPUT = {
    "Add Automatic Reply    then    hello    x": "The operator 'then' cannot choose messages for a reply: *",
    "Add Automatic Reply    ==    hello    x    times=0": "The argument 'times' is 0; a reply is used at least once.",
    "Add Automatic Reply    ==    hello    x    delay=-1s": "The argument 'delay' is negative: -1 seconds.",
    "Add Automatic Reply    ==    hello    {1}": "The token '{1}' of a reply needs the operator 'matches'.",
    "Add Automatic Reply    ==    hello    ${5}": "A reply is text, bytes, a dictionary, a list, or a *",
    "Add Automatic Reply    ==    hello    x    connection=nobody": "Non-existing alias 'nobody': *",
    "Send Messages Every    0s    x": "The argument 'interval' is 0 seconds; it must be longer.",
    "Send Messages Every    -1s    x": "The argument 'interval' is negative: -1 seconds.",
    "Send Messages Every    1s": "`Send Messages Every` needs at least one message.",
    "Send Messages Every    1s    ${5}": "A message is text, bytes, a dictionary or a list, not integer.",
    "Send Messages Every    1s    ${{chr(0xd800)}}": "Cannot send a message with half a surrogate pair (position 1).",
}


def test_bad_input(run_tests: RunTests):
    run = run_tests(
        {
            name: f"Run Keyword And Expect Error    {BAD_INPUT[line]}    {line}"
            for name, line in cases_by_number(BAD_INPUT).items()
        },
        SILENT,
    )
    assert run.failures == {}


def test_nothing_is_added_to_a_connection_that_has_ended(run_tests: RunTests):
    run = run_tests(
        {
            "Closed": """
                Close WebSocket
                Remove Automatic Replies
                Run Keyword And Expect Error
                ...    Cannot add an automatic reply to 'main': closed with 1000 (normal closure).
                ...    Add Automatic Reply    ==    hello    x
                Run Keyword And Expect Error    Cannot send to 'main': closed with 1000 (normal closure).
                ...    Send Messages Every    1s    hello
            """
        },
        SILENT,
    )
    assert run.failures == {}


def test_what_looks_like_an_argument(run_tests: RunTests):
    run = run_tests(
        {
            "Arguments": r"""
                Add Automatic Reply    ==    hello    delay\=2s    path=/chat
                Send Messages Every    1h    connection\=5    timeout=5s
            """
        },
        SILENT,
    )
    assert run.failures == {}
    assert run.errors == [
        "`Add Automatic Reply` has no argument 'path': 'path=/chat' was taken for a reply.",
        "`Send Messages Every` has no argument 'timeout': 'timeout=5s' was taken for a message.",
    ]


def test_reply_that_failed_is_a_warning(run_tests: RunTests):
    run = run_tests(
        {
            "Fails": """
                ${peer} =    Wait For Client
                Add Automatic Reply    ==    hello    ${{ len }}
                Send Text Message    hello    connection=${peer}
                Wait For Close    1011
            """
        },
        SILENT,
    )
    assert run.failures == {}
    [error] = run.errors
    assert error.startswith("Connection 'main': an automatic reply to 'hello' failed: its callable must return text, ")


def test_heartbeat_has_arrived(run_tests: RunTests):
    run = run_tests(
        {
            "Heartbeat": """
                ${peer} =    Wait For Client
                Add Automatic Reply    ==    2    3
                Send Text Message    2    connection=${peer}
                Wait For Message    ==    3    connection=${peer}    timeout=20s
                Wait For Message    timeout=500ms
            """
        },
        SILENT,
    )
    assert run.failures == {"Heartbeat": "No message from 'main' in 500 milliseconds; the connection is open."}
