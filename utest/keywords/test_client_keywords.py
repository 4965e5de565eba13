"""Keywords for the clients of the test server."""

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


def test_bad_input(run_tests: RunTests):
    none = "There is no WebSocket server: `Start WebSocket Server` comes first."
    cases = {
        "Get Clients": none,
        "Broadcast Message    hello": none,
        "Broadcast Message    ${{chr(0xd800)}}": "Cannot send a text with half a surrogate pair (position 1).",
        "Get Clients    server=chat": "Non-existing alias 'chat': no WebSocket server has an alias.",
    }
    run = run_tests(cases_by_number(cases))
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}
