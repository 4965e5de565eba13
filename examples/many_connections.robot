*** Settings ***
Documentation       Many users at once: each has a connection with a token of its own, and all get the news.
Library             RobotWebSocketLibrary    timeout=20s
Suite Setup         Start WebSocket Server    default_protocol=silent
Test Tags           client    load

*** Test Cases ***
Each Of Hundred Users Gets The News In Time
    VAR    &{headers} =    Authorization=Bearer token-{n}
    Open WebSockets    ${websocket.server.url}user/{n}    100    alias=user    headers=${headers}
    Broadcast Message    news
    ${times} =    Wait For Message On All    ==    news    connections=user*
    Log    Half of them had it after ${times.p50} seconds, the last one after ${times.maximum}.
    Should Be True    ${times.maximum} < 10

Some Of Them Leave
    Open WebSockets    ${websocket.server.url}guest/{n}    10    alias=guest
    Send Text Message    bye    connection=guest*
    @{statuses} =    Close WebSocket    GOING_AWAY    connection=guest*
    Length Should Be    ${statuses}    10
    Should Be Equal As Integers    ${statuses[0].code}    1001
