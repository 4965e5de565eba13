*** Settings ***
Documentation       An application that should have connected, and has not: what the failure says about it.
Library             resources/OtherClients.py
Library             resources/RawClient.py
Library             RobotWebSocketLibrary
Test Setup          Start WebSocket Server

*** Variables ***
@{HANDSHAKE}        Host: localhost    Upgrade: websocket    Connection: Upgrade    Sec-WebSocket-Version: 13
...                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

*** Test Cases ***
The Application Never Connected
    Wait Should Fail    : nobody has connected at all.

The Application Speaks A Subprotocol That The Server Does Not Know
    [Documentation]    LOG 2.4.1:1    DEBUG    GLOB:    server ! client 127.0.0.1:*: handshake was refused: '/' with 4*
    Websockets Should Have Failed    ocpp2.0
    Wait Should Fail    .
    ...    1 handshake was refused: '/' with 400, it offered 'ocpp2.0'; * (protocols={'ocpp2.0': 'silent'} adds it)

The Application Does Not Trust The Certificate
    Start WebSocket Server    tls=True
    ${reaction} =    Reaction Of Node    ${websocket.server.url}
    Should Contain    ${reaction}    certificate
    Wait Should Fail    .    1 * certificate, and does not seem to trust it

The Application Speaks Plain TCP To A TLS Port
    Start WebSocket Server    tls=True
    ${url} =    Evaluate    $websocket.server.url.replace('wss', 'ws')
    ${reaction} =    Reaction Of Node    ${url}
    Should Not Be Equal    ${reaction}    opened
    Wait Should Fail    .
    ...    1 TLS handshake failed: the client spoke plain TCP (ws://) to this server, which speaks TLS (wss://)

The Application Speaks TLS To A Plain Port
    ${url} =    Evaluate    $websocket.server.url.replace('ws', 'wss')
    ${reaction} =    Reaction Of Node    ${url}
    Should Not Be Equal    ${reaction}    opened
    Wait Should Fail    .    1 client spoke TLS (wss://) to this server, which speaks plain TCP (ws://)

The Server Is Full
    Start WebSocket Server    max_clients=1
    Open WebSocket    ${websocket.server.url}first
    Wait For Client
    Websockets Should Have Failed
    Wait Should Fail    .
    ...    1 handshake was refused: '/' with 503, the server has reached its limit of 1 client (max_clients)
    ...    1 client was returned before: '/first' from 127.0.0.1:*

A Test Has Scripted A Refusal And Forgotten It
    Set Handshake Response    503
    Websockets Should Have Failed
    Wait Should Fail    .    1 handshake was refused: '/' with 503, as set by `Set Handshake Response`

The Page Comes From Elsewhere
    Answer To    ${websocket.server.port}    GET /app HTTP/1.1    @{HANDSHAKE}    Origin: https://shop.example
    Wait Should Fail    .
    ...    1 handshake was refused: '/app' with 403, pages of 'https://shop.example' may not connect (allowed_origins=https://shop.example allows them)

The Application Asks For Another Path
    ${reaction} =    Reaction Of Websockets    ${websocket.server.url}chat
    Should Be Equal    ${reaction}    opened
    Wait Should Fail    .    1 client for path '/chat' waits    path=/room

The Application Begins With Plain HTTP
    Answer To    ${websocket.server.port}    GET /hub/negotiate?token=1 HTTP/1.1    Host: localhost
    Answer To    ${websocket.server.port}    GET /hub/negotiate?token=2 HTTP/1.1    Host: localhost
    Wait Should Fail    .    2 plain HTTP requests got 426: GET /hub/negotiate

The Application Speaks Another Protocol
    Answer To    ${websocket.server.port}    SSH-2.0-OpenSSH_9.2
    Wait Should Fail    .    1 request could not be read: *; it begins 'SSH-2.0-OpenSSH_9.2'

The Application Was Returned Before
    ${reaction} =    Reaction Of Websockets    ${websocket.server.url}
    Should Be Equal    ${reaction}    opened
    Wait For Client
    Wait Should Fail    .    1 client was returned before: '/' from 127.0.0.1:*

The Server Is Suspended
    Suspend WebSocket Server    attempts=503
    Websockets Should Have Failed
    Wait Should Fail    .    1 attempt met the suspended server: '/' with 503

*** Keywords ***
Wait Should Fail
    [Documentation]    Waits for a client, and compares the failure: how its first line ends, and its further lines.
    [Arguments]    ${end}    @{lines}    ${path}=${None}
    ${what} =    Set Variable If    $path    client for path '${path}'    client
    VAR    ${sentence} =    No ${what} connected to '${websocket.server.url}' in 200 milliseconds${end}
    ${message} =    Catenate    SEPARATOR=\n    ${sentence}    @{lines}
    Run Keyword And Expect Error    ${message}    Wait For Client    path=${path}    timeout=200ms

Websockets Should Have Failed
    [Arguments]    @{subprotocols}
    ${reaction} =    Reaction Of Websockets    ${websocket.server.url}    @{subprotocols}
    Should Match    ${reaction}    server rejected WebSocket connection: HTTP *
