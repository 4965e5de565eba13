*** Settings ***
Documentation       How an application connects again after an outage.
...
...                 The server stands in for the application's server. The application here is a client of the library,
...                 which the keyword ``Application Connects`` lets connect; yours does that by itself.

Library             RobotWebSocketLibrary    timeout=5s
Test Setup          Start WebSocket Server
Test Tags           server    reconnect

*** Test Cases ***
An Outage Ends And The Application Is Back
    Application Connects    101
    Suspend WebSocket Server    attempts=503
    Wait For Close    code=SERVICE_RESTART
    Application Connects    503
    Resume WebSocket Server
    Application Connects    101
    ${attempts} =    Wait For Connection Attempts    2    path=/feed
    Should Be Equal    ${attempts[0].outcome}    503
    Should Be Equal    ${attempts[1].outcome}    accepted

The Application Comes Back At Once
    [Documentation]    One that waits longer before each attempt has delays such as 1s, 2s and 4s.
    Application Connects    101
    Suspend WebSocket Server    connections=DROP    attempts=503
    Application Connects    503
    Application Connects    503
    Reconnect Delays Should Be    0s    0s    path=/feed    tolerance=2s

Nothing Listens For A While
    Suspend WebSocket Server    attempts=REFUSE
    Run Keyword And Expect Error    *connection refused*    Application Connects    101
    Resume WebSocket Server
    Application Connects    101

*** Keywords ***
Application Connects
    [Arguments]    ${status}
    Open WebSocket    ${websocket.server.url}feed    expected_status=${status}
