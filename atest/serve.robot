*** Settings ***
Documentation       The test server on the command line, in a process of its own.
Library             OperatingSystem
Library             Process
Library             RobotWebSocketLibrary
Test Teardown       Terminate Process    server    kill=True

*** Variables ***
${PYTHON}       ${{ sys.executable }}
${CONSOLE}      ${OUTPUT DIR}/serve.txt

*** Test Cases ***
The Server Runs Until SIGTERM
    [Tags]    console
    ${url} =    Serve
    Open WebSocket    ${url}
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    hello
    Terminate Process    server
    Wait For Close    code=GOING_AWAY
    Server Should Have Ended In Order    clients=1

The Server Runs Until Ctrl-C
    [Setup]    Skip If    os.name == 'nt'    Windows has no such signals.
    Serve
    Send Signal To Process    SIGINT    server
    Server Should Have Ended In Order    clients=0

The Server Can Have Its Own Subprotocols
    ${url} =    Serve    --subprotocol    ocpp1.6=echo
    Open WebSocket    ${url}    subprotocols=ocpp1.6
    Should Be Equal    ${websocket.subprotocol}    ocpp1.6

The Server Can Speak TLS
    [Tags]    console
    ${url} =    Serve    --tls
    ${console} =    Get File    ${CONSOLE}
    Open WebSocket    ${url}    verify=${console.splitlines()[1].removeprefix('CA file ')}
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    hello
    Terminate Process    server    # which removes the file

A Proxy Prints What Passes
    [Tags]    console
    Start WebSocket Server    alias=real
    ${url} =    Run Command    proxy    ${websocket.server.url}    --har    ${OUTPUT DIR}/watched.har
    Talk To    ${url}chat
    Terminate Process    server
    Server Should Have Ended In Order    clients=1
    ${console} =    Get File    ${CONSOLE}
    Should Match Regexp    ${console}    (?s) 1 > 'hello'\n.* 1 < 'hello'\n.* 1 > close 4001 \\(private use\\) done\n
    File Should Exist    ${OUTPUT DIR}/watched.har

What Cannot Start Says Why
    Start Process    ${PYTHON}    -m    RobotWebSocketLibrary    serve    --client-ca    any.pem    alias=server
    ${result} =    Wait For Process    server    timeout=60s
    Should Be Equal As Integers    ${result.rc}    1
    Should Be Equal
    ...    ${result.stderr}
    ...    Could not start a server: a client CA needs TLS; give a certificate too, or use a throw-away one.

*** Keywords ***
Serve
    [Documentation]    Starts the server on a free port and returns its URL.
    [Arguments]    @{options}
    ${url} =    Run Command    serve    @{options}
    RETURN    ${url}

Run Command
    [Documentation]    Starts a command of the library on a free port and returns its URL.
    [Arguments]    @{arguments}
    Start Process    ${PYTHON}    -m    RobotWebSocketLibrary    @{arguments}    --port    0
    ...    alias=server    stdout=${CONSOLE}
    ${url} =    Wait Until Keyword Succeeds    60s    50ms    URL On The Console
    RETURN    ${url}

URL On The Console
    ${console} =    Get File    ${CONSOLE}
    Should Match Regexp    ${console}    ^Listening on \\S+.*\n
    RETURN    ${console.split()[2]}

Server Should Have Ended In Order
    [Arguments]    ${clients}
    ${result} =    Wait For Process    server    timeout=60s
    Should Be Equal As Integers    ${result.rc}    0
    Should End With    ${result.stdout}    Stopped. Clients served: ${clients}
    Should Be Empty    ${result.stderr}

Talk To
    [Arguments]    ${url}
    Open WebSocket    ${url}
    Send Text Message    hello
    Wait For Message    ==    hello
    Close WebSocket    4001    done
