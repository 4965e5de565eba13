*** Settings ***
Documentation       Plain HTTP on the port of the test server: what applications ask for before they connect.
...
...                 ``curl`` plays the application here. In a test of yours, the application asks by itself.

Library             OperatingSystem
Library             Process
Library             RobotWebSocketLibrary

Suite Setup         Skip If    not shutil.which("curl")    curl is not installed.
Test Setup          Start WebSocket Server
Test Tags           server    http

*** Test Cases ***
Negotiate Before The Connection
    VAR    &{negotiated} =    connectionId=abc    availableTransports=${{['WebSockets']}}
    Add Http Response    POST    /hub/negotiate    body=${negotiated}
    ${answer} =    Ask    hub/negotiate?version=1    --data    {"user": "Ann"}
    Should Be Equal    ${answer}    {"connectionId":"abc","availableTransports":["WebSockets"]}
    ${requests} =    Get Http Requests    path=/hub/negotiate
    Should Be Equal    ${requests[0].json}[user]    Ann
    Should Be Equal    ${requests[0].query}    version=1

A Health Check Fails Once
    Add Http Response    GET    /health    503    body=starting    times=1
    Add Http Response    GET    /health    body=ok
    ${first} =    Ask    health
    ${second} =    Ask    health
    Should Be Equal    ${first} ${second}    starting ok

The Answer Depends On The Request
    Add Http Response    POST    /echo    body=${{ operator.attrgetter('text') }}
    ${answer} =    Ask    echo    --data    what you have sent
    Should Be Equal    ${answer}    what you have sent

A Page Comes From The Server
    Create File    ${OUTPUT DIR}/page.html    <!doctype html><title>Shop</title>
    Add Http Response    GET    /    file=${OUTPUT DIR}/page.html
    ${answer} =    Ask    ${EMPTY}    --include
    Should Contain    ${answer}    Content-Type: text/html; charset=utf-8
    Should End With    ${answer}    <title>Shop</title>

*** Keywords ***
Ask
    [Arguments]    ${path}    @{options}
    ${url} =    Evaluate    $websocket.server.url.replace('ws', 'http', 1) + $path
    ${result} =    Run Process    curl    --silent    --max-time    20    @{options}    ${url}
    Should Be Equal As Integers    ${result.rc}    0    ${result.stderr}
    RETURN    ${result.stdout}
