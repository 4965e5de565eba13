"""`Wait For Bytes`: what it refuses, and what it leaves."""

from __future__ import annotations

from keywords.suites import ECHO, SILENT
from runs import RunTests, cases_by_number

BAD_INPUT = {
    "Wait For Bytes": "`Wait For Bytes` needs either a 'count' or 'until', and not both.",
    "Wait For Bytes    3    until=x": "`Wait For Bytes` needs either a 'count' or 'until', and not both.",
    "Wait For Bytes    -1": (
        "The argument 'count' is -1; it must be from 0 to 268,435,456, the most that an inbox holds."
    ),
    "Wait For Bytes    300000000": "The argument 'count' is 300,000,000; it must be from 0 to 268,435,456, *",
    "Wait For Bytes    until=": "The argument 'until' is empty.",
    "Wait For Bytes    until=€": r"Cannot convert '€' to bytes: every character must be from \\x00 to \\xff.",
    "Wait For Bytes    until=${{b'\\xff'}}    message_type=TEXT": (
        r"The argument 'until' is bytes, which no text holds: '\\xff'."
    ),
    "Wait For Bytes    5    message_type=ANY": (
        "The argument 'message_type' is ANY; bytes are taken from messages of one type."
    ),
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


def test_bytes_and_what_is_left(run_tests: RunTests):
    run = run_tests(
        {
            "Bytes": r"""
                Send Binary Message    \x01\x02
                Send Binary Message    \x03\xff\x04
                ${piece} =    Wait For Bytes    3
                Should Be Equal    ${piece}    ${{b'\x01\x02\x03'}}
                Should Be Equal    ${websocket.message}    ${piece}
                Should Be Equal    ${websocket.msgstate}    received
                Should Be Equal As Integers    ${websocket.received.size}    3
                ${piece} =    Wait For Bytes    until=\xff
                Should Be Equal    ${piece}    ${{b'\xff'}}
                ${piece} =    Wait For Bytes    until=${{b'\x04'}}
                Should Be Equal    ${piece}    ${{b'\x04'}}
                ${piece} =    Wait For Bytes    0
                Should Be Equal    ${piece}    ${{b''}}
            """,
            "Characters": """
                Send Text Message    añ
                Send Text Message    b\\nc
                ${piece} =    Wait For Bytes    2    message_type=TEXT
                Should Be Equal    ${piece}    añ
                ${piece} =    Wait For Bytes    until=\\n    message_type=TEXT
                Should Be Equal    ${piece}    b\\n
                ${rest} =    Wait For Message    timeout=2s
                Should Be Equal    ${rest}    c
            """,
            "Missing": """
                Send Binary Message    abc
                Wait For Bytes    4    timeout=500ms
            """,
        },
        ECHO,
    )
    assert run.failures == {
        "Missing": "Only 3 of 4 bytes from 'main' in 500 milliseconds; the connection is open.\n"
        "1 message has arrived and stays in the inbox:\n  'abc'"
    }
