*** Settings ***
Documentation       Our proxy in the middle of longer ways: between a browser and node, and next to other proxies.
Library             ../resources/Pages.py
Library             ../resources/Proxies.py
Resource            conversation.resource
Resource            ../../examples/chromium.resource
Resource            ../../examples/recipes/applications.resource

*** Variables ***
${PAGES}        ${CURDIR}/../pages

*** Test Cases ***
Between A Page In Chromium And Node
    [Setup]    Start Proxy Before Node
    ${page}    ${report} =    Open Page Through Proxy
    Reports Should Be    ${report}    open Chat.V2    text hello    binary 0,255
    Send Text Message    from the test    connection=${page}
    Send Text Message    please close 4005 see you later    connection=${page.upstream}
    Reports Should Be    ${report}    text from the test    close 4005 see you later true
    [Teardown]    Run Keywords    Stop Chromium    AND    Terminate All Processes    kill=True

Behind Nginx
    [Setup]    Start Proxy Before Node
    ${url}    ${authority} =    Start Reverse Proxy    nginx    ${websocket.server.port}
    Open WebSocket    ${url}    subprotocols=Chat.V2    verify=${authority}
    Both Ends Should Talk
    [Teardown]    Terminate All Processes    kill=True

Before Nginx
    [Setup]    Skip Without Node
    Start Peers    @{NODE}
    ${port} =    Get File    ${FILES}/plain.port
    ${url}    ${authority} =    Start Reverse Proxy    nginx    ${port}
    Start WebSocket Proxy    ${url}    verify=${authority}
    Open WebSocket    ${websocket.server.url}    subprotocols=Chat.V2
    Both Ends Should Talk
    [Teardown]    Terminate All Processes    kill=True

Between Nginx And Nginx
    [Setup]    Skip Without Node
    Start Peers    @{NODE}
    ${port} =    Get File    ${FILES}/plain.port
    ${inner}    ${authority} =    Start Reverse Proxy    nginx    ${port}
    Start WebSocket Proxy    ${inner}    verify=${authority}
    ${outer}    ${authority} =    Start Reverse Proxy    nginx    ${websocket.server.port}
    Open WebSocket    ${outer}    subprotocols=Chat.V2    verify=${authority}
    Both Ends Should Talk
    [Teardown]    Terminate All Processes    kill=True

Between A Client And A Server Of Socket IO
    [Documentation]    The client polls first, over plain HTTP, and then upgrades.
    [Setup]    Skip Without Node Package    socket.io
    ${url} =    Start Node Server    socket_io_server.mjs
    Start WebSocket Proxy    ${url}    http=True
    Start Node Client    socket_io_client.mjs    ${websocket.server.url}
    ${client} =    Wait For Client    path=/socket.io/*    timeout=60s
    Wait For Message    ==    42["ask","ACME"]    timeout=60s    connection=${client}
    Wait For Message    ==    42["price","ACME",17.5]    timeout=60s    connection=${client.upstream}
    Wait For Message    ==    42["thanks","ACME",17.5]    timeout=60s    connection=${client}
    ${requests} =    Get Http Requests    path=/socket.io/
    Should Not Be Empty    ${requests}
    [Teardown]    Stop Applications

*** Keywords ***
Start Proxy Before Node
    Skip Without Node
    Start Peers    @{NODE}
    ${port} =    Get File    ${FILES}/plain.port
    Start WebSocket Proxy    ws://127.0.0.1:${port}/    alias=proxy

Open Page Through Proxy
    [Documentation]    Returns the end that faces the page, and the connection of its reports.
    VAR    ${proxy} =    ${websocket.server.url}
    Start WebSocket Server    alias=reports    default_protocol=silent
    VAR    &{query} =    url=${proxy}    report=${websocket.server.url}    subprotocol=Chat.V2    send=hello
    ${query} =    Evaluate    urllib.parse.urlencode($query)
    ${origin} =    Serve Folder    ${PAGES}
    Open DevTools
    Ask DevTools    Target.createTarget    url=${origin}/client.html?${query}
    ${page} =    Wait For Client    server=proxy    timeout=60s
    ${report} =    Wait For Client    server=reports    timeout=60s
    RETURN    ${page}    ${report}

Reports Should Be
    [Arguments]    ${report}    @{expected}
    FOR    ${text}    IN    @{expected}
        ${seen} =    Wait For Message    timeout=60s    connection=${report}
        Should Be Equal    ${seen}    ${text}
    END

Both Ends Should Talk
    Should Be Equal    ${websocket.subprotocol}    Chat.V2
    Text And Binary Should Come Back
    Large Messages Should Come Back
    Fragments Should Be Put Together
    ${client} =    Wait For Client    timeout=60s
    Wait For Message    ==    please fragment one two    timeout=60s    connection=${client}
    The Peer's Close Should Reach Us    server
