*** Settings ***
Documentation       A server that speaks first.
Library             resources/OtherClients.py
Library             RobotWebSocketLibrary
Test Setup          Start WebSocket Server    default_protocol=silent

*** Test Cases ***
Each Client Is Greeted
    [Documentation]    LOG 1:*    INFO    Added a server greeting.
    Add Server Greeting    o    ${{b'\x00\xff'}}    path=/chat
    FOR    ${_}    IN RANGE    2
        Open WebSocket    ${websocket.server.url}chat
        @{greetings} =    Wait For Messages    2    timeout=10s
        Should Be Equal    ${greetings}    ${{['o', b'\x00\xff']}}
    END
    Open WebSocket    ${websocket.server.url}room
    Should Not Receive Message    within=50ms

JSON Is A Greeting
    VAR    &{info} =    server=nats    port=${4222}
    Add Server Greeting    ${info}
    Open WebSocket    ${websocket.server.url}
    ${greeting} =    Wait For Json Message    $.server    ==    nats    timeout=10s
    Should Be Equal    ${greeting.port}    ${4222}

A Heartbeat Comes Again And Again
    Add Server Greeting    h    every=20ms
    Open WebSocket    ${websocket.server.url}
    Wait For Messages    3    timeout=10s
    Remove Server Greetings
    Clear Messages
    Open WebSocket    ${websocket.server.url}
    Should Not Receive Message    within=100ms

Other Clients Do Not Mind
    Add Server Greeting    o
    ${reaction} =    Reaction Of Node    ${websocket.server.url}
    Should Be Equal    ${reaction}    opened
    ${reaction} =    Reaction Of Websockets    ${websocket.server.url}
    Should Be Equal    ${reaction}    opened

Bad Input
    [Template]    Run Keyword And Expect Error
    `Add Server Greeting` needs at least one message.    Add Server Greeting
    The argument 'every' is 0 seconds; leave it out to greet once.    Add Server Greeting    o    every=0s
    The argument 'every' is negative: -1 seconds.    Add Server Greeting    o    every=-1s
    A greeting is text, bytes, a dictionary or a list, not integer.    Add Server Greeting    ${5}
