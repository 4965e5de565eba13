*** Settings ***
Documentation       One constant line for each keyword, and on DEBUG level what was on the wire.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Test Setup          Open Connection

*** Test Cases ***
What Is Sent Is Logged On Debug Level
    [Documentation]    LOG 1.*    INFO    Sent a text message.
    ...    LOG 1.1    DEBUG    > 'hello'
    ...    LOG 2.*    INFO    Sent a binary message.
    ...    LOG 2.*    DEBUG    > binary '\\x00\\xff'
    ...    LOG 3.*    INFO    Sent a ping.
    ...    LOG 3.*    DEBUG    > ping 'are you there'
    ...    LOG 4.*    INFO    Closed a WebSocket connection.
    ...    LOG 4.*    DEBUG    > close 4001 (private use) done
    ...    LOG 4.*    DEBUG    < close 4001 (private use) done
    Send Text Message    hello
    Send Binary Message    \x00\xff
    Send Ping    are you there
    Close WebSocket    4001    done

What Is Received Is Logged On Debug Level
    [Documentation]    LOG 3.*    INFO    Closed a WebSocket connection.
    ...    LOG 3.1    DEBUG    > close 1000 (normal closure)
    ...    LOG 3.2    DEBUG    < 'late'
    ...    LOG 3.3    DEBUG    < ping 'hi'
    ...    LOG 3.4    DEBUG    < binary '\\xff' (to be continued)
    ...    LOG 3.5    DEBUG    < continuation ''
    ...    LOG 3.6    DEBUG    < close 1000 (normal closure) bye
    ${url} =    Start Scripted Server
    ...    answers=\x81\x04late\x89\x02hi\x02\x01\xff\x80\x00\x88\x05\x03\xe8bye    then=leave
    Open WebSocket    ${url}
    Close WebSocket

What The Server Saw Is Logged Too
    [Documentation]    LOG 1.*    DEBUG    server < close 1001 (going away)
    ...    LOG 1.*    DEBUG    server > close 1001 (going away)
    Close WebSocket    GOING_AWAY

A Long Message Is Cut In The Log
    [Documentation]    LOG 1.1    DEBUG    REGEXP: > 'x{200}…' \\(1,000,000 bytes\\)
    Send Text Message    ${{ 'x' * 1_000_000 }}

Control Characters Are Escaped
    [Documentation]    LOG 1.*    DEBUG    > '\\x1b[31mred\\x00\\nline'
    Send Text Message    \x1b[31mred\x00\nline

The Last Hundred Frames Of A Keyword Are Logged
    [Documentation]    LOG 3.1    DEBUG    earlier frames are not shown
    ...    LOG 3.2    DEBUG    < 'x'
    ...    LOG 3.101    DEBUG    < close 1000 (normal closure)
    ...    LOG 3.103    NONE
    ${url} =    Start Scripted Server    answers=${{ b'\x81\x01x' * 150 + b'\x88\x02\x03\xe8' }}    then=leave
    Open WebSocket    ${url}
    Close WebSocket

An End That No Frame Tells Of Is Told
    [Documentation]    LOG 3.*    DEBUG    > close 1000 (normal closure)
    ...    LOG 3.*    DEBUG    ! the server did not answer our close frame 1000 (normal closure)
    ${url} =    Start Scripted Server
    Open WebSocket    ${url}
    Close WebSocket    timeout=50ms

HTML That A Peer Sends Is Not Rendered
    [Documentation]    FAIL    No message from 'main': \
    ...                the server closed the connection with 4001 (private use) *HTML*<b>bold</b>.
    ${peer} =    Wait For Client
    Close WebSocket    4001    *HTML*<b>bold</b>    connection=${peer}
    Wait For Message    timeout=20s

Secrets Do Not Show
    [Documentation]    LOG 2.*    INFO    Opened a WebSocket connection.
    ...    LOG 2.1    DEBUG    REGEXP: > GET /\\?token=\\*{3}; Upgrade: websocket; .*; Authorization: \\*{3}
    ...    LOG 2.2    DEBUG    REGEXP: server < GET /\\?token=\\*{3}; Upgrade: websocket; .*; Authorization: \\*{3}
    ...    LOG 2.3    DEBUG    GLOB: server > HTTP 101 Switching Protocols; Upgrade: websocket; *
    ...    LOG 2.4    DEBUG    GLOB: < HTTP 101 Switching Protocols; Upgrade: websocket; *
    ...    LOG 2.6    NONE
    VAR    ${password: Secret} =    %{HOME=canary}
    Open WebSocket    ${websocket.server.url}?token=canary    username=user    password=${password}
    Should Be Equal    ${websocket.url}    ${websocket.server.url}?token=***
    Should Not Contain    ${websocket.response.headers}    Authorization

*** Keywords ***
Open Connection
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main
