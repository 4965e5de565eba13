*** Settings ***
Documentation       A browser page under test: a chat in Chromium, and this library's server as the chat server that it
...                 connects to. The server answers, refuses, breaks and falls silent as a test wants it, and the page
...                 tells, over the browser's DevTools, what its user sees of that.
Resource            chromium.resource
Suite Setup         Open DevTools
Suite Teardown      Stop Chromium
Test Setup          Start Chat Server
Test Teardown       Close Page
Test Tags           browser    server    reconnect

*** Variables ***
${CHAT}     file://${CURDIR}/browser_app/chat.html

*** Test Cases ***
The Page Says When It Is Online
    Open Chat And Wait Until It Is Online

The Page Says That It Is Connecting While The Server Thinks
    Set Handshake Response    NONE
    Open Chat
    State Should Be    connecting

What The User Writes Reaches The Server
    ${client} =    Open Chat And Wait Until It Is Online
    Write    Grüß Gott 🙂
    ${message} =    Wait For Json Message    $.type    ==    message    connection=${client}
    Should Be Equal    ${message.text}    Grüß Gott 🙂
    Last Message Should Be    Grüß Gott 🙂

The Page Shows What The Server Answers
    VAR    &{answer} =    type=message    from=Ann    text=I like {1}, too.
    Add Server Reply    matches    I like (\\w+)    ${answer}    json_path=$.text
    Open Chat And Wait Until It Is Online
    Write    I like tea
    Last Message Should Be    Ann: I like tea, too.

The Page Shows What The Server Sends Unasked
    ${client} =    Open Chat And Wait Until It Is Online
    Send Json Message    {"type": "message", "from": "Ann", "text": "Only for you"}    connection=${client}
    Last Message Should Be    Ann: Only for you
    Broadcast Message    {"type": "message", "from": "Bob", "text": "For all of you"}
    Last Message Should Be    Bob: For all of you

The Page Shows HTML As Text
    ${client} =    Open Chat And Wait Until It Is Online
    VAR    &{message} =    type=message    from=Eve    text=<b>bold</b> <img src=x onerror=alert()>
    Send Json Message    ${message}    connection=${client}
    Last Message Should Be    Eve: <b>bold</b> <img src=x onerror=alert()>
    ${elements} =    Evaluate In Page    document.querySelectorAll('#messages li *').length
    Should Be Equal As Integers    ${elements}    0

The Page Lives On After A Message That It Does Not Understand
    ${client} =    Open Chat And Wait Until It Is Online
    Send Text Message    {"type": "mess    connection=${client}
    Send Json Message    {"type": "message", "from": "Ann", "text": "Sorry"}    connection=${client}
    Last Message Should Be    Ann: Sorry

The Page Tries Again When It Is Refused, After Longer And Longer Delays
    Set Handshake Response    503    times=2
    Open Chat And Wait Until It Is Online
    ${first}    ${second}    ${third} =    Get Handshake Requests
    Should Be Equal    ${{[$first.status, $second.status, $third.status]}}    ${{[503, 503, 101]}}
    Should Be True    $second.time - $first.time > 0.2
    Should Be True    $third.time - $second.time > 0.4

The Page Tries Again When Its Handshake Is Not Answered
    Set Handshake Response    NONE    times=1
    Open Chat    heartbeat=100
    Wait For Client
    State Should Be    online

The Page Comes Back When The Connection Is Lost
    ${client} =    Open Chat And Wait Until It Is Online
    Keep Clients Out
    Drop Connection    connection=${client}
    Page Should Come Back

The Page Comes Back When The Connection Is Reset
    ${client} =    Open Chat And Wait Until It Is Online
    Keep Clients Out
    Drop Connection    reset=True    connection=${client}
    Page Should Come Back

The Page Comes Back When The Server Restarts
    ${client} =    Open Chat And Wait Until It Is Online
    Keep Clients Out
    Close WebSocket    SERVICE_RESTART    back in a minute    connection=${client}
    Page Should Come Back

The Page Comes Back When The Server Sends Garbage
    ${client} =    Open Chat And Wait Until It Is Online
    Keep Clients Out
    Send Frame    TEXT    \xff    connection=${client}    # no UTF-8: the browser fails the connection
    Page Should Come Back

The Page Comes Back When The Server Falls Silent
    ${client} =    Open Chat And Wait Until It Is Online    heartbeat=300
    Wait For Messages    4    connection=${client}    # pings: as long as they are answered, the page stays
    Keep Clients Out
    Set Connection Behavior    reading=False    connection=${client}    # TCP stays, and nothing comes any more
    Page Should Come Back

The Page Stays Away When The Server Says So
    ${client} =    Open Chat And Wait Until It Is Online
    Close WebSocket    POLICY_VIOLATION    mind your language    connection=${client}
    State Should Be    offline: mind your language
    Run Keyword And Expect Error    No client*    Wait For Client    timeout=500ms

The User Can Leave And Join Again
    ${client} =    Open Chat And Wait Until It Is Online
    Click    \#door
    Wait For Close    code=1000    connection=${client}
    State Should Be    offline
    Click    \#door
    Wait For Client
    State Should Be    online

What The User Writes Meanwhile Is Sent Later
    Set Handshake Response    503
    Open Chat
    State Should Be    reconnecting
    Write    first
    Write    second
    Set Handshake Response    101
    ${client} =    Wait For Client
    ${first}    ${second} =    Wait For Messages    2    connection=${client}
    Should Contain    ${first}    first
    Should Contain    ${second}    second

*** Keywords ***
Start Chat Server
    [Documentation]    It answers the page's pings; all else is up to the test.
    Start WebSocket Server    default_protocol=silent    allowed_origins=null    # the origin of a page from a file
    VAR    &{pong} =    type=pong
    Add Server Reply    ==    ping    ${pong}    json_path=$.type

Open Chat
    [Documentation]    The page pings the server once per heartbeat, given in milliseconds.
    [Arguments]    ${heartbeat}=10000
    Open Page    ${CHAT}?server=${websocket.server.url}&heartbeat=${heartbeat}

Open Chat And Wait Until It Is Online
    [Documentation]    Returns the server's end of the page's connection.
    [Arguments]    &{options}
    Open Chat    &{options}
    ${client} =    Wait For Client
    State Should Be    online
    RETURN    ${client}

Close Page
    Ask DevTools    Page.close

State Should Be
    [Documentation]    Waits for it.
    [Arguments]    ${state}
    Page Should Show    \#state    ${state}

Last Message Should Be
    [Documentation]    Waits for it.
    [Arguments]    ${message}
    Page Should Show    \#messages li:last-child    ${message}

Write
    [Documentation]    Fills in the field, instead of typing: a page that is not painted yet may lose keys.
    [Arguments]    ${text}
    ${value} =    Evaluate    json.dumps($text)
    Evaluate In Page    document.querySelector('input').value = ${value}
    Click    form button

Click
    [Arguments]    ${selector}
    Evaluate In Page    document.querySelector('${selector}').click()

Keep Clients Out
    [Documentation]    The page must not be back before the test has seen that it is away.
    Set Handshake Response    503

Page Should Come Back
    State Should Be    reconnecting in
    Set Handshake Response    101    # lets clients in again
    Wait For Client
    State Should Be    online
