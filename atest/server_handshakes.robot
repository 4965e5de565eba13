*** Settings ***
Documentation       What the test server answers to opening handshakes as a test wants it, how clients that we did not
...                 write take it, and what clients asked for.
Library             resources/OtherClients.py
Library             resources/RawClient.py
Library             RobotWebSocketLibrary
Resource            peers/conversation.resource
Test Setup          Start WebSocket Server

*** Variables ***
@{UPGRADE}          Host: localhost    Upgrade: websocket    Connection: Upgrade    Sec-WebSocket-Version: 13
...                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
&{WHO}              WWW-Authenticate=Bearer

*** Test Cases ***
A Refusal Has What The Test Gave It
    [Documentation]    LOG 1:*    INFO    Set the answer to opening handshakes.
    Set Handshake Response    401    reason=Who Are You    headers=${WHO}    body=Only for friends.
    Open WebSocket    ${websocket.server.url}    expected_status=401
    Should Be Equal    ${websocket.response.reason}    Who Are You
    Should Be Equal    ${websocket.response.headers}[WWW-Authenticate]    Bearer
    Should Be Equal    ${websocket.response.text}    Only for friends.
    Run Keyword And Expect Error
    ...    Opening handshake with '${websocket.server.url}' failed: the server answered 401 Who Are You instead of 101*
    ...    Open WebSocket    ${websocket.server.url}

A Header May Come More Than Once
    Set Handshake Response    503    headers=[('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2')]
    Open WebSocket    ${websocket.server.url}    expected_status=503
    Should Be Equal    ${websocket.response.cookies}    ${{ {'a': '1', 'b': '2'} }}

A Refusal Is For As Many Handshakes As The Test Says
    Set Handshake Response    503    times=2
    Set Handshake Response    404    times=1
    FOR    ${status}    IN    503    503    404    101
        Open WebSocket    ${websocket.server.url}    expected_status=${status}
    END

A Refusal Is For One Path
    Set Handshake Response    401    path=/private
    Open WebSocket    ${websocket.server.url}private?user=1    expected_status=401
    Open WebSocket    ${websocket.server.url}

The Usual Answer Comes Back
    Set Handshake Response    401
    Set Handshake Response    503    times=5
    Set Handshake Response    101
    Open WebSocket    ${websocket.server.url}

A Refusal Is Taken As One
    Set Handshake Response    401
    Websockets Should Say    server rejected WebSocket connection: HTTP 401
    Node Should Say    Unexpected server response: 401

A Redirect Is Followed
    Set Handshake Response    302    headers={'Location': '/there'}    path=/
    Websockets Should Say    opened
    Node Should Say    opened    redirects=${1}
    Open WebSocket    ${websocket.server.url}    redirects=1
    Should Be Equal    ${websocket.url}    ${websocket.server.url}there
    ${redirected} =    Get Handshake Requests    path=/there
    Should Not Be Empty    ${redirected}

A Late Answer Is Waited For
    Set Handshake Response    101    delay=1 hour
    Websockets Should Say    timed out while waiting for handshake response    timeout=${1}
    Node Should Say    Opening handshake has timed out    timeout=${1}
    Run Keyword And Expect Error    * failed: the server accepted TCP but sent no answer in 1 second.
    ...    Open WebSocket    ${websocket.server.url}    timeout=1s
    Set Handshake Response    101    delay=500ms
    Websockets Should Say    opened
    Node Should Say    opened
    Open WebSocket    ${websocket.server.url}

An Answer That Never Comes Is Given Up
    Set Handshake Response    NONE
    Websockets Should Say    timed out while waiting for handshake response    timeout=${1}
    Node Should Say    Opening handshake has timed out    timeout=${1}
    Run Keyword And Expect Error    * failed: the server accepted TCP but sent no answer in 1 second.
    ...    Open WebSocket    ${websocket.server.url}    timeout=1s
    ${requests} =    Get Handshake Requests
    Should Be Equal    ${requests[-1].status}    ${NONE}

A Wrong Accept Is Refused By Clients
    Set Handshake Response    101    accept=wrong
    Websockets Should Say    invalid Sec-WebSocket-Accept header: wrong
    Node Should Say    Invalid Sec-WebSocket-Accept header
    Run Keyword And Expect Error    * failed: the header 'Sec-WebSocket-Accept' of the answer is 'wrong', expected *
    ...    Open WebSocket    ${websocket.server.url}

A Missing Accept Is Refused By Clients
    Set Handshake Response    101    accept=NONE
    Websockets Should Say    missing Sec-WebSocket-Accept header
    Node Should Say    Invalid Sec-WebSocket-Accept header
    Run Keyword And Expect Error    * failed: the header 'Sec-WebSocket-Accept' of the answer is missing, expected *
    ...    Open WebSocket    ${websocket.server.url}

A Subprotocol That Was Not Offered Is Refused By Clients
    Set Handshake Response    101    subprotocol=other
    Websockets Should Say    no subprotocols supported
    Websockets Should Say    unsupported subprotocol: other    echo
    Node Should Say    Server sent a subprotocol but none was requested
    Node Should Say    Server sent an invalid subprotocol    echo
    Run Keyword And Expect Error    * failed: the server chose the subprotocol 'other', but the client offered: 'echo'.
    ...    Open WebSocket    ${websocket.server.url}    subprotocols=echo

