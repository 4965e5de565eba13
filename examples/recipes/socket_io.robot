*** Settings ***
Documentation    Socket.IO 4: a server, and a client with its default transports. docs/recipes/socket-io.md explains it.
...              Both are the npm packages socket.io and socket.io-client.

Library          RobotWebSocketLibrary    timeout=10s    inside=^4[23]\\d*(.*)$
Resource         applications.resource

Suite Setup      Skip Without Node Package    socket.io
Test Teardown    Stop Applications

Test Tags        recipe    client    server

*** Variables ***
${SESSION}    {"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}

*** Test Cases ***
A Server Answers Events
    Connect To Server
    Send Text Message    42["ask","ACME"]
    ${event} =    Wait For Json Message    $[0]    ==    price
    Should Be Equal    ${event}    ${{ ['price', 'ACME', 17.5] }}

A Server Acknowledges
    Connect To Server
    Send Text Message    427["sum",2,3]
    Wait For Message    ==    437[5]

A Client Polls First And Then Upgrades
    Start WebSocket Server    default_protocol=silent
    Play The Server
    Add Server Reply    ==    ask    42["price","ACME",17.5]    json_path=$[0]
    Start Node Client    socket_io_client.mjs    ${websocket.server.url}
    ${client} =    Wait For Client    path=/socket.io/*
    ${thanks} =    Wait For Json Message    $[0]    ==    thanks    connection=${client}
    Should Be Equal    ${thanks}    ${{ ['thanks', 'ACME', 17.5] }}

*** Keywords ***
Connect To Server
    ${url} =    Start Node Server    socket_io_server.mjs
    Open WebSocket    ${url}socket.io/?EIO=4&transport=websocket
    Add Automatic Reply    ==    2    3
    Wait For Message    starts    0{
    Send Text Message    40
    Wait For Message    starts    40{

Play The Server
    [Documentation]    Engine.IO opens a session by polling, joins the namespace, and probes the upgrade.
    Add Http Response    GET    /socket.io/    body=0${SESSION}    times=1
    Add Http Response    POST    /socket.io/    body=ok
    Add Http Response    GET    /socket.io/    body=40{"sid":"xyz"}    times=1
    Add Http Response    GET    /socket.io/    body=6    delay=200ms
    Add Server Reply    ==    2probe    3probe
