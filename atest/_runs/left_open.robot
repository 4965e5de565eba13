*** Settings ***
Documentation       Leaves a connection to the server of auto_close.robot open, and a server of its own.
Library             RobotWebSocketLibrary    auto_close=${AUTO_CLOSE}

*** Variables ***
${AUTO_CLOSE}           TEST
${URL}                  ws://localhost
${STATE IN NEXT TEST}   closed

*** Test Cases ***
A Test Leaves Them Open
    Start WebSocket Server    alias=left open
    Open WebSocket    ${URL}    alias=left open

The Next Test Looks
    Should Be Equal    ${websocket.state}    ${STATE IN NEXT TEST}
