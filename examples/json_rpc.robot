*** Settings ***
Documentation       JSON-RPC 2.0 over WebSocket. The library's test server stands in for the JSON-RPC server.

Library             RobotWebSocketLibrary    timeout=2s

Test Setup          Connect To A Silent Server
Test Tags           client    server    json

*** Variables ***
${TOKEN: Secret}        %{RPC_TOKEN=s3cret-t0ken-42}
${BEARER: Secret}       Bearer ${TOKEN}
${RESTART}              {"jsonrpc": "2.0", "method": "restart", "id": 1}

*** Test Cases ***
A Result Is Found By Its Id While Notifications Stay For Later
    VAR    &{done} =    jsonrpc=2.0    result=done    id={$.id}
    Add Server Reply    ==    build
    ...    {"jsonrpc": "2.0", "method": "progress", "params": {"percent": 50}}
    ...    {"jsonrpc": "2.0", "method": "progress", "params": {"percent": 100}}
    ...    ${done}
    ...    json_path=$.method
    ${answer} =    Send Request    {"jsonrpc": "2.0", "method": "build", "params": {"target": "docs"}, "id": 7}
    Should Be Equal    ${answer.result}    done
    ${first} =    Wait For Json Message    $.method    ==    progress
    ${second} =    Wait For Json Message    $.method    ==    progress
    Should Be Equal    ${first.params.percent}    ${50}
    Should Be Equal    ${second.params.percent}    ${100}

A Fast Answer Overtakes A Slow One
    Add Server Reply    ==    slow    {"jsonrpc": "2.0", "result": "late", "id": 1}
    ...    json_path=$.method    delay=300ms
    Add Server Reply    ==    fast    {"jsonrpc": "2.0", "result": "early", "id": 2}    json_path=$.method
    Send Json Message    {"jsonrpc": "2.0", "method": "slow", "id": 1}
    Send Json Message    {"jsonrpc": "2.0", "method": "fast", "id": 2}
    ${first} =    Wait For Json Message    $.id    timeout=2s
    ${second} =    Wait For Json Message    $.id    timeout=2s
    Should Be Equal    ${first.result}    early
    Should Be Equal    ${second.result}    late

The Third Call Is Answered With An Error
    VAR    &{greeting} =    jsonrpc=2.0    result=Hello, {$.params.name}!    id={$.id}
    Add Server Reply    ==    greet    ${greeting}    json_path=$.method    times=2
    Add Server Reply    ==    greet
    ...    ${{ {'jsonrpc': '2.0', 'error': {'code': -32000, 'message': 'Too many calls'}, 'id': '{$.id}'} }}
    ...    json_path=$.method
    Send Json Message    {"jsonrpc": "2.0", "method": "greet", "params": {"name": "Ann"}, "id": 1}
    Send Json Message    {"jsonrpc": "2.0", "method": "greet", "params": {"name": "Bob"}, "id": 2}
    Send Json Message    {"jsonrpc": "2.0", "method": "greet", "params": {"name": "Eve"}, "id": 3}
    Wait For Json Message    $.result    ==    Hello, Ann!
    Wait For Json Message    $.result    ==    Hello, Bob!
    ${answer} =    Wait For Json Message    $.error.code    ==    ${-32000}
    Should Be Equal    ${answer.error.message}: ${answer.id}    Too many calls: 3

A Notification Gets No Answer
    Add Server Reply    ==    log    json_path=$.method
    Send Json Message    {"jsonrpc": "2.0", "method": "log", "params": ["user logged in"]}
    Should Not Receive Message    within=300ms
    ${unmatched} =    Get Unmatched Messages
    Should Be Empty    ${unmatched}

A Batch Is Answered With One Batch
    Add Server Reply    ==    add
    ...    [{"jsonrpc": "2.0", "result": 9, "id": 2}, {"jsonrpc": "2.0", "result": 3, "id": 1}]
    ...    json_path=$[*].method
    VAR    ${batch} =
    ...    [{"jsonrpc": "2.0", "method": "add", "params": [1, 2], "id": 1},
    ...    {"jsonrpc": "2.0", "method": "log", "params": ["no answer"]},
    ...    {"jsonrpc": "2.0", "method": "add", "params": [4, 5], "id": 2}]
    Send Json Message    ${batch}
    ${answers} =    Wait For Json Message    $[?@.id == 1].result    ==    ${3}
    Length Should Be    ${answers}    2
    Should Be Equal    ${answers[0].result}    ${9}

