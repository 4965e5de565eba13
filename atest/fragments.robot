*** Settings ***
Documentation       Messages in several frames, out and in.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Test Setup          Open Connection

*** Test Cases ***
A Message Leaves In Fragments
    [Documentation]    LOG 1.*    INFO    Sent a text message.
    ...    LOG 1.1    DEBUG    > 'Hel' (to be continued)
    ...    LOG 1.2    DEBUG    > continuation 'lo'
    Send Text Message    Hello    fragment_size=3
    Server Should Have Got    Hello    fragments=2

Fragments Can Have One Byte, And Split A Character
    Send Text Message    Grüße    fragment_size=1
    Server Should Have Got    Grüße    fragments=7
    Message Should Be    Grüße

Binary Messages Leave In Fragments
    Send Binary Message    ${{ bytes(5000) }}    fragment_size=2 KiB
    Server Should Have Got    ${{ bytes(5000) }}    fragments=3
    Message Should Be    ${{ bytes(5000) }}

What Fits Into One Frame Is Not Fragmented
    ${peer} =    Wait For Client
    FOR    ${size}    IN    5    6    1 MiB
        Send Text Message    Hello    fragment_size=${size}
        Server Should Have Got    Hello    fragments=1    peer=${peer}
    END

An Empty Message Is One Frame
    Send Text Message    ${EMPTY}    fragment_size=1
    Server Should Have Got    ${EMPTY}    fragments=1

The Echo Of A Fragmented Message Is Whole
    Send Text Message    Hello    fragment_size=1
    Message Should Be    Hello
    Should Be Equal    ${websocket.received.fragments}    ${1}

Control Frames Come Between Fragments
    ${url} =    Start Scripted Server    \x01\x03Hel\x89\x00\x00\x00\x8a\x00\x80\x02lo
    Open WebSocket    ${url}
    Message Should Be    Hello
    Should Be Equal    ${websocket.received.fragments}    ${3}
    Should Be Equal    ${websocket.received.size}    ${5}

Compressed Messages Leave In Fragments Too
    [Setup]    Open Connection    compression=True
    ${peer} =    Wait For Client
    Send Text Message    Hello    fragment_size=3
    Server Should Have Got    Hello    fragments=3    peer=${peer}
    Should Be Equal    ${peer.received.compressed_size}    ${7}

A Message Can Have 131,072 Fragments
    Send Text Message    ${{ 'x' * 131_072 }}    fragment_size=1
    Server Should Have Got    ${{ 'x' * 131_072 }}    fragments=131072

A Message Of More Fragments Ends The Connection
    [Documentation]    FAIL    No message from 'main': the server closed the connection with 1009 (message too big) \
    ...                the client sent a message of more than 131,072 fragments.
    Send Text Message    ${{ 'x' * 131_073 }}    fragment_size=1
    Wait For Message    timeout=60s

A Fragment Of No Bytes Is None
    [Documentation]    FAIL    The argument 'fragment_size' is 0 bytes; a fragment has at least 1 byte.
    Send Text Message    Hello    fragment_size=0

*** Keywords ***
Open Connection
    [Arguments]    &{options}
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main    &{options}

Server Should Have Got
    [Arguments]    ${expected}    ${fragments}    ${peer}=${NONE}
    IF    $peer is None
        ${peer} =    Wait For Client
    END
    ${message} =    Wait For Message    timeout=60s    connection=${peer}
    Should Be True    $message == $expected
    Should Be Equal As Integers    ${peer.received.fragments}    ${fragments}

Message Should Be
    [Arguments]    ${expected}
    ${message} =    Wait For Message    timeout=60s
    Should Be True    $message == $expected
