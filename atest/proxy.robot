*** Settings ***
Documentation       A proxy between a client and the real server, which a test server plays: what passes, what a
...                 test changes, and what failures say. Peers that we did not write are in the suites of peers/.
Library             resources/FailingReplies.py
Library             resources/Ports.py
Library             resources/RawClient.py
Library             RobotWebSocketLibrary    timeout=20s
Test Setup          Link

*** Variables ***
# Link sets them for each test.
${REAL}     ${NONE}
${APP}      ${NONE}
${PEER}     ${NONE}

*** Test Cases ***
Both Directions Are Observed
    Send Text Message    hello
    ${question} =    Wait For Message    timeout=20s    connection=${APP}
    ${answer} =    Wait For Message    timeout=20s    connection=${APP.upstream}
    Wait For Message    ==    hello
    Should Be Equal    ${question}    hello
    Should Be Equal    ${answer}    hello
    Should Be Equal    ${APP.request.path}    /chat
    Should Be Equal    ${APP.upstream.request.path}    /base/chat
    Should Be Equal    ${websocket.server.target}    ${REAL.url}base

A Test Sends To Either Side
    Send Text Message    from the test    connection=${APP}
    Wait For Message    ==    from the test
    Send Text Message    to the target    connection=${APP.upstream}
    Wait For Message    ==    to the target    connection=${PEER}

What Passed Is Told By A Failure
    Drop Messages    contains    secret    to=CLIENT
    Hold Messages    to=CLIENT
    Send Text Message    a secret
    Send Text Message    hello
    Wait For Messages    2    connection=${PEER}
    Wait For Messages    2    connection=${APP}
    Get Message Rules
    VAR    ${nothing} =    No message containing 'price' from the target '${REAL.url}base/chat' in 500 milliseconds;
    ...    both ends are open.    separator=${SPACE}
    VAR    ${passed} =    ${nothing}
    ...    2 messages have arrived and stay in the inbox:
    ...    ${SPACE*2}'a secret' does not contain 'price'
    ...    ${SPACE*2}'hello' does not contain 'price'
    ...    what the proxy did with the last messages to the client:
    ...    ${SPACE*2}'a secret' dropped by rule 1 (Drop Messages${SPACE*2}contains${SPACE*2}secret)
    ...    ${SPACE*2}'hello' held by rule 2 (Hold Messages)
    ...    separator=\n
    Run Keyword And Expect Error    ${passed}
    ...    Wait For Message    contains    price    timeout=500ms    connection=${APP.upstream}

Messages Are Dropped
    [Documentation]    LOG 1:*    INFO    Added a rule that drops messages.
    Drop Messages    ==    ${5}    json_path=$.id    to=TARGET
    Drop Messages    message_type=BINARY    times=1
    Send Text Message    {"id": 5}
    Send Binary Message    \x00
    Send Binary Message    \x01
    Send Text Message    {"id": 6}
    Wait For Message    ==    \x01    message_type=BINARY
    ${answer} =    Wait For Message    timeout=20s
    Should Be Equal    ${answer}    {"id": 6}

Messages Are Delayed And Keep Their Order
    [Documentation]    LOG 1:*    INFO    Added a rule that delays messages.
    Delay Messages    starts    slow    delay=200ms    to=TARGET
    Send Text Message    slow
    Send Text Message    fast
    Messages Should Be    slow    fast

Messages Are Replaced
    [Documentation]    LOG 1:*    INFO    Added a rule that replaces messages.
    Replace Messages    matches    price: (\\d+)    price: {1}.99    to=CLIENT
    Replace Messages    ==    gone    ${{ lambda message: None }}
    Send Text Message    price: 5
    Send Text Message    gone
    Send Text Message    last
    Messages Should Be    price: 5.99    last

JSON Is Replaced
    VAR    &{wrapped} =    id={$.id}    message={message}
    Replace Messages    ==    order    ${wrapped}    json_path=$.type    to=TARGET
    Send Text Message    {"type": "order", "id": 7}
    ${order} =    Wait For Json Message    $.id    ==    ${7}
    Should Be Equal    ${order.message}    {"type": "order", "id": 7}

