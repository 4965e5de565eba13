*** Settings ***
Documentation       Secrets are sent, and not shown.
Library             RobotWebSocketLibrary    timeout=20s
Test Setup          Connect

*** Variables ***
${TOKEN: Secret}        %{ROBOT_TOKEN=s3cr3t}

*** Test Cases ***
A Secret Message Is Sent And Not Shown
    [Documentation]    LOG 1.1    DEBUG    > '***'
    ...    LOG 3.1    DEBUG    > binary '***'
    Send Text Message    ${TOKEN}
    Arrived Should Be    s3cr3t
    Send Binary Message    ${TOKEN}
    Arrived Should Be    ${{b's3cr3t'}}

A Secret Within JSON Is Sent And Not Shown
    [Documentation]    LOG 2.1    DEBUG    > '{"type":"login","tokens":["***"]}'
    VAR    &{login} =    type=login    tokens=${{ [$TOKEN] }}
    Send Json Message    ${login}
    Arrived Should Be    {"type":"login","tokens":["s3cr3t"]}

A Secret Request Fails Without Showing It
    [Documentation]    FAIL    GLOB: No reply with '$.token' equal to '[*][*][*]' (string) from 'app' in *; *
    VAR    &{request} =    token=${TOKEN}
    Send Request    ${request}    id=$.token    timeout=50ms

Replies Can Be Secret
    ${clients} =    Get Clients
    Add Automatic Reply    ==    who?    ${TOKEN}
    Send Text Message    who?    connection=${clients}[0]
    ${message} =    Wait For Message    timeout=20s    connection=${clients}[0]
    Should Be Equal    ${message}    s3cr3t

A Secret Url Shows Its Host Only
    VAR    ${url: Secret} =    ${websocket.server.url}feed/${TOKEN}?key=${TOKEN}
    Open WebSocket    ${url}
    Should Be Equal    ${websocket.url}    ${websocket.server.url}***
    ${peer} =    Wait For Client    path=/feed/s3cr3t
    Should Be Equal    ${peer.request.query}    key=s3cr3t

A Secret Subprotocol Is Offered
    Start WebSocket Server    protocols=${{ {'chat': 'silent'} }}
    Open WebSocket    ${websocket.server.url}    subprotocols=${{ ['chat', $TOKEN] }}
    ${peer} =    Wait For Client
    Should Be Equal    ${peer.request.subprotocols}    ${{['chat', 's3cr3t']}}

*** Keywords ***
Connect
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}    alias=app

Arrived Should Be
    [Arguments]    ${expected}
    ${clients} =    Get Clients
    ${message} =    Wait For Message    timeout=20s    connection=${clients}[0]
    Should Be Equal    ${message}    ${expected}
