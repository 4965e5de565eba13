"""What only a run of Robot Framework shows of proxies: log lines, representations, interruptions, the end of a test."""

import re

import pytest
from robot.api import ResultVisitor
from robot.result import Message

from peers.raw import port_without_listener
from runs import RunTests

LINK = """
                Start WebSocket Server    alias=real
                Start WebSocket Proxy    ${websocket.server.url}    alias=proxy
                Open WebSocket    ${websocket.server.url}
                ${app} =    Wait For Client
"""


class Lines(ResultVisitor):
    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def visit_message(self, message: Message) -> None:
        self.found.append((message.level, message.message))


def test_frames_of_both_ends_are_in_the_log(run_tests: RunTests):
    hello = """
                Send Text Message    hello
                Wait For Message    timeout=20s
    """
    lines = Lines()
    run_tests({"Link": LINK + hello}).suite.visit(lines)
    frames = {line for level, line in lines.found if level == "DEBUG" and "'hello'" in line}
    ends = ("", "server ", "upstream ")
    assert frames == {f"{end}{direction} 'hello'" for end in ends for direction in "<>"}
    handshake = re.compile(r"upstream > GET /; Upgrade: websocket; Host: 127\.0\.0\.1:\d+; ")
    assert any(handshake.match(line) for _, line in lines.found)


def test_other_end_is_named_where_its_message_matches(run_tests: RunTests):
    hello = """
                Send Text Message    hello
                Wait For Message    ==    hello    connection=${app}    timeout=20s
                Send Text Message    bye
                Wait For Messages    2    timeout=20s
                Wait For Message    ==    bye    connection=${app.upstream}    timeout=20s
                Wait For Message    ==    %s    connection=${app.upstream}    timeout=500ms
    """
    run = run_tests({"It Matches": LINK + hello % "bye", "None Matches": LINK + hello % "price"})
    told = {name: failure.splitlines()[-1] for name, failure in run.failures.items()}
    matching = r"messages that nobody took: 1 from 'ws://127\.0\.0\.1:\d+/ \(client [^)]*\)' \(it matches\)"
    assert re.fullmatch(matching, told["It Matches"])
    assert told["None Matches"] == "  'bye' forwarded"


def test_proxy_and_its_ends_show_what_they_are(run_tests: RunTests):
    run = run_tests(
        {
            "Show": LINK
            + """
                Log    ${websocket.server}    formatter=repr
                Log    ${app.upstream}    formatter=repr
                Log    ${app.upstream.url}
            """
        }
    )
    assert run.failures == {}
    texts = [text for _, text in run.log("Log")]
    port = r"ws://127\.0\.0\.1:\d+/"
    assert re.fullmatch(f"<WebSocketProxy '{port}' to '{port}': 1 client>", texts[0])
    assert re.fullmatch(f"<WebSocket '{port}': open>", texts[1])
    assert re.fullmatch(port, texts[2])


def test_end_of_the_test_lets_held_messages_go_and_stops_the_proxy(run_tests: RunTests):
    run = run_tests(
        {
            "Opens": LINK
            + """
                Hold Messages
                Send Text Message    held
                Wait For Message    connection=${app}    timeout=20s
            """,
            "Is alone": """
                Run Keyword And Expect Error    There is no WebSocket server: *    Wait For Client    timeout=0s
            """,
        }
    )
    assert run.failures == {}
    assert run.errors == []


def test_rules_end_with_the_test_or_the_suite_that_made_them(run_tests: RunTests):
    run = run_tests(
        {
            "Adds one": """
                Drop Messages    contains    of the test
                ${rules} =    Get Message Rules
                Length Should Be    ${rules}    2
            """,
            "Finds that of the suite": """
                ${rules} =    Get Message Rules
                Length Should Be    ${rules}    1
                Should Be Equal    ${rules[0].text}    Drop Messages${SPACE*2}contains${SPACE*2}of the suite
            """,
        },
        settings="""
            Suite Setup    Begin
            *** Keywords ***
            Begin
                Start WebSocket Server
                Start WebSocket Proxy    ${websocket.server.url}
                Drop Messages    contains    of the suite
        """,
    )
    assert run.failures == {}


@pytest.mark.parametrize(
    "waiting",
    [
        "Open WebSocket    ${websocket.server.url}    timeout=60s",
        "Wait For Message    timeout=60s    connection=${app.upstream}",
        "Release Messages",
    ],
    ids=["target that does not answer", "message that does not come", "rule that takes long"],
)
def test_timeout_of_robot_framework_leaves_a_proxy_that_works(run_tests: RunTests, waiting: str):
    run = run_tests(
        {
            "Interrupted": """
                Start WebSocket Server    alias=real    default_protocol=silent
                Start WebSocket Proxy    ${websocket.server.url}
                Open WebSocket    ${websocket.server.url}
                ${app} =    Wait For Client
                Replace Messages    ==    slow    ${{ lambda message: __import__('time').sleep(0.5) }}
                Send Text Message    slow
                Set Handshake Response    101    delay=60s    server=real
                TRY
                    Waiting    ${app}
                EXCEPT    Keyword timeout 200 milliseconds exceeded.
                    Send Text Message    still there    connection=${app}
                    Wait For Message    ==    still there
                END
                Should Be Equal    ${websocket.message}    still there
            """,
        },
        settings=f"""
            *** Keywords ***
            Waiting
                [Arguments]    ${{app}}
                [Timeout]    200ms
                Wait For Message    ==    slow    connection=${{app}}
                {waiting}
        """,
    )
    assert run.failures == {}


