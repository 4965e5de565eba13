*** Settings ***
Documentation       A question and its answer in one keyword.
Library             RobotWebSocketLibrary
Test Setup          Connect To Server

*** Test Cases ***
The Answer With The Same Id Is Returned
    [Documentation]    LOG 1.*    INFO    Received the answer to a request.
    ${answer} =    Send Request    {"method": "add", "params": [2, 3]}
    Should Be Equal    ${answer.result}    ${5}
    Should Be Equal    ${answer.id}    ${1}
    ${rest} =    Take Messages
    Should Be Equal    ${rest}    ${{['{"event": "tick"}']}}

An Id That Is Given Stays
    VAR    &{request} =    method=add    id=${7}
    ${answer} =    Send Request    ${request}
    Should Be Equal    ${answer.id}    ${7}

An Error Is An Answer Too
    ${answer} =    Send Request    {"method": "divide"}
    Should Be Equal    ${answer.error.code}    ${-32601}

An Array Has Its Id In A Place
    ${answer} =    Send Request    [2, "19223201", "Heartbeat", {}]    id=$[1]
    Should Be Equal    ${answer}[2][now]    ${0}

No Answer Comes
    Run Keyword And Expect Error
    ...    No reply with '$.id' equal to 1 (integer) from 'app' in 200 milliseconds; *
    ...    Send Request    {"method": "silent"}    timeout=200ms

*** Keywords ***
Connect To Server
    Start WebSocket Server    default_protocol=silent
    Add Server Reply    ==    add    {"event": "tick"}    {"id": {$.id}, "result": 5}    json_path=$.method
    Add Server Reply    ==    divide    {"id": {$.id}, "error": {"code": -32601}}    json_path=$.method
    Add Server Reply    ==    Heartbeat    [3, "{$[1]}", {"now": 0}]    json_path=$[2]
    Open WebSocket    ${websocket.server.url}    alias=app
