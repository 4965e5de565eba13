"""A failed wait names other ends of the test that hold messages, and tables mark what was taken."""

from __future__ import annotations

import re

from runs import RunTests

SERVER = """
Test Setup    Start
*** Keywords ***
Start
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}    alias=other
    ${OTHER} =    Wait For Client
    Open WebSocket    ${websocket.server.url}    alias=main
    VAR    ${OTHER} =    ${OTHER}    scope=TEST
Receive
    [Arguments]    ${peer}    @{messages}
    FOR    ${message}    IN    @{messages}
        Send Text Message    ${message}    connection=${peer}
    END
    Send Ping    connection=${peer}
    Wait For Pong    connection=${peer}    timeout=20s
"""


def test_ends_that_hold_messages_are_named(run_tests: RunTests):
    run = run_tests(
        {
            "No Match": """
                Receive    ${OTHER}    one    two
                Wait For Message    ==    hello    timeout=500ms
            """,
            "Some Match": """
                Receive    ${OTHER}    one    hello    hello
                Wait For Message    ==    hello    timeout=500ms
            """,
            "Any Message": """
                Receive    ${OTHER}    one
                Wait For Messages    2    timeout=500ms
            """,
            "Server's End": """
                ${peer} =    Wait For Client
                Receive    main    hello    bye
                Wait For Message    ==    hello    timeout=500ms
            """,
            "Those That Match Come First": """
                Receive    ${OTHER}    one
                FOR    ${number}    IN RANGE    3
                    Open WebSocket    ${websocket.server.url}    alias=more${number}
                    ${peer} =    Wait For Client    timeout=20s
                    IF    ${number} == 0    Wait For Client    timeout=20s
                END
                @{clients} =    Get Clients
                Receive    ${clients}[2]    a
                Receive    ${clients}[3]    hello
                Receive    ${clients}[4]    b
                Wait For Message    ==    hello    timeout=500ms    connection=main
            """,
            "Ended, And Nobody Asked For": """
                Receive    other    hello
                Close WebSocket    connection=other
                Wait For Close    connection=${OTHER}
                Open WebSocket    ${websocket.server.url}    alias=unseen
                Receive    unseen    hello
                Wait For Message    ==    hello    timeout=500ms    connection=main
            """,
        },
        SERVER,
    )
    silent = "in 500 milliseconds; the connection is open, and nothing has arrived.\n"
    server = re.compile(r"ws://127.0.0.1:\d+/ \(client [^)]*\)")
    assert {name: server.sub("SERVER", told) for name, told in run.failures.items()} == {
        "No Match": f"No message equal to 'hello' from 'main' {silent}messages that nobody took: 2 from 'other'",
        "Some Match": (
            f"No message equal to 'hello' from 'main' {silent}"
            "messages that nobody took: 3 from 'other' (2 of them match)"
        ),
        "Any Message": f"Only 0 of 2 messages from 'main' {silent}messages that nobody took: 1 from 'other'",
        "Server's End": (
            "No message equal to 'hello' from 'main' in 500 milliseconds; the connection is open.\n"
            "messages that nobody took: 2 from 'SERVER' (1 of them matches)"
        ),
        "Those That Match Come First": (
            f"No message equal to 'hello' from 'main' {silent}messages that nobody took: "
            "1 from 'more1' (it matches), 1 from 'other', 1 from 'more0', and from 1 more connection"
        ),
        "Ended, And Nobody Asked For": f"No message equal to 'hello' from 'main' {silent}".rstrip(),
    }


def test_records_name_the_keyword_that_took_their_message(run_tests: RunTests):
    run = run_tests(
        {
            "Taken": """
                ${peer} =    Wait For Client
                Receive    ${peer}    one    two    one
                Wait For Message
                Wait For Message    ==    two
                @{records} =    Get WebSocket Traffic
                Should Be Equal    ${{[record.taken_by for record in $records if record.direction == '<']}}
                ...    ${{['Wait For Message', 'Wait For Message', None, None]}}
                Log WebSocket Traffic
            """,
        },
        SERVER,
    )
    assert run.failures == {}
    [table] = [text for _, text in run.log("Log WebSocket Traffic") if "<table" in text]
    assert table.count("(taken by Wait For Message)") == 2
