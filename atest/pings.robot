*** Settings ***
Documentation       Pings and pongs, in both directions.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Test Setup          Open Connection

*** Test Cases ***
A Ping Is Answered And The Round Trip Returned
    [Documentation]    LOG 1.*    INFO    Sent a ping.
    ...    LOG 2.*    INFO    Received a pong.
    Send Ping    are you there
    ${seconds} =    Wait For Pong    timeout=20s
    Should Be True    0 < ${seconds} < 20

Pongs Can Be Asked For In Any Order
    Send Ping    one
    Send Ping    two
    Wait For Pong    two    timeout=20s
    Wait For Pong    one    timeout=20s

A Ping Of The Largest Size Is Answered
    Send Ping    ${{ b'\xff' * 125 }}
    Wait For Pong    timeout=20s

The Server's Ping Is Answered Without A Keyword
    ${peer} =    Wait For Client
    Send Ping    from the server    connection=${peer}
    Wait For Pong    timeout=20s    connection=${peer}
    ${body} =    Wait For Ping    timeout=20s
    Should Be Equal    ${body}    from the server    type=bytes

Pings Are Told One After The Other
    ${peer} =    Wait For Client
    Send Ping    one    connection=${peer}
    Send Ping    two    connection=${peer}
    ${one} =    Wait For Ping    timeout=20s
    ${two} =    Wait For Ping    timeout=20s
    Should Be Equal    ${{ $one + $two }}    onetwo    type=bytes

A Ping Does Not Count As A Message
    Send Ping
    Wait For Pong    timeout=20s
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    none

A Pong That Nobody Asked For Has No Round Trip
    ${url} =    Start Scripted Server    \x8a\x05hello
    Open WebSocket    ${url}
    ${seconds} =    Wait For Pong    hello    timeout=20s
    Should Be Equal    ${seconds}    ${None}

A Pong Can Be Sent Without A Ping
    [Documentation]    LOG 2.*    INFO    Sent a pong.
    ${peer} =    Wait For Client
    Send Pong    still here
    ${seconds} =    Wait For Pong    still here    timeout=20s    connection=${peer}
    Should Be Equal    ${seconds}    ${None}

A Pong After The Close Fails
    [Documentation]    FAIL    Cannot send to 'main': closed with 1000 (normal closure).
    Close WebSocket
    Send Pong

A Pong That Does Not Come Fails At The Deadline
    [Documentation]    FAIL    No pong from 'deaf' in 200 milliseconds; the connection is open.
    ${url} =    Start Scripted Server
    Open WebSocket    ${url}    alias=deaf
    Send Ping
    Wait For Pong    timeout=200ms

A Pong With Another Body Does Not Count
    [Documentation]    FAIL    No pong from 'main' in 200 milliseconds; the connection is open.
    Send Ping    one
    Wait For Pong    two    timeout=200ms

A Ping That Does Not Come Fails At The Deadline
    [Documentation]    FAIL    No ping from 'main' in 200 milliseconds; the connection is open.
    Wait For Ping    timeout=200ms

Waiting For A Pong Ends With The Connection
    [Documentation]    FAIL    No pong from 'main': the server closed the connection with 1001 (going away).
    Send Ping    one
    Wait For Pong    timeout=20s
    Stop WebSocket Server
    Wait For Pong    one    timeout=1 minute

Waiting For A Pong Without A Ping Fails
    [Documentation]    FAIL    Cannot wait for a pong from 'main': no ping was sent and no body was given.
    Wait For Pong

A Ping After The Close Fails
    [Documentation]    FAIL    Cannot send to 'main': closed with 1000 (normal closure).
    Close WebSocket
    Send Ping

*** Keywords ***
Open Connection
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main
