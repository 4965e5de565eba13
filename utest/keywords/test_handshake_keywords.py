"""Keywords for the opening handshakes that the test server answers."""

from runs import RunTests, cases_by_number


def test_handshakes(run_tests: RunTests):
    run = run_tests(
        {
            "Responses": """
                ${server} =    Start WebSocket Server
                ${secret} =    Evaluate    robot.api.types.Secret('canary')
                VAR    &{headers}    Location=/there    X-Key=${secret}
                Set Handshake Response    302    headers=${headers}    reason=Elsewhere    body=${{b'\\xff'}}    times=1
                VAR    @{pairs}    ${{('Set-Cookie', 'a=1')}}    ${{['Set-Cookie', 'b=2']}}
                Set Handshake Response    401    headers=${pairs}    path=/login    server=${server}
                Open WebSocket    ${server.url}    expected_status=302
                Should Be Equal    ${websocket.response.reason}    Elsewhere
                Should Be Equal    ${websocket.response.headers}[Location]    /there
                Should Be Equal    ${websocket.response.headers}[X-Key]    canary
                Should Be Equal    ${websocket.response.body}    ${{b'\\xff'}}
                Open WebSocket    ${server.url}login    expected_status=401
                Should Be Equal    ${websocket.response.cookies}    ${{ {'a': '1', 'b': '2'} }}
                Open WebSocket    ${server.url}
                Set Handshake Response    101    path=/login
                Open WebSocket    ${server.url}login
            """,
            "Faults Of The 101": """
                Start WebSocket Server
                FOR    ${name}    ${text}    IN
                ...    accept    wrong    accept    NONE    accept    ${None}    subprotocol    other
                    VAR    &{option}    ${name}=${text}
                    Set Handshake Response    101    &{option}
                    Run Keyword And Expect Error    Opening handshake with * failed: *
                    ...    Open WebSocket    ${websocket.server.url}
                END
                Set Handshake Response    101    subprotocol=none
                Open WebSocket    ${websocket.server.url}    subprotocols=echo
                Should Be Equal    ${websocket.subprotocol}    ${None}
                Set Handshake Response    101
                Open WebSocket    ${websocket.server.url}    subprotocols=echo
                Should Be Equal    ${websocket.subprotocol}    echo
            """,
            "Never And Late": """
                Start WebSocket Server
                FOR    ${status}    IN    NONE    none    ${None}
                    Set Handshake Response    ${status}    times=1
                    Run Keyword And Expect Error    * the server accepted TCP but sent no answer in 1 second.
                    ...    Open WebSocket    ${websocket.server.url}    timeout=1s
                END
                Set Handshake Response    101    delay=1 hour
                Run Keyword And Expect Error    * the server accepted TCP but sent no answer in 1 second.
                ...    Open WebSocket    ${websocket.server.url}    timeout=1s
                Set Handshake Response    101    delay=150ms
                Open WebSocket    ${websocket.server.url}
            """,
            "Requests": """
                Start WebSocket Server
                ${requests} =    Get Handshake Requests
                Should Be Empty    ${requests}
                VAR    &{cookies}    session=canary
                Open WebSocket    ${websocket.server.url}chat?token=canary    cookies=${cookies}    subprotocols=echo
                Open WebSocket    ${websocket.server.url}    origin=null    expected_status=403
                ${requests} =    Get Handshake Requests
                Should Be Equal    ${{ [request.status for request in $requests] }}    ${{ [101, 403] }}
                Should Be Equal    ${requests[0].cookies}[session]    canary
                Should Be Equal    ${requests[1].origin}    null
                ${requests} =    Get Handshake Requests    path=/chat    server=${websocket.server}
                Length Should Be    ${requests}    1
                Should Be Equal    ${requests[0].subprotocols}    ${{ ['echo'] }}
            """,
        },
        loglevel="TRACE",
    )
    assert run.failures == {}
    for keyword, line in {
        "Get Handshake Requests": "Got the handshake requests of a WebSocket server.",
        "Set Handshake Response": "Set the answer to opening handshakes.",
    }.items():
        infos = {text for level, text in run.log(keyword) if level == "INFO" and not text.startswith("${")}
        assert infos == {line}
        assert "canary" not in str(run.log(keyword))


def test_bad_input(run_tests: RunTests):
    none = "There is no WebSocket server: use `Start WebSocket Server` first."
    cases = {
        "Get Handshake Requests": none,
        "Set Handshake Response    401": none,
        "Set Handshake Response    401    times=often": (
            "ValueError: Argument 'times' got value 'often' that cannot be converted to integer or None."
        ),
        "Set Handshake Response    101    delay=-1s": "The argument 'delay' is negative: -1 seconds.",
    }
    run = run_tests(cases_by_number(cases))
    assert run.failures == {f"Case {number}": message for number, message in enumerate(cases.values())}
