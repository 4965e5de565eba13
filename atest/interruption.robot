*** Settings ***
Documentation       Ctrl-C and SIGTERM stop a run at once, whatever it waits for; its teardown runs, and it exits.
Library             Process
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Suite Setup         Skip If    os.name == 'nt'    Windows has no such signals.
Test Setup          Start WebSocket Server    default_protocol=silent
Test Template       Signal Should Stop The Run While

*** Variables ***
${PYTHON}       ${{ sys.executable }}

*** Test Cases ***
Ctrl-C While Waiting For A Message    Waiting For A Message    SIGINT
SIGTERM While Waiting For A Message    Waiting For A Message    SIGTERM
Ctrl-C While Waiting For A Pong    Waiting For A Pong    SIGINT
Ctrl-C While Waiting For A Close    Waiting For A Close    SIGINT
Ctrl-C While Waiting For A Client    Waiting For A Client    SIGINT
Ctrl-C While Opening    Opening    SIGINT
Ctrl-C While Sending    Sending    SIGINT
Ctrl-C While Closing    Closing    SIGINT

*** Keywords ***
Signal Should Stop The Run While
    [Arguments]    ${test}    ${signal}
    ${run} =    Start Run    ${test}
    Send Signal To Process    ${signal}    robot
    ${sent} =    Evaluate    time.monotonic()
    Message Should Be    the teardown runs    20s    ${run}
    ${result} =    Wait For Process    robot    timeout=20s
    ${seconds} =    Evaluate    time.monotonic() - $sent
    Should Contain    ${result.stdout}    Execution terminated by signal
    Should Be Equal As Integers    ${result.rc}    2    # tests that failed
    Should Be True    ${seconds} < 10    # of the minute that the run would wait
    [Teardown]    Terminate Process    robot    kill=True

Start Run
    [Documentation]    Returns our end of the run's connection as soon as the run waits.
    [Arguments]    ${test}
    ${silent} =    Start Scripted Server    opens=False
    ${deaf} =    Start Scripted Server
    Start Process    ${PYTHON}    -m    robot    --output    NONE    --report    NONE    --log    NONE
    ...    --test    ${test}    --test    After The Signal
    ...    --variable    URL:${websocket.server.url}    --variable    SILENT:${silent}    --variable    DEAF:${deaf}
    ...    ${CURDIR}/_runs/interrupted.robot    alias=robot
    ${run} =    Wait For Client    timeout=20s
    Message Should Be    waiting    20s    ${run}
    Run Keyword And Expect Error    No message from '*' in 200 milliseconds; the connection is open.
    ...    Wait For Message    timeout=200ms    connection=${run}
    RETURN    ${run}

Message Should Be
    [Arguments]    ${expected}    ${timeout}    ${connection}
    ${message} =    Wait For Message    timeout=${timeout}    connection=${connection}
    Should Be Equal    ${message}    ${expected}
