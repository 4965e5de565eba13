*** Settings ***
Documentation       How clients that we did not write connect again, with delays that they were told.
...
...                 The delays are seen from the server: on a busy machine each may seem shorter or longer.
Library             ../resources/Pages.py
Resource            conversation.resource
Resource            ../../examples/chromium.resource
Test Setup          Start WebSocket Server
Test Teardown       Terminate All Processes    kill=True

*** Variables ***
@{DELAYS}       300ms    600ms    1200ms
${PAGES}        ${CURDIR}/../pages

*** Test Cases ***
Reconnecting-Websocket
    Node Library Should Come Back    reconnecting-websocket

Partysocket
    Node Library Should Come Back    partysocket

Stompjs
    Node Library Should Come Back    stompjs

Websockets
    [Documentation]    It comes back at once before it waits, and then after a random part of a millisecond.
    Skip Without Websockets
    Start Process    ${PYTHON}    ${CURDIR}/websockets_reconnecting.py    ${websocket.server.url}feed
    Client Should Come Back    0s    0s    300ms    600ms

A Page In Chromium
    Start WebSocket Server    allowed_origins=*
    Open Page That Connects Again
    Client Should Come Back    @{DELAYS}
    [Teardown]    Stop Chromium

Through A Proxy
    [Documentation]    The proxy can be suspended as a server can; the target sees no attempt.
    Start WebSocket Server    alias=target
    Start WebSocket Proxy    ${websocket.server.url}
    Node Library Should Come Back    reconnecting-websocket
    ${requests} =    Get Handshake Requests    server=target
    Length Should Be    ${requests}    2

*** Keywords ***
Node Library Should Come Back
    [Arguments]    ${name}
    Skip Without Node
    Start Process    node    ${CURDIR}/reconnecting_client.mjs    ${name}    ${websocket.server.url}feed    300    2
    Client Should Come Back    @{DELAYS}

Client Should Come Back
    [Arguments]    @{delays}
    Wait For Client    path=/feed    timeout=60s
    Suspend WebSocket Server    attempts=503
    ${count} =    Get Length    ${delays}
    ${attempts} =    Wait For Connection Attempts    ${count}    path=/feed    timeout=60s
    Reconnect Delays Should Be    @{delays}    path=/feed    tolerance=10s
    ${waited} =    Evaluate    sum(map(robot.utils.timestr_to_secs, $delays[1:]))    modules=robot.utils
    Should Be True    $attempts[-1].time - $attempts[0].time > $waited / 2
    Resume WebSocket Server
    Wait For Client    path=/feed    timeout=60s

Open Page That Connects Again
    ${origin} =    Serve Folder    ${PAGES}
    VAR    ${tested} =    ${websocket.server.url}feed
    Open DevTools
    Ask DevTools    Target.createTarget    url=${origin}/reconnecting.html?url=${tested}
