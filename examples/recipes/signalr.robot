*** Settings ***
Documentation    SignalR: negotiate over HTTP, and the JSON protocol. docs/recipes/signalr.md explains it.
...              The client is the npm package @microsoft/signalr.

Library          RobotWebSocketLibrary    timeout=10s    inside=([^\x1e]+)\x1e
Resource         applications.resource

Suite Setup      Skip Without Node Package    @microsoft/signalr
Test Teardown    Stop Applications

Test Tags        recipe    server

*** Variables ***
${NEGOTIATED}    SEPARATOR=
...              {"negotiateVersion": 1, "connectionId": "a", "connectionToken": "t", "availableTransports":
...              [{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]}
${PRICE}         {"type": 3, "invocationId": "{$.invocationId}", "result": 17.5}\x1e

*** Test Cases ***
A Client Negotiates And Asks
    Play The Hub
    Add Server Reply    ==    price    ${PRICE}    json_path=$.target
    Start Node Client    signalr_client.mjs    ${websocket.server.url}
    ${client} =    Wait For Client    path=/hub
    ${paid} =    Wait For Json Message    $.target    ==    paid    connection=${client}
    Should Be Equal    ${paid.arguments}    ${{ [17.5] }}
    Send Text Message    {"type": 1, "target": "news", "arguments": ["sold"]}\x1e    connection=${client}
    ${read} =    Wait For Json Message    $.target    ==    read    connection=${client}
    Should Be Equal    ${read.arguments}    ${{ ['sold'] }}

*** Keywords ***
Play The Hub
    [Documentation]    Answers the negotiation and the handshake of the JSON protocol.
    Start WebSocket Server    default_protocol=silent
    Add Http Response    POST    /hub/negotiate    body=${NEGOTIATED}
    Add Server Reply    ==    json    {}\x1e    json_path=$.protocol
