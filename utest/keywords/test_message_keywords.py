"""Sending messages, and waiting for them."""

import threading

import pytest

from keywords.suites import ECHO, SILENT
from peers.raw import CLOSE, PATIENCE, TEXT, RawEnd
from peers.scripted import serving, switch
from runs import RunTests, cases_by_number


def test_messages_there_and_back(run_tests: RunTests):
    run = run_tests(
        {
            "Text": r"""
                FOR    ${text}    IN    hello    ${EMPTY}    Grüße 🎉    message\=hello    ${{'x' * 70000}}    *HTML*<b>
                    Send Text Message    ${text}
                    ${echo} =    Wait For Message    timeout=20s
                    Should Be Equal    ${echo}    ${text}
                    Should Be Equal    ${websocket.message}    ${text}
                    Should Be Equal    ${websocket.msgstate}    received
                END
            """,
            "Binary": r"""
                Send Binary Message    \x00\xff
                ${echo} =    Wait For Message    timeout=20s
                Should Be Equal    ${echo}    ${{b'\x00\xff'}}
                Send Binary Message    ${{bytearray(b'\x01')}}
                Send Binary Message    ${{b''}}
                Send Binary Message    \\x02\\xfe    encoding=escaped
                Send Binary Message    ${EMPTY}    encoding=escaped
                Send Binary Message    03 Fd    encoding=HEX
                Send Binary Message    BPw=    encoding=base64
                FOR    ${expected}    IN    ${{b'\x01'}}    ${{b''}}    ${{b'\x02\xfe'}}    ${{b''}}
                ...    ${{b'\x03\xfd'}}    ${{b'\x04\xfc'}}
                    ${echo} =    Wait For Message    timeout=20s
                    Should Be Equal    ${echo}    ${expected}
                END
            """,
            "Types": r"""
                Send Text Message    one
                Send Binary Message    two
                Send Text Message    three
                ${two} =    Wait For Message    timeout=20s    message_type=BINARY
                ${one} =    Wait For Message    timeout=20s    message_type=text
                ${three} =    Wait For Message    timeout=20s    message_type=ANY
                Should Be Equal    ${{[$one, $two, $three]}}    ${{['one', b'two', 'three']}}
            """,
            "To The Server's End And Back": """
                ${peer} =    Wait For Client
                Send Text Message    down    connection=${peer}
                ${down} =    Wait For Message    timeout=20s
                Should Be Equal    ${down}    down
                Send Text Message    up    connection=main
                ${up} =    Wait For Message    timeout=20s    connection=${peer}
                Should Be Equal    ${up}    up
                Should Be Equal    ${peer.message}    up
                Should Be Equal    ${peer.msgstate}    received
                Should Be Equal    ${websocket.message}    up
            """,
            "Nothing Is Lost Behind A Close": """
                FOR    ${number}    IN RANGE    20
                    Send Text Message    ${number}
                END
                Close WebSocket
                FOR    ${number}    IN RANGE    20
                    ${message} =    Wait For Message    timeout=0
                    Should Be Equal    ${message}    ${{str($number)}}
                END
            """,
        },
        ECHO,
    )
    assert run.failures == {}
    for name, line in [("Text", "Sent a text message."), ("Binary", "Sent a binary message.")]:
        texts = {text for level, text in run.log(f"Send {name} Message", name) if level == "INFO"}
        assert texts == {line}
    assert run.log("Wait For Message", "Nothing Is Lost Behind A Close")[0] == ("INFO", "Received a message.")


def test_waiting_without_a_timeout_only_checks(run_tests: RunTests):
    run = run_tests(
        {
            "Check": """
                ${peer} =    Wait For Client
                ${none} =    Wait For Message
                Should Be Equal    ${none}    ${None}
                Should Be Equal    ${websocket.msgstate}    none
                Should Be Equal    ${websocket.message}    ${None}
                Send Text Message    ${EMPTY}    connection=${peer}
                Send Text Message    two    connection=${peer}
                Close WebSocket    connection=${peer}
                Wait For Close
                ${one} =    Wait For Message
                Should Be Equal    ${one}    ${EMPTY}
                Should Be Equal    ${websocket.msgstate}    received
                ${none} =    Wait For Message    connection=main    message_type=BINARY
                Should Be Equal    ${none}    ${None}
                ${two} =    Wait For Message    connection=main
                Should Be Equal    ${two}    two
                ${none} =    Wait For Message
                Should Be Equal    ${none}    ${None}
                Should Be Equal    ${websocket.msgstate}    closed
                Should Be Equal    ${websocket.message}    two
            """
        },
        SILENT,
    )
    assert run.failures == {}
    assert [text for level, text in run.log("Wait For Message") if level == "INFO" and "=" not in text] == [
        "Checked without waiting: no message was there. With 'timeout' this keyword waits.",
        "Received a message.",
        "Checked without waiting: no message was there. With 'timeout' this keyword waits.",
        "Received a message.",
        "Checked without waiting: no message was there. With 'timeout' this keyword waits.",
    ]