A Replacement That Raises Closes Both Ends With 1011
    Replace Messages    ==    x    ${{ lambda message: 1 / 0 }}
    Send Text Message    x
    Wait For Close    code=1011
    Wait For Close    code=1011    connection=${PEER}
    Run Keyword And Expect Error
    ...    The replacement for 'x' at the proxy '${websocket.server.url}' failed: ZeroDivisionError: division by zero.
    ...    Get Message Rules

Messages Are Held And Released
    [Documentation]    LOG 1:*    INFO    Added a rule that holds messages.
    Hold Messages    contains    price    to=TARGET
    Send Text Message    price 1
    Send Text Message    other
    Send Text Message    price 2
    Wait For Messages    3    connection=${APP}
    ${count} =    Release Messages    1
    Should Be Equal As Integers    ${count}    1
    Messages Should Be    price 1    other
    Release Messages
    Messages Should Be    price 2

Rules Are Counted
    Hold Messages    contains    price    to=TARGET
    Send Text Message    price 1
    Wait For Messages    1    connection=${APP}
    ${rules} =    Get Message Rules
    Should Be Equal    ${rules[0].text}    Hold Messages${SPACE*2}contains${SPACE*2}price
    Should Be Equal As Integers    ${rules[0].count}    1
    Should Be Equal As Integers    ${rules[0].held}    1

More Messages Than Are Held Cannot Be Released
    Hold Messages    to=TARGET
    Send Text Message    one
    Wait For Messages    1    connection=${APP}
    Run Keyword And Expect Error
    ...    Could not release 2 messages of '${websocket.server.url}': only 1 message is held, and released now.
    ...    Release Messages    2
    Wait For Message    ==    one
    Run Keyword And Expect Error
    ...    Could not release 1 message of '${websocket.server.url}': no message is held.
    ...    Release Messages    1

Removed Rules Let Everything Go
    [Documentation]    LOG 5:*    INFO    Removed the message rules.
    Hold Messages
    Send Text Message    one
    Send Text Message    two
    Wait For Messages    2    connection=${APP}
    Remove Message Rules
    Messages Should Be    one    two
    ${rules} =    Get Message Rules
    Should Be Empty    ${rules}

A Server Reply Answers In Place Of The Target
    Add Server Reply    ==    ping    pong
    Send Text Message    ping
    Send Text Message    other
    Messages Should Be    pong    other
    ${seen} =    Wait For Message    timeout=20s    connection=${PEER}
    Should Be Equal    ${seen}    other

A Close Passes With Its Code And Reason
    Close WebSocket    4321    x
    ${status} =    Wait For Close    connection=${PEER}
    Should Be Equal    ${status}    4321 (private use) x
    Should Be Equal    ${status.initiator}    client
    ${status} =    Wait For Close    connection=${APP}
    Should Be Equal    ${status}    4321 (private use) x
    Should Be Equal    ${status.initiator}    client

What A Test Does To One End Is Seen At The Other
    Close WebSocket    4004    connection=${APP.upstream}
    Wait For Close    code=4004
    Wait For Close    code=4004    connection=${PEER}

A Dropped End Ends The Other
    Drop Connection    connection=${APP}
    Wait For Close    code=1006
    Wait For Close    code=1006    connection=${PEER}
    VAR    ${failure} =    No message from the target '${REAL.url}base/chat': our end ended TCP (1006),
    ...    as it did at the other end.    separator=${SPACE}
    Run Keyword And Expect Error    ${failure}
    ...    Wait For Message    timeout=20s    connection=${APP.upstream}

A Scripted Response Is Given Without The Target
    Set Handshake Response    503
    Open WebSocket    ${websocket.server.url}    expected_status=503
    ${requests} =    Get Handshake Requests    server=real
    Length Should Be    ${requests}    1

A Refusal Of The Target Passes
    VAR    &{headers} =    X-Why=because
    Set Handshake Response    401    headers=${headers}    body=who are you?    server=real
    Open WebSocket    ${websocket.server.url}    expected_status=401
    Should Be Equal    ${websocket.response.headers}[x-why]    because
    Should Be Equal    ${websocket.response.text}    who are you?

