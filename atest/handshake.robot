*** Settings ***
Documentation       The opening handshake as an HTTP exchange: what is sent, what is answered, and redirects.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary    timeout=20s
Test Setup          Start WebSocket Server

*** Test Cases ***
Defaults Apply To The Connections That Follow
    [Documentation]    LOG 2:*    INFO    Set the defaults of WebSocket connections.
    VAR    &{headers} =    X-Run=42    Authorization=Bearer abc
    Set WebSocket Defaults    headers=${headers}
    Open WebSocket    ${websocket.server.url}
    Request Should Have    X-Run    42
    Open WebSocket    ${websocket.server.url}    username=us    password=pa
    Request Should Have    Authorization    Basic dXM6cGE\=

Previous Defaults Can Be Given Back
    VAR    &{cookies} =    session=abc
    ${previous} =    Set WebSocket Defaults    cookies=${cookies}    timeout=1s
    Should Be Equal    ${previous.timeout}    ${{ datetime.timedelta(seconds=20) }}
    ${url} =    Start Scripted Server    opens=False
    Run Keyword And Expect Error    * sent no answer in 1 second.    Open WebSocket    ${url}
    Set WebSocket Defaults    &{previous}
    Open WebSocket    ${websocket.server.url}
    ${peer} =    Wait For Client
    Should Not Contain    ${peer.request.headers}    cookie

A Bearer Token Stays Out Of The Log
    [Documentation]    LOG 3.*    INFO    Opened a WebSocket connection.
    ${token} =    Evaluate    robot.api.types.Secret('Bearer canary')
    VAR    &{headers} =    Authorization=${token}
    Open WebSocket    ${websocket.server.url}    headers=${headers}
    Request Should Have    Authorization    ${token.value}

Credentials Are Not Sent Twice
    [Documentation]    FAIL    Give either the header 'Authorization' or a user name, not both.
    VAR    &{headers} =    Authorization=Bearer abc
    Open WebSocket    ws://us:pa@localhost/    headers=${headers}

Cookies Are Not Sent Twice
    [Documentation]    FAIL    Give either the header 'Cookie' or `cookies`, not both.
    VAR    &{headers} =    Cookie=a=1
    VAR    &{cookies} =    b=2
    Open WebSocket    ws://localhost/    headers=${headers}    cookies=${cookies}

A Password Without A User
    [Documentation]    FAIL    The argument 'password' needs a 'username'.
    Open WebSocket    ws://localhost/    password=pa

A Key Without A Certificate
    [Documentation]    FAIL    The argument 'client_key' needs a 'client_certificate'.
    Open WebSocket    wss://localhost/    client_key=key.pem

Cookies Of A Refusal Can Be Used
    ${url} =    Start Scripted Server    opens=False
    ...    sends=HTTP/1.1 401 Unauthorized\r\nSet-Cookie: a=1; HttpOnly\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n
    Open WebSocket    ${url}    expected_status=401
    Should Be Equal    ${websocket.response.cookies}    ${{ {'a': '1', 'b': '2'} }}
    Open WebSocket    ${websocket.server.url}    cookies=${websocket.response.cookies}
    Request Should Have    Cookie    a=1; b=2

A Redirect Fails By Default
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: the server answered 302 Found \
    ...                instead of 101 and redirects to 'https://example.org/login'; `redirects=1` follows it.
    ${url} =    Start Redirecting Server    https://us:canary@example.org/login?token=canary
    Open WebSocket    ${url}

A Redirect Can Be What A Test Expects
    ${url} =    Start Redirecting Server    /login
    Open WebSocket    ${url}    expected_status=302
    Should Be Equal    ${websocket.response.headers}[Location]    /login

A Redirect Is Followed Without Credentials And Cookies
    ${given} =    Evaluate    robot.api.types.Secret('canary')
    VAR    &{headers} =    X-Run=42    X-Api-Key=canary    X-Given=${given}
    VAR    &{cookies} =    session=canary
    ${http} =    Evaluate    $websocket.server.url.replace('ws:', 'http:')
    ${url} =    Start Redirecting Server    ${http}new?room=1
    Open WebSocket    ${url.replace('//', '//us:canary@')}    headers=${headers}    cookies=${cookies}    redirects=1
    Should Be Equal    ${websocket.url}    ${websocket.server.url}new?room=1
    Should Be Equal As Integers    ${websocket.response.history[0].status}    302
    ${peer} =    Request Should Have    X-Run    42
    Should Not Contain Any    ${peer.request.headers}    authorization    cookie    x-api-key    x-given

Too Many Redirects Fail
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/again' failed: the server answered 302 \
    ...                Found instead of 101 and redirects to '/again'; that is one more than `redirects=3` allows.
    ${url} =    Start Redirecting Server    /again
    Open WebSocket    ${url}    redirects=3

A Redirect To Something Else Fails
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the server redirects to 'ftp://example.org/', which is not a WebSocket URL.
    ${url} =    Start Redirecting Server    ftp://example.org/
    Open WebSocket    ${url}    redirects=1

An IPv6 Address Is A Host
    ${server} =    Start IPv6 Server
    Open WebSocket    ${server.url}
    Should Start With    ${websocket.url}    ws://[::1]:
    Request Should Have    Host    [::1]:${server.port}

An IPv6 Address Is A Host With TLS
    ${server} =    Start IPv6 Server    tls=True
    Open WebSocket    ${server.url}    verify=${server.ca_file}
    Should Start With    ${websocket.url}    wss://[::1]:

*** Keywords ***
Request Should Have
    [Arguments]    ${header}    ${value}
    ${peer} =    Wait For Client
    Should Be Equal    ${peer.request.headers}[${header}]    ${value}
    RETURN    ${peer}

Start Redirecting Server
    [Arguments]    ${location}
    ${url} =    Start Scripted Server    opens=False
    ...    sends=HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ${location}\r\n\r\n
    RETURN    ${url}

Start IPv6 Server
    [Arguments]    &{options}
    TRY
        ${server} =    Start WebSocket Server    host=::1    &{options}
    EXCEPT    AS    ${error}
        Skip    This machine has no IPv6: ${error}
    END
    RETURN    ${server}
