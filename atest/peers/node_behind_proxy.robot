*** Settings ***
Documentation       A server of node's ws behind our proxy: our client finds it as it does without the proxy.
Resource            conversation.resource
Suite Setup         Run Keywords    Skip Without Node    AND    Start Peers    @{NODE}
Suite Teardown      Terminate All Processes    kill=True
Test Setup          Open Through Proxy

*** Test Cases ***
Text And Binary
    Text And Binary Should Come Back

One Message Among Others
    One Message Should Be Found Among Others

Messages Of A Megabyte
    Large Messages Should Come Back

Pings
    Pings Should Be Answered Both Ways

The Server Closes
    The Peer's Close Should Reach Us    server

A Subprotocol
    [Setup]    Open Through Proxy    subprotocols=chat, Chat.V2
    Both Ends Should Agree On The Subprotocol

No Subprotocol
    [Setup]    Open Through Proxy    subprotocols=unknown
    Should Be Equal    ${websocket.subprotocol}    ${NONE}
    Text And Binary Should Come Back

Compression
    [Setup]    Open Through Proxy    compression=True
    Compressed Messages Should Come Back

Fragments
    Fragments Should Be Put Together

Compressed Fragments
    [Setup]    Open Through Proxy    compression=True
    Fragments Should Be Put Together

A Heartbeat
    [Setup]    Open Through Proxy    alias=beating    ping_interval=20ms    pong_timeout=1s
    The Heartbeat Should Be Answered

TLS
    [Setup]    Open Through Proxy With TLS
    Text And Binary Should Come Back
    Large Messages Should Come Back
    Pings Should Be Answered Both Ways
    The Peer's Close Should Reach Us    server

*** Keywords ***
Open Through Proxy
    [Arguments]    &{options}
    ${port} =    Get File    ${FILES}/plain.port
    Start WebSocket Proxy    ws://127.0.0.1:${port}/
    Open WebSocket    ${websocket.server.url}    &{options}

Open Through Proxy With TLS
    ${port} =    Get File    ${FILES}/tls.port
    Start WebSocket Proxy    wss://127.0.0.1:${port}/    verify=${FILES}/ca.pem    tls=True
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}
