*** Settings ***
Documentation       Robot Framework's timeouts interrupt every keyword that waits, and what it waited on stays usable.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Resource            resources/timeouts.resource

*** Variables ***
${A WHILE}      1 minute

*** Test Cases ***
Opening
    ${silent} =    Start Scripted Server    opens=False
    Should Be Interrupted    Open WebSocket    ${silent}    timeout=${A WHILE}
    Open Echo
    Connection Should Echo

Opening With TLS
    ${silent} =    Start Scripted Server    opens=False
    Should Be Interrupted    Open WebSocket    ${silent.replace('ws:', 'wss:')}    timeout=${A WHILE}
    Open Echo
    Connection Should Echo

Sending
    ${deaf} =    Start Scripted Server
    Open WebSocket    ${deaf}    alias=deaf
    Should Be Interrupted    Send Text Message    ${{ 'x' * 8_000_000 }}    timeout=${A WHILE}    connection=deaf
    Open Echo
    Connection Should Echo

Waiting For A Message
    Open Echo
    Should Be Interrupted    Wait For Message    timeout=${A WHILE}
    Connection Should Echo

Waiting For One Message Among Many
    Open Echo
    Send Text Message    another
    Should Be Interrupted    Wait For Message    equals    never    timeout=${A WHILE}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    another
    Connection Should Echo

Waiting For A JSON Message
    Open Echo
    Should Be Interrupted    Wait For Json Message    $.never    timeout=${A WHILE}
    Connection Should Echo

Waiting For Several Messages
    Open Echo
    Send Text Message    one
    Should Be Interrupted    Wait For Messages    2    timeout=${A WHILE}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    one
    Connection Should Echo

Waiting For What Must Not Come
    Open Echo
    Should Be Interrupted    Should Not Receive Message    within=${A WHILE}
    Connection Should Echo

Waiting For A Pong
    Open Echo
    Should Be Interrupted    Wait For Pong    nobody sent it    timeout=${A WHILE}
    Connection Should Echo

Waiting For A Ping
    Open Echo
    Should Be Interrupted    Wait For Ping    timeout=${A WHILE}
    Connection Should Echo

Waiting For A Close
    Open Echo
    Should Be Interrupted    Wait For Close    timeout=${A WHILE}
    Connection Should Echo

Waiting For A Client
    Start WebSocket Server
    Should Be Interrupted    Wait For Client    timeout=${A WHILE}
    Open WebSocket    ${websocket.server.url}
    Wait For Client    timeout=20s

Closing
    ${deaf} =    Start Scripted Server
    Open WebSocket    ${deaf}
    Should Be Interrupted    Close WebSocket    4001    timeout=${A WHILE}
    Close WebSocket    timeout=10ms
    Should Be Equal    ${websocket.state}    closed

Closing All
    ${deaf} =    Start Scripted Server
    Open WebSocket    ${deaf}    alias=deaf
    Open Echo
    Should Be Interrupted    Close All WebSockets    timeout=${A WHILE}
    Wait For Close    code=1000    timeout=20s
    Close WebSocket    connection=deaf    timeout=10ms

A Test Timeout Leaves The Connection To The Teardown
    [Documentation]    FAIL    Test timeout 2 seconds exceeded.
    [Timeout]    2 seconds    # for the setup too
    [Setup]    Open Echo
    Wait For Message    timeout=${A WHILE}
    [Teardown]    Connection Should Echo

*** Keywords ***
Open Echo
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}

Connection Should Echo
    Send Text Message    still here
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    still here