OPERATORS = "(==, !=, <, >, <=, >=, contains, not contains, starts, ends, matches, validate)"


def test_bad_input(run_tests: RunTests):
    cases = {
        r"Send Binary Message    \x00    encoding=escaped": (
            "Cannot convert '\\x00' to bytes: with encoding=escaped it must consist of \\xNN."
        ),
        r"Send Binary Message    \\x0    encoding=escaped": (
            "Cannot convert '\\x0' to bytes: with encoding=escaped it must consist of \\xNN."
        ),
        "Send Binary Message    ä===    encoding=base64": "Cannot convert 'ä===' to bytes: it is not base64.",
        "Send Binary Message    A    encoding=rot13": (
            "ValueError: Argument 'encoding' got value 'rot13' that cannot be converted to BinaryEncoding: "
            "BinaryEncoding does not have member 'rot13'. Available: 'BASE64', 'BYTES', 'ESCAPED' and 'HEX'"
        ),
        "Send Text Message    hello    connection=${{object()}}": "",
        "Send Text Message    hello    timeout=-1": "The argument 'timeout' is negative: -1 seconds.",
        "Wait For Message    2s": "ValueError: '2s' is not an operator: give a duration by name: timeout=2s",
        "Wait For Message    0.5 seconds": (
            "ValueError: '0.5 seconds' is not an operator: give a duration by name: timeout=0.5 seconds"
        ),
        "Wait For Message    10:30": f"ValueError: '10:30' is not an operator {OPERATORS}: write  ==  10:30",
        "Wait For Message    ${EMPTY}": f"ValueError: '' is not an operator {OPERATORS}: write  ==  ${{EMPTY}}",
        r"Wait For Message    \x1b*HTML*": (
            rf"ValueError: '\x1b*HTML*' is not an operator {OPERATORS}: write one before it"
        ),
        "Wait For Message    ${{'x' * 1000}}": (
            f"ValueError: '{'x' * 200}…' (1,000 characters) is not an operator {OPERATORS}: write one before it"
        ),
        "Wait For Json Message    ==    5": "'==' is not a JSONPath: write one before it, such as  $  ==.",
        "Wait For Json Message    2s": "'2s' is not a JSONPath: give a duration by name: timeout=2s.",
        "Should Not Receive Message    ==    5    json_path=contains": (
            "'contains' is not a JSONPath: write one before it, such as  $  contains."
        ),
        "Wait For Message    hello": f"ValueError: 'hello' is not an operator {OPERATORS}: write  ==  hello",
        "Wait For Message    5": f"ValueError: '5' is not an operator {OPERATORS}: write  ==  5",
        "Wait For Message    a=b": (
            f"ValueError: 'a=b' is not an operator {OPERATORS}, and this keyword has no argument 'a': write  ==  a=b"
        ),
        "Wait For Message    a b=c": f"ValueError: 'a b=c' is not an operator {OPERATORS}: write  ==  a b=c",
        r"Wait For Message    expected\=c": (
            f"ValueError: 'expected=c' is not an operator {OPERATORS}: write  ==  expected=c"
        ),
        "Wait For Message    timout=2s": (
            "ValueError: 'timout=2s' is not an operator, and this keyword has no argument 'timout': "
            "did you mean 'timeout'?"
        ),
        "Wait For Message    contain    hello": "ValueError: 'contain' is not an operator: did you mean 'contains'?",
        "Wait For Message    Should Be Equal    x": (
            "ValueError: 'Should Be Equal' is not an operator: did you mean 'should be'?"
        ),
        "Wait For Message On All    contain    x": "ValueError: 'contain' is not an operator: did you mean 'contains'?",
        "Wait For Json Message    $.id    =    ${5}": "ValueError: '=' is not an operator: did you mean '=='?",
        "Wait For Json Message    $.id    ${5}": f"ValueError: '5' is not an operator {OPERATORS}: write  ==  ${{5}}",
        "Wait For Json Message    $.id    ${{ {'a': 1} }}": (
            f"ValueError: '{{'a': 1}}' is not an operator {OPERATORS}: write one before it"
        ),
        "Wait For Message    $    x": f"ValueError: '$' is not an operator {OPERATORS}: write  ==  $",
        "Wait For Json Message    $.a    1": f"ValueError: '1' is not an operator {OPERATORS}: write  ==  1",
        "Wait For Message    within=2s": (
            "ValueError: 'within=2s' is not an operator: this keyword has 'timeout', and not 'within'"
        ),
        "Should Not Receive Message    timeout=200ms": (
            "ValueError: 'timeout=200ms' is not an operator: this keyword has 'within', and not 'timeout'"
        ),
        "Should Not Receive Message    200ms": (
            "ValueError: '200ms' is not an operator: give a duration by name: within=200ms"
        ),
        "Should Not Receive Message    message_type=TEXT    json_path=$.a": (
            "The arguments 'message_type' and 'json_path' exclude each other: JSON is text."
        ),
        "Wait For Message    message_type=JSON": (
            "ValueError: Argument 'message_type' got value 'JSON' that cannot be converted to MessageType: "
            "MessageType does not have member 'JSON'. Available: 'ANY', 'BINARY' and 'TEXT'"
        ),
        "Wait For Message    connection=chat": "Non-existing alias 'chat': the known alias is 'main'.",
        "Wait For Message    timeout=-1s": "The argument 'timeout' is negative: -1 seconds.",
    }
    run = run_tests(
        cases_by_number(cases),
        ECHO.replace("Test Setup", "Test Teardown    Still Usable\nTest Setup")
        + """
Still Usable
    Send Text Message    hello
    ${echo} =    Wait For Message    timeout=20s
    Should Be Equal    ${echo}    hello
""",
    )
    expected = {f"Case {number}": message for number, message in enumerate(cases.values())}
    wrong_object = next(name for name, message in expected.items() if not message)
    assert run.failures[wrong_object].startswith("Non-existing alias '<object object at 0x")
    assert run.failures == {**expected, wrong_object: run.failures[wrong_object]}


