"""Waits for one message among many, for several, and for none; and what a failure lists."""

from __future__ import annotations

import threading

import pytest
from robot.utils.text import MAX_ERROR_LINES, cut_long_message

from keywords.suites import ECHO, SILENT
from peers.raw import AT_ONCE, TEXT, RawEnd
from peers.scripted import sending, serving, switch
from runs import Run, RunTests, cases_by_number

SENT_TO_US = """
Test Setup    Open And Receive
*** Keywords ***
Open And Receive
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}    alias=main
    ${PEER} =    Wait For Client
    VAR    ${PEER} =    ${PEER}    scope=TEST
Receive
    [Arguments]    @{messages}
    FOR    ${message}    IN    @{messages}
        IF    isinstance($message, bytes)
            Send Binary Message    ${message}    connection=${PEER}
        ELSE
            Send Text Message    ${message}    connection=${PEER}
        END
    END
    Send Ping    connection=${PEER}
    Wait For Pong    connection=${PEER}
Rest Should Be
    [Arguments]    @{expected}
    @{rest} =    Take Messages
    Should Be Equal    ${rest}    ${expected}
"""


def said(run: Run, keyword: str) -> set[str]:
    """What the keyword logged about itself: no variables, and no frames of a failure."""
    lines = {text for level, text in run.log(keyword) if level == "INFO"}
    return {line for line in lines if " = " not in line and not line.startswith("<details>")}


def test_wait_takes_its_message_and_leaves_the_others(run_tests: RunTests):
    run = run_tests(
        {
            "Text": """
                Receive    one    two    three    two
                ${message} =    Wait For Message    ==    two    timeout=20s
                Should Be Equal    ${message}    two
                Should Be Equal    ${websocket.message}    two
                Should Be Equal    ${websocket.msgstate}    received
                ${message} =    Wait For Message    starts    th
                Should Be Equal    ${message}    three
                Rest Should Be    one    two
            """,
            "Binary": r"""
                Receive    \xff    ${{b'\\x00\\xff'}}    ${{b'\\xff'}}
                ${message} =    Wait For Message    ends    \xff    message_type=BINARY    timeout=20s
                Should Be Equal    ${message}    ${{b'\\x00\\xff'}}
                ${message} =    Wait For Message    ==    ${{b'\\xff'}}    timeout=20s
                Should Be Equal    ${message}    ${{b'\\xff'}}
                Rest Should Be    \xff
            """.replace("\\\\", "\\"),
            "Still To Come": """
                Receive    one
                Send Text Message    two    connection=${PEER}
                Send Text Message    three    connection=${PEER}
                ${message} =    Wait For Message    matches    ^th    timeout=20s
                Should Be Equal    ${message}    three
                Rest Should Be    one    two
            """,
            "With An Operator It Waits For The Library's Timeout": """
                Receive    one
                Wait For Message    contains    two
            """,
            "Validate": """
                Receive    5    hello    ${{b'7'}}    6
                ${message} =    Wait For Message    validate    int(value) == 6    timeout=20s
                Should Be Equal    ${message}    6
                VAR    ${limit} =    ${6}
                ${message} =    Wait For Message    validate    value.isdigit() and int(value) > $limit    timeout=20s
                Should Be Equal    ${message}    ${{b'7'}}
                Rest Should Be    5    hello
            """,
            "JSON": """
                Receive    no JSON    {"id": 1}    ${{b'{"id": 2, "user": {"name": "Ann"}}'}}    {"id": "2"}
                ${message} =    Wait For Json Message    $.id    ==    ${2}    timeout=20s
                Should Be Equal    ${message.user.name}    Ann
                Should Be Equal    ${websocket.message.id}    ${2}
                Should Be Equal    ${websocket.received.data}    ${{b'{"id": 2, "user": {"name": "Ann"}}'}}
                ${message} =    Wait For Json Message    $.id    validate    value == '2'
                Should Be Equal    ${message.id}    2
                ${message} =    Wait For Json Message
                Should Be Equal    ${message}[id]    ${1}
                ${message} =    Wait For Json Message
                Should Be Equal    ${message}    ${None}
                Should Be Equal    ${websocket.msgstate}    none
                Rest Should Be    no JSON
            """,
            "JSON Validates With Attributes": """
                Receive    [{"user": {"age": 5}}]
                ${message} =    Wait For Json Message    $[*]    validate    value.user.age > 4    timeout=20s
                Should Be Equal    ${message[0].user.age}    ${5}
            """,
            "Type And Check": """
                Receive    one
                ${none} =    Wait For Message    message_type=BINARY
                Should Be Equal    ${none}    ${None}
                Rest Should Be    one
            """,
        },
        SENT_TO_US,
        library="Library    RobotWebSocketLibrary    timeout=2s",
    )
    assert run.failures == {
        "With An Operator It Waits For The Library's Timeout": (
            "No message containing 'two' from 'main' in 2 seconds; the connection is open.\n"
            "1 message has arrived and stays in the inbox:\n"
            "  'one' does not contain 'two'"
        )
    }
    constant = {
        "Received a message.",
        "Checked without waiting: no message was there. With 'timeout' this keyword waits.",
    }
    for keyword in ("Wait For Message", "Wait For Json Message"):
        assert said(run, keyword) == constant


