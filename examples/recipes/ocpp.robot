*** Settings ***
Documentation       OCPP 1.6 from both ends. docs/recipes/ocpp.md explains it.
...                 Central system and charge point are of the PyPI package ocpp.
Library             RobotWebSocketLibrary    timeout=10s
Resource            applications.resource
Suite Setup         Skip Without Python Packages    ocpp    websockets
Test Teardown       Stop Applications
Test Tags           recipe    client    server    json

*** Test Cases ***
A Central System Accepts A Charge Point
    Connect As Charge Point
    VAR    &{charger} =    chargePointVendor=Vendor    chargePointModel=Model
    VAR    @{boot} =    ${2}    boot-1    BootNotification    ${charger}
    ${answer} =    Send Request    ${boot}    id=$[1]
    Should Be Equal    ${answer}[0]    ${3}
    Should Be Equal    ${answer}[2][status]    Accepted

A Central System Starts A Transaction At A Charge Point
    Connect As Charge Point
    Add Automatic Reply    ==    RemoteStartTransaction    [3, "{$[1]}", {"status": "Accepted"}]    json_path=$[2]
    ${answer} =    Send Request    [2, "auth-1", "Authorize", {"idTag": "Ann"}]    id=$[1]
    Should Be Equal    ${answer}[2][idTagInfo][status]    Accepted
    Wait Until Keyword Succeeds    5s    50ms    Last Sent Should Be Accepted

A Central System Refuses What It Does Not Know
    Connect As Charge Point
    ${answer} =    Send Request    [2, "reset-1", "Reset", {"type": "Hard"}]    id=$[1]
    Should Be Equal    ${answer}[0]    ${4}
    Should Be Equal    ${answer}[2]    NotImplemented

A Charge Point Boots And Charges
    Start WebSocket Server    protocols=${{ {'ocpp1.6': 'silent'} }}
    Add Server Reply    ==    BootNotification
    ...    [3, "{$[1]}", {"currentTime": "2026-01-31T12:00:00Z", "interval": 10, "status": "Accepted"}]
    ...    json_path=$[2]
    Start Python Client    ocpp_charge_point.py    ${websocket.server.url}CP-1
    ${charger} =    Wait For Client    path=/CP-1
    Wait For Json Message    $[2]    ==    BootNotification    connection=${charger}
    VAR    @{start} =    ${2}    start-1    RemoteStartTransaction    ${{ {'idTag': 'Ann'} }}
    ${answer} =    Send Request    ${start}    id=$[1]    connection=${charger}
    Should Be Equal    ${answer}[2][status]    Accepted
    ${status} =    Wait For Json Message    $[2]    ==    StatusNotification    connection=${charger}
    Should Be Equal    ${status}[3][status]    Charging

*** Keywords ***
Connect As Charge Point
    ${url} =    Start Python Server    ocpp_central_system.py
    Open WebSocket    ${url}CP-1    subprotocols=ocpp1.6

Last Sent Should Be Accepted
    [Documentation]    The central system may ask before it answers, or afterwards.
    ${traffic} =    Get WebSocket Traffic
    ${sent} =    Evaluate    [record.text for record in $traffic if record.direction == '>']
    Should End With    ${sent}[-1]    {"status": "Accepted"}]
