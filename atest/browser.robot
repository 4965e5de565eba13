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
    ${time} =    Wait For Message    timeout=10s    connection=${report}
    Should Match Regexp    ${time}    ^text \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$

A Page Sees Code And Reason Of Our Close
    ${origin} =    Serve Folder    ${PAGES}
    ${report} =    Open Page    ${origin}    silent
    ${page} =    Wait For Client    timeout=10s
    Close WebSocket    4001    done    connection=${page}
    Reports Should Be    ${report}    open silent    close 4001 done true

A Page Answers Our Ping
    ${origin} =    Serve Folder    ${PAGES}
    Open Page    ${origin}    silent
    ${page} =    Wait For Client    timeout=10s
    Send Ping    hello    connection=${page}
    Wait For Pong    timeout=10s    connection=${page}

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

*** Keywords ***
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
    ${report} =    Wait For Client    server=reports    timeout=10s
    RETURN    ${report}

Reports Should Be
    [Arguments]    ${report}    @{expected}
    FOR    ${line}    IN    @{expected}
        ${message} =    Wait For Message    timeout=10s    connection=${report}
        Should Be Equal    ${message}    ${line}
    END