def test_several_and_all(run_tests: RunTests):
    run = run_tests(
        {
            "Several": """
                Receive    one    ${{b'two'}}    three
                ${messages} =    Wait For Messages    2    timeout=20s
                Should Be Equal    ${messages}    ${{['one', b'two']}}
                Should Be Equal    ${websocket.message}    ${{b'two'}}
                Should Be Equal    ${websocket.msgstate}    received
                Rest Should Be    three
                Rest Should Be
            """,
            "All Or None": r"""
                Receive    one    ${{b'\xff'}}
                TRY
                    Wait For Messages    3    timeout=500ms
                EXCEPT    Only 2 of 3 messages from 'main' in 500 milliseconds*    type=GLOB    AS    ${error}
                    Should Be Equal    ${websocket.msgstate}    timeout
                    Rest Should Be    one    ${{b'\xff'}}
                END
                Fail    ${error}
            """,
            "Closed": """
                Receive    one
                Close WebSocket    4000    connection=${PEER}
                Wait For Close
                TRY
                    Wait For Messages    2    timeout=1 hour
                EXCEPT    Only 1 of 2 messages from 'main': the server closed the connection*    type=GLOB
                    Should Be Equal    ${websocket.msgstate}    closed
                    Rest Should Be    one
                END
            """,
            "Clear": """
                Receive    one    two
                Clear Messages
                Rest Should Be
                Receive    three
                Rest Should Be    three
            """,
        },
        SENT_TO_US,
    )
    assert run.failures == {
        "All Or None": (
            "Only 2 of 3 messages from 'main' in 500 milliseconds; the connection is open.\n"
            "2 messages have arrived and stay in the inbox:\n"
            "  'one'\n"
            "  '\\xff'"
        )
    }
    for keyword, line in [
        ("Wait For Messages", "Received messages."),
        ("Take Messages", "Took all messages."),
        ("Clear Messages", "Cleared the messages."),
    ]:
        assert said(run, keyword) == {line}


def test_message_that_must_not_come(run_tests: RunTests):
    run = run_tests(
        {
            "None Comes": """
                Receive    welcome    ${{b'error'}}
                Should Not Receive Message    contains    error    within=50ms    message_type=TEXT
                Rest Should Be    welcome    ${{b'error'}}
                Should Not Receive Message    within=50ms
                Should Be Equal    ${websocket.msgstate}    none
            """,
            "Has Come": """
                Receive    welcome    an error
                TRY
                    Should Not Receive Message    matches    err.r    within=1 hour
                EXCEPT    'main' received a message matching 'err.r': 'an error'.
                    Rest Should Be    welcome    an error
                END
            """,
            "Comes": """
                Send Text Message    late    connection=${PEER}
                Should Not Receive Message    within=1 hour
            """,
            "Of A Type": r"""
                Receive    ${{b'\xff'}}
                Should Not Receive Message    message_type=BINARY    within=1 hour
            """,
            "Closed": """
                Close WebSocket    connection=${PEER}
                Should Not Receive Message    within=1 hour
            """,
        },
        SENT_TO_US,
    )
    assert run.failures == {
        "Comes": "'main' received a message: 'late'.",
        "Of A Type": r"'main' received a binary message: '\xff'.",
        "Closed": (
            "Cannot check that no message comes from 'main': "
            "the server closed the connection with 1000 (normal closure)."
        ),
    }
    assert ("INFO", "Received no such message.") in run.log("Should Not Receive Message", "None Comes")


