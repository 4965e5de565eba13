*** Settings ***
Documentation       Either end breaks the rules, and later keywords tell the truth about it.
...                 How clients that we did not write take it is told in peers/ and in browser.robot.
Library             resources/Warnings.py
Library             RobotWebSocketLibrary
Resource            resources/timeouts.resource
Test Setup          Open Both Ends

*** Test Cases ***
A Frame Leaves As It Was Told
    [Documentation]    LOG 1.*    INFO    Sent a frame.
    ...    LOG 1.1    DEBUG    > 'hello'
    Send Frame    TEXT    hello
    ${peer} =    Wait For Client
    ${message} =    Wait For Message    timeout=20s    connection=${peer}
    Should Be Equal    ${message}    hello

Raw Bytes Can Be A Frame
    [Documentation]    LOG 1.*    INFO    Sent raw bytes.
    ...    LOG 1.1    DEBUG    STARTS: ! sent 11 raw bytes '
    Send Raw Bytes    \x81\x85\x00\x00\x00\x00hello
    ${peer} =    Wait For Client
    ${message} =    Wait For Message    timeout=20s    connection=${peer}
    Should Be Equal    ${message}    hello

A Message In Frames Of Its Own
    ${peer} =    Wait For Client
    Send Frame    TEXT    Hel    fin=False    connection=${peer}
    Send Frame    PING    between    connection=${peer}
    Send Frame    CONTINUATION    lo    connection=${peer}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    Hello
    Wait For Pong    between    timeout=20s    connection=${peer}

An Illegal Frame Fails The Connection
    [Template]    Our Client Should Say
    a masked frame from a server    Send Frame    TEXT    hello    masked=True
    RSV1 set on a text frame (compression was not negotiated)    Send Frame    TEXT    hello    rsv1=True
    RSV2 and RSV3 set on a text frame (compression was not negotiated)
    ...    Send Frame    TEXT    hello    rsv2=True    rsv3=True
    reserved opcode 0x3    Send Frame    3
    reserved opcode 0xF    Send Frame    0xF
    a fragmented ping frame    Send Frame    PING    fin=False
    a pong frame with more than 125 bytes    Send Frame    PONG    ${{ b'x' * 126 }}
    invalid UTF-8 in a text message at byte 0    Send Frame    TEXT    \xff    code=1007

An Illegal Close Frame Or Length Fails The Connection
    [Template]    Our Client Should Say
    a close frame with the code 1005, which may not be sent    Send Frame    CLOSE    \x03\xed
    a close frame with half a close code    Send Frame    CLOSE    \x03
    invalid UTF-8 in a close reason at byte 0    Send Frame    CLOSE    \x03\xe8\xff    code=1007
    the highest bit of a 64-bit length is set    Send Frame    TEXT    length=9223372036854775808
    the length 5 is not written in the shortest form    Send Raw Bytes    \x81\x7e\x00\x05hello

An Unmasked Frame Of A Client Fails The Connection
    ${peer} =    Wait For Client
    Send Frame    TEXT    hello    masked=False
    ${status} =    Wait For Close    code=1002    timeout=20s    connection=${peer}
    Should Be Equal    ${status.reason}    protocol error by the client: an unmasked frame from a client

A Dropped Connection
    [Documentation]    FAIL    No message from 'main': connection lost: \
    ...                the server closed TCP without a close frame (1006).
    ${peer} =    Wait For Client
    Drop Connection    connection=${peer}
    Wait For Message    timeout=1 minute

A Reset Connection
    [Documentation]    FAIL    No message from 'main': connection lost: the server reset the connection (1006).
    [Tags]    reset
    ${peer} =    Wait For Client
    Drop Connection    connection=${peer}    reset=True
    Wait For Message    timeout=1 minute

A Connection Dropped In The Middle Of A Frame
    [Documentation]    FAIL    No message from 'main': connection lost: the server closed TCP without a close frame \
    ...                in the middle of a frame (5 of 4,096 bytes) (1006).
    ${peer} =    Wait For Client
    Send Frame    TEXT    hello    length=4096    connection=${peer}
    Drop Connection    connection=${peer}
    Wait For Message    timeout=1 minute

Whoever Drops A Connection Knows It
    [Documentation]    FAIL    Cannot send to 'main': our end reset TCP (1006).
    Drop Connection    reset=True
    Drop Connection
    Should Be Equal    ${websocket.close}    1006 (abnormal closure)
    ${status} =    Close WebSocket
    Should Be Equal    ${status.initiator}    none
    Send Frame    TEXT    late

A Frame On A Closed Connection
    [Documentation]    FAIL    Cannot send to 'main': closed with 1000 (normal closure).
    Close WebSocket
    Send Frame    TEXT    late

Raw Bytes On A Closed Connection
    [Documentation]    FAIL    Cannot send to 'main': closed with 1000 (normal closure).
    Close WebSocket
    Send Raw Bytes    late

An Opcode That No Frame Has
    [Documentation]    FAIL    The argument 'opcode' is 16; it can be 0 to 15.
    Send Frame    16

A Close Frame Of The Test Begins The Closing Handshake
    [Documentation]    LOG 1.1    DEBUG    > close 4001 (private use) bye
    Send Frame    CLOSE    \x0f\xa1bye
    ${status} =    Close WebSocket    1000
    Should Be Equal    ${status}    4001 (private use) bye
    Should Be True    ${status.clean}

A Ping Without Answer
    [Documentation]    FAIL    No pong from 'main' in 300 milliseconds; the connection is open.
    ${peer} =    Wait For Client
    Set Connection Behavior    answer_pings=False    connection=${peer}
    Send Ping    are you there
    Wait For Ping    timeout=20s    connection=${peer}
    Wait For Pong    timeout=300ms

