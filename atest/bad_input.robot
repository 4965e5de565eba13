*** Settings ***
Documentation       Each mistake gives one clear sentence, at once, and leaves nothing open.
Library             resources/Pages.py
Library             resources/Ports.py
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary

*** Test Cases ***
A URL With Another Scheme
    [Documentation]    FAIL    Invalid URL 'ftp://localhost/': a WebSocket URL starts with 'ws://' or 'wss://'.
    Open WebSocket    ftp://localhost/

A URL Without A Scheme
    [Documentation]    FAIL    Invalid URL 'localhost:8080': a WebSocket URL starts with 'ws://' or 'wss://'.
    Open WebSocket    localhost:8080

A URL Without A Host
    [Documentation]    FAIL    Invalid URL 'ws:///chat': it names no host.
    Open WebSocket    ws:///chat

A URL With A Fragment
    [Documentation]    FAIL    Invalid URL 'ws://localhost/#top': a WebSocket URL has no fragment; write '#' as '%23'.
    Open WebSocket    ws://localhost/#top

A URL With A Space
    [Documentation]    FAIL    Invalid URL: it contains a space or control character at position 15.
    Open WebSocket    ws://localhost\ /

A URL With A Line Break
    [Documentation]    FAIL    Invalid URL: it contains a space or control character at position 16.
    Open WebSocket    ws://localhost/\r\nX-Injected: yes

A Port Out Of Range
    [Documentation]    FAIL    Invalid URL 'ws://localhost:65536/': the port must be from 1 to 65535.
    Open WebSocket    ws://localhost:65536/

A Port That Is No Number
    [Documentation]    FAIL    Invalid URL 'ws://localhost:http/': the port must be from 1 to 65535.
    Open WebSocket    ws://localhost:http/

Port Zero
    [Documentation]    FAIL    Invalid URL 'ws://localhost:0/': the port must be from 1 to 65535.
    Open WebSocket    ws://localhost:0/

Nothing Listens
    ${port} =    Hold Port
    Run Keyword And Expect Error
    ...    Could not connect to 'ws://127.0.0.1:${port}/': connection refused (nothing listens on port ${port}).
    ...    Open WebSocket    ws://127.0.0.1:${port}/

The Server Of The Test Before Is Gone
    [Documentation]    FAIL GLOB:    Could not connect to '*': connection refused (nothing listens on port *).
    ...                A test server that was stopped had this port: use `Start WebSocket Server` first.
    Start WebSocket Server
    Stop WebSocket Server
    Open WebSocket    ${websocket.server.url}

A Name That Does Not Resolve
    [Documentation]    FAIL    Could not connect to 'ws://nosuch.invalid/': \
    ...                the host name 'nosuch.invalid' could not be resolved.
    Open WebSocket    ws://nosuch.invalid/    timeout=20s

A Server That Never Answers
    ${url} =    Start Scripted Server    opens=False
    Run Keyword And Expect Error
    ...    Opening handshake with '${url}' failed: the server accepted TCP but sent no answer in 1 second.
    ...    Open WebSocket    ${url}    timeout=1s

A Server That Answers Half
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the server's answer was not complete in 1 second (22 bytes came).
    ${url} =    Start Scripted Server    HTTP/1.1 101 Switching    opens=False
    Open WebSocket    ${url}    timeout=1s

A Server That Hangs Up
    ${url} =    Start Scripted Server    HTTP/1.1    opens=False    then=leave
    Run Keyword And Expect Error    Opening handshake with '${url}' failed: *.
    ...    Open WebSocket    ${url}

A Server That Speaks Another Protocol
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the answer is not HTTP: 'SSH-2.0-OpenSSH_9.2\\r\\n'; is this the right port?
    ${url} =    Start Scripted Server    SSH-2.0-OpenSSH_9.2\r\n    opens=False
    Open WebSocket    ${url}

A Web Server That Knows No WebSocket
    ${url} =    Serve Folder    ${CURDIR}/resources
    VAR    ${url} =    ${url.replace('http://', 'ws://')}
    Run Keyword And Expect Error
    ...    Opening handshake with '${url}/nothing' failed: the server answered 404 File not found instead of 101. *
    ...    Open WebSocket    ${url}/nothing
    Should Be Equal As Integers    ${websocket.response.status}    404

A Server With A Wrong Key
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the header 'Sec-WebSocket-Accept' of the answer is 'me', expected '*'.
    ${url} =    Start Scripted Server    opens=False
    ...    sends=HTTP/1.1 101 Hi\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: me\r\n\r\n
    Open WebSocket    ${url}

A Header With A Line Break
    [Documentation]    FAIL    Header 'X-Run' contains a line break (position 3).
    VAR    &{headers} =    X-Run=42\r\nX-Injected: yes
    Open WebSocket    ws://localhost/    headers=${headers}

A Header Name That Is None
    [Documentation]    FAIL    Invalid header name 'X Run': a header name consists of letters, digits and hyphens.
    VAR    &{headers} =    X Run=42
    Open WebSocket    ws://localhost/    headers=${headers}

A Header That Belongs To The Handshake
    [Documentation]    FAIL    The header 'Content-Length' belongs to the handshake and cannot be given.
    VAR    &{headers} =    Content-Length=5
    Open WebSocket    ws://localhost/    headers=${headers}

A Cookie With A Line Break
    [Documentation]    FAIL    Cookie 'session' contains a line break (position 4).
    VAR    &{cookies} =    session=abc\n
    Open WebSocket    ws://localhost/    cookies=${cookies}