def test_bad_input_fails_before_waiting(run_tests: RunTests):
    alone = "The argument 'expected' needs an 'operator', such as '=='."
    then = (
        "The operator 'then' cannot be used in a wait, which returns messages as they came: use 'validate' to choose "
        "one, and Evaluate for what follows."
    )
    cases = {
        "Wait For Message    expected=hello    timeout=1 hour": alone,
        "Wait For Json Message    expected=hello    timeout=1 hour": alone,
        "Should Not Receive Message    expected=hello    within=1 hour": alone,
        "Wait For Json Message    $    evaluate    value    timeout=1 hour": then,
        "Should Not Receive Message    then    value    within=1 hour": then,
        "Wait For Json Message    $.a    matches    (    timeout=1 hour": (
            "The pattern '(' cannot be used: missing ), unterminated subpattern at position 0."
        ),
        "Wait For Message    validate    value ==    timeout=1 hour": (
            "The expression 'value ==' cannot be used: invalid syntax."
        ),
        "Should Not Receive Message    validate    value ==    json_path=$    within=1 hour": (
            "The expression 'value ==' cannot be used: invalid syntax."
        ),
        "Wait For Messages    0": (
            "The argument 'count' is 0; it must be from 1 to 100,000, the most that an inbox holds."
        ),
        "Wait For Messages    -1": (
            "The argument 'count' is -1; it must be from 1 to 100,000, the most that an inbox holds."
        ),
        "Wait For Messages    100001": (
            "The argument 'count' is 100,001; it must be from 1 to 100,000, the most that an inbox holds."
        ),
        "Wait For Messages    1    timeout=-1s": "The argument 'timeout' is negative: -1 seconds.",
        "Should Not Receive Message    within=-1s": "The argument 'timeout' is negative: -1 seconds.",
        "Wait For Messages    1    connection=chat": "Non-existing alias 'chat': the known alias is 'main'.",
        "Take Messages    connection=chat": "Non-existing alias 'chat': the known alias is 'main'.",
        "Clear Messages    connection=chat": "Non-existing alias 'chat': the known alias is 'main'.",
        "Should Not Receive Message    connection=chat": "Non-existing alias 'chat': the known alias is 'main'.",
    }
    run = run_tests(cases_by_number(cases), ECHO)
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}


