*** Settings ***
Documentation       Starting, stopping and switching test servers, and their ends of connections.
Library             resources/Ports.py
Library             resources/RawClient.py
Library             RobotWebSocketLibrary

*** Variables ***
@{UPGRADE}      Upgrade: websocket    Connection: Upgrade    Sec-WebSocket-Version: 13
...             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

*** Test Cases ***
A Server Listens On A Free Port Of This Machine
    [Documentation]    LOG 1:*    INFO    Started a WebSocket server.
    ${server} =    Start WebSocket Server
    Should Be Equal    ${server.url}    ws://127.0.0.1:${websocket.server.port}/
    Should Be Equal    ${server.host}    127.0.0.1
    Should Be Equal    ${server.ca_file}    ${None}
    Should Be True    ${server.port} > 0

A Stopped Server Frees Its Port At Once
    [Documentation]    LOG 4.*    INFO    Stopped a WebSocket server.
    ${port} =    Hold Port
    Start WebSocket Server    port=${port}
    Open WebSocket    ${websocket.server.url}
    Stop WebSocket Server
    Start WebSocket Server    port=${port}
    Open WebSocket    ${websocket.server.url}

Stopping Tells The Clients
    Start WebSocket Server
    ${first} =    Open WebSocket    ${websocket.server.url}
    ${second} =    Open WebSocket    ${websocket.server.url}
    Stop WebSocket Server
    ${status} =    Wait For Close    code=GOING_AWAY    connection=${first}
    Should Be Equal    ${status.initiator}    server
    Wait For Close    code=GOING_AWAY    connection=${second}

Stopping Without A Server Is Harmless
    [Documentation]    LOG 1:*    INFO    There was no current WebSocket server.
    Stop WebSocket Server

A Server Can Listen On IPv6
    Start WebSocket Server    ::1
    Should Be Equal    ${websocket.server.url}    ws://[::1]:${websocket.server.port}/
    Open WebSocket    ${websocket.server.url}
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    hello

A Server For Every Interface Has A URL For This Machine
    Start WebSocket Server    0.0.0.0
    Should Be Equal    ${websocket.server.url}    ws://127.0.0.1:${websocket.server.port}/
    Open WebSocket    ${websocket.server.url}

Several Servers Run At Once
    ${first} =    Start WebSocket Server    alias=first
    ${second} =    Start WebSocket Server    alias=second
    Should Be Equal    ${websocket.server}    ${second}
    ${previous} =    Switch WebSocket Server    first
    Should Be Equal    ${previous}    ${second}
    Should Be Equal    ${websocket.server}    ${first}
    Open WebSocket    ${second.url}
    Wait For Client    server=second

One Of Several Servers Is Stopped
    Start WebSocket Server    alias=first
    ${other} =    Open WebSocket    ${websocket.server.url}
    Start WebSocket Server    alias=second
    ${mine} =    Open WebSocket    ${websocket.server.url}
    Stop WebSocket Server    server=second
    Wait For Close    code=1001    connection=${mine}
    Should Be Equal    ${other.state}    open
    Switch WebSocket Server    first
    Open WebSocket    ${websocket.server.url}

Clients Are Handed Out Once And In Order
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}one
    Open WebSocket    ${websocket.server.url}two
    ${one} =    Wait For Client
    ${two} =    Wait For Client
    Should Be Equal    ${one.request.path} ${two.request.path}    /one /two
    Run Keyword And Expect Error
    ...    No client connected to '${websocket.server.url}' in 500 milliseconds.\n2 clients were returned before: *
    ...    Wait For Client    timeout=500ms

A Client Can Be Chosen By Path
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}one
    Open WebSocket    ${websocket.server.url}two?room=1
    ${two} =    Wait For Client    path=/two
    Should Be Equal    ${two.request.target}    /two?room=1
    Run Keyword And Expect Error
    ...    No client for path '/three' connected to '${websocket.server.url}' in 500 milliseconds.\n1 * '/one' waits
    ...    Wait For Client    path=/three    timeout=500ms

A Client Can Be Chosen By Subprotocol
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}
    Open WebSocket    ${websocket.server.url}    subprotocols=silent
    ${peer} =    Wait For Client    subprotocol=silent
    Should Be Equal    ${peer.subprotocol}    silent

