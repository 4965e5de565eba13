*** Settings ***
Documentation       Runs as a process of interruption.robot, tells it that the wait begins, and reports at its end.
Library             RobotWebSocketLibrary
Test Setup          Open Connections
Test Teardown       Report From Teardown

*** Variables ***
${URL}          ws://localhost    # of interruption.robot
${SILENT}       ws://localhost    # accepts TCP and sends nothing
${DEAF}         ws://localhost    # opens the connection, reads nothing and sends nothing
${A WHILE}      1 minute

*** Test Cases ***
Waiting For A Message
    Send Text Message    waiting    connection=driver
    Wait For Message    timeout=${A WHILE}

Waiting For A Pong
    Send Text Message    waiting    connection=driver
    Wait For Pong    nobody sent it    timeout=${A WHILE}

Waiting For A Close
    Send Text Message    waiting    connection=driver
    Wait For Close    timeout=${A WHILE}

Waiting For A Client
    Wait For Client
    Send Text Message    waiting    connection=driver
    Wait For Client    timeout=${A WHILE}

Opening
    Send Text Message    waiting    connection=driver
    Open WebSocket    ${SILENT}    timeout=${A WHILE}

Sending
    Open WebSocket    ${DEAF}    alias=deaf
    Send Text Message    waiting    connection=driver
    Send Text Message    ${{ 'x' * 8_000_000 }}    timeout=${A WHILE}    connection=deaf

Closing
    Open WebSocket    ${DEAF}    alias=deaf
    Send Text Message    waiting    connection=driver
    Close WebSocket    timeout=${A WHILE}    connection=deaf

After The Signal
    Log    This test does not run.

*** Keywords ***
Open Connections
    Open WebSocket    ${URL}    alias=driver
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=echo

Report From Teardown
    Send Text Message    the teardown    connection=echo
    ${echo} =    Wait For Message    timeout=20s    connection=echo
    Send Text Message    ${echo} runs    connection=driver