def test_failure_lists_what_came_instead(run_tests: RunTests):
    run = run_tests(
        {
            "Operator": r"""
                Receive    hello    *HTML*<b>\n\x1b[31m    ${{b'\xff'}}    ${EMPTY}
                Wait For Message    ==    bye    timeout=500ms
            """,
            "Type": """
                Receive    hello
                Wait For Message    message_type=BINARY    timeout=500ms
            """,
            "Raised": """
                Receive    hello    5
                Wait For Message    validate    int(value) > $undefined    timeout=500ms
            """,
            "Validated": """
                Receive    hello    5    {"a": 5}
                Wait For Message    validate    int(value) > 5    timeout=500ms
            """,
            "JSON": r"""
                Receive    hello    {"id": 1}    {}    ["\\ud800"]
                Wait For Json Message    $.id    ==    1    timeout=500ms
            """,
            "JSON Raised": """
                Receive    {"id": "x"}    {"id": 5}    {"id": {}}
                Wait For Json Message    $.id    validate    value.price > 5 and int(value)    timeout=500ms
            """,
            "JSON Validated": """
                Receive    {"id": 5}
                Wait For Json Message    $.id    validate    value > 5    timeout=500ms
            """,
            "Closed": """
                Receive    hello
                Close WebSocket    4001    done    connection=${PEER}
                Wait For Message    ==    bye    timeout=1 hour
            """,
            "Several": """
                Receive    @{{[str(number) for number in range(1012)]}}
                Wait For Message    ==    bye    timeout=500ms
            """,
        },
        SENT_TO_US,
    )
    in_vain = "from 'main' in 500 milliseconds; the connection is open."
    assert run.failures == {
        "Operator": (
            f"No message equal to 'bye' {in_vain}\n"
            "4 messages have arrived and stay in the inbox:\n"
            "  'hello' is not equal to 'bye'\n"
            "  '*HTML*<b>\\n\\x1b[31m' is not equal to 'bye'\n"
            "  '\\xff' is not equal to 'bye'\n"
            "  '' is not equal to 'bye'"
        ),
        "Type": (
            f"No binary message {in_vain}\n1 message has arrived and stays in the inbox:\n  'hello' is a text message"
        ),
        "Raised": (
            f"No message that validates 'int(value) > $undefined' {in_vain}\n"
            "2 messages have arrived and stay in the inbox:\n"
            "  'hello' could not be validated: Variable '$undefined' not found.\n"
            "  '5' could not be validated: Variable '$undefined' not found."
        ),
        "Validated": (
            f"No message that validates 'int(value) > 5' {in_vain}\n"
            "3 messages have arrived and stay in the inbox:\n"
            "  'hello' could not be validated: ValueError: invalid literal for int() with base 10: 'hello'\n"
            "  '5' does not validate 'int(value) > 5'\n"
            "  '{\"a\": 5}' could not be validated: ValueError: invalid literal for int() with base 10: '{\"a\": 5}'"
        ),
        "JSON": (
            f"No JSON message with '$.id' equal to '1' (string) {in_vain}\n"
            "4 messages have arrived and stay in the inbox, the nearest first:\n"
            "  '{\"id\": 1}' at '$.id': found 1 (integer), expected '1' (string): write ${1}\n"
            "  'hello' is not JSON: Expecting value at position 1\n"
            "  '{}' has nothing at '$.id'\n"
            "  '[\"\\ud800\"]' holds half a surrogate pair, which no text may: take it with `Wait For Message`"
        ),
        "JSON Raised": (
            f"No JSON message with '$.id' that validates 'value.price > 5 and int(value)' {in_vain}\n"
            "3 messages have arrived and stay in the inbox:\n"
            "  '{\"id\": \"x\"}' at '$.id': 'x' (string) could not be validated: "
            "AttributeError: 'str' object has no attribute 'price'\n"
            "  '{\"id\": 5}' at '$.id': 5 (integer) could not be validated: "
            "AttributeError: 'int' object has no attribute 'price'\n"
            "  '{\"id\": {}}' at '$.id': {} (object) could not be validated: AttributeError: price"
        ),
        "JSON Validated": (
            f"No JSON message with '$.id' that validates 'value > 5' {in_vain}\n"
            "1 message has arrived and stays in the inbox:\n"
            "  '{\"id\": 5}' at '$.id': 5 (integer) does not validate 'value > 5'"
        ),
        "Closed": (
            "No message equal to 'bye' from 'main': the server closed the connection with 4001 (private use) done.\n"
            "1 message has arrived and stays in the inbox:\n"
            "  'hello' is not equal to 'bye'"
        ),
        "Several": (
            f"No message equal to 'bye' {in_vain}\n"
            "1,012 messages have arrived and stay in the inbox, the last 10 of them:\n"
            + "\n".join(f"  '{number}' is not equal to 'bye'" for number in range(1002, 1012))
        ),
    }


LONG = [
    "x" * 1_000_000,
    "\n" * 500,
    bytes(1_000_000),
    "é€😀" * 100_000,
    f'{{"items": [{", ".join(chr(34) + "x" * 1000 + chr(34) for _ in range(100))}]}}',
    '{"items": ["\\u001b\\u0085"]}',
    f'{{"items": {[[1] * 50] * 50}}}',
]


@pytest.mark.parametrize(
    "wait",
    [
        "Wait For Message    ==    ${{'y' * 1_000_000}}",
        "Wait For Message    matches    ${{'^' + 'y' * 1_000_000}}",
        "Wait For Message    validate    value.no_such_attribute + '${{'y' * 1_000_000}}'",
        "Wait For Message    validate    int(value)",
        "Wait For Json Message    $.items[*]    ==    ${{'y' * 1_000_000}}",
        "Wait For Json Message    $.items[*]    ==    ${{str([1] * 1_000_000)}}",
        "Wait For Json Message    ${{'$.items' + '[*]' * 1000}}    ==    ${{[1] * 1_000_000}}",
        "Wait For Json Message    $.items    matches    ${{'y' * 1_000_000}}",
        "Wait For Json Message    $.items[*]    validate    int(value[:1000])",
        "Wait For Messages    11",
    ],
)
def test_failure_is_short_whatever_came(run_tests: RunTests, wait: str):
    """Robot Framework cuts a failure of more than 40 lines in its middle."""
    with serving(sending([*LONG, *(message + message[:1] for message in LONG[:3]), "that was all"])) as peer:
        run = run_tests(
            {
                "Long": f"""
                    Open WebSocket    {peer.url}    alias=main
                    Wait For Message    ==    that was all    timeout=60s
                    {wait}    timeout=100ms
                """
            },
            loglevel="INFO",
        )
    told = run.failures["Long"]
    assert len(told.splitlines()) == 12
    assert all(line.isprintable() for line in told.splitlines())
    assert cut_long_message(told) == told, f"{len(told)} characters, {MAX_ERROR_LINES} lines"
    assert "removed" not in told


