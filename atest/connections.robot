*** Settings ***
Documentation       Opening, switching and closing connections.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Test Setup          Start WebSocket Server

*** Test Cases ***
Opening Makes A Connection The Current One
    [Documentation]    LOG 1.*    INFO    Opened a WebSocket connection.
    Open WebSocket    ${websocket.server.url}    alias=first
    Should Be Equal    ${websocket.alias}    first
    Open WebSocket    ${websocket.server.url}    alias=second
    Should Be Equal    ${websocket.alias}    second
    Should Be Equal    ${websocket.state}    open

Path And Query Reach The Server
    Open WebSocket    ${websocket.server.url}chat?room=1&name=%C3%A4
    ${peer} =    Wait For Client    path=/chat
    Should Be Equal    ${peer.request.path}    /chat
    Should Be Equal    ${peer.request.target}    /chat?room=1&name=%C3%A4

Headers, Cookies And Origin Reach The Server
    VAR    &{headers} =    X-Run=42    User-Agent=tester
    VAR    &{cookies} =    session=abc    theme=dark
    Open WebSocket    ${websocket.server.url}    headers=${headers}    cookies=${cookies}    origin=http://localhost:3000
    ${peer} =    Wait For Client
    Should Be Equal    ${peer.request.headers}[x-run]    42
    Should Be Equal    ${peer.request.headers}[User-Agent]    tester
    Should Be Equal    ${peer.request.headers}[Cookie]    session=abc; theme=dark
    Should Be Equal    ${peer.request.headers}[Origin]    http://localhost:3000

Username And Password Are Sent As Basic Authentication
    Open WebSocket    ${websocket.server.url}    username=user    password=pass
    ${peer} =    Wait For Client
    Should Be Equal    ${peer.request.headers}[Authorization]    Basic dXNlcjpwYXNz

Username And Password Can Be In The URL
    Open WebSocket    ws://us%65r:pass@127.0.0.1:${websocket.server.port}
    ${peer} =    Wait For Client
    Should Be Equal    ${peer.request.headers}[Authorization]    Basic dXNlcjpwYXNz
    Should Be Equal    ${websocket.url}    ws://127.0.0.1:${websocket.server.port}/

Cookies Of One Connection Are Not Sent With The Next
    VAR    &{cookies} =    session=abc
    Open WebSocket    ${websocket.server.url}    cookies=${cookies}
    Wait For Client
    Open WebSocket    ${websocket.server.url}
    ${peer} =    Wait For Client
    Should Not Contain    ${peer.request.headers}    cookie

No Origin Is Sent By Default
    Open WebSocket    ${websocket.server.url}
    ${peer} =    Wait For Client
    Should Not Contain    ${peer.request.headers}    origin

Keywords Take A Connection By Alias Or Object
    Open WebSocket    ${websocket.server.url}    alias=first
    ${second} =    Open WebSocket    ${websocket.server.url}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    one    connection=first
    Send Text Message    two    connection=${second}
    ${one} =    Wait For Message    timeout=20s    connection=first
    ${two} =    Wait For Message    timeout=20s    connection=${second}
    Wait For Message
    Should Be Equal    ${one} ${two}    one two
    Should Be Equal    ${websocket.msgstate}    none

A Connection Can Be Got By Its Alias
    [Documentation]    LOG 3:*    INFO    Got a WebSocket connection.
    ${first} =    Open WebSocket    ${websocket.server.url}    alias=first
    ${second} =    Open WebSocket    ${websocket.server.url}    alias=second
    ${got} =    Get WebSocket    first
    Should Be Equal    ${got}    ${first}
    Should Be Equal    ${websocket.alias}    second
    ${got} =    Get WebSocket
    Should Be Equal    ${got}    ${second}

Getting A Connection That Was Not Opened Fails
    [Documentation]    FAIL    Non-existing alias 'chat': no WebSocket connection has an alias.
    Get WebSocket    chat

Switching Returns The Previous Connection
    ${first} =    Open WebSocket    ${websocket.server.url}    alias=first
    ${second} =    Open WebSocket    ${websocket.server.url}    alias=second
    ${previous} =    Switch WebSocket    first
    Should Be Equal    ${previous}    ${second}
    Should Be Equal    ${websocket.alias}    first
    ${previous} =    Switch WebSocket    ${second}
    Should Be Equal    ${previous}    ${first}

An Alias Names The Latest Connection Opened With It
    Open WebSocket    ${websocket.server.url}old    alias=main
    Open WebSocket    ${websocket.server.url}new    alias=main
    Switch WebSocket    main
    Should Be Equal    ${websocket.url}    ${websocket.server.url}new

An Unknown Alias Is Refused With The Known Ones
    [Documentation]    FAIL    Non-existing alias 'chat': the known aliases are 'first', 'second'.
    Open WebSocket    ${websocket.server.url}    alias=second
    Open WebSocket    ${websocket.server.url}    alias=first
    Switch WebSocket    chat

