*** Settings ***
Documentation       Text and binary messages, out and in.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Test Setup          Open Connection

*** Test Cases ***
Text Comes Back As Text
    [Documentation]    LOG 1.*    INFO    Sent a text message.
    ...    LOG 2.*    INFO    Received a message.
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    hello

Text Of All Planes Comes Back
    Send Text Message    å € 漢 😀
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    å € 漢 😀

An Empty Message Is A Message
    Send Text Message    ${EMPTY}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    ${EMPTY}
    Should Be Equal    ${websocket.msgstate}    received
    Send Binary Message    ${EMPTY}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    ${EMPTY}    type=bytes

Text That Looks Like A Named Argument Is Escaped
    Send Text Message    message\=hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    message=hello

Binary Comes Back As Bytes
    [Documentation]    LOG 1.*    INFO    Sent a binary message.
    Send Binary Message    \x00\xff
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    \x00\xff    type=bytes

Binary Can Be Written In Several Ways
    [Template]    Both Bytes Should Come Back
    \x00\xff
    ${{ b'\x00\xff' }}
    ${{ bytearray(b'\x00\xff') }}
    \\x00\\xff    encoding=escaped
    00 ff    encoding=hex
    00FF    encoding=hex
    AP8=    encoding=base64

A Million Characters Come Back
    VAR    ${text} =    ${{ 'å' * 1_000_000 }}
    Send Text Message    ${text}
    ${message} =    Wait For Message    timeout=60s
    Should Be True    $message == $text

Messages Come In The Order In Which They Were Sent
    FOR    ${number}    IN RANGE    100
        Send Text Message    ${number}
    END
    FOR    ${number}    IN RANGE    100
        ${message} =    Wait For Message    timeout=20s
        Should Be Equal    ${message}    ${number}    type=str
    END

Checking Tells That Nothing Is There
    [Documentation]    LOG 1:*    INFO    GLOB:    Checked without waiting: no message was there. *
    ${message} =    Wait For Message
    Should Be Equal    ${message}    ${None}
    Should Be Equal    ${websocket.msgstate}    none

Checking Takes What Is There
    Send Text Message    first
    Send Ping
    Wait For Pong    # the echo came before it
    ${message} =    Wait For Message
    Should Be Equal    ${message}    first
    Should Be Equal    ${websocket.msgstate}    received
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    none

Checking A Closed Connection Never Fails
    Send Text Message    last
    Send Ping
    Wait For Pong
    Close WebSocket
    ${message} =    Wait For Message
    Should Be Equal    ${message}    last
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    closed

Waiting For One Type Leaves The Other
    Send Text Message    text
    Send Binary Message    binary
    ${binary} =    Wait For Message    message_type=BINARY    timeout=20s
    ${text} =    Wait For Message    message_type=TEXT    timeout=20s
    Should Be Equal    ${binary}    binary    type=bytes
    Should Be Equal    ${text}    text

Checking For One Type Leaves The Other
    Send Text Message    text
    Send Ping
    Wait For Pong    timeout=20s
    Wait For Message    message_type=BINARY
    Should Be Equal    ${websocket.msgstate}    none
    ${text} =    Wait For Message    message_type=TEXT
    Should Be Equal    ${text}    text

Waiting In Vain Fails At The Deadline
    [Documentation]    FAIL    No message from 'main' in 200 milliseconds; \
    ...                the connection is open, and nothing has arrived.
    Wait For Message    timeout=200ms

Waiting In Vain For One Type Says So
    [Documentation]    FAIL    No binary message from 'main' in 200 milliseconds; the connection is open.
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'text' is a text message
    Send Text Message    text
    Wait For Message    message_type=BINARY    timeout=200ms

A Wait That Failed Loses Nothing
    Run Keyword And Expect Error    No message from 'main' in 500 milliseconds; the connection is open, and nothing *
    ...    Wait For Message    timeout=500ms
    Should Be Equal    ${websocket.msgstate}    timeout
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    hello

Waiting Fails At Once When The Peer Closes
    [Documentation]    FAIL    No message from 'main': the server closed the connection with 4001 (private use) done.
    ${peer} =    Wait For Client
    Close WebSocket    4001    done    connection=${peer}
    Wait For Message    timeout=1 minute

