*** Settings ***
Documentation       Both ends of a WebSocket connection in one file: the library is client and server here.
...                 Run it: ``robot --loglevel DEBUG examples/quickstart.robot``. log.html shows what was on the wire.
...                 To test your own application, give `Open WebSocket` its address instead.
Library             RobotWebSocketLibrary
Test Setup          Start WebSocket Server    # an echo server on a free port, stopped when the test ends
Test Tags           client    server    tls

*** Test Cases ***
Text Comes Back
    Open WebSocket    ${websocket.server.url}
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=2s
    Should Be Equal    ${message}    hello
    Close WebSocket

Binary Comes Back As Bytes
    Open WebSocket    ${websocket.server.url}
    Send Binary Message    \x00\xff
    ${message} =    Wait For Message    timeout=2s
    Should Be Equal    ${message}    \x00\xff    type=bytes

A Ping Is Answered By A Pong
    Open WebSocket    ${websocket.server.url}
    Send Ping    are you there
    ${seconds} =    Wait For Pong    timeout=2s
    Should Be True    ${seconds} < 2

Without A Timeout, Wait For Message Only Checks
    Open WebSocket    ${websocket.server.url}
    ${message} =    Wait For Message
    Should Be Equal    ${websocket.msgstate}    none
    Should Be Equal    ${message}    ${None}

The Server Can Be Scripted With The Same Keywords
    Open WebSocket    ${websocket.server.url}chat
    ${server} =    Wait For Client    path=/chat    # the server's end of the connection

    Send Text Message    welcome    connection=${server}
    ${greeting} =    Wait For Message    timeout=2s
    Should Be Equal    ${greeting}    welcome

    Close WebSocket    GOING_AWAY    see you    connection=${server}
    ${close} =    Wait For Close
    Should Be Equal    ${close}    1001 (going away) see you

Encrypted With A Throw-Away Certificate
    Start WebSocket Server    tls=True
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}
    Send Text Message    secret
    ${message} =    Wait For Message    timeout=2s
    Should Be Equal    ${message}    secret
