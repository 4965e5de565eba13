*** Settings ***
Documentation    STOMP 1.2 over WebSocket, with a client of npm's @stomp/stompjs. docs/recipes/stomp.md explains it.

Library          RobotWebSocketLibrary    timeout=10s
Resource         applications.resource

Suite Setup      Skip Without Node Package    @stomp/stompjs
Test Teardown    Stop Applications

Test Tags        recipe    server

*** Test Cases ***
A Client Subscribes And Answers
    Start WebSocket Server    default_protocol=silent    protocols=${{ {'v1*.stomp': 'silent'} }}
    Add Server Reply    starts    CONNECT    CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\x00
    Start Node Client    stomp_client.mjs    ${websocket.server.url}
    ${client} =    Wait For Client
    ${subscribe} =    Wait For Message    starts    SUBSCRIBE    connection=${client}
    Should Contain    ${subscribe}    destination:/prices
    Send Text Message
    ...    MESSAGE\nsubscription:sub-0\nmessage-id:1\ndestination:/prices\n\n17.5\x00
    ...    connection=${client}
    ${sent} =    Wait For Message    starts    SEND    connection=${client}
    Should Contain    ${sent}    destination:/seen
    Should End With    ${sent}    \n\n17.5\x00
