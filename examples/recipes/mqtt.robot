*** Settings ***
Documentation       MQTT 3.1.1 over WebSocket, packet by packet. docs/recipes/mqtt.md explains it.
...                 The broker is the npm package aedes.
Library             RobotWebSocketLibrary    timeout=10s
Resource            applications.resource
Suite Setup         Skip Without Node Package    aedes
Test Setup          Connect
Test Teardown       Stop Applications
Test Tags           recipe    client    binary

*** Test Cases ***
A Client Gets What It Has Subscribed To
    Send Binary Message    \x82\x0a\x00\x01\x00\x05price\x00
    Packet Should Be    \x90\x03\x00\x01\x00
    Send Binary Message    \x30\x0b\x00\x05price17.5
    Packet Should Be    \x30\x0b\x00\x05price17.5

A Packet May Come In Pieces
    Send Binary Message    \x30\x0b\x00\x05pri
    Send Binary Message    ce17.5\xc0\x00
    Packet Should Be    \xd0\x00

*** Keywords ***
Connect
    [Documentation]    Opens the connection, and sends CONNECT: a client named 'test' with a keep alive of 60 s.
    ${url} =    Start Node Server    mqtt_broker.mjs
    Open WebSocket    ${url}    subprotocols=mqtt
    Send Binary Message    \x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test
    Packet Should Be    \x20\x02\x00\x00

Packet Should Be
    [Documentation]    Takes the next packet: two bytes of header, and as many bytes as the second of them says.
    [Arguments]    ${expected}
    ${header} =    Wait For Bytes    2
    ${rest} =    Wait For Bytes    ${header}[1]
    Should Be Equal    ${{ $header + $rest }}    ${expected}    type=bytes
