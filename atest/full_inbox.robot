*** Settings ***
Documentation       A full inbox: reading pauses, the peer is slowed down, and nothing is lost.
Library             resources/Warnings.py
Library             RobotWebSocketLibrary    inbox_limit=1
Resource            resources/timeouts.resource
Test Setup          Fill The Inbox

*** Test Cases ***
Reading Pauses And A Warning Says So
    Warning Should Be Logged    Connection 'full': reading paused: the inbox is full (1 message *

Every Message Is Received In Order
    FOR    ${expected}    IN    one    two    three
        ${message} =    Wait For Message    timeout=20s
        Should Be Equal    ${message}    ${expected}
    END

Waiting For A Type That Cannot Come Any More Fails At Once
    [Documentation]    FAIL    No binary message from 'full': the inbox is full (1 message).
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'one' is a text message
    Wait For Message    message_type=BINARY    timeout=1 minute

Waiting For A Message That Cannot Come Any More Fails At Once
    [Documentation]    FAIL    No message equal to 'two' from 'full': the inbox is full (1 message).
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'one' is not equal to 'two'
    Wait For Message    ==    two    timeout=1 minute

What Must Not Come Could Still Come
    [Documentation]    FAIL    Cannot check that no message comes from 'full': the inbox is full (1 message).
    Should Not Receive Message    ==    two    within=1 minute

More Messages Than The Inbox Holds Cannot Be Waited For
    [Documentation]    FAIL    The argument 'count' is 2; it must be from 1 to 1, the most that an inbox holds.
    Wait For Messages    2    timeout=1 minute

Closing Does Not Wait For The Test To Take The Messages
    ${status} =    Close WebSocket    timeout=60s
    Should Be Equal    ${status}    1000 (normal closure)
    ${message} =    Wait For Message
    Should Be Equal    ${message}    one

Stopping A Server Whose Client Does Not Read Is Interrupted And Can Be Repeated
    Should Be Interrupted    Stop WebSocket Server
    Stop WebSocket Server
    Start WebSocket Server    port=${websocket.server.port}

*** Keywords ***
Fill The Inbox
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}    alias=full
    ${peer} =    Wait For Client
    Send Text Message    one    connection=${peer}
    Send Text Message    two    connection=${peer}
    Send Text Message    three    connection=${peer}
    Send Ping    connection=${peer}
    Run Keyword And Expect Error    No pong from '*' in 200 milliseconds; the connection is open.
    ...    Wait For Pong    timeout=200ms    connection=${peer}
