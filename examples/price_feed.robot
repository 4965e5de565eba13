*** Settings ***
Documentation       A client of a price feed, against an exchange that each test scripts.
...
...                 The client is the current connection, ``\${exchange}`` is the exchange's end of it.

Library             OperatingSystem
Library             RobotWebSocketLibrary    timeout=2s
Test Tags           client    json

*** Test Cases ***
The Exchange Sees A Subscription
    ${exchange} =    Connect To Exchange
    Send Json Message    {"subscribe": "ACME", "depth": 5}
    ${request} =    Wait For Json Message    $.subscribe    ==    ACME    connection=${exchange}
    Should Be Equal As Integers    ${request.depth}    5

The First ACME Price Above 100 Is Found And The Others Stay
    ${exchange} =    Connect To Exchange
    Send Prices    ${exchange}
    ...    {"symbol": "ACME", "price": 99.5}
    ...    {"symbol": "ZETA", "price": 250}
    ...    {"symbol": "ACME", "price": 100.5}
    ...    {"symbol": "ACME", "price": 101.5}
    ${acme} =    Wait For Json Message    $    validate    value.symbol == 'ACME' and value.price > 100
    Should Be Equal As Numbers    ${acme.price}    100.5
    ${zeta} =    Wait For Json Message    $.price    >    ${200}
    Should Be Equal    ${zeta.symbol}    ZETA
    ${rest} =    Wait For Messages    2
    Should Contain    ${rest}[0]    99.5
    Should Contain    ${rest}[1]    101.5

Every Client Gets Several Prices In Order
    Connect To Exchange
    Open WebSocket    ${websocket.server.url}    alias=second client
    Broadcast Message    ACME 99.50
    Broadcast Message    ACME 100.50
    ${clients} =    Broadcast Message    ACME 101.50
    Should Be Equal As Integers    ${clients}    2
    ${first_prices} =    Wait For Messages    3    connection=client
    ${second_prices} =    Wait For Messages    3    connection=second client
    Should Be Equal    ${first_prices}    ${{ ['ACME 99.50', 'ACME 100.50', 'ACME 101.50'] }}
    Should Be Equal    ${second_prices}    ${first_prices}

No ACME Price Comes After Unsubscribing
    ${exchange} =    Connect To Exchange
    Send Json Message    {"unsubscribe": "ACME"}
    Wait For Json Message    $.unsubscribe    ==    ACME    connection=${exchange}
    Send Prices    ${exchange}    {"symbol": "ZETA", "price": 250}
    Should Not Receive Message    contains    ACME    within=300ms
    Wait For Json Message    $.symbol    ==    ZETA
    Should Not Receive Message    within=300ms

A Ping Of The Exchange Is Answered
    ${exchange} =    Connect To Exchange
    Send Ping    are you there    connection=${exchange}
    ${round_trip} =    Wait For Pong    are you there    connection=${exchange}
    Should Be True    ${round_trip} < 2
    ${body} =    Wait For Ping
    Should Be Equal    ${body}    are you there    type=bytes

The Client Gives Up When The Exchange Stops Answering Pings
    ${exchange} =    Connect To Exchange    ping_interval=50ms    pong_timeout=1s
    Wait For Ping    connection=${exchange}
    Should Be Equal    ${websocket.state}    open
    Set Connection Behavior    answer_pings=False    connection=${exchange}
    ${status} =    Wait For Close    code=INTERNAL_ERROR
    Should Be Equal    ${status}    1011 (internal error) the server did not answer a ping in 1 second
    Should Be Equal    ${status.initiator}    client

Long Messages Come Compressed
    ${exchange} =    Connect To Exchange    compression=True
    Send Text Message    ${{ 'ACME 101.50;' * 100 }}    connection=${exchange}
    Wait For Message    starts    ACME
    Should Be Equal As Integers    ${websocket.received.size}    1200
    Should Be True    0 < ${websocket.received.compressed_size} < 100

A Large Snapshot Comes In Fragments
    ${exchange} =    Connect To Exchange
    VAR    ${snapshot} =    ${{ {'prices': [{'symbol': 'ACME', 'price': price} for price in range(1000)]} }}
    Send Json Message    ${snapshot}    fragment_size=1 KiB    connection=${exchange}
    ${received} =    Wait For Json Message    $.prices[999].price    ==    ${999}
    Length Should Be    ${received.prices}    1000
    Should Be True    ${websocket.received.fragments} > 10
    Should Be True    ${websocket.received.size} > 10 * 1024

A Message Larger Than Allowed Closes The Connection
    ${exchange} =    Connect To Exchange    max_message_size=1 KiB
    Send Text Message    ${{ 'ACME 101.50;' * 100 }}    connection=${exchange}
    Wait For Close    code=MESSAGE_TOO_BIG
    Wait For Close    code=1009    connection=${exchange}

The Client Comes Back After A Restart Of The Exchange
    ${exchange} =    Connect To Exchange
    Close WebSocket    SERVICE_RESTART    back in a minute    connection=${exchange}
    ${status} =    Wait For Close    code=1012
    Should Be Equal    ${status.reason}    back in a minute
    Stop WebSocket Server
    Start WebSocket Server    port=${websocket.server.port}    default_protocol=silent
    Open WebSocket    ${websocket.server.url}
    Broadcast Message    ACME 101.50
    Wait For Message    ==    ACME 101.50

A Day's Trading Is Counted And Saved
    ${exchange} =    Connect To Exchange
    Trade For A Day    ${exchange}
    ${statistics} =    Get WebSocket Statistics
    Should Be Equal As Integers    ${statistics.sent.messages}    1
    Should Be Equal As Integers    ${statistics.received.messages}    2
    Should Be Equal As Integers    ${statistics.received.pings}    1
    ${file} =    Save WebSocket Traffic    trading.har
    File Should Not Be Empty    ${file}

A Price Compared With Text Fails And Says How To Write It
    ${exchange} =    Connect To Exchange
    Send Prices    ${exchange}    {"symbol": "ACME", "price": 101}
    ${failure} =    Run Keyword And Expect Error    No JSON message with '$.price' greater than '100' (string)*
    ...    Wait For Json Message    $.price    >    100    timeout=300ms
    Should End With    ${failure}    101 (integer) cannot be compared with '100' (string): write \${100}

*** Keywords ***
Connect To Exchange
    [Documentation]    Starts an exchange and opens the client's connection. Returns the exchange's end of it.
    [Arguments]    &{options}
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}    alias=client    &{options}
    ${exchange} =    Wait For Client
    RETURN    ${exchange}

Send Prices
    [Documentation]    Sends prices from the exchange to the client.
    [Arguments]    ${exchange}    @{prices}
    FOR    ${price}    IN    @{prices}
        Send Json Message    ${price}    connection=${exchange}
    END

Trade For A Day
    [Documentation]    One subscription, one ping of the exchange, two prices.
    [Arguments]    ${exchange}
    Send Json Message    {"subscribe": "ACME"}
    Send Ping    connection=${exchange}
    Wait For Pong    connection=${exchange}
    Send Prices    ${exchange}    {"symbol": "ACME", "price": 99.5}    {"symbol": "ACME", "price": 101.5}
    Wait For Messages    2
