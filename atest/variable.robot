*** Settings ***
Documentation       What \${websocket} shows, in data, in IF and in Evaluate.
Library             RobotWebSocketLibrary
Test Setup          Start WebSocket Server

*** Variables ***
${WEBSOCKET}        ${NONE}    # robotcode: ignore[OverriddenByCommandLine] - declared for other editors

*** Test Cases ***
The Variable Is There Before Any Keyword
    [Setup]    No Operation
    Variable Should Exist    ${websocket.msgstate}

The State Of The Last Wait
    Open WebSocket    ${websocket.server.url}
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    none
    Send Text Message    hello
    Wait For Message    timeout=20s
    Should Be Equal    ${websocket.msgstate}    received
    Should Be Equal    ${websocket.message}    hello

The State After A Wait In Vain
    Open WebSocket    ${websocket.server.url}
    Send Text Message    hello
    Wait For Message    timeout=20s
    Run Keyword And Expect Error    *    Wait For Message    timeout=10ms
    Should Be Equal    ${websocket.msgstate}    timeout
    Should Be Equal    ${websocket.message}    hello
    Close WebSocket
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    closed

The Current Connection
    Open WebSocket    ${websocket.server.url}chat    alias=main    subprotocols=echo
    Should Be Equal    ${websocket.url}    ${websocket.server.url}chat
    Should Be Equal    ${websocket.alias}    main
    Should Be Equal    ${websocket.subprotocol}    echo
    Should Be Equal    ${websocket.state}    open
    Should Be Equal    ${websocket.close}    ${None}
    Close WebSocket    4001
    Should Be Equal    ${websocket.state}    closed
    Should Be Equal    ${websocket.close}    4001 (private use)
    Should Be Equal As Integers    ${websocket.close.code}    4001

The Current Server And, After It Has Stopped, The Last One
    VAR    ${port} =    ${websocket.server.port}
    Stop WebSocket Server
    Should Be Equal    ${websocket.server.port}    ${port}
    Should Be Equal    ${websocket.server.host}    127.0.0.1
    Should Be Equal    ${websocket.server.url}    ws://127.0.0.1:${port}/

A Stopped Server Is Not Kept
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}
    Send Text Message    hello
    Wait For Message    timeout=20s
    ${server} =    Evaluate    weakref.ref($websocket.server)    modules=weakref
    Close WebSocket
    Stop WebSocket Server
    Wait Until Keyword Succeeds    20s    100ms    Should Be Gone    ${server}
    Run Keyword And Expect Error
    ...    GLOB:Cannot use <WebSocketServer 'ws://127.0.0.1:*/': stopped> as a WebSocket server.
    ...    Get Handshake Requests    server=${websocket.server}

The Variable Works In Conditions And Expressions
    Open WebSocket    ${websocket.server.url}
    Wait For Message
    IF    $websocket.msgstate != 'none'    Fail
    IF    '${websocket.msgstate}' != 'none'    Fail
    WHILE    $websocket.msgstate == 'none'    limit=1
        Send Text Message    hello
        Wait For Message    timeout=20s
    END
    ${port} =    Evaluate    $websocket.server.port + 0
    Should Be Equal    ${port}    ${websocket.server.port}
    Should Be Equal    ${{ $websocket.message.upper() }}    HELLO

The Returned Connection Has The Same Attributes
    ${websocket} =    Open WebSocket    ${websocket.server.url}    alias=main
    Send Text Message    hello
    Wait For Message    timeout=20s
    Should Be Equal    ${websocket.msgstate}    received
    Should Be Equal    ${websocket.message}    hello
    Should Be Equal    ${websocket.alias}    main
    Should Be Equal As Integers    ${websocket.response.status}    101
    Open WebSocket    ${websocket.server.url}    alias=other
    Should Be Equal    ${websocket.alias}    main

*** Keywords ***
Should Be Gone
    [Arguments]    ${reference}
    Evaluate    gc.collect()    modules=gc
    Should Be Equal    ${{ $reference() }}    ${None}
