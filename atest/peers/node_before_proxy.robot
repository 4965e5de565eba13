*** Settings ***
Documentation       A client of node's ws before our proxy: the end that faces it finds it as a test server does.
Resource            conversation.resource
Suite Setup         Skip Without Node
Test Setup          Serve And Connect Through Proxy
Test Teardown       Terminate All Processes    kill=True

*** Variables ***
&{PROTOCOLS}        Chat.V2=silent

*** Test Cases ***
Text And Binary
    Text And Binary Should Come Back

One Message Among Others
    One Message Should Be Found Among Others

Messages Of A Megabyte
    Large Messages Should Come Back

Pings
    Pings Should Be Answered Both Ways

We Close
    Our Close Should Reach The Client

The Client Closes
    The Peer's Close Should Reach Us    client

A Subprotocol
    Both Ends Should Agree On The Subprotocol

Compression
    Compressed Messages Should Come Back

Fragments
    Fragments Should Be Put Together

TLS
    [Setup]    Serve And Connect Through Proxy With TLS
    Text And Binary Should Come Back
    Large Messages Should Come Back
    Pings Should Be Answered Both Ways
    The Peer's Close Should Reach Us    client

*** Keywords ***
Serve And Connect Through Proxy
    Start WebSocket Server    protocols=${PROTOCOLS}
    Start WebSocket Proxy    ${websocket.server.url}
    Connect Peer    @{NODE}

Serve And Connect Through Proxy With TLS
    Start WebSocket Server    protocols=${PROTOCOLS}    tls=True
    Start WebSocket Proxy    ${websocket.server.url}    verify=${websocket.server.ca_file}    tls=True
    Connect Peer    @{NODE}    authority=${websocket.server.ca_file}
