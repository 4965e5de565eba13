*** Settings ***
Documentation    GraphQL over WebSocket, with a client of npm's graphql-ws. docs/recipes/graphql-ws.md explains it.

Library          RobotWebSocketLibrary    timeout=10s
Resource         applications.resource

Suite Setup      Skip Without Node Package    graphql-ws
Test Setup       Start WebSocket Server    default_protocol=silent
...                  protocols=${{ {'graphql-transport-ws': 'silent'} }}
Test Teardown    Stop Applications

Test Tags        recipe    server

*** Test Cases ***
Two Subscriptions Get Their Own Values
    Add Server Reply    ==    connection_init    {"type": "connection_ack"}    json_path=$.type
    Start Node Client    graphql_client.mjs    ${websocket.server.url}
    ${client} =    Wait For Client    subprotocol=graphql-transport-ws
    ${acme} =    Wait For Json Message    $.payload.query    contains    ACME    connection=${client}
    ${xyz} =    Wait For Json Message    $.payload.query    contains    XYZ    connection=${client}
    Switch WebSocket    ${client}
    Send Json Message    {"type": "next", "id": "${xyz}[id]", "payload": {"data": {"price": 3}}}
    Send Json Message    {"type": "next", "id": "${acme}[id]", "payload": {"data": {"price": 17.5}}}
    Send Json Message    {"type": "complete", "id": "${xyz}[id]"}
    Console Should Say    XYZ 3\nACME 17.5\nXYZ complete

A Client Without A Token Is Refused
    Add Server Reply    ==    connection_init    json_path=$.type    close_code=${4401}
    Start Node Client    graphql_client.mjs    ${websocket.server.url}
    ${client} =    Wait For Client
    Wait For Close    4401    connection=${client}
    Console Should Say    refused with 4401