A Close Without Answer
    ${peer} =    Wait For Client
    Set Connection Behavior    answer_close=False    connection=${peer}
    ${status} =    Close WebSocket    4001    timeout=300ms
    Should Be Equal    ${status}    1006 (abnormal closure)
    Warning Should Be Logged    Connection 'main': the server did not answer the close frame in 300 milliseconds.
    ${status} =    Wait For Close    timeout=20s    connection=${peer}
    Should Be Equal    ${status}    4001 (private use)
    Should Be Equal    ${status.initiator}    client
    Should Not Be True    ${status.clean}

A Close Without Answer Is Not The End Of TCP
    [Documentation]    FAIL GLOB:    'ws://127.0.0.1:* (client 127.0.0.1:*)' was not closed in 200 milliseconds; \
    ...                the client closed the connection with 4001 (private use), and got no answer.
    ${peer} =    Wait For Client
    Set Connection Behavior    answer_close=False    connection=${peer}
    Send Frame    CLOSE    \x0f\xa1
    Wait For Close    timeout=200ms    connection=${peer}

Closing An End That Does Not Answer Is Its Late Answer
    ${peer} =    Wait For Client
    Set Connection Behavior    answer_close=False    connection=${peer}
    Send Frame    CLOSE    \x0f\xa1
    ${status} =    Close WebSocket    connection=${peer}
    Should Be Equal    ${status}    4001 (private use)
    Should Be True    ${status.clean}

A Deaf End Hears Everything Later
    ${peer} =    Wait For Client
    Set Connection Behavior    reading=False    connection=${peer}
    FOR    ${text}    IN    one    two    three
        Send Text Message    ${text}
    END
    Should Not Receive Message    within=200ms    connection=${peer}
    Set Connection Behavior    reading=True    connection=${peer}
    FOR    ${text}    IN    one    two    three
        ${message} =    Wait For Message    timeout=20s    connection=${peer}
        Should Be Equal    ${message}    ${text}
    END

Who Sends To A Deaf End Has To Wait
    [Documentation]    FAIL GLOB:    Cannot send to 'main': only * of 16,777,230 bytes were sent in 500 milliseconds; \
    ...                the connection is broken and was closed.
    ${peer} =    Wait For Client
    Set Connection Behavior    reading=False    connection=${peer}
    Send Binary Message    ${{ bytes(16_777_216) }}    timeout=500ms

Sending To A Deaf End Can Be Interrupted
    ${peer} =    Wait For Client
    Set Connection Behavior    reading=False
    Should Be Interrupted    Send Binary Message    ${{ bytes(8_000_000) }}    timeout=1 minute    connection=${peer}
    Should Be Interrupted    Close WebSocket    timeout=1 minute    connection=${peer}
    Drop Connection    connection=${peer}

A Slow End Delays Its Frames
    ${peer} =    Wait For Client
    Set Connection Behavior    send_delay=1s    connection=${peer}
    Send Text Message    one    connection=${peer}
    Send Text Message    two    connection=${peer}
    Should Not Receive Message    within=250ms
    @{messages} =    Wait For Messages    2    timeout=60s
    Should Be Equal    ${messages}    ${{ ['one', 'two'] }}

A Slow End Delays Nobody Else
    ${peer} =    Wait For Client
    Open WebSocket    ${websocket.server.url}    alias=other
    ${quick} =    Wait For Client
    Set Connection Behavior    send_delay=1 hour    connection=${peer}
    Send Text Message    held back    connection=${peer}
    Send Text Message    hello    connection=${quick}
    Wait For Message    ==    hello    timeout=60s
    Should Not Receive Message    within=100ms    connection=main

A Delay Longer Than Any Timeout Holds Nobody Up
    ${peer} =    Wait For Client
    Set Connection Behavior    send_delay=1 hour    connection=${peer}
    Send Text Message    held back    timeout=100ms    connection=${peer}
    ${status} =    Close WebSocket    connection=${peer}
    Should Be Equal    ${status}    1000 (normal closure)
    Wait For Message    ==    held back

A Heartbeat Excuses A Server That Its Own End Does Not Hear
    Open WebSocket    ${websocket.server.url}    alias=deaf    ping_interval=20ms    pong_timeout=1s
    Set Connection Behavior    reading=False
    Run Keyword And Expect Error    'deaf' was not closed in 2 seconds; the connection is open.
    ...    Wait For Close    timeout=2 seconds
    Close WebSocket

Over TLS
    [Setup]    Open Both Ends    tls=True
    ${peer} =    Wait For Client
    Send Frame    3    connection=${peer}
    Wait For Close    code=1002    timeout=20s
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}
    Drop Connection    reset=True
    ${peer} =    Wait For Client    timeout=20s
    Wait For Close    code=1006    timeout=20s    connection=${peer}

What Misbehaves At The End Of A Test Neither Delays Nor Warns
    Set Connection Behavior    answer_pings=False    answer_close=False    reading=False    send_delay=1 hour
    Send Text Message    never sent

*** Keywords ***
Open Both Ends
    [Arguments]    ${tls}=False
    Start WebSocket Server    default_protocol=silent    tls=${tls}
    Open WebSocket    ${websocket.server.url}    alias=main    verify=${websocket.server.ca_file}

Our Client Should Say
    [Arguments]    ${reason}    @{keyword}    ${code}=1002    &{options}
    Open Both Ends
    ${peer} =    Wait For Client
    Run Keyword    @{keyword}    &{options}    connection=${peer}
    Run Keyword And Expect Error    EQUALS:No message from 'main': protocol error by the server: ${reason}.
    ...    Wait For Message    timeout=60s
    Should Be Equal As Integers    ${websocket.close.code}    ${code}