def test_message_that_came_too_late_is_said_to_have_come_too_late(run_tests: RunTests):
    """The validation of the first message asks for the second, and lasts longer than the wait."""
    sends = "$websocket.current.connection.send('wanted', RobotWebSocketLibrary.deadline.Deadline(20))"
    inbox = "$websocket.current.connection.inbox"
    both_are_there = f"all(iter({inbox}.__len__, 2))"
    run = run_tests(
        {
            "Late": f"""
                Send Text Message    first
                Send Ping
                Wait For Pong
                Wait For Message    validate
                ...    value == 'wanted' or len({inbox}) == 1 and not ({sends} or time.sleep(0.3) or {both_are_there})
                ...    timeout=100ms
            """
        },
        ECHO,
    )
    told = run.failures["Late"]
    assert told.endswith("\n  'wanted' came too late"), told


def test_failure_does_not_take_long_where_validating_does(run_tests: RunTests):
    run = run_tests(
        {
            "Slow": """
                Receive    @{{[str(number) for number in range(9)]}}
                Wait For Message    validate    time.sleep(0.2)    timeout=500ms
            """
        },
        SENT_TO_US,
    )
    told = run.failures["Slow"].splitlines()
    assert told[2] == "  '0' does not validate 'time.sleep(0.2)'"
    assert told[-1] == "  '8'"
    [wait] = run.keywords("Wait For Message")
    assert 9 * 0.2 + 1 <= wait.elapsed_time.total_seconds() < 9 * 0.2 + AT_ONCE


def test_full_inbox_without_a_match_fails_at_once(run_tests: RunTests):
    with serving(sending(["one", "two", "three"]), sending(["one", "two", "three"])) as peer:
        run = run_tests(
            {
                "Full": f"""
                    Open WebSocket    {peer.url}    alias=main
                    Wait For Message    ==    three    timeout=1 hour
                """,
                "Not Coming": f"""
                    Open WebSocket    {peer.url}    alias=main
                    Should Not Receive Message    ==    three    within=1 hour
                """,
            },
            library="Library    RobotWebSocketLibrary    inbox_limit=2",
        )
    assert run.failures == {
        "Full": (
            "No message equal to 'three' from 'main': the inbox is full (2 messages).\n"
            "2 messages have arrived and stay in the inbox:\n"
            "  'one' is not equal to 'three'\n"
            "  'two' is not equal to 'three'"
        ),
        "Not Coming": "Cannot check that no message comes from 'main': the inbox is full (2 messages).",
    }


def test_connection_that_ends_during_a_wait_ends_it(run_tests: RunTests):
    waiting = threading.Event()

    def closing(end: RawEnd) -> None:
        switch(end)
        end.send_frame(TEXT, b"one")
        end.receive_frame()
        waiting.wait(0.2)
        end.send_close(4001, b"done")
        end.receive_frame()

    waits = [
        "Wait For Message    ==    two",
        "Wait For Json Message    $.id    ==    two",
        "Wait For Messages    2",
        "Should Not Receive Message    ==    two",
    ]
    with serving(*[closing] * len(waits)) as peer:
        run = run_tests(
            {
                wait.partition("    ")[0]: f"""
                    Open WebSocket    {peer.url}    alias=main
                    Send Text Message    go on
                    {wait}    {"within" if "Not" in wait else "timeout"}=1 hour
                """
                for wait in waits
            }
        )
    closed = "the server closed the connection with 4001 (private use) done."
    listed = "\n1 message has arrived and stays in the inbox:\n  'one'"
    assert run.failures == {
        "Wait For Message": f"No message equal to 'two' from 'main': {closed}{listed} is not equal to 'two'",
        "Wait For Json Message": (
            f"No JSON message with '$.id' equal to 'two' (string) from 'main': {closed}{listed} "
            "is not JSON: Expecting value at position 1"
        ),
        "Wait For Messages": f"Only 1 of 2 messages from 'main': {closed}{listed}",
        "Should Not Receive Message": f"Cannot check that no message comes from 'main': {closed}",
    }