Waiting For A Client Leaves The Current Connection
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=mine
    Wait For Client
    Should Be Equal    ${websocket.alias}    mine

All Open Clients Are Handed Out
    [Documentation]    LOG 5:*    INFO    Got the clients of a WebSocket server.
    Start WebSocket Server
    ${first} =    Open WebSocket    ${websocket.server.url}one
    Open WebSocket    ${websocket.server.url}two
    ${two} =    Wait For Client    path=/two
    ${clients} =    Get Clients
    Should Be True    [client.request.path for client in $clients] == ['/one', '/two'] and $clients[1] is $two
    Run Keyword And Expect Error    No client connected to '${websocket.server.url}' in 500 milliseconds.\n2 clients *
    ...    Wait For Client    timeout=500ms
    Close WebSocket    connection=${first}
    ${clients} =    Get Clients
    Should Be Equal    ${clients}    ${{ [$two] }}

Open Clients Can Be Chosen
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}one
    Open WebSocket    ${websocket.server.url}two    subprotocols=silent
    ${clients} =    Get Clients    subprotocol=silent
    Should Be Equal    ${clients[0].request.path}    /two
    ${clients} =    Get Clients    path=/one
    Length Should Be    ${clients}    1
    ${clients} =    Get Clients    path=/one    subprotocol=silent
    Should Be Empty    ${clients}

A Message Goes To All Clients
    [Documentation]    LOG 4.*    INFO    Broadcast a message.
    Start WebSocket Server    default_protocol=silent
    ${first} =    Open WebSocket    ${websocket.server.url}
    ${second} =    Open WebSocket    ${websocket.server.url}chat
    ${all} =    Broadcast Message    to all
    ${one} =    Broadcast Message    ${{ b'\x00\xff' }}    path=/chat
    Should Be Equal    ${all} ${one}    2 1
    ${text} =    Wait For Message    timeout=20s    connection=${first}
    Should Be Equal    ${text}    to all
    ${messages} =    Wait For Messages    2    timeout=20s    connection=${second}
    Should Be Equal    ${messages}    ${{ ['to all', b'\x00\xff'] }}

A Message To Nobody
    Start WebSocket Server
    ${count} =    Broadcast Message    is anybody there?
    Should Be Equal    ${count}    ${0}

The Server's End Has What The Client Sent
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}
    Send Text Message    before
    ${peer} =    Wait For Client
    Send Binary Message    after
    ${before} =    Wait For Message    timeout=20s    connection=${peer}
    ${after} =    Wait For Message    timeout=20s    connection=${peer}
    Should Be Equal    ${before}    before
    Should Be Equal    ${after}    after    type=bytes

A Server Without Room Refuses Further Clients
    Start WebSocket Server    max_clients=1
    Open WebSocket    ${websocket.server.url}
    Open WebSocket    ${websocket.server.url}    expected_status=503
    Should Be Equal    ${websocket.response.text}    The server has reached its limit of 1 client.\n

A Request Of An Older HTTP Version Is Refused
    Start WebSocket Server
    ${answer} =    Answer To    ${websocket.server.port}    GET / HTTP/1.0    Host: localhost    @{UPGRADE}
    Answer Should Be    ${answer}    400 Bad Request
    ...    The request uses HTTP/1.0; the opening handshake needs HTTP/1.1 or higher.

A Request Without Host Is Refused
    Start WebSocket Server
    ${answer} =    Answer To    ${websocket.server.port}    GET / HTTP/1.1    @{UPGRADE}
    Answer Should Be    ${answer}    400 Bad Request
    ...    The request must have one header 'Host', which names the server.

A Request That Breaks HTTP Is Refused
    [Template]    Request Should Be Malformed
    GET \ HTTP/1.1    X: a    not an HTTP request line: 'GET \ HTTP/1.1'
    GET / HTTP/1.1    X: a\rY: b    not an HTTP header: 'X: a\\rY: b'
    GET / HTTP/1.1    X: a\x00b    not an HTTP header: 'X: a\\x00b'

