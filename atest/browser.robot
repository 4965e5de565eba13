*** Settings ***
Documentation       A page in Chromium connects to our server with its own WebSocket, and reports what it sees.
Library             resources/Pages.py
Library             resources/Warnings.py
Resource            ../examples/chromium.resource
Suite Setup         Open Browser
Suite Teardown      Stop Chromium
Test Setup          Start Servers

*** Variables ***
${PAGES}        ${CURDIR}/pages

*** Test Cases ***
A Page Gets Its Echo
    ${origin} =    Serve Folder    ${PAGES}
    ${report} =    Open Page    ${origin}    echo    hello from the page
    Reports Should Be    ${report}    open echo    text hello from the page    binary 0,255

A Page Gets The Time
    ${origin} =    Serve Folder    ${PAGES}
    ${report} =    Open Page    ${origin}    time-broadcast
    Reports Should Be    ${report}    open time-broadcast
    ${time} =    Wait For Message    timeout=60s    connection=${report}
    Should Match Regexp    ${time}    ^text \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$

A Page Sees Code And Reason Of Our Close
    ${origin} =    Serve Folder    ${PAGES}
    ${report} =    Open Page    ${origin}    silent
    ${page} =    Wait For Client    timeout=60s
    Close WebSocket    4001    done    connection=${page}
    Reports Should Be    ${report}    open silent    close 4001 done true

A Page Answers Our Ping
    ${origin} =    Serve Folder    ${PAGES}
    Open Page    ${origin}    silent
    ${page} =    Wait For Client    timeout=60s
    Send Ping    hello    connection=${page}
    Wait For Pong    timeout=60s    connection=${page}

A Page Sees A Lost Connection
    ${origin} =    Serve Folder    ${PAGES}
    ${report} =    Open Page    ${origin}    unknown
    Reports Should Be    ${report}    error    close 1006 \ false

A Page From A File Is Refused And The Test Warned
    ${report} =    Open Page    file://${PAGES}    echo
    Reports Should Be    ${report}    error    close 1006 \ false
    Warning Should Be Logged    Test server '${websocket.server.url}': a page of the origin 'null' was refused; *

A Page From A File Is Let In Where Its Origin Is Allowed
    Start WebSocket Server    allowed_origins=null
    ${report} =    Open Page    file://${PAGES}    echo    hello from the file
    Reports Should Be    ${report}    open echo    text hello from the file    binary 0,255

A Page Fails The Connection When A Frame Is Illegal
    [Template]    A Page Should Fail The Connection
    1002 (protocol error) Masked frame from server    Send Frame    TEXT    hello    masked=True
    1002 (protocol error) WebSocket Protocol Error    Send Frame    TEXT    hello    rsv1=True
    1002 (protocol error) Invalid reserved bit    Send Frame    TEXT    hello    rsv2=True
    1002 (protocol error) Unknown opcode    Send Frame    3
    1002 (protocol error) WebSocket Protocol Error    Send Frame    PING    hel    fin=False
    1002 (protocol error) WebSocket Protocol Error    Send Frame    PING    ${{ b'x' * 126 }}
    1002 (protocol error) Unexpected continuation    Send Frame    CONTINUATION    hello
    1002 (protocol error) Invalid UTF-8 in text frame    Send Frame    TEXT    \xff
    1002 (protocol error) WebSocket Protocol Error    Send Frame    BINARY    hello    length=9223372036854775808

A Page Fails The Connection When A Close Frame Is Illegal
    [Template]    A Page Should Fail The Connection
    1002 (protocol error)    Send Frame    CLOSE    \x03\xed
    1002 (protocol error)    Send Frame    CLOSE    \x03
    1002 (protocol error) Invalid UTF-8 in Close frame    Send Frame    CLOSE    \x03\xe8\xff

A Page Fails The Connection When Bytes Are No Frame
    [Template]    A Page Should Fail The Connection
    1002 (protocol error) WebSocket Protocol Error    Send Raw Bytes    HTTP/1.1 200 OK

A Page Sees TCP End
    [Template]    A Page Should See A Lost Connection
    Drop Connection
    Drop Connection    reset=True

A Page Sees TCP End In The Middle Of A Frame
    ${report}    ${page} =    Open Silent Page
    Send Frame    TEXT    hello    length=4096    connection=${page}
    Drop Connection    connection=${page}
    Reports Should Be    ${report}    close 1006 \ false

A Page Waits For A Slow Server
    ${report}    ${page} =    Open Silent Page
    Set Connection Behavior    send_delay=1s    connection=${page}
    Send Text Message    at last    connection=${page}
    Should Not Receive Message    within=250ms    connection=${report}
    Reports Should Be    ${report}    text at last

*** Keywords ***
Open Silent Page
    [Documentation]    Returns the connection of its reports, and the server's end of the one under test.
    ${origin} =    Serve Folder    ${PAGES}
    ${report} =    Open Page    ${origin}    silent
    Reports Should Be    ${report}    open silent
    ${page} =    Wait For Client    timeout=60s
    RETURN    ${report}    ${page}

A Page Should Fail The Connection
    [Documentation]    The server's end tells the status, when a keyword was run with it.
    [Arguments]    ${status}    @{keyword}    &{options}
    ${report}    ${page} =    Open Silent Page
    Run Keyword    @{keyword}    &{options}    connection=${page}
    Reports Should Be    ${report}    error    close 1006 \ false
    ${closed} =    Wait For Close    timeout=60s    connection=${page}
    Should Be Equal    ${closed}    ${status}

A Page Should See A Lost Connection
    [Arguments]    @{keyword}    &{options}
    ${report}    ${page} =    Open Silent Page
    Run Keyword    @{keyword}    &{options}    connection=${page}
    Reports Should Be    ${report}    close 1006 \ false

Open Browser
    ${url} =    Start Chromium
    Open WebSocket    ${url}    alias=browser

Start Servers
    [Documentation]    One server takes the page's reports, from whatever origin; the other is the one under test.
    Start WebSocket Server    alias=reports    default_protocol=silent    allowed_origins=null
    Start WebSocket Server    time_interval=100ms

Open Page
    [Documentation]    Opens the page, which connects with the subprotocol. Returns the connection of its reports.
    [Arguments]    ${folder}    ${subprotocol}    ${send}=${EMPTY}
    ${tested} =    Switch WebSocket Server    reports
    VAR    ${reports} =    ${websocket.server.url}
    Switch WebSocket Server    ${tested}
    ${query} =    Evaluate    urllib.parse.urlencode({'subprotocol': $subprotocol, 'send': $send})
    Ask DevTools    Target.createTarget    url=${folder}/client.html?url=${tested.url}&report=${reports}&${query}
    ${report} =    Wait For Client    server=reports    timeout=60s
    RETURN    ${report}

Reports Should Be
    [Arguments]    ${report}    @{expected}
    FOR    ${line}    IN    @{expected}
        ${message} =    Wait For Message    timeout=60s    connection=${report}
        Should Be Equal    ${message}    ${line}
    END
