*** Settings ***
Documentation       Two imports with different arguments are two libraries, each with its own connections and servers.
Library             RobotWebSocketLibrary    AS    Patient
Library             RobotWebSocketLibrary    timeout=500ms    AS    Hasty

*** Test Cases ***
The Variable Shows The Import Whose Keyword Ran Last
    Patient.Start WebSocket Server    alias=patient
    VAR    ${url} =    ${websocket.server.url}
    Patient.Open WebSocket    ${url}    alias=patient
    Hasty.Open WebSocket    ${url}    alias=hasty
    Should Be Equal    ${websocket.alias}    hasty
    Patient.Wait For Message
    Should Be Equal    ${websocket.alias}    patient

Each Import Has Its Own Connections
    [Documentation]    FAIL    There is no WebSocket connection: use `Open WebSocket` first.
    Patient.Start WebSocket Server
    Patient.Open WebSocket    ${websocket.server.url}
    Hasty.Send Text Message    hello

Each Import Has Its Own Timeout
    [Documentation]    FAIL GLOB:    No client connected to 'ws://127.0.0.1:*/' in 500 milliseconds: \
    ...                nobody has connected at all.
    Hasty.Start WebSocket Server
    Hasty.Wait For Client