A Request With Too Many Bytes Is Refused
    Start WebSocket Server
    VAR    ${long} =    X: ${{ 'x' * 7000 }}
    ${answer} =    Answer To    ${websocket.server.port}    GET / HTTP/1.1    Host: localhost    @{{ [$long] * 5 }}
    Answer Should Be    ${answer}    431 Request Header Fields Too Large
    ...    The request is too large: all headers together are longer than 32768 bytes.

A Plain Request Is Told What The Server Is
    Start WebSocket Server
    ${answer} =    Answer To    ${websocket.server.port}    GET / HTTP/1.1    Host: localhost
    Answer Should Be    ${answer}    426 Upgrade Required
    ...    This is a WebSocket server: connect with a WebSocket client, not with plain HTTP.

A Server Accepts Messages Up To Its Limit
    Start WebSocket Server    max_message_size=1 KiB
    Open WebSocket    ${websocket.server.url}
    Send Text Message    ${{ 'x' * 1024 }}
    Wait For Message    timeout=20s
    Send Text Message    ${{ 'x' * 1025 }}
    ${status} =    Wait For Close    code=MESSAGE_TOO_BIG    timeout=20s
    ${reason} =    Catenate    the client sent a message of at least 1,025 bytes,
    ...    over the limit of 1,024 bytes ('max_message_size')
    Should Be Equal    ${status.reason}    ${reason}

A Foreign Origin Is Refused And The Next Keyword Warns
    [Documentation]    LOG 2.1    WARN    GLOB: Test server 'ws://127.0.0.1:*/': a page of the origin \
    ...                'https://example.org' was refused; name it in `allowed_origins` to let it connect.
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    origin=https://example.org    expected_status=403
    Should Contain    ${websocket.response.text}    allowed_origins

Without A Folder For Temporary Files There Is No Throw-Away Certificate
    [Documentation]    FAIL    Cannot make a certificate: its files cannot be written: No such file or directory.
    Evaluate    setattr(tempfile, 'tempdir', '/nonexistent')    modules=tempfile
    Start WebSocket Server    tls=True
    [Teardown]    Evaluate    setattr(tempfile, 'tempdir', None)    modules=tempfile

A Page That Tries Again And Again Is One Warning
    [Documentation]    LOG 3.*    WARN    GLOB: Test server 'ws://127.0.0.1:*/': a page of the origin \
    ...                'https://example.org' was refused; name it in `allowed_origins` to let it connect (20 times).
    Start WebSocket Server
    Repeat Keyword    20 times    Answer To    ${websocket.server.port}
    ...    GET / HTTP/1.1    Host: localhost    Origin: https://example.org    @{UPGRADE}
    Get Clients

Origins Of This Machine Are Let In
    [Template]    Origin Should Be Answered With
    http://localhost    101
    http://localhost:3000    101
    https://127.0.0.1:8443    101
    http://[::1]:8080    101

Other Origins Are Refused
    [Template]    Origin Should Be Answered With
    null    403
    file://    403
    https://localhost.example.org    403
    http://127.0.0.1.example.org    403
    http://example.org/localhost    403
    localhost    403

Allowed Origins Are Let In
    Start WebSocket Server    allowed_origins=https://example.org, null
    Open WebSocket    ${websocket.server.url}    origin=https://example.org
    Open WebSocket    ${websocket.server.url}    origin=null
    Open WebSocket    ${websocket.server.url}    origin=https://example.com    expected_status=403

*** Keywords ***
Answer Should Be
    [Arguments]    ${answer}    ${status}    ${text}
    Should Start With    ${answer}    HTTP/1.1 ${status}\r\n
    Should End With    ${answer}    \r\n\r\n${text}\n

Request Should Be Malformed
    [Arguments]    ${line}    ${header}    ${reason}
    Start WebSocket Server
    ${answer} =    Answer To    ${websocket.server.port}    ${line}    Host: localhost    ${header}    @{UPGRADE}
    Answer Should Be    ${answer}    400 Bad Request    The request cannot be read: ${reason}.

Origin Should Be Answered With
    [Arguments]    ${origin}    ${status}
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    origin=${origin}    expected_status=${status}
    Should Be Equal As Integers    ${websocket.response.status}    ${status}
