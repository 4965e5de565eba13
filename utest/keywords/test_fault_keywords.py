"""Keywords that make an end misbehave."""

from __future__ import annotations

import pytest

from keywords.suites import ECHO, SILENT
from peers.raw import AT_ONCE, CLOSE, RawEnd, WireFrame
from peers.scripted import serving, switch
from runs import RunTests, cases_by_number


def test_frames_on_the_wire(run_tests: RunTests):
    received: list[WireFrame] = []

    def script(end: RawEnd) -> None:
        switch(end)
        while not received or received[-1].opcode != CLOSE:
            received.append(end.receive_frame())

    with serving(script) as peer:
        run = run_tests(
            {
                "Frames": rf"""
                    Open WebSocket    {peer.url}
                    Send Frame    TEXT    hello
                    Send Frame    binary    \x00\xff    fin=False
                    Send Frame    0    rsv1=True
                    Send Frame    3    rsv2=True
                    Send Frame    0xF    rsv3=True
                    Send Frame    PONG    unmasked    masked=False
                    Send Frame    ${{9}}    ${{{{b'?'}}}}    masked=True    length=1
                    Send Raw Bytes    \x81\x80\x00\x00\x00\x00
                    Send Frame    CLOSE    \x03\xe8bye
                """
            }
        )
    assert run.failures == {}
    assert received == [
        WireFrame(1, b"hello", masked=True),
        WireFrame(2, b"\x00\xff", fin=False, masked=True),
        WireFrame(0, b"", rsv=4, masked=True),
        WireFrame(3, b"", rsv=2, masked=True),
        WireFrame(15, b"", rsv=1, masked=True),
        WireFrame(10, b"unmasked"),
        WireFrame(9, b"?", masked=True),
        WireFrame(1, b"", masked=True),
        WireFrame(8, b"\x03\xe8bye", masked=True),
    ]


def test_servers_end_does_not_mask(run_tests: RunTests):
    run = run_tests(
        {
            "Unmasked": """
                ${peer} =    Wait For Client
                Send Frame    TEXT    hello    connection=${peer}
                ${message} =    Wait For Message    timeout=20s
                Should Be Equal    ${message}    hello
            """,
            "Masked": """
                ${peer} =    Wait For Client
                Send Frame    TEXT    hello    masked=True    connection=${peer}
                Run Keyword And Expect Error
                ...    No message from 'main': protocol error by the server: a masked frame from a server.
                ...    Wait For Message    timeout=20s
                Wait For Close    code=1002    connection=${peer}
            """,
        },
        SILENT,
    )
    assert run.failures == {}


def test_bad_arguments_are_one_sentence(run_tests: RunTests):
    cases = {
        "Send Frame    16": "The argument 'opcode' is 16; it can be 0 to 15.",
        "Send Frame    -1": "The argument 'opcode' is -1; it can be 0 to 15.",
        "Send Frame    TEXT    length=-1": "The argument 'length' is -1; it can be 0 to 18446744073709551615.",
        "Send Frame    TEXT    length=18446744073709551616": (
            "The argument 'length' is 18446744073709551616; it can be 0 to 18446744073709551615."
        ),
        "Send Frame    TEXT    rsv1=x": "The argument 'rsv1' is 'x'; it can be True or False.",
        "Send Frame    TEXT    fin=${2}": "The argument 'fin' is '2'; it can be True or False.",
        "Send Frame    TEKST": (
            "ValueError: Argument 'opcode' got value 'TEKST' that cannot be converted to Opcode or integer."
        ),
        "Send Frame    TEXT    5 €": (
            "ValueError: Argument 'payload' got value '5 €' that cannot be converted to bytes: "
            "Character '€' cannot be mapped to a byte."
        ),
        "Send Raw Bytes    €": (
            "ValueError: Argument 'data' got value '€' that cannot be converted to bytes: "
            "Character '€' cannot be mapped to a byte."
        ),
        "Set Connection Behavior    send_delay=-1s": "The argument 'send_delay' is negative: -1 seconds.",
        "Set Connection Behavior    send_delay=soon": (
            "ValueError: Argument 'send_delay' got value 'soon' that cannot be converted to timedelta or None."
        ),
        "Drop Connection    connection=nobody": "Non-existing alias 'nobody': the known alias is 'main'.",
        "Set Connection Behavior    connection=nobody": "Non-existing alias 'nobody': the known alias is 'main'.",
    }
    run = run_tests(cases_by_number(cases), ECHO)
    assert run.failures == {f"Case {number}": failure for number, failure in enumerate(cases.values())}


def test_closed_connection(run_tests: RunTests):
    failure = "Cannot send to 'main': closed with 1000 (normal closure)."
    run = run_tests(
        {
            "Frame": "Close WebSocket\nSend Frame    TEXT    late",
            "Close Frame": "Close WebSocket\nSend Frame    CLOSE",
            "Raw Bytes": "Close WebSocket\nSend Raw Bytes    late",
            "Drop": "Close WebSocket\nDrop Connection\nDrop Connection    reset=True",
            "Behavior": "Close WebSocket\nSet Connection Behavior    reading=False    send_delay=1s",
        },
        ECHO,
    )
    assert run.failures == dict.fromkeys(("Frame", "Close Frame", "Raw Bytes"), failure)


