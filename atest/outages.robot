*** Settings ***
Documentation    Outages of the test server, and how applications that we did not write connect again.

Library          resources/RawClient.py
Library          resources/ReconnectingClient.py
Library          RobotWebSocketLibrary

Suite Setup         Start WebSocket Server    alias=lasting
Test Setup       Start WebSocket Server

*** Test Cases ***
Open Connections Are Closed And Attempts Get A Status
    [Documentation]    LOG 2.*    INFO    Suspended a WebSocket server.
    Open WebSocket    ${websocket.server.url}
    Suspend WebSocket Server    attempts=503
    Wait For Close    code=SERVICE_RESTART
    Open WebSocket    ${websocket.server.url}    expected_status=503
    Should Be Equal    ${websocket.response.text}    The server is suspended.\n
    Resume WebSocket Server
    Open WebSocket    ${websocket.server.url}

An Application Waits Longer Each Time
    Start Application    ${websocket.server.url}feed    0.2    0.4    0.8
    Wait For Client
    Suspend WebSocket Server    attempts=503
    ${attempts} =    Wait For Connection Attempts    3    path=/feed    timeout=20s
    Should Be Equal    ${attempts[2].outcome}    503
    Reconnect Delays Should Be    0.2s    0.4s    0.8s    tolerance=5s    path=/feed
    Resume WebSocket Server
    ${attempts} =    Wait For Connection Attempts    4    timeout=20s
    Should Be Equal    ${attempts[3].outcome}    accepted
    Wait For Client    path=/feed

An Application That Waits Too Briefly Fails The Test
    Start Application    ${websocket.server.url}feed    0.1
    Wait For Client
    Suspend WebSocket Server    attempts=RESET
    Run Keyword And Expect Error
    ...    REGEXP: Delays before 2 attempts on '/feed' were [.\\d]+ and [.\\d]+ seconds; expected 1000 and 2000 s.*
    ...    Reconnect Delays Should Be
    ...    1000s
    ...    2000s
    ...    path=/feed
    ...    timeout=20s

TCP Is Refused
    Skip If    sys.platform != 'linux'    Only Linux keeps a port that refuses TCP.
    Suspend WebSocket Server    attempts=REFUSE
    Run Keyword And Expect Error    Could not connect to '${websocket.server.url}': connection refused*
    ...    Open WebSocket    ${websocket.server.url}
    Run Keyword And Expect Error
    ...    Cannot wait for connection attempts at '${websocket.server.url}': nobody sees them while TCP is refused *
    ...    Wait For Connection Attempts    1
    Resume WebSocket Server
    Open WebSocket    ${websocket.server.url}

Nobody Is Answered
    Suspend WebSocket Server    attempts=SILENT
    Run Keyword And Expect Error    * failed: the server accepted TCP but sent no answer in 500 milliseconds.
    ...    Open WebSocket    ${websocket.server.url}    timeout=500ms
    ${attempts} =    Wait For Connection Attempts    1
    Should Be Equal    ${attempts[0].outcome}    silent

Open Connections Stay
    Open WebSocket    ${websocket.server.url}
    Suspend WebSocket Server    connections=KEEP
    Send Text Message    still here
    Wait For Message    ==    still here    timeout=10s

Nobody Comes
    Run Keyword And Expect Error
    ...    No connection attempt came to '${websocket.server.url}' for path '/feed' in 500 milliseconds.
    ...    Wait For Connection Attempts    1    path=/feed    timeout=500ms

Bad Input
    [Template]    Run Keyword And Expect Error
    Cannot answer attempts with the status 200: it must be from 300 to 599.
    ...    Suspend WebSocket Server    attempts=200
    The close code 1006 may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999.
    ...    Suspend WebSocket Server    code=1006
    The argument 'count' is 0; it must be at least 1.
    ...    Wait For Connection Attempts    0
    The arguments of `Reconnect Delays Should Be` are delays, such as${SPACE*2}1s${SPACE*4}2s${SPACE*4}4s.
    ...    Reconnect Delays Should Be
    The argument 'tolerance' is 'x%'; write one such as '25%' or '200ms'.
    ...    Reconnect Delays Should Be    1s    tolerance=x%

A Suspension Lasts As Long As Its Test
    [Setup]    Switch WebSocket Server    lasting
    Suspend WebSocket Server    attempts=503
    Open WebSocket    ${websocket.server.url}    expected_status=503

No Suspension Is Left
    [Setup]    Switch WebSocket Server    lasting
    Open WebSocket    ${websocket.server.url}
