*** Settings ***
Documentation       JSON in a wrapper: what is around it, and several records in one message.
Library             RobotWebSocketLibrary    timeout=20s
Test Setup          Connect

*** Variables ***
${RECORDS}      ([^\x1e]+)\x1e

*** Test Cases ***
Json Is Found In Its Wrapper
    Send Text Message    43["chat","other"]
    Send Text Message    42["chat","hello"]
    ${event} =    Wait For Json Message    $[0]    ==    chat    inside=^42(.*)$
    Should Be Equal    ${event}[1]    hello
    ${rest} =    Take Messages
    Should Be Equal    ${rest}    ${{['43["chat","other"]']}}

A Failure Says Where The Pattern Does Not Match
    [Documentation]    FAIL    No JSON message with '$[0]' from 'app' in 500 milliseconds; the connection is open.
    ...    3 messages have arrived and stay in the inbox:
    ...    ${SPACE * 2}'43["chat"]' does not match '^42(.*)$', so there is no JSON inside
    ...    ${SPACE * 2}'42[' has something inside that is not JSON: Expecting value at position 2
    ...    ${SPACE * 2}'42{"room":1}' has nothing at '$[0]'
    Send Text Message    43["chat"]
    Send Text Message    42[
    Send Text Message    42{"room":1}
    Wait For Json Message    $[0]    inside=^42(.*)$    timeout=500ms

A Wait Takes One Record And The Others Stay In Its Place
    Send Text Message    {"type":1}\x1e{"type":6}\x1e{"type":3}\x1e
    Send Text Message    last
    ${ping} =    Wait For Json Message    $.type    ==    ${6}    inside=${RECORDS}
    Should Be Equal    ${ping.type}    ${6}
    ${first} =    Wait For Json Message    inside=${RECORDS}
    Should Be Equal    ${first.type}    ${1}
    @{rest} =    Wait For Messages    2    timeout=10s
    Should Be Equal    ${rest}    ${{['{"type":3}\x1e', 'last']}}

A Record Must Not Come
    [Documentation]    FAIL    GLOB: 'app' received a JSON message with '$.type' equal to 7 (integer): '{"type":1}*'.
    Send Text Message    {"type":1}\x1e{"type":7}\x1e
    Should Not Receive Message    ==    ${5}    json_path=$.type    inside=${RECORDS}    within=50ms
    Should Not Receive Message    ==    ${7}    json_path=$.type    inside=${RECORDS}

A Reply Is In A Wrapper
    Start WebSocket Server    default_protocol=silent
    Add Server Reply    ==    add    {"invocationId":"{$.invocationId}","result":5}\x1e
    ...    json_path=$.target    inside=${RECORDS}
    Open WebSocket    ${websocket.server.url}
    VAR    ${call} =    {"invocationId":"7","target":"add"}\x1e
    ${answer} =    Send Request    ${call}    id=$.invocationId    inside=${RECORDS}
    Should Be Equal    ${answer.result}    ${5}

Each Record Has Its Own Reply
    Start WebSocket Server    default_protocol=silent
    Add Server Reply    ==    ${1}    one    json_path=$.type    inside=${RECORDS}
    Add Server Reply    ==    ${6}    six    json_path=$.type    inside=${RECORDS}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    {"type":6}\x1e{"type":1}\x1e{"type":9}\x1e{"type":6}\x1e
    ${answers} =    Wait For Messages    3
    Should Be Equal    ${answers}    ${{['one', 'six', 'six']}}
    ${unmatched} =    Get Unmatched Messages
    Should Be Equal    ${unmatched}    ${{['{"type":9}\x1e']}}

A Heartbeat Among Other Records Is Answered
    Add Server Reply    ==    start    {"type":6}\x1e{"type":1}\x1e
    Add Server Reply    ==    go on    {"type":3}\x1e{"type":6}\x1e
    Add Server Reply    ==    pong
    Send Text Message    start
    Add Automatic Reply    ==    ${6}    pong    json_path=$.type    inside=${RECORDS}
    Send Text Message    go on
    ${rest} =    Wait For Messages    2
    Should Be Equal    ${rest}    ${{['{"type":1}\x1e', '{"type":3}\x1e']}}
    ${peer} =    Wait For Client
    Wait For Message    ==    pong    connection=${peer}

Bad Input
    [Template]    Run Keyword And Expect Error
    The pattern '^42' of 'inside' has no group: put the JSON in one, as in '^42(.*)$'.
    ...    Wait For Json Message    inside=^42
    The pattern '(' cannot be used: *    Wait For Json Message    inside=(
    The argument 'inside' needs a 'json_path', such as '$'.    Should Not Receive Message    inside=^42(.*)$
    The argument 'inside' needs a 'json_path', such as '$'.    Add Server Reply    ==    x    y    inside=^42(.*)$
    The argument 'inside' needs a 'json_path', such as '$'.    Add Automatic Reply    ==    x    y    inside=^42(.*)$

*** Keywords ***
Connect
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=app
