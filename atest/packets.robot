*** Settings ***
Documentation       Packets of a protocol that do not end where messages end.
Library             RobotWebSocketLibrary    timeout=20s
Test Setup          Connect

*** Test Cases ***
A Packet Comes In Several Messages
    [Documentation]    LOG 4.*    INFO    Received bytes.
    Send Binary Message    \x20\x02
    Send Text Message    text
    Send Binary Message    \x00\x00\x90\x03
    ${packet} =    Wait For Bytes    4
    Should Be Equal    ${packet}    \x20\x02\x00\x00    type=bytes
    ${rest} =    Take Messages
    Should Be Equal    ${rest}    ${{['text', b'\x90\x03']}}

Several Packets Come In One Message
    Send Binary Message    \x02ab\x03cde\x00
    VAR    @{packets} =    @{EMPTY}
    FOR    ${_}    IN RANGE    3
        ${length} =    Wait For Bytes    1
        ${packet} =    Wait For Bytes    ${length}[0]
        VAR    @{packets} =    @{packets}    ${packet}
    END
    Should Be Equal    ${packets}    ${{[b'ab', b'cde', b'']}}
    Should Not Receive Message    within=50ms

Lines Come In Any Messages
    Send Text Message    PI
    Send Text Message    NG\r\nINFO
    ${line} =    Wait For Bytes    until=\r\n    message_type=TEXT
    Should Be Equal    ${line}    PING\r\n
    ${rest} =    Wait For Message    timeout=20s
    Should Be Equal    ${rest}    INFO

Too Few Bytes Stay Where They Are
    [Documentation]    FAIL    Only 3 of 4 bytes from 'app' in 500 milliseconds; the connection is open.
    ...    1 message has arrived and stays in the inbox:
    ...    ${SPACE * 2}'abc'
    Send Binary Message    abc
    Wait For Bytes    4    timeout=500ms

A Delimiter Does Not Come
    [Documentation]    FAIL    No '\\r\\n' in 3 characters from 'app' in 500 milliseconds; the connection is open.
    ...    1 message has arrived and stays in the inbox:
    ...    ${SPACE * 2}'abc'
    Send Text Message    abc
    Wait For Bytes    until=\r\n    message_type=TEXT    timeout=500ms

Bad Input
    [Template]    Run Keyword And Expect Error
    `Wait For Bytes` needs either a 'count' or 'until', and not both.    Wait For Bytes    3    until=x
    The argument 'until' is empty.    Wait For Bytes    until=
    The argument 'message_type' is ANY; bytes are taken from messages of one type.
    ...    Wait For Bytes    3    message_type=ANY

*** Keywords ***
Connect
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=app
