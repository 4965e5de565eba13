*** Settings ***
Documentation       Plain HTTP on the port of the test server, asked by curl and by node.
Library             OperatingSystem
Library             Process
Library             RobotWebSocketLibrary
Suite Setup         Curl Should Be Installed
Test Setup          Start WebSocket Server

*** Test Cases ***
Requests Are Answered And Returned
    [Documentation]    LOG 2:*    INFO    Added an HTTP response.
    ...    LOG 5:*    INFO    Got the HTTP requests of a WebSocket server.
    VAR    &{negotiated} =    connectionId=abc
    Add Http Response    POST    /hub/negotiate    body=${negotiated}    headers=${{ {'X-Tag': '1'} }}
    ${answer} =    Curl    hub/negotiate?v=1    --include    --data    {"user": "Ann"}
    Should End With    ${answer}    X-Tag: 1\n\n{"connectionId":"abc"}
    ${requests} =    Get Http Requests    method=post    path=/hub/*
    Should Be Equal    ${requests[0].method} ${requests[0].path} ${requests[0].query}    POST /hub/negotiate v=1
    Should Be Equal    ${requests[0].json}[user]    Ann
    Should Be Equal    ${requests[0].headers}[user-agent]    ${{ $requests[0].headers['User-Agent'] }}
    Should Be Equal As Integers    ${requests[0].status}    200

A Body Is Sent In Chunks Or Waits To Be Asked For
    Add Http Response    PUT    /upload    body=${{ operator.attrgetter('text') }}
    Create File    ${TEMPDIR}/upload.txt    ${{ 'x' * 2_000_000 }}
    ${chunked} =    Curl    upload    --upload-file    ${TEMPDIR}/upload.txt    --header    Transfer-Encoding: chunked
    ${asked} =    Curl    upload    --upload-file    ${TEMPDIR}/upload.txt    --header    Expect: 100-continue
    Length Should Be    ${chunked}    2000000
    Should Be Equal    ${chunked}    ${asked}

A Page Asks Before It Posts
    Add Http Response    POST    /a    body=ok
    ${preflight} =    Curl    a    --include    --request    OPTIONS    --header    Origin: http://localhost:1
    ...    --header    Access-Control-Request-Method: POST
    Should Start With    ${preflight}    HTTP/1.1 204 No Content
    Should Contain    ${preflight}    Access-Control-Allow-Origin: http://localhost:1\n
    Should Contain    ${preflight}    Access-Control-Allow-Methods: POST, OPTIONS\n

A Handshake Response Does Not Concern Plain HTTP
    Set Handshake Response    503
    Add Http Response    GET    /health    body=ok
    ${answer} =    Curl    health
    Should Be Equal    ${answer}    ok
    Open WebSocket    ${websocket.server.url}health    expected_status=503

An Answer Is Taken Back
    [Documentation]    LOG 2:*    INFO    Removed the HTTP responses.
    Add Http Response    GET    /health
    Remove Http Responses
    ${answer} =    Curl    health    --include
    Should Start With    ${answer}    HTTP/1.1 426

An Application Negotiates And Does Not Connect
    [Documentation]    FAIL GLOB:    No client connected to 'ws://127.0.0.1:*/' in 500 milliseconds.
    ...    1 plain HTTP request was answered: POST /negotiate with 200
    Add Http Response    POST    /negotiate    body={}
    Curl    negotiate    --data    ${EMPTY}
    Wait For Client    timeout=500ms

A Callable Of An Answer Raises An Error
    [Documentation]    FAIL GLOB:    A response of the server 'ws://127.0.0.1:*/' to 'GET /a' failed: AttributeError: *
    Add Http Response    GET    /a    body=${{ operator.attrgetter('price') }}
    ${answer} =    Curl    a
    Should Be Equal    ${answer}    The test could not make the answer.
    Get Http Requests

A Proxy Answers Before Its Target
    Add Http Response    GET    /both    body=of the target
    Add Http Response    GET    /target    body=of the target
    Start WebSocket Proxy    ${websocket.server.url}    http=True
    Add Http Response    GET    /both    body=of the test
    ${first} =    Curl    both
    ${second} =    Curl    target
    Should Be Equal    ${first}, ${second}    of the test, of the target

The Answer Comes Over TLS
    Start WebSocket Server    tls=True
    Add Http Response    GET    /    body=hello
    ${answer} =    Curl    ${EMPTY}    --cacert    ${websocket.server.ca_file}
    Should Be Equal    ${answer}    hello

*** Keywords ***
Curl Should Be Installed
    Skip If    not shutil.which('curl')    curl is not installed.

Curl
    [Arguments]    ${path}    @{options}
    ${url} =    Evaluate    $websocket.server.url.replace('ws', 'http', 1) + $path
    ${result} =    Run Process    curl    --silent    --show-error    --max-time    60    @{options}    ${url}
    Should Be Equal As Integers    ${result.rc}    0    ${result.stderr}
    RETURN    ${{ $result.stdout.replace('\\r\\n', '\\n') }}
