*** Settings ***
Documentation       Between an application and its real server: a test sees what passes, and changes single messages.
...
...                 A test server plays the real one, and the current connection plays the application. In a test of
...                 yours, ``Start WebSocket Proxy`` gets the URL of the real server, and the application connects to
...                 ``\${websocket.server.url}``. ``\${app}`` is the end that faces the application, and
...                 ``\${app.upstream}`` the end that faces its server.

Library             RobotWebSocketLibrary    timeout=5s
Test Setup          Start Shop And Proxy
Test Tags           proxy

*** Test Cases ***
Observe What The Application And Its Server Say
    ${app} =    Start Application
    Send Json Message    {"type": "price?", "symbol": "ACME"}
    ${question} =    Wait For Json Message    $.type    ==    price?    connection=${app}
    ${answer} =    Wait For Json Message    $.type    ==    price    connection=${app.upstream}
    Should Be Equal    ${question.symbol}    ACME
    Should Be Equal As Numbers    ${answer.value}    99.5

Change What The Server Says
    Replace Messages    ==    price    {"type": "price", "symbol": "{$.symbol}", "value": -1}
    ...    json_path=$.type    to=CLIENT
    Start Application
    Send Json Message    {"type": "price?", "symbol": "ACME"}
    ${price} =    Wait For Json Message    $.type    ==    price
    Should Be Equal As Integers    ${price.value}    -1

Drop What The Application Orders
    Drop Messages    ==    order    json_path=$.type    to=TARGET    times=1
    ${app} =    Start Application
    Send Json Message    {"type": "order", "id": 1}
    Send Json Message    {"type": "order", "id": 2}
    ${confirmed} =    Wait For Json Message    $.type    ==    confirmed
    Should Be Equal As Integers    ${confirmed.id}    2
    ${rules} =    Get Message Rules
    Should Be Equal As Integers    ${rules[0].count}    1
    Should Be Equal    ${app.state}    open

Delay The Answers
    Delay Messages    delay=300ms    to=CLIENT
    Start Application
    Send Json Message    {"type": "price?", "symbol": "ACME"}
    Should Not Receive Message    within=100ms
    Wait For Json Message    $.type    ==    price

Hold A Confirmation Until Something Else Has Happened
    Hold Messages    ==    confirmed    json_path=$.type    to=CLIENT
    ${app} =    Start Application
    Send Json Message    {"type": "order", "id": 1}
    Wait For Json Message    $.type    ==    confirmed    connection=${app.upstream}
    Should Not Receive Message    within=100ms    # the application must cope with an order in doubt
    Release Messages
    Wait For Json Message    $.type    ==    confirmed

Say Something In The Name Of The Server
    ${app} =    Start Application
    Send Json Message    {"type": "maintenance", "minutes": 5}    connection=${app}
    ${notice} =    Wait For Json Message    $.type    ==    maintenance
    Should Be Equal As Integers    ${notice.minutes}    5

Answer In Place Of The Server
    VAR    &{sold_out} =    type=rejected    id={$.id}    reason=sold out
    Add Server Reply    ==    order    ${sold_out}    json_path=$.type
    Start Application
    Send Json Message    {"type": "order", "id": 7}
    ${rejected} =    Wait For Json Message    $.type    ==    rejected
    Should Be Equal As Integers    ${rejected.id}    7

Refuse The Application Once
    Set Handshake Response    503    times=1
    Open WebSocket    ${websocket.server.url}    expected_status=503
    Start Application

Break The Connection As A Bad Network Would
    ${app} =    Start Application
    Drop Connection    reset=True    connection=${app}
    Wait For Close    code=1006

*** Keywords ***
Start Shop And Proxy
    [Documentation]    The real server is a shop: it tells prices and confirms orders.
    Start WebSocket Server    default_protocol=silent    alias=shop
    VAR    &{price} =    type=price    symbol={$.symbol}    value=${99.5}
    Add Server Reply    ==    price?    ${price}    json_path=$.type
    VAR    &{confirmed} =    type=confirmed    id={$.id}
    Add Server Reply    ==    order    ${confirmed}    json_path=$.type
    Start WebSocket Proxy    ${websocket.server.url}

Start Application
    [Documentation]    Plays the application, and returns the end of the proxy that faces it.
    Open WebSocket    ${websocket.server.url}    alias=application
    ${app} =    Wait For Client
    RETURN    ${app}
