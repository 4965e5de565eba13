*** Settings ***
Documentation       Our client and a server of the package websockets.
Resource            conversation.resource
Suite Setup         Run Keywords    Skip Without Websockets    AND    Start Peers    @{WEBSOCKETS}
Suite Teardown      Terminate All Processes    kill=True
Test Setup          Open Connection

*** Test Cases ***
We Close
    [Setup]    No Operation
    Our Close Should Reach The Server

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
    [Setup]    Open Connection    subprotocols=chat, Chat.V2
    Both Ends Should Agree On The Subprotocol

No Subprotocol
    [Setup]    Open Connection    subprotocols=unknown
    Should Be Equal    ${websocket.subprotocol}    ${NONE}
    Text And Binary Should Come Back

Compression
    [Setup]    Open Connection    compression=True
    Compressed Messages Should Come Back

Fragments
    Fragments Should Be Put Together

Compressed Fragments
    [Setup]    Open Connection    compression=True
    Fragments Should Be Put Together

A Heartbeat
    [Setup]    Open Connection    alias=beating    ping_interval=20ms    pong_timeout=1s
    The Heartbeat Should Be Answered

TLS
    [Setup]    Open Connection With TLS
    Text And Binary Should Come Back
    Large Messages Should Come Back
    Pings Should Be Answered Both Ways
    The Peer's Close Should Reach Us    server