A Shutdown Is Answered Before The Connection Closes
    Add Server Reply    ==    shutdown    {"jsonrpc": "2.0", "result": null, "id": 1}
    ...    json_path=$.method    close_code=GOING_AWAY
    Send Json Message    {"jsonrpc": "2.0", "method": "shutdown", "id": 1}
    Wait For Json Message    $.result    ==    ${None}
    Wait For Close    code=GOING_AWAY

A Method Of The Admin Path Is Unknown Elsewhere
    Add Server Reply    ==    restart    {"jsonrpc": "2.0", "result": "restarting", "id": 1}
    ...    json_path=$.method    path=/admin
    Add Server Reply    ==    ping    {"jsonrpc": "2.0", "result": "pong", "id": 2}    json_path=$.method
    Send Json Message    ${RESTART}
    Send Json Message    {"jsonrpc": "2.0", "method": "ping", "id": 2}
    # Messages are answered in order: after this answer, the server has seen both calls.
    Wait For Json Message    $.id    ==    ${2}
    @{unmatched} =    Get Unmatched Messages
    Should Be Equal    ${unmatched}    ${{ [$RESTART] }}
    Open WebSocket    ${websocket.server.url}admin
    Send Json Message    ${RESTART}
    Wait For Json Message    $.result    ==    restarting

The Test Answers A Call By Hand
    ${server} =    Wait For Client
    Send Json Message    {"jsonrpc": "2.0", "method": "add", "params": [2, 3], "id": 11}
    ${call} =    Wait For Json Message    $.method    ==    add    connection=${server}
    Should Be Equal    ${call.params}    ${{ [2, 3] }}
    Answer By Hand    ${call}    ${5}    ${server}
    ${answer} =    Wait For Json Message    $.id    ==    ${11}
    Should Be Equal    ${answer.result}    ${5}

The Test Answers Two Calls By Hand In Reverse Order
    ${server} =    Wait For Client
    Send Json Message    {"jsonrpc": "2.0", "method": "read", "params": ["a.txt"], "id": 1}
    Send Json Message    {"jsonrpc": "2.0", "method": "read", "params": ["b.txt"], "id": 2}
    ${call_a} =    Wait For Json Message    $.params    contains    a.txt    connection=${server}
    ${call_b} =    Wait For Json Message    $.params    contains    b.txt    connection=${server}
    Answer By Hand    ${call_b}    text of b    ${server}
    Answer By Hand    ${call_a}    text of a    ${server}
    ${answer} =    Wait For Json Message    $.id    ==    ${1}
    Should Be Equal    ${answer.result}    text of a
    Wait For Json Message    $.result    ==    text of b

A Wrong Token Is Refused And The Right One Reaches The Server
    [Setup]    Start WebSocket Server    default_protocol=silent
    Set Handshake Response    401    body={"error": "invalid token"}    times=1
    VAR    &{wrong} =    Authorization=Bearer wrong
    Open WebSocket    ${websocket.server.url}    headers=${wrong}    expected_status=401
    Should Be Equal    ${websocket.response.text}    {"error": "invalid token"}
    VAR    &{right} =    Authorization=${BEARER}
    Open WebSocket    ${websocket.server.url}    headers=${right}
    ${server} =    Wait For Client
    Should Be True    $server.request.headers['Authorization'] == $BEARER.value

The Server Lets In After Being Unavailable Twice
    [Setup]    Start WebSocket Server    default_protocol=silent
    Set Handshake Response    503    times=2
    Wait Until Keyword Succeeds    5x    100ms    Open WebSocket    ${websocket.server.url}
    ${requests} =    Get Handshake Requests
    Length Should Be    ${requests}    3
    Should Be Equal As Integers    ${requests[0].status}    503
    Should Be Equal As Integers    ${requests[1].status}    503
    Should Be Equal As Integers    ${requests[2].status}    101

A Server That Never Answers The Handshake Fails The Open In Time
    [Setup]    Start WebSocket Server    default_protocol=silent
    Set Handshake Response    NONE
    Run Keyword And Expect Error    GLOB:Opening handshake with * failed: *sent no answer in 500 milliseconds.
    ...    Open WebSocket    ${websocket.server.url}    timeout=500ms

*** Keywords ***
Connect To A Silent Server
    [Documentation]    Starts a server that answers nothing but what a test scripts, and connects to it.
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}

Answer By Hand
    [Documentation]    Sends the result of a call from the server's end of the connection.
    [Arguments]    ${call}    ${result}    ${server}
    VAR    &{answer} =    jsonrpc=2.0    result=${result}    id=${call.id}
    Send Json Message    ${answer}    connection=${server}