def test_without_a_connection(run_tests: RunTests):
    missing = "There is no WebSocket connection: use `Open WebSocket` first."
    lines = [
        "Send Text Message    hello",
        "Send Binary Message    hello",
        "Send Json Message    hello",
        "Send Ping",
        "Send Pong",
        "Get WebSocket",
        "Wait For Message",
        "Wait For Message    ==    hello",
        "Wait For Json Message",
        "Wait For Messages    2",
        "Should Not Receive Message",
        "Take Messages",
        "Clear Messages",
        "Wait For Message    timeout=1s",
        "Wait For Ping",
        "Wait For Pong    body",
    ]
    run = run_tests(cases_by_number(dict.fromkeys(lines, missing)))
    assert set(run.failures.values()) == {missing}
    assert len(run.failures) == len(lines)


def test_long_message_to_a_peer_that_does_not_read(run_tests: RunTests):
    over = threading.Event()

    def stalled(end: RawEnd) -> None:
        switch(end)
        end.receive_frame()
        over.wait(PATIENCE)

    with serving(stalled) as peer:
        run = run_tests(
            {
                "Stalled": f"""
                    Open WebSocket    {peer.url}    alias=main
                    Send Text Message    first
                    TRY
                        Send Binary Message    ${{{{bytes(30_000_000)}}}}    timeout=100ms
                    EXCEPT    Cannot send to 'main': only *    type=GLOB    AS    ${{error}}
                        Should Contain    ${{error}}    of 30,000,014 bytes were sent in 100 milliseconds;
                    END
                    Send Text Message    second
                """
            },
            loglevel="INFO",
        )
        over.set()
    assert run.failures["Stalled"].startswith("Cannot send to 'main': connection broken: only ")


@pytest.mark.parametrize("data", ["*WARN* x", "*HTML*<b>bold</b>", "a\n*ERROR* b\r\nc", "\x1b[31mred\x1b[0m", "\x00"])
def test_remote_text_is_returned_as_it_is(run_tests: RunTests, data: str):
    def script(end: RawEnd) -> None:
        switch(end)
        end.send_frame(TEXT, data.encode())
        while end.receive_frame().opcode != CLOSE:
            pass

    with serving(script) as peer:
        run = run_tests(
            {
                "Receive": f"""
                    Open WebSocket    {peer.url}
                    Wait For Message    timeout=20s
                    Should Be Equal    ${{websocket.message}}    ${{{{{data!r}}}}}
                """
            }
        )
    assert run.failures == {}
    assert run.errors == []
    assert run.tests["Receive"].body[1].messages[-1].message.isprintable()
    levels = {level for keyword in ("Open WebSocket", "Wait For Message") for level, _ in run.log(keyword)}
    assert levels == {"INFO", "DEBUG"}


def test_text_is_text_or_a_number(run_tests: RunTests):
    no_text = "it is not text: `Send Json Message` sends dictionaries, lists and the like as JSON"
    refused = "Argument 'message' got value '{}' ({}) that cannot be converted to TextToSend: {}"
    cases = {
        "Send Text Message    ${{ {'a': 1} }}": refused.format("{'a': 1}", "dictionary", no_text),
        "Send Text Message    ${{ [1] }}": refused.format("[1]", "list", no_text),
        "Send Text Message    ${None}": refused.format("None", "None", no_text),
        "Send Text Message    ${{ b'a' }}": refused.format("a", "bytes", "bytes are sent with `Send Binary Message`"),
    }
    run = run_tests(cases_by_number(cases), ECHO)
    assert run.failures == {f"Case {number}": f"ValueError: {text}" for number, text in enumerate(cases.values())}
    run = run_tests({"Number": "Send Text Message    ${5}\nWait For Message    ==    5    timeout=20s"}, ECHO)
    assert run.failures == {}