def test_json_there_and_back(run_tests: RunTests):
    run = run_tests(
        {
            "There And Back": """
                VAR    &{order} =    item=apple    count=${3}    open=${True}    note=${None}
                Send Json Message    ${order}
                ${text} =    Wait For Message    timeout=20s
                Should Be Equal    ${text}    {"item":"apple","count":3,"open":true,"note":null}
                Send Json Message    {"item": "pear"}    fragment_size=4
                ${message} =    Wait For Json Message    $.item    timeout=20s
                Should Be Equal    ${message.item}    pear
                Should Be Equal    ${websocket.received.fragments}    ${1}
                Send Json Message    hello
                ${message} =    Wait For Json Message    timeout=20s
                Should Be Equal    ${message}    hello
                Send Json Message    ${{[1.5, '€']}}
                ${message} =    Wait For Json Message    $[1]    ==    €    timeout=20s
                Should Be Equal    ${message}    ${{[1.5, '€']}}
            """,
            "No JSON": "Send Json Message    {item: pear}",
            "Not A Value": "Send Json Message    ${{object()}}",
            "Half A Surrogate Pair": "Send Json Message    ${{'[' + chr(0xd800)}}",
        },
        ECHO,
    )
    assert run.failures == {
        "No JSON": (
            "Cannot send '{item: pear}' as JSON: it is not JSON: "
            "Expecting property name enclosed in double quotes at position 2."
        ),
        "Not A Value": "Cannot write the value as JSON: Object of type object is not JSON serializable.",
        "Half A Surrogate Pair": "Cannot send a JSON text with half a surrogate pair (position 2).",
    }
    infos = {text for level, text in run.log("Send Json Message") if level == "INFO"}
    assert infos == {"Sent a JSON message."}


def test_deep_json_stays_in_the_inbox(run_tests: RunTests):
    deep = "[" * 300 + "]" * 300
    run = run_tests(
        {
            "Deep": f"""
                Send Text Message    {deep}
                TRY
                    Wait For Json Message    timeout=100ms
                EXCEPT    *cannot be read as JSON: it has more than 100 levels    type=GLOB
                    ${{message}} =    Wait For Message    timeout=20s
                END
                Should Be Equal    ${{message}}    {deep}
                Send Text Message    {deep[200:400]}
                ${{message}} =    Wait For Json Message    timeout=20s
            """
        },
        ECHO,
    )
    assert run.failures == {}


def test_waiting_on_the_server_s_end(run_tests: RunTests):
    run = run_tests(
        {
            "Server": """
                ${peer} =    Wait For Client
                Send Json Message    {"id": 1}
                Send Text Message    two
                ${two} =    Wait For Message    ==    two    connection=${peer}
                Should Be Equal    ${two}    two
                ${one} =    Wait For Json Message    $.id    connection=${peer}
                Should Be Equal    ${one.id}    ${1}
                Should Be Equal    ${peer.message.id}    ${1}
            """
        },
        SILENT,
    )
    assert run.failures == {}