def test_rules_look_into_wrapped_json(run_tests: RunTests):
    run = run_tests(
        {
            "Rules": LINK
            + """
                Drop Messages    ==    drop    json_path=$.type    inside=^42(.*)$    to=TARGET
                Replace Messages    ==    ask    42{"type": "asked", "id": {$.id}}
                ...    json_path=$.type    inside=^42(.*)$    to=TARGET
                Delay Messages    ==    late    delay=1ms    json_path=$.type    inside=^42(.*)$
                Hold Messages    ==    hold    json_path=$.type    inside=^42(.*)$    to=CLIENT
                Send Text Message    42{"type": "drop"}
                Send Text Message    42{"type": "ask", "id": 7}
                Send Text Message    42{"type": "late"}
                Send Text Message    42{"type": "hold"}
                ${messages} =    Wait For Messages    2    timeout=20s
                Should Be Equal    ${messages}    ${{ ['42{"type": "asked", "id": 7}', '42{"type": "late"}'] }}
                Wait For Messages    3    connection=${app.upstream}    timeout=20s
                Release Messages    1
                Wait For Message    ==    42{"type": "hold"}    timeout=20s
            """,
        }
    )
    assert run.failures == {}


def test_replacement_that_fails_is_named_as_one(run_tests: RunTests):
    fail = """
        Start WebSocket Server
        Start WebSocket Proxy    ${websocket.server.url}
        Replace Messages    ==    b    ${{ lambda message: 1 / 0 }}
        Open WebSocket    ${websocket.server.url}
        Send Text Message    b
        Wait For Close    code=1011
    """
    run = run_tests({"Asked": f"{fail}\n        Get Message Rules", "Nobody Asks": fail})
    [failure] = run.failures.values()
    assert failure.startswith("The replacement for 'b' at the proxy 'ws://127.0.0.1:")
    assert failure.endswith("/' failed: ZeroDivisionError: division by zero.")
    [warning] = run.errors
    assert warning.endswith("/': the replacement for 'b' failed: ZeroDivisionError: division by zero.")


def test_bad_input(run_tests: RunTests):
    cases = {
        "Release Messages    0": "The argument 'count' is 0; it must be at least 1.",
        "Release Messages    2": "Could not release 2 messages of '${URL}': no message is held.",
        "Release Messages    1": "Could not release 1 message of '${URL}': no message is held.",
        "Drop Messages    server=real": (
            "The server '${REAL}' is not a proxy, so it passes no messages on: `Start WebSocket Proxy` starts one."
        ),
        "Start WebSocket Proxy    ws://127.0.0.1/    max_clients=0": (
            "The argument 'max_clients' is 0; a proxy has at least 1 client."
        ),
        "Start WebSocket Proxy    ws://127.0.0.1/    port=${SERVER.port}": (
            "Could not start a server: port ${SERVER.port} of '127.0.0.1' is in use; with port 0 a free one is chosen."
        ),
    }
    expecting = {
        f"Case {number}": f"Run Keyword And Expect Error    EQUALS:{sentence}    {line}"
        for number, (line, sentence) in enumerate(cases.items())
    }
    settings = """
        Suite Setup    Begin
        *** Keywords ***
        Begin
            ${server} =    Start WebSocket Server    alias=real
            ${proxy} =    Start WebSocket Proxy    ${server.url}
            VAR    ${SERVER} =    ${server}    scope=SUITE
            VAR    ${REAL} =    ${server.url}    scope=SUITE
            VAR    ${URL} =    ${proxy.url}    scope=SUITE
    """
    assert run_tests(expecting, settings).failures == {}


def test_fewer_messages_are_held_than_are_to_be_released(run_tests: RunTests):
    run = run_tests(
        {
            "Fewer": """
                Start WebSocket Server
                Start WebSocket Proxy    ${websocket.server.url}
                Hold Messages    to=TARGET
                Open WebSocket    ${websocket.server.url}
                Send Text Message    a
                Send Text Message    b
                ${client} =    Wait For Client
                Wait For Messages    2    connection=${client}
                Release Messages    3
            """
        }
    )
    assert run.failures["Fewer"].endswith("': only 2 messages are held, and released now.")


def test_proxy_of_the_environment_is_remarked_on(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    run = run_tests({"Starts": "Start WebSocket Proxy    ws://127.0.0.1:9/"})
    assert run.failures == {}
    remark = "The proxy of the environment variable 'http_proxy' is not used for this machine."
    assert ("INFO", remark) in run.log("Start WebSocket Proxy")


def test_wrong_options_leave_nothing_behind(run_tests: RunTests):
    with port_without_listener() as port:
        run = run_tests(
            {
                "Wrong": f"""
                    Start WebSocket Proxy    wss://127.0.0.1:{port}/    verify=missing.pem    tls=True
                """,
                "In use": """
                    Start WebSocket Server
                    Start WebSocket Proxy    ws://127.0.0.1/    port=${websocket.server.port}    tls=True
                """,
                "Verified": f"""
                    Start WebSocket Proxy    wss://127.0.0.1:{port}/    proxy=NONE
                """,
                "Unverified": f"""
                    Start WebSocket Proxy    wss://127.0.0.1:{port}/    verify=False
                """,
            }
        )
    assert set(run.failures) == {"Wrong", "In use"}
    assert run.failures["Wrong"] == "The file 'missing.pem' of the argument 'verify' does not exist."
    assert run.errors == [f"The certificate of 'wss://127.0.0.1:{port}/' is not verified."]