Waiting Fails At Once When The Connection Is Lost
    [Documentation]    FAIL    No message from 'lost': \
    ...                connection lost: the server closed TCP without a close frame (1006).
    ${url} =    Start Scripted Server    then=leave
    Open WebSocket    ${url}    alias=lost
    Wait For Message    timeout=1 minute

Waiting Fails At Once When The Connection Is Reset
    [Documentation]    FAIL    No message from 'reset': \
    ...                connection lost: the server reset the connection (1006).
    [Tags]    reset
    ${url} =    Start Scripted Server    then=reset
    Open WebSocket    ${url}    alias=reset
    Wait For Message    timeout=1 minute

A Connection Lost In The Middle Of A Message Says So
    [Documentation]    FAIL    No message from 'cut': connection lost: the server closed TCP without a close frame \
    ...                in the middle of a frame (3 of 10 bytes) (1006).
    ${url} =    Start Scripted Server    \x82\x0a123    then=leave
    Open WebSocket    ${url}    alias=cut
    Wait For Message    timeout=1 minute

Messages That Came Before The Close Are Still Received
    ${peer} =    Wait For Client
    Send Text Message    one    connection=${peer}
    Send Text Message    two    connection=${peer}
    Close WebSocket    connection=${peer}
    Wait For Close    timeout=20s
    ${one} =    Wait For Message    timeout=20s
    ${two} =    Wait For Message    timeout=20s
    Should Be Equal    ${one} ${two}    one two
    Run Keyword And Expect Error    No message from 'main': the server closed the connection with 1000 (normal closure).
    ...    Wait For Message    timeout=20s
    Should Be Equal    ${websocket.msgstate}    closed

Messages In Fragments Are Put Together
    ${url} =    Start Scripted Server    \x01\x03Hel\x89\x00\x80\x02lo
    Open WebSocket    ${url}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    Hello

A Frame Against The Rules Ends The Connection
    [Documentation]    FAIL    No message from 'bad': protocol error by the server: a masked frame from a server.
    ${url} =    Start Scripted Server    \x81\x81abcd1
    Open WebSocket    ${url}    alias=bad
    Wait For Message    timeout=1 minute

Text That Is No UTF-8 Ends The Connection
    [Documentation]    FAIL    No message from 'bad': \
    ...                protocol error by the server: invalid UTF-8 in a text message at byte 1.
    ${url} =    Start Scripted Server    \x81\x02a\xff
    Open WebSocket    ${url}    alias=bad
    Wait For Message    timeout=1 minute

A Message Over The Limit Ends The Connection
    [Documentation]    FAIL    No message from 'small': \
    ...                the server sent a message of at least 1,025 bytes, \
    ...                over the limit of 1,024 bytes ('max_message_size').
    Open WebSocket    ${websocket.server.url}    alias=small    max_message_size=1 KiB
    Send Text Message    ${{ 'x' * 1025 }}
    Wait For Message    timeout=20s

Sending On A Closed Connection Fails
    [Documentation]    FAIL    Cannot send to 'main': closed with 4001 (private use).
    Close WebSocket    4001
    Send Text Message    hello

Sending To A Peer That Does Not Read Fails At The Deadline
    [Documentation]    FAIL GLOB:    Cannot send to 'deaf': only * of * bytes were sent in 300 milliseconds; \
    ...                the connection is broken and was closed.
    ${url} =    Start Scripted Server
    Open WebSocket    ${url}    alias=deaf
    Send Text Message    ${{ 'x' * 8_000_000 }}    timeout=300ms

A Connection Broken By Half A Message Stays Closed
    ${url} =    Start Scripted Server
    Open WebSocket    ${url}    alias=deaf
    Run Keyword And Expect Error    Cannot send to 'deaf': only *
    ...    Send Text Message    ${{ 'x' * 8_000_000 }}    timeout=300ms
    Should Be Equal    ${websocket.state}    closed
    Run Keyword And Expect Error    Cannot send to 'deaf': connection broken: only *    Send Text Message    hello

*** Keywords ***
Open Connection
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main

Both Bytes Should Come Back
    [Arguments]    ${argument}    ${encoding}=bytes
    Send Binary Message    ${argument}    encoding=${encoding}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    \x00\xff    type=bytes
