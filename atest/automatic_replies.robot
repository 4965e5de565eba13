*** Settings ***
Documentation       What one end of a connection answers and sends by itself, while the test does other things.
Library             resources/FailingReplies.py
Library             RobotWebSocketLibrary    timeout=20s
Test Setup          Start WebSocket Server    default_protocol=silent

*** Test Cases ***
A Heartbeat Is Answered And Stays Out Of The Inbox
    [Documentation]    LOG 2:*    INFO    Added an automatic reply.
    ${peer} =    Connect
    Add Automatic Reply    ==    2    3
    Send Text Message    hello    connection=${peer}
    Send Text Message    2    connection=${peer}
    Send Text Message    bye    connection=${peer}
    Wait For Message    ==    3    connection=${peer}
    Wait For Message    ==    bye
    ${rest} =    Take Messages
    Should Be Equal    ${rest}    ${{['hello']}}

A Heartbeat That Came Before Is Answered Too
    Add Server Greeting    welcome    2
    ${peer} =    Connect
    Wait For Message    ==    welcome
    Add Automatic Reply    ==    2    3
    Wait For Message    ==    3    connection=${peer}
    Should Not Receive Message    within=50ms

Replies Are Templates
    ${peer} =    Connect
    VAR    &{pong} =    type=pong    payload={$.payload}
    Add Automatic Reply    ==    ping    ${pong}    json_path=$.type
    Send Json Message    {"type": "ping", "payload": [1, 2]}    connection=${peer}
    ${answer} =    Wait For Json Message    $.type    ==    pong    connection=${peer}
    Should Be Equal    ${answer.payload}    ${{[1, 2]}}

Replies Can Wait And Be Used Up
    ${peer} =    Connect
    Add Automatic Reply    matches    ^PING (\\d+)    PONG {1}    delay=20ms    times=1
    Send Text Message    PING 7    connection=${peer}
    Send Text Message    PING 8    connection=${peer}
    Wait For Message    ==    PONG 7    connection=${peer}
    Wait For Message    ==    PING 8

A Message Without An Answer Only Stays Out
    ${peer} =    Connect
    Add Automatic Reply    ==    tick
    Send Text Message    tick    connection=${peer}
    Send Text Message    next    connection=${peer}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    next

A Failure Does Not List Heartbeats
    [Documentation]    FAIL    GLOB: No message equal to 'hello' from 'app' in 500 milliseconds; the connection is open.
    ...    1 message has arrived and stays in the inbox:
    ...    ${SPACE * 2}'other' is not equal to 'hello'
    ...    messages that nobody took: 1 from 'ws://127.0.0.1:*/ (client 127.0.0.1:*)'
    ${peer} =    Connect
    Add Automatic Reply    ==    2    3
    Send Text Message    2    connection=${peer}
    Send Text Message    other    connection=${peer}
    Send Ping    connection=${peer}
    Wait For Pong    connection=${peer}
    Wait For Message    ==    hello    timeout=500ms

The Server's End Answers By Itself Too
    ${peer} =    Connect
    Add Automatic Reply    ==    ping    pong    connection=${peer}
    Send Text Message    ping
    Wait For Message    ==    pong

A Callable Makes The Reply
    ${peer} =    Connect
    Add Automatic Reply    starts    up    ${{ str.upper }}
    Send Text Message    upper    connection=${peer}
    Wait For Message    ==    UPPER    connection=${peer}

A Callable That Fails Closes The Connection
    [Documentation]    FAIL    No message equal to 'x' from 'app': a reply failed: KeyError: 'symbols'.
    ${peer} =    Connect
    ${get_price} =    Get Price Of
    Add Automatic Reply    starts    {    ${get_price}
    Send Text Message    {}    connection=${peer}
    Wait For Close    code=1011
    Wait For Message    ==    x

Messages Are Sent Again And Again
    [Documentation]    LOG 2:*    INFO    Began to send messages again and again.
    ${peer} =    Connect
    Send Messages Every    20ms    h    ${{b'\xff'}}
    ${messages} =    Wait For Messages    4    connection=${peer}
    Should Be Equal    ${messages}    ${{['h', b'\xff', 'h', b'\xff']}}

Removing Ends Both
    [Documentation]    LOG 4:*    INFO    Removed the automatic replies.
    ${peer} =    Connect
    Add Automatic Reply    ==    2    3
    Send Messages Every    1h    h
    Remove Automatic Replies
    Send Text Message    2    connection=${peer}
    Wait For Message    ==    2
    Should Not Receive Message    within=50ms    connection=${peer}

*** Keywords ***
Connect
    Open WebSocket    ${websocket.server.url}    alias=app
    ${peer} =    Wait For Client
    RETURN    ${peer}