@pytest.mark.parametrize(
    "line",
    ["Send Frame    TEXT", "Send Raw Bytes    x", "Drop Connection", "Set Connection Behavior    reading=False"],
)
def test_no_connection(run_tests: RunTests, line: str):
    run = run_tests({"None": line})
    assert run.failures == {"None": "There is no WebSocket connection: use `Open WebSocket` first."}


def test_each_keyword_logs_one_line(run_tests: RunTests):
    run = run_tests(
        {
            "All": r"""
                Set Connection Behavior    answer_pings=False
                Send Frame    TEXT    hello
                # the server waits for the rest of the frame, so it closes nothing before the drop
                Send Raw Bytes    \x81\x84ha
                Drop Connection
            """
        },
        ECHO,
    )
    assert run.failures == {}
    assert run.log("Set Connection Behavior") == [("INFO", "Set the behavior of a connection.")]
    assert run.log("Send Frame")[-1] == ("INFO", "Sent a frame.")
    assert ("DEBUG", "> 'hello'") in run.log("Send Frame")
    assert run.log("Send Raw Bytes")[-1] == ("INFO", "Sent raw bytes.")
    assert ("DEBUG", r"! sent 4 raw bytes '\x81\x84ha'") in run.log("Send Raw Bytes")
    assert run.log("Drop Connection")[-1] == ("INFO", "Dropped the connection.")
    assert ("DEBUG", "! our end ended TCP (1006)") in run.log("Drop Connection")


def test_end_of_a_test_leaves_no_misbehaving_end(run_tests: RunTests):
    run = run_tests(
        {
            "Misbehaving": """
                Set Connection Behavior    answer_pings=False    answer_close=False    reading=False
                Set Connection Behavior    send_delay=1 hour
                Send Text Message    never sent
            """,
            "Server's End": """
                ${peer} =    Wait For Client
                Set Connection Behavior    answer_pings=False    answer_close=False    connection=${peer}
                Set Connection Behavior    reading=False    send_delay=1 hour    connection=${peer}
                Send Text Message    never sent    connection=${peer}
                Drop Connection
                Stop WebSocket Server
            """,
        },
        SILENT,
    )
    assert run.failures == {}
    assert run.errors == []
    assert run.tests["Misbehaving"].elapsed_time.total_seconds() < AT_ONCE
    assert run.keywords("Stop WebSocket Server")[0].elapsed_time.total_seconds() < AT_ONCE


@pytest.mark.parametrize("answer", ["answer_close=False", "reading=False"])
def test_close_on_each_side_of_a_misbehaving_end(run_tests: RunTests, answer: str):
    run = run_tests(
        {
            "Its Peer": f"""
                ${{peer}} =    Wait For Client
                Set Connection Behavior    {answer}    connection=${{peer}}
                ${{status}} =    Close WebSocket    4001    timeout=300ms
                Should Be Equal    ${{status}}    1006 (abnormal closure)
                Drop Connection    connection=${{peer}}
            """,
            "Itself": f"""
                ${{peer}} =    Wait For Client
                Set Connection Behavior    {answer}    connection=${{peer}}
                ${{status}} =    Close WebSocket    4001    connection=${{peer}}    timeout=20s
                Should Be Equal    ${{status}}    4001 (private use)
                ${{status}} =    Wait For Close    code=4001
                Should Be True    ${{status.clean}}
            """,
        },
        SILENT,
    )
    assert run.failures == {}
    assert run.errors == ["Connection 'main': the server did not answer the close frame in 300 milliseconds."]


def test_drop_does_not_wait_for_a_reply_that_is_being_made(run_tests: RunTests):
    """Replies are made in a thread of their own. When one thread read and replied, a drop had to wait for it."""
    run = run_tests(
        {
            "Drop": """
                Send Text Message    wait
                Wait For Message    contains    wait    connection=${peer}
                Drop Connection    connection=${peer}
                Wait For Close    code=1006    timeout=20s
                [Teardown]    Reply And Wait For Close
            """
        },
        """
        Test Setup    Open
        *** Keywords ***
        Open
            Start WebSocket Server
            ${over} =    Evaluate    threading.Event()
            ${reply} =    Evaluate    lambda message, over=$over: over.wait(60) and 'late'
            Add Server Reply    ==    wait    ${reply}
            Open WebSocket    ${websocket.server.url}
            ${peer} =    Wait For Client
            Set Test Variable    ${peer}
            Set Test Variable    ${over}
        Reply And Wait For Close
            Call Method    ${over}    set
            Wait For Close    code=1006    timeout=20s    connection=${peer}
        """,
    )
    assert run.failures == {}


@pytest.mark.parametrize("behavior", ["answer_close=False", "reading=False", "send_delay=20s"])
def test_end_of_a_test_neither_waits_for_a_misbehaving_end_nor_warns(run_tests: RunTests, behavior: str):
    run = run_tests(
        {
            "Misbehaving": f"""
                Start WebSocket Server    default_protocol=silent
                Open WebSocket    ${{websocket.server.url}}
                ${{peer}} =    Wait For Client
                Set Connection Behavior    connection=${{peer}}    {behavior}
            """
        }
    )
    assert run.failures == {}
    assert run.errors == []