A Target That Cannot Be Reached Gives 502 And A Warning
    [Documentation]    LOG 3:*    WARN    GLOB: Test server '*': a client got HTTP 502: could not connect to '*': *.
    ${port} =    Hold Port
    Start WebSocket Proxy    ws://127.0.0.1:${port}/
    Open WebSocket    ${websocket.server.url}    expected_status=502
    Should Be Equal    ${websocket.response.text}
    ...    Could not connect to 'ws://127.0.0.1:${port}/': connection refused (nothing listens on port ${port}).\n

TLS On Both Sides
    Start WebSocket Server    tls=True    alias=secure
    VAR    ${secure} =    ${websocket.server}
    Start WebSocket Proxy    ${secure.url}    tls=True    verify=${secure.ca_file}
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}    compression=True
    Send Text Message    hello
    Wait For Message    ==    hello
    ${app} =    Wait For Client
    Should Not Be Equal    ${APP.upstream.compression}    ${NONE}

Plain HTTP Passes Where A Test Wants It
    Start WebSocket Server    alias=page
    Start WebSocket Proxy    ${websocket.server.url}    http=True
    ${answer} =    Answer To    ${websocket.server.port}    GET /page HTTP/1.1    Host: localhost
    Should Start With    ${answer}    HTTP/1.1 426 Upgrade Required\r\n
    Should End With    ${answer}
    ...    \r\n\r\nThis is a WebSocket server: connect with a WebSocket client, not with plain HTTP.\n

A Proxy Can Be Suspended
    Suspend WebSocket Server    attempts=503
    Wait For Close    code=SERVICE_RESTART
    Wait For Close    code=SERVICE_RESTART    connection=${PEER}
    Open WebSocket    ${websocket.server.url}    expected_status=503
    Resume WebSocket Server
    Open WebSocket    ${websocket.server.url}
    ${attempts} =    Wait For Connection Attempts    2
    Should Be Equal    ${attempts[1].outcome}    accepted

Rules Need A Proxy
    Run Keyword And Expect Error
    ...    The server '${REAL.url}' is not a proxy, so it passes no messages on: `Start WebSocket Proxy` starts one.
    ...    Drop Messages    server=real

Wrong Arguments Are Refused
    [Template]    Run Keyword And Expect Error
    The operator 'validate' cannot choose messages for a rule: use '==', *.
    ...    Drop Messages    validate    len(value) > 5
    The argument 'times' is 0; a rule is used at least once.    Hold Messages    times=0
    The argument 'count' is 0; it must be at least 1.    Release Messages    0
    The token '{1}' of a replacement needs the operator 'matches'.    Replace Messages    ==    a    {1}
    A replacement is text, bytes, a dictionary, a list, or a Python callable, not an object of type 'int'.
    ...    Replace Messages    ==    a    ${5}
    Invalid URL 'app.example': a WebSocket URL starts with 'ws://' or 'wss://'.    Start WebSocket Proxy    app.example
    The argument 'max_clients' is 0; a proxy has at least 1 client.
    ...    Start WebSocket Proxy    ws://app.example    max_clients=0

*** Keywords ***
Link
    [Documentation]    A server `real` that echoes, a proxy to its path `/base`, and the current connection through it.
    Start WebSocket Server    alias=real
    VAR    ${REAL} =    ${websocket.server}    scope=TEST    # robocop: off=VAR06 - each test has its own link
    Start WebSocket Proxy    ${REAL.url}base
    Open WebSocket    ${websocket.server.url}chat
    ${app} =    Wait For Client
    ${peer} =    Wait For Client    server=real
    VAR    ${APP} =    ${app}    scope=TEST    # robocop: off=VAR06
    VAR    ${PEER} =    ${peer}    scope=TEST    # robocop: off=VAR06

Messages Should Be
    [Arguments]    @{expected}
    ${messages} =    Wait For Messages    ${{len($expected)}}
    Should Be Equal    ${messages}    ${expected}
