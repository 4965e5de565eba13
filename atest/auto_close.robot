*** Settings ***
Documentation       What tests leave open is closed: when the test ends, the suite, the run, or never.
Library             Collections
Library             Process
Library             RobotWebSocketLibrary
Suite Setup         Open What The Suite Uses
Suite Teardown      The Suite's Connection Should Be Usable

*** Variables ***
${PYTHON}       ${{ sys.executable }}
&{LEFT}         connection=${NONE}    server=${NONE}

*** Test Cases ***
A Test Leaves A Connection And A Server Open
    The Suite's Connection Should Be Usable
    ${server} =    Start WebSocket Server    alias=test
    ${connection} =    Open WebSocket    ${server.url}    alias=test
    Set To Dictionary    ${LEFT}    server=${server}    connection=${connection}

The Next Test Finds Them Closed
    Should Be Equal    ${LEFT.connection.state}    closed
    Should Be Equal    ${LEFT.connection.close}    1000 (normal closure)
    Run Keyword And Expect Error    Could not connect to '*': connection refused (nothing listens on port *).
    ...    Open WebSocket    ${LEFT.server.url}

The Next Test Finds Their Aliases Gone
    [Documentation]    FAIL    Non-existing alias 'test': the known alias is 'suite'.
    Switch WebSocket    test

What The Suite Setup Opened Stays Open And Current
    Should Be Equal    ${websocket.alias}    suite
    The Suite's Connection Should Be Usable

Messages Stay Readable In The Teardown
    Send Text Message    last
    [Teardown]    Message Should Be    last

With TEST, The Next Test Finds It Closed And The Server Sees A Close Frame
    ${result} =    Run Robot    TEST    closed
    Should Be Equal As Integers    ${result.rc}    0    ${result.stdout}
    ${peer} =    Wait For Client    server=suite
    Wait For Close    code=1000    connection=${peer}

With SUITE, The Next Test Finds It Open And The End Of The Suite Closes It
    ${result} =    Run Robot    SUITE    open
    Should Be Equal As Integers    ${result.rc}    0    ${result.stdout}
    ${peer} =    Wait For Client    server=suite
    Wait For Close    code=1000    connection=${peer}

With RUN, The End Of The Run Closes It
    ${result} =    Run Robot    RUN    open
    Should Be Equal As Integers    ${result.rc}    0    ${result.stdout}
    Should Not Contain    ${result.stderr}    WARN
    ${peer} =    Wait For Client    server=suite
    Wait For Close    code=1000    connection=${peer}

With MANUAL, Robot Warns, And Still Exits
    ${result} =    Run Robot    MANUAL    open
    Should Be Equal As Integers    ${result.rc}    0    ${result.stdout}
    Should Contain    ${result.stderr}    [ WARN ] Connection 'left open' was left open.
    Should Match Regexp    ${result.stderr}    \\[ WARN \\] Test server 'ws://127.0.0.1:\\d+/' was left running\\.
    ${peer} =    Wait For Client    server=suite
    Wait For Close    code=1006    connection=${peer}

*** Keywords ***
Open What The Suite Uses
    Start WebSocket Server    alias=suite
    Open WebSocket    ${websocket.server.url}    alias=suite
    Wait For Client

The Suite's Connection Should Be Usable
    Send Text Message    still here    connection=suite
    Message Should Be    still here

Message Should Be
    [Arguments]    ${expected}
    ${message} =    Wait For Message    timeout=20s    connection=suite
    Should Be Equal    ${message}    ${expected}

Run Robot
    [Documentation]    Runs a suite that leaves things open; a run that does not exit is killed, and fails.
    [Arguments]    ${auto_close}    ${state in next test}
    ${result} =    Run Process    ${PYTHON}    -m    robot    --output    NONE    --report    NONE    --log    NONE
    ...    --variable    AUTO_CLOSE:${auto_close}    --variable    STATE IN NEXT TEST:${state in next test}
    ...    --variable    URL:${websocket.server.url}
    ...    ${CURDIR}/_runs/left_open.robot    timeout=60s    on_timeout=kill
    RETURN    ${result}