def test_interruption_of_an_expression_ends_the_wait(run_tests: RunTests):
    """Robot Framework wraps Ctrl-C that strikes an expression in an error that looks like any other."""
    run = run_tests(
        {
            "Interrupted": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}
                Send Text Message    hello
                VAR    ${error}    robot.errors.ExecutionFailed('Execution terminated by signal')
                Wait For Message    validate    (_ for _ in ()).throw(${error})    timeout=1 hour
            """
        }
    )
    assert run.failures["Interrupted"].endswith("failed: Execution terminated by signal")


def test_near_misses_come_first_and_equal_messages_are_one(run_tests: RunTests):
    run = run_tests(
        {
            "Type": """
                Receive    {"id": 3}    @{{['{"type": "ka"}'] * 39 + ['{"id": "x"}']}}
                Wait For Json Message    $.id    ==    3    timeout=500ms
            """,
            "Case": """
                Receive    Welcome    @{{[str(number) for number in range(30)]}}
                Wait For Message    ==    welcome    timeout=500ms
            """,
            "Contained": """
                Receive    an Error
                Wait For Message    contains    error    timeout=500ms
            """,
            "In A List": """
                Receive    {"ids": [1, 2]}    {"ids": "1"}    {"ids": 3}
                Wait For Json Message    $.ids    contains    2    timeout=500ms
            """,
            "Not JSON": """
                Receive    hello
                Wait For Json Message    $.id    ==    hello    timeout=500ms
            """,
            "JSON Text": """
                Receive    {"name": "ACME "}    {"name": "ZETA"}
                Wait For Json Message    $.name    ==    acme    timeout=500ms
            """,
        },
        SENT_TO_US,
    )
    in_vain = "from 'main' in 500 milliseconds; the connection is open."
    numbers = "\n".join(f"  '{number}' is not equal to 'welcome'" for number in range(21, 30))
    assert run.failures == {
        "Type": (
            f"No JSON message with '$.id' equal to '3' (string) {in_vain}\n"
            "41 messages have arrived and stay in the inbox, the nearest first:\n"
            "  '{\"id\": 3}' at '$.id': found 3 (integer), expected '3' (string): write ${3}\n"
            "  39 times: '{\"type\": \"ka\"}' has nothing at '$.id'\n"
            "  '{\"id\": \"x\"}' at '$.id': found 'x' (string), expected '3' (string)"
        ),
        "Case": (
            f"No message equal to 'welcome' {in_vain}\n"
            "31 messages have arrived and stay in the inbox, the nearest and the last 9 of them:\n"
            f"  'Welcome' is not equal to 'welcome'\n{numbers}"
        ),
        "Contained": (
            f"No message containing 'error' {in_vain}\n"
            "1 message has arrived and stays in the inbox:\n"
            "  'an Error' does not contain 'error'"
        ),
        "In A List": (
            f"No JSON message with '$.ids' containing '2' (string) {in_vain}\n"
            "3 messages have arrived and stay in the inbox, the nearest first:\n"
            "  '{\"ids\": [1, 2]}' at '$.ids': [1, 2] (array) does not contain '2' (string): write ${2}\n"
            "  '{\"ids\": \"1\"}' at '$.ids': '1' (string) does not contain '2' (string)\n"
            "  '{\"ids\": 3}' at '$.ids': 3 (integer) cannot contain '2' (string)"
        ),
        "Not JSON": (
            f"No JSON message with '$.id' equal to 'hello' (string) {in_vain}\n"
            "1 message has arrived and stays in the inbox:\n"
            "  'hello' is not JSON: Expecting value at position 1"
        ),
        "JSON Text": (
            f"No JSON message with '$.name' equal to 'acme' (string) {in_vain}\n"
            "2 messages have arrived and stay in the inbox, the nearest first:\n"
            "  '{\"name\": \"ACME \"}' at '$.name': found 'ACME ' (string), expected 'acme' (string)\n"
            "  '{\"name\": \"ZETA\"}' at '$.name': found 'ZETA' (string), expected 'acme' (string)"
        ),
    }


def test_messages_that_were_taken_before_and_those_of_other_connections_are_named(run_tests: RunTests):
    run = run_tests(
        {
            "Once": """
                Receive    hello    other
                Wait For Message    ==    hello
                Wait For Message    ==    hello    timeout=500ms
            """,
            "Often": """
                Receive    hello    hello    {"id": 1}
                Take Messages
                Wait For Json Message    $.id    timeout=500ms
            """,
            "Twice": """
                Receive    one    two    three
                Wait For Messages    2
                Clear Messages
                Wait For Message    matches    ^t    timeout=500ms
            """,
            "Too Long": """
                Receive    ${{'x' * 5000}}
                Take Messages
                Wait For Message    starts    xxx    timeout=500ms
            """,
            "Elsewhere": """
                Start WebSocket Server
                FOR    ${name}    IN    a    b    c    d
                    Open WebSocket    ${websocket.server.url}    alias=${name}
                    Send Text Message    hello
                    Send Ping
                    Wait For Pong
                END
                Wait For Message    ==    hello    timeout=500ms    connection=main
            """,
            "Several": """
                Open WebSocket    ${websocket.url}    alias=empty
                Switch WebSocket    main
                Receive    hello
                Switch WebSocket    empty
                Wait For Messages    1    timeout=500ms
            """,
        },
        SENT_TO_US,
    )
    in_vain = "from 'main' in 500 milliseconds; the connection is open."
    assert run.failures == {
        "Once": (
            f"No message equal to 'hello' {in_vain}\n"
            "1 message has arrived and stays in the inbox:\n"
            "  'other' is not equal to 'hello'\n"
            "1 message equal to 'hello' was taken before by 'Wait For Message'"
        ),
        "Often": (
            f"No JSON message with '$.id' {in_vain}\n1 JSON message with '$.id' was taken before by 'Take Messages'"
        ),
        "Twice": (
            f"No message matching '^t' {in_vain}\n"
            "a message matching '^t' was taken 2 times before, last by 'Clear Messages'"
        ),
        "Too Long": f"No message starting with 'xxx' {in_vain}",
        "Elsewhere": (
            f"No message equal to 'hello' {in_vain[:-1]}, and nothing has arrived.\n"
            "messages that nobody took: 1 from 'a' (it matches), 1 from 'b' (it matches), 1 from 'c' (it matches), "
            "and from 1 more connection"
        ),
        "Several": (
            "Only 0 of 1 messages from 'empty' in 500 milliseconds; the connection is open, and nothing has arrived.\n"
            "messages that nobody took: 1 from 'main'"
        ),
    }


def test_expressions_see_members_before_attributes(run_tests: RunTests):
    run = run_tests(
        {
            "Members": """
                Receive    {"items": [1, 2], "keys": {"get": 5}, "from": "me", "none": null, "a": [{"pop": 1}]}
                Wait For Json Message    $    validate    len(value.items) == 2 and value.keys.get == 5
                Receive    {"items": [1, 2], "from": "me"}
                ${message} =    Wait For Json Message    $    validate    value['from'] == 'me'
                Should Be Equal    ${message}[from]    me
                Should Be Equal    ${message}[items]    ${{[1, 2]}}
                Should Be Equal    ${{json.dumps($message)}}    {"items": [1, 2], "from": "me"}
                Receive    {"a": [{"pop": 1}]}
                Wait For Json Message    $.a    validate    value[0].pop == 1
            """
        },
        SENT_TO_US,
    )
    assert run.failures == {}


def test_values_of_json_that_must_not_come(run_tests: RunTests):
    run = run_tests(
        {
            "Comes": """
                Receive    {"status": 404}
                Should Not Receive Message    ==    ${404}    json_path=$.status    within=5s
            """,
            "Other Type": """
                Receive    {"status": "404"}    hello
                Should Not Receive Message    ==    ${404}    json_path=$.status    within=20ms
            """,
            "Number As Text": """
                Receive    404
                Should Not Receive Message    ==    ${404}    within=5s
            """,
            "Whole Object": """
                Should Not Receive Message    ==    ${{ {'a': 1} }}    within=5s
            """,
        },
        SENT_TO_US,
    )
    assert run.failures == {
        "Comes": "'main' received a JSON message with '$.status' equal to 404 (integer): '{\"status\": 404}'.",
        "Number As Text": "'main' received a message equal to '404': '404'.",
        "Whole Object": (
            "Messages are compared with text or bytes: to compare with an object, give a 'json_path', such as '$'."
        ),
    }


def test_wait_on_several_connections(run_tests: RunTests):
    one = "This keyword works on one WebSocket connection, not on"
    on_all = "use `Wait For Message On All` for several"
    known = "the known aliases are 'user1', 'user2'"
    cases = {
        "Wait For Message    ==    x    connection=user*": f"{one} the pattern 'user*': {on_all}.",
        "Wait For Json Message    $.x    connection=${users}": f"{one} a list: {on_all}.",
        "Wait For Messages    2    connection=${{['user1', 'user2']}}": f"{one} a list: {on_all}.",
        "Should Not Receive Message    within=1ms    connection=user*": f"{one} the pattern 'user*': {known}.",
    }
    run = run_tests(
        {name: f"${{users}} =    Open Users\n{line}" for name, line in zip(cases_by_number(cases), cases, strict=True)},
        """
        *** Keywords ***
        Open Users
            Start WebSocket Server
            ${users} =    Open WebSockets    ${websocket.server.url}    2    alias=user
            RETURN    ${users}
        """,
    )
    assert list(run.failures.values()) == list(cases.values())
