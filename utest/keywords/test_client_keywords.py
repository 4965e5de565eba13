"""Keywords for the clients of the test server."""

import re

import pytest

from runs import RunTests, cases_by_number


def test_clients(run_tests: RunTests):
    run = run_tests(
        {
            "One Object": """
                ${server} =    Start WebSocket Server    default_protocol=silent
                ${clients} =    Get Clients
                Should Be Empty    ${clients}
                Open WebSocket    ${server.url}a
                Open WebSocket    ${server.url}b    subprotocols=echo
                Open WebSocket    ${server.url}c?x=1
                ${waited} =    Wait For Client    path=/b
                ${clients} =    Get Clients    server=${server}
                Length Should Be    ${clients}    3
                Should Be True    $clients[1] is $waited
                ${again} =    Get Clients
                Should Be True    $again == $clients
                Send Text Message    hello    connection=${clients}[2]
                ${message} =    Wait For Message    timeout=20s
                Should Be Equal    ${message}    hello
                ${found} =    Get Clients    path=/c
                Should Be Equal    ${found}    ${clients[2:]}
                ${found} =    Get Clients    path=/c?x=1    subprotocol=echo
                Should Be Empty    ${found}
                ${found} =    Get Clients    subprotocol=echo
                Should Be Equal    ${found}    ${clients[1:2]}
                Run Keyword And Expect Error    No client connected to *    Wait For Client    timeout=10ms
                Close WebSocket    connection=${clients}[0]
                ${rest} =    Get Clients
                Should Be Equal    ${rest}    ${clients[1:]}
            """,
            "Broadcast": """
                Start WebSocket Server    default_protocol=silent
                ${count} =    Broadcast Message    nobody is there
                Should Be Equal    ${count}    ${0}
                ${first} =    Open WebSocket    ${websocket.server.url}a
                ${second} =    Open WebSocket    ${websocket.server.url}b    subprotocols=echo
                ${count} =    Broadcast Message    Grüße
                Should Be Equal    ${count}    ${2}
                ${count} =    Broadcast Message    ${{b'\\x00\\xff'}}    path=/a
                Should Be Equal    ${count}    ${1}
                ${count} =    Broadcast Message    echo only    subprotocol=echo    server=${websocket.server}
                Should Be Equal    ${count}    ${1}
                ${messages} =    Wait For Messages    2    connection=${first}
                Should Be Equal    ${messages}    ${{['Grüße', b'\\x00\\xff']}}
                ${messages} =    Wait For Messages    2    connection=${second}
                Should Be Equal    ${messages}    ${{['Grüße', 'echo only']}}
            """,
        }
    )
    assert run.failures == {}
    assert run.errors == []
    for keyword, line in {
        "Get Clients": "Got the clients of a WebSocket server.",
        "Broadcast Message": "Broadcast a message.",
    }.items():
        infos = {text for level, text in run.log(keyword) if level == "INFO" and not text.startswith("${")}
        assert infos == {line}


@pytest.mark.parametrize("keyword", ["Wait For Client", "Get Clients"])
def test_messages_that_were_forgotten_before_cause_a_warning_once(run_tests: RunTests, keyword: str):
    run = run_tests(
        {
            "Late": f"""
                Start WebSocket Server
                Open WebSocket    ${{websocket.server.url}}
                FOR    ${{number}}    IN RANGE    1003
                    Send Text Message    ${{number}}
                END
                Wait For Message    ==    1002    timeout=20s
                {keyword}
                Get Clients
            """,
            "In Time": f"""
                Start WebSocket Server
                Open WebSocket    ${{websocket.server.url}}
                {keyword}
                Send Text Message    hello
                Wait For Message    timeout=20s
            """,
        },
        loglevel="INFO",
    )
    assert run.failures == {}
    [warning] = run.errors
    assert warning.startswith("Connection 'ws://127.0.0.1:")
    assert warning.endswith(
        "': 3 messages had left its inbox before the test asked for it: an end that answers by itself keeps its last "
        "1,000, at most 16 MiB, until `Wait For Client` or `Get Clients` returns it."
    )


def test_bad_input(run_tests: RunTests):
    none = "There is no WebSocket server: use `Start WebSocket Server` first."
    cases = {
        "Get Clients": none,
        "Broadcast Message    hello": none,
        "Broadcast Message    ${{chr(0xd800)}}": "Cannot send a text with half a surrogate pair (position 1).",
        "Get Clients    server=chat": "Non-existing alias 'chat': no WebSocket server has an alias.",
    }
    run = run_tests(cases_by_number(cases))
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}


def test_attempts_that_failed_are_debug_lines_of_the_next_keyword(run_tests: RunTests):
    run = run_tests(
        {
            "Refused": """
                Start WebSocket Server
                VAR    ${origin}    https://evil.example
                Open WebSocket    ${websocket.server.url}app?token=abc    origin=${origin}    expected_status=403
            """,
            "At The End": """
                Start WebSocket Server
                Open WebSocket    ${websocket.server.url}    subprotocols=unknown    expected_status=400
            """,
        }
    )
    assert run.failures == {}
    lines = [text for _, text in run.log("Open WebSocket", "Refused")]
    refused = [re.sub(r"127[.0-9]+:[0-9]+", "CLIENT", line) for line in lines if line.startswith("server ! client")]
    assert refused == [
        (
            "server ! client CLIENT: handshake was refused: '/app' with 403, pages of 'https://evil.example' may not "
            "connect (allowed_origins=https://evil.example allows them)"
        )
    ]
    assert "*DEBUG" not in run.console


def test_request_of_a_client_has_what_handshake_requests_have(run_tests: RunTests):
    run = run_tests(
        {
            "Request": """
                Start WebSocket Server
                VAR    &{cookies}    session=1
                Open WebSocket    ${websocket.server.url}app?room=1    cookies=${cookies}    subprotocols=silent
                ${peer} =    Wait For Client
                ${requests} =    Get Handshake Requests
                FOR    ${name}    IN    path    query    cookies    subprotocols    origin    status    target
                    Should Be Equal    ${{ getattr($peer.request, $name) }}    ${{ getattr($requests[0], $name) }}
                END
                Should Be Equal    ${peer.request.headers}[host]    ${requests[0].headers}[host]
                Should Be True    abs($peer.request.time - $requests[0].time) < 10
            """
        }
    )
    assert run.failures == {}


def test_client_that_is_not_given_as_the_connection(run_tests: RunTests):
    """A test of a client application opens no connection."""
    missing = "There is no WebSocket connection: use `Open WebSocket` first"
    run = run_tests(
        {
            "No Client": """
                test.Start WebSocket Server
                test.Send Text Message    hello
            """,
            "Client": """
                test.Start WebSocket Server    default_protocol=silent
                application.Open WebSocket    ${websocket.server.url}
                ${client} =    test.Wait For Client
                test.Send Text Message    hello    connection=${client}
                test.Send Text Message    hello
            """,
            "Switched": """
                test.Start WebSocket Server    default_protocol=silent
                application.Open WebSocket    ${websocket.server.url}
                ${client} =    test.Wait For Client
                test.Switch WebSocket    ${client}
                test.Send Text Message    hello
            """,
        },
        library="Library    RobotWebSocketLibrary    timeout=20s    AS    test\n"
        "Library    RobotWebSocketLibrary    timeout=20s    variable=other    AS    application",
    )
    assert run.failures == {
        "No Client": f"{missing}.",
        "Client": f"{missing}, or give what `Wait For Client` has returned as 'connection' or to `Switch WebSocket`.",
    }