An Origin With A Line Break
    [Documentation]    FAIL    Origin contains a line break (position 17).
    Open WebSocket    ws://localhost/    origin=http://localhost\r\nX-Injected: yes

A Subprotocol With A Space
    [Documentation]    FAIL    Invalid subprotocol 'chat v2': it has no spaces, commas or control characters.
    Open WebSocket    ws://localhost/    subprotocols=chat v2

A Subprotocol Twice
    [Documentation]    FAIL    A subprotocol was offered twice.
    Open WebSocket    ws://localhost/    subprotocols=chat, chat

A Negative Timeout
    [Documentation]    FAIL    The argument 'timeout' is negative: -1 seconds.
    Open WebSocket    ws://localhost/    timeout=-1s

A Misspelt Argument
    [Documentation]    FAIL    Keyword 'RobotWebSocketLibrary.Open WebSocket' expected 1 non-named argument, got 2.
    Open WebSocket    ws://localhost/    tiemout=2s    # robotcode: ignore[DataError]

A Ping Body Over 125 Bytes
    [Documentation]    FAIL    The body of a ping has 126 bytes; at most 125 are allowed.
    [Setup]    Open Connection
    Send Ping    ${{ 'x' * 126 }}

A Pong Body Over 125 Bytes
    [Documentation]    FAIL    The body of a pong has 126 bytes; at most 125 are allowed.
    [Setup]    Open Connection
    Send Pong    ${{ 'x' * 126 }}

A Close Code That May Not Be Sent
    [Template]    Close Code Should Be Refused
    1004
    1005
    1006
    1015
    999
    5000

A Close Code That Does Not Exist
    [Setup]    Open Connection
    Run Keyword And Expect Error
    ...    ValueError: Argument 'code' got value 'GOING_HOME' that cannot be converted to CloseCode or integer.
    ...    Close WebSocket    GOING_HOME

A Close Reason Over 123 Bytes
    [Documentation]    FAIL    The close reason has 124 bytes; 123 fit into a close frame.
    [Setup]    Open Connection
    Close WebSocket    1000    ${{ 'ä' * 62 }}

A Refused Close Leaves The Connection Open
    [Setup]    Open Connection
    Close Code Should Be Refused    1006
    Should Be Equal    ${websocket.state}    open

An Unknown Alias
    [Documentation]    FAIL    Non-existing alias 'chat': the known alias is 'main'.
    [Setup]    Open Connection
    Send Text Message    hello    connection=chat

An Unknown Alias Of A Server
    [Documentation]    FAIL    Non-existing alias 'main': no WebSocket server has an alias.
    Start WebSocket Server
    Wait For Client    server=main

Text That Is No Bytes
    [Setup]    Open Connection
    [Template]    Run Keyword And Expect Error
    Cannot convert '5 €' to bytes: every character must be from \\x00 to \\xff; for text there is `Send Text Message`.
    ...    Send Binary Message    5 €
    Cannot convert '\\x00 \\xff' to bytes: with encoding=escaped it must consist of \\xNN.
    ...    Send Binary Message    \\x00 \\xff    encoding=escaped
    Cannot convert '0x' to bytes: with encoding=hex it must consist of pairs of hexadecimal digits.
    ...    Send Binary Message    0x    encoding=hex
    Cannot convert 'AP' to bytes: it is not base64.
    ...    Send Binary Message    AP    encoding=base64

Half A Character
    [Documentation]    FAIL    Cannot send a text with half a surrogate pair (position 2).
    [Setup]    Open Connection
    Send Text Message    ${{ 'a\ud800' }}

A Port In Use
    Start WebSocket Server
    VAR    ${port} =    ${websocket.server.port}
    Run Keyword And Expect Error
    ...    Could not start a server: port ${port} of '127.0.0.1' is in use; with port 0 a free one is chosen.
    ...    Start WebSocket Server    port=${port}
    Open WebSocket    ${websocket.server.url}    # the first one is not harmed

A Server Port Out Of Range
    [Documentation]    FAIL    Could not start a server: the port 65536 is not between 0 and 65535.
    Start WebSocket Server    port=65536

A Server Host That Does Not Resolve
    [Documentation]    FAIL    Could not start a server: the host name 'nosuch.invalid' could not be resolved.
    Start WebSocket Server    nosuch.invalid

A Server Protocol That Does Not Exist
    [Documentation]    FAIL    Unknown behavior 'parrot': the test server knows echo, echo-broadcast, \
    ...                echo-broadcast-ping, time-broadcast, echo-server-close, silent.
    Start WebSocket Server    default_protocol=parrot

Waiting On A Closed Connection
    [Documentation]    FAIL    No message from 'main': closed with 1000 (normal closure).
    [Setup]    Open Connection
    Close WebSocket
    Wait For Message    timeout=1 minute

A Misspelt Argument Of A Server
    [Documentation]    FAIL    Could not start a server: 'defaultprotocol=silent' is not a host name, \
    ...                and no argument is called 'defaultprotocol': write default_protocol=.
    Start WebSocket Server    defaultprotocol=silent

No Server
    [Documentation]    FAIL STARTS:    There is no WebSocket server: use `Start WebSocket Server` first.
    Wait For Client

*** Keywords ***
Open Connection
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main

Close Code Should Be Refused
    [Arguments]    ${code}
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}
    Run Keyword And Expect Error
    ...    The close code ${code} may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999.
    ...    Close WebSocket    ${code}