What Is Not A Connection Is Told As What It Is
    ${connection} =    Open WebSocket    ${websocket.server.url}    alias=main
    Start WebSocket Server    alias=other
    Run Keyword And Expect Error
    ...    GLOB:Cannot use <WebSocketServer 'ws://127.0.0.1:*/': 0 clients> as a WebSocket connection.
    ...    Send Text Message    hello    connection=${websocket.server}
    Run Keyword And Expect Error
    ...    'other' is the alias of a WebSocket server, not of a WebSocket connection: the known alias is 'main'.
    ...    Send Text Message    hello    connection=other
    Run Keyword And Expect Error    Cannot use <WebSocket 'main': open> as a WebSocket server.
    ...    Wait For Client    server=${connection}
    Run Keyword And Expect Error    Cannot use <WebSocket 'main': open> as a WebSocket server.
    ...    Wait For Client    server=${websocket}
    Run Keyword And Expect Error
    ...    'main' is the alias of a WebSocket connection, not of a WebSocket server: the known alias is 'other'.
    ...    Stop WebSocket Server    server=main

Without A Connection The Remedy Is Named
    [Documentation]    FAIL STARTS:    There is no WebSocket connection: use `Open WebSocket` first.
    Send Text Message    hello

Closing Tells Both Ends Code And Reason
    Open WebSocket    ${websocket.server.url}
    ${peer} =    Wait For Client
    ${status} =    Close WebSocket    4001    done
    Should Be Equal    ${status}    4001 (private use) done    # the test server echoes the reason too
    Should Be Equal    ${status.initiator}    client
    Should Be True    ${status.clean}
    ${status} =    Wait For Close    connection=${peer}
    Should Be Equal    ${status}    4001 (private use) done
    Should Be Equal    ${status.initiator}    client

Close Codes Have Names
    Open WebSocket    ${websocket.server.url}
    ${status} =    Close WebSocket    going away
    Should Be Equal    ${status}    1001 (going away)
    Should Be Equal    ${websocket.close}    1001 (going away)

Closing Twice Is Harmless
    Open WebSocket    ${websocket.server.url}
    Close WebSocket    4001
    ${status} =    Close WebSocket    4002
    Should Be Equal As Integers    ${status.code}    4001

The Server Can Close First
    Open WebSocket    ${websocket.server.url}
    ${peer} =    Wait For Client
    Close WebSocket    4005    why    connection=${peer}
    ${status} =    Wait For Close    code=4005    timeout=20s
    Should Be Equal    ${status}    4005 (private use) why
    Should Be Equal    ${status.initiator}    server

Another Close Code Than Expected Fails
    [Documentation]    FAIL GLOB:    'ws://127.0.0.1:*/' was closed by the server with 4005 (private use) why, expected 1000 *
    Open WebSocket    ${websocket.server.url}
    ${peer} =    Wait For Client
    Close WebSocket    4005    why    connection=${peer}
    Wait For Close    code=1000    timeout=20s

Waiting For A Close That Does Not Come Fails
    [Documentation]    FAIL    'main' was not closed in 500 milliseconds; the connection is open.
    Open WebSocket    ${websocket.server.url}    alias=main
    Wait For Close    timeout=500ms

A Connection That Ends Without A Close Frame Is 1006
    ${url} =    Start Scripted Server    then=leave
    Open WebSocket    ${url}
    ${status} =    Wait For Close    code=1006    timeout=20s
    Should Be Equal    ${status}    1006 (abnormal closure)
    Should Be Equal    ${status.initiator}    none
    Should Not Be True    ${status.clean}

A Peer That Does Not Answer The Close Frame Causes A Warning
    [Documentation]    LOG 3.1    WARN \
    ...                Connection 'deaf': the server did not answer the close frame in 200 milliseconds.
    ${url} =    Start Scripted Server
    Open WebSocket    ${url}    alias=deaf
    ${status} =    Close WebSocket    timeout=200ms
    Should Be Equal    ${status}    1006 (abnormal closure)
    Should Be Equal    ${websocket.state}    closed

All Connections Are Closed At Once
    ${first} =    Open WebSocket    ${websocket.server.url}
    ${second} =    Open WebSocket    ${websocket.server.url}
    Close All WebSockets
    Should Be Equal    ${first.close} and ${second.close}    1000 (normal closure) and 1000 (normal closure)
    Close All WebSockets

The Answer To The Opening Handshake Can Be Asserted
    Open WebSocket    ${websocket.server.url}
    Should Be Equal As Integers    ${websocket.response.status}    101
    Should Be Equal    ${websocket.response.reason}    Switching Protocols
    Should Be Equal    ${websocket.response.headers}[upgrade]    websocket

A Refusal That The Test Expects Passes
    [Documentation]    LOG 2.*    INFO    The server refused a WebSocket connection as expected.
    Open WebSocket    ${websocket.server.url}    alias=open
    ${refused} =    Open WebSocket    ${websocket.server.url}    subprotocols=unknown    expected_status=400
    Should Be Equal    ${refused}    ${None}
    Should Be Equal    ${websocket.alias}    open
    Should Be Equal As Integers    ${websocket.response.status}    400
    Should Start With    ${websocket.response.text}    None of the offered subprotocols is supported.

A Refusal With Another Status Than Expected Fails
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the server answered 400 Bad Request instead of 401. The body begins *
    Open WebSocket    ${websocket.server.url}    subprotocols=unknown    expected_status=401

Being Accepted Where A Refusal Was Expected Fails
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the server accepted it, but HTTP 401 was expected.
    Open WebSocket    ${websocket.server.url}    expected_status=401
