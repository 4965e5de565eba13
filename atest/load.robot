*** Settings ***
Documentation       Many connections from one keyword, with peers of the package websockets.
Library             RobotWebSocketLibrary    timeout=60s
Test Setup          Start WebSocket Server    default_protocol=silent

*** Test Cases ***
A Broadcast Is Awaited On Hundred Connections
    [Documentation]    LOG 2:*    INFO    Opened WebSocket connections.
    ...    LOG 4:*    INFO    Received a message on all connections.
    VAR    &{headers} =    Authorization=Bearer token-{n}
    Open WebSockets    ${websocket.server.url}user/{n}    100    alias=user    headers=${headers}
    Broadcast Message    hello
    ${times} =    Wait For Message On All    ==    hello    connections=user*
    Should Be Equal As Integers    ${times.count}    100
    Should Be True    0 <= ${times.p50} <= ${times.p90} <= ${times.p99} <= ${times.maximum}

All Of Them Send And Close
    @{users} =    Open WebSockets    ${websocket.server.url}    10    alias=user
    Send Text Message    hello    connection=user*
    ${clients} =    Get Clients
    Wait For Message On All    ==    hello    connections=${clients}
    @{statuses} =    Close WebSocket    GOING_AWAY    connection=${users}
    Should Be Equal As Integers    ${{ sum(status.code == 1001 for status in $statuses) }}    10

Who Got Nothing Is Named
    [Documentation]    FAIL    1 of 3 connections received a message equal to 'hello' in 500 milliseconds. \
    ...    Missing: 'user1', 'user3' (all open).
    Open WebSockets    ${websocket.server.url}user/{n}    3    alias=user
    Broadcast Message    hello    path=/user/2
    Wait For Message On All    ==    hello    timeout=500ms

One That Cannot Be Opened Closes All
    [Documentation]    FAIL GLOB:    1 of 3 connections could not be opened, and all were closed.
    ...    Opening handshake with 'ws://127.0.0.1:*/user/2' failed: the server answered 503 Service Unavailable instead of 101.
    Set Handshake Response    503    path=/user/2
    Open WebSockets    ${websocket.server.url}user/{n}    3    alias=user

How Long An Answer Took
    Start WebSocket Server
    Add Server Reply    ==    ask    answer    delay=50ms
    Open WebSocket    ${websocket.server.url}
    Send Text Message    ask
    Wait For Message    ==    answer
    Should Be True    0.04 < ${websocket.received.since_sent} < 60
    Should Be True    ${websocket.received.time} > 1e9
