*** Settings ***
Documentation    A login over HTTP comes before the WebSocket, and its cookie is handed over.
...              docs/recipes/login.md explains it. The server is made with npm's ws, and RequestsLibrary logs in.

Library          RobotWebSocketLibrary    timeout=10s
Resource         applications.resource

Suite Setup      Prepare
Test Teardown    Stop Applications

Test Tags        recipe    client

*** Test Cases ***
Who Has Logged In Is Let In
    ${url} =    Start Node Server    shop_with_login.mjs
    VAR    &{form} =    user=Ann    password=secret
    ${answer} =    RequestsLibrary.POST    ${url.replace('ws', 'http', 1)}login    data=${form}    # robotcode: ignore
    Open WebSocket    ${url}    cookies=${answer.cookies.get_dict()}
    Wait For Message    ==    welcome Ann

Others Are Refused
    ${url} =    Start Node Server    shop_with_login.mjs
    Open WebSocket    ${url}    expected_status=401

*** Keywords ***
Prepare
    Skip Without Python Packages    RequestsLibrary
    Skip Without Node Package    ws
    Import Library    RequestsLibrary
