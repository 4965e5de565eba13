*** Settings ***
Documentation       A message that satisfies two conditions at once. docs/recipes/two-fields.md explains it.
...                 The feed is a server of the PyPI package websockets.
Library             RobotWebSocketLibrary    timeout=10s
Resource            applications.resource
Suite Setup         Skip Without Python Packages    websockets
Test Setup          Connect
Test Teardown       Stop Applications
Test Tags           recipe    client    json

*** Test Cases ***
A Quote Of One Symbol Above A Price
    ${quote} =    Wait For Json Message    $    validate    value.symbol == 'ACME' and value.price > 100
    Should Be Equal    ${quote.price}    ${101.5}

A Condition With Variables Of The Test
    VAR    ${symbol} =    OTHER
    VAR    ${limit} =    ${200}
    ${quote} =    Wait For Json Message    $    validate    value.symbol == $symbol and value.price > $limit
    Should Be Equal    ${quote.id}    ${2}

*** Keywords ***
Connect
    ${url} =    Start Python Server    quotes.py
    Open WebSocket    ${url}
