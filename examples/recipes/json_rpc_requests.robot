*** Settings ***
Documentation       JSON-RPC 2.0: a call and its answer in one keyword. docs/recipes/json-rpc.md explains it.
...                 The server is the npm package rpc-websockets.
Library             RobotWebSocketLibrary    timeout=10s
Resource            applications.resource
Suite Setup         Skip Without Node Package    rpc-websockets
Test Setup          Connect
Test Teardown       Stop Applications
Test Tags           recipe    client    json

*** Test Cases ***
A Call Returns Its Result
    ${answer} =    Send Request    {"jsonrpc": "2.0", "method": "add", "params": [2, 3]}
    Should Be Equal    ${answer.result}    ${5}

Notifications Stay For Later
    Send Request    {"jsonrpc": "2.0", "method": "rpc.on", "params": ["progress"]}
    ${answer} =    Send Request    {"jsonrpc": "2.0", "method": "build", "params": {"target": "docs"}}
    Should Be Equal    ${answer.result}    docs done
    Wait For Json Message    $.params[0]    ==    ${50}
    Wait For Json Message    $.params[0]    ==    ${100}

An Error Is An Answer Too
    ${answer} =    Send Request    {"jsonrpc": "2.0", "method": "nonsense"}
    Should Be Equal    ${answer.error.code}    ${-32601}
    Should Be Equal    ${answer.error.message}    Method not found

*** Keywords ***
Connect
    ${url} =    Start Node Server    json_rpc_server.mjs
    Open WebSocket    ${url}
