*** Settings ***
Documentation    What Robot Framework's own syntax does to messages. docs/recipes/robot-traps.md explains it.

Library          RobotWebSocketLibrary    timeout=10s

Test Setup       Connect

Test Tags        recipe    client

*** Variables ***
${NUMBER}    7

*** Test Cases ***
A Text With An Equals Sign
    Send Text Message    message\=hello
    Wait For Message    ==    message=hello

A Variable Before A Bracket
    Send Text Message    42${NUMBER}\["ack"]
    Wait For Message    ==    427["ack"]

A Text With A Backslash And A NUL
    Send Text Message    C:\\temp\x00
    Wait For Message    ends    \x00

Two Spaces Within A Message
    Send Text Message    two${SPACE * 2}spaces
    Wait For Message    ==    two${SPACE * 2}spaces

A Number Is Not Its Text
    Send Json Message    {"id": 7}
    Wait For Json Message    $.id    ==    ${7}

A Python Value In A Dictionary
    VAR    &{message} =    done=${True}    error=${None}
    Send Json Message    ${message}
    Wait For Message    ==    {"done":true,"error":null}

*** Keywords ***
Connect
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}
