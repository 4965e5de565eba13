*** Settings ***
Documentation       Pings at an interval, and a server that does not answer them.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary

*** Test Cases ***
Pings Reach The Server At The Interval
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    ping_interval=20ms
    ${peer} =    Wait For Client
    FOR    ${_}    IN RANGE    3
        ${body} =    Wait For Ping    timeout=20s    connection=${peer}
        Should Match Regexp    ${{ $body.decode() }}    ^heartbeat [0-9a-f]{8}$
    END
    Should Be Equal    ${websocket.state}    open

A Server That Answers No Ping Fails The Connection
    [Documentation]    FAIL    No message from 'deaf': the server did not answer a ping in 100 milliseconds.
    Open Connection To A Deaf Server    pong_timeout=100ms
    Wait For Message    timeout=1 minute

The Close Status Tells Of The Missing Pong
    Open Connection To A Deaf Server    pong_timeout=100ms
    ${status} =    Wait For Close    code=1011    timeout=60s
    Should Be Equal    ${status}    1011 (internal error) the server did not answer a ping in 100 milliseconds
    Should Be Equal    ${status.initiator}    client
    Should Not Be True    ${status.clean}

A Pong May Take As Long As The Library's Timeout
    ${previous} =    Set WebSocket Defaults    timeout=300ms
    Open Connection To A Deaf Server    timeout=20s
    Run Keyword And Expect Error
    ...    No message from 'deaf': the server did not answer a ping in 300 milliseconds.
    ...    Wait For Message    timeout=1 minute
    [Teardown]    Set WebSocket Defaults    &{previous}

A Heartbeat Can Be A Default
    ${previous} =    Set WebSocket Defaults    ping_interval=20ms    pong_timeout=100ms
    ${url} =    Start Scripted Server
    Open WebSocket    ${url}    alias=deaf
    Run Keyword And Expect Error
    ...    No message from 'deaf': the server did not answer a ping in 100 milliseconds.
    ...    Wait For Message    timeout=1 minute
    Open WebSocket    ${url}    alias=deaf    pong_timeout=150ms
    Run Keyword And Expect Error
    ...    No message from 'deaf': the server did not answer a ping in 150 milliseconds.
    ...    Wait For Message    timeout=1 minute
    ${mine} =    Set WebSocket Defaults    &{previous}
    Should Be Equal    ${mine.ping_interval}    ${{ datetime.timedelta(milliseconds=20) }}
    Should Be Equal    ${mine.pong_timeout}    ${{ datetime.timedelta(milliseconds=100) }}
    Should Be Equal    ${previous.ping_interval}    ${None}
    [Teardown]    Set WebSocket Defaults    &{previous}

A Default Timeout For Pongs Needs A Default Interval
    [Documentation]    FAIL    The argument 'pong_timeout' needs a 'ping_interval'.
    Set WebSocket Defaults    pong_timeout=2s

Pongs Of The Heartbeat Are Not For The Test
    [Documentation]    FAIL    Cannot wait for a pong from 'main': no ping was sent and no body was given.
    Open Connection With A Heartbeat
    Wait For Pong    timeout=200ms

Pings Of The Test Are Its Own
    Open Connection With A Heartbeat
    FOR    ${number}    IN RANGE    20
        Send Ping    ${number}
        Wait For Pong    timeout=20s
    END
    Should Be Equal    ${websocket.state}    open

Large Messages Are No Reason To Fail
    Open Connection With A Heartbeat
    VAR    ${text} =    ${{ 'x' * 20_000_000 }}
    FOR    ${_}    IN RANGE    3
        Send Text Message    ${text}    timeout=60s
        Wait For Message    timeout=60s
        Should Be Equal    ${websocket.received.size}    ${20_000_000}
    END
    Should Be Equal    ${websocket.state}    open

Closing Ends The Heartbeat
    Open Connection With A Heartbeat
    ${status} =    Close WebSocket
    Should Be Equal    ${status}    1000 (normal closure)
    Wait Until Keyword Succeeds    20s    10ms    No Thread Should Be Left

A Timeout For Pongs Needs An Interval
    [Documentation]    FAIL    The argument 'pong_timeout' needs a 'ping_interval'.
    Open WebSocket    ws://localhost/    pong_timeout=2s

An Interval Of Zero Fails
    [Documentation]    FAIL    The argument 'ping_interval' is 0 seconds; it must be longer.
    Open WebSocket    ws://localhost/    ping_interval=0

A Timeout Of Zero Fails
    [Documentation]    FAIL    The argument 'pong_timeout' is 0 seconds; it must be longer.
    Open WebSocket    ws://localhost/    ping_interval=1s    pong_timeout=0

A Negative Interval Fails
    [Documentation]    FAIL    The argument 'ping_interval' is negative: -1 seconds.
    Open WebSocket    ws://localhost/    ping_interval=-1s

*** Keywords ***
No Thread Should Be Left
    [Documentation]    The heartbeat ends its thread by itself, a moment behind the connection.
    ${names} =    Evaluate    [thread.name for thread in threading.enumerate()]
    Should Not Contain    ${names}    heartbeat of main

Open Connection To A Deaf Server
    [Arguments]    &{options}
    ${url} =    Start Scripted Server
    Open WebSocket    ${url}    alias=deaf    ping_interval=20ms    &{options}

Open Connection With A Heartbeat
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main    ping_interval=10ms    pong_timeout=20s