A Subprotocol That Was Offered Is Not Chosen
    Set Handshake Response    101    subprotocol=NONE
    Websockets Should Say    opened    echo
    Node Should Say    Server sent no subprotocol    echo
    Open WebSocket    ${websocket.server.url}    subprotocols=echo
    Should Be Equal    ${websocket.subprotocol}    ${NONE}

A Client That Takes A Wrong Answer Has A Connection
    Set Handshake Response    101    subprotocol=chat
    Open WebSocket    ${websocket.server.url}    subprotocols=chat
    ${peer} =    Wait For Client    subprotocol=chat
    Send Text Message    hello
    ${echo} =    Wait For Message    timeout=20s
    Should Be Equal    ${echo}    hello
    ${message} =    Wait For Message    timeout=20s    connection=${peer}
    Should Be Equal    ${message}    hello

Plain HTTP Is Answered As Ever
    Set Handshake Response    401
    ${answer} =    Answer To    ${websocket.server.port}    GET / HTTP/1.1    Host: localhost
    Should Start With    ${answer}    HTTP/1.1 426 Upgrade Required\r\n
    ${answer} =    Answer To    ${websocket.server.port}    GET / HTTP/1.1    @{UPGRADE}
    Should Start With    ${answer}    HTTP/1.1 401 Unauthorized\r\n

Requests Show What Clients Asked For
    [Documentation]    LOG 4:*    INFO    Got the handshake requests of a WebSocket server.
    VAR    &{cookies} =    session=canary
    VAR    &{headers} =    X-Tag=one
    Open WebSocket    ${websocket.server.url}chat?room=1    cookies=${cookies}    headers=${headers}
    ...    subprotocols=silent, echo    origin=http://localhost
    ${requests} =    Get Handshake Requests
    Should Be Equal    ${requests[0].path} ${requests[0].query}    /chat room=1
    Should Be Equal    ${requests[0].cookies}[session]    canary
    Should Be Equal    ${requests[0].headers}[x-tag]    one
    Should Be Equal    ${requests[0].subprotocols}    ${{ ['silent', 'echo'] }}
    Should Be Equal    ${requests[0].status} ${requests[0].origin}    101 http://localhost

Refused Requests Are There Too
    Open WebSocket    ${websocket.server.url}one    origin=null    expected_status=403
    Open WebSocket    ${websocket.server.url}two    subprotocols=unknown    expected_status=400
    Open WebSocket    ${websocket.server.url}three
    ${requests} =    Get Handshake Requests
    Should Be Equal    ${{ [request.path for request in $requests] }}    ${{ ['/one', '/two', '/three'] }}
    Should Be Equal    ${{ [request.status for request in $requests] }}    ${{ [403, 400, 101] }}
    ${two} =    Get Handshake Requests    path=/two
    Should Be Equal    ${two}    ${requests[1:2]}

A Request Shows No Secrets
    Open WebSocket    ${websocket.server.url}chat?token=canary
    ${requests} =    Get Handshake Requests
    Should Be Equal    ${{ str($requests[0]) }}    '/chat?token=***' answered with 101

A Status That Is No Number
    [Documentation]    FAIL    ValueError: Argument 'status' got value 'maybe' \
    ...                that cannot be converted to integer or None.
    Set Handshake Response    maybe

A Status Out Of Range
    [Documentation]    FAIL    Cannot answer handshakes with the status 600: it must be from 100 to 599.
    Set Handshake Response    600

A Header With A Line Break
    [Documentation]    FAIL    The header 'X' contains a line break or NUL (position 2).
    Set Handshake Response    401    headers={'X': 'a\\r\\nSet-Cookie: b=1'}

A Reason With A Line Break
    [Documentation]    FAIL    The argument 'reason' contains a line break or NUL (position 3).
    Set Handshake Response    401    reason=No\r\nX-Injected: yes

An Answer Without Handshakes
    [Documentation]    FAIL    The argument 'times' is 0; it must be at least 1.
    Set Handshake Response    401    times=0

A 101 With A Body
    [Documentation]    FAIL    A handshake that is answered with 101 has no 'body': messages follow.
    Set Handshake Response    101    body=hello

An Accept For A Refusal
    [Documentation]    FAIL    The arguments 'accept' and 'subprotocol' belong to the status 101.
    Set Handshake Response    401    accept=wrong

A Late Answer That Never Comes
    [Documentation]    FAIL    A handshake that is never answered (status NONE) takes only 'times' and 'path'.
    Set Handshake Response    NONE    delay=1s

*** Keywords ***
Websockets Should Say
    [Arguments]    ${expected}    @{subprotocols}    &{options}
    Skip Without Websockets
    ${said} =    Reaction Of Websockets    ${websocket.server.url}    @{subprotocols}    &{options}
    Should Be Equal    ${said}    ${expected}

Node Should Say
    [Arguments]    ${expected}    @{subprotocols}    &{options}
    Skip Without Node
    ${said} =    Reaction Of Node    ${websocket.server.url}    @{subprotocols}    &{options}
    Should Be Equal    ${said}    ${expected}
