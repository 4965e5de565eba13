*** Settings ***
Documentation       Failures as an author of tests meets them: each is to explain itself to somebody who reads log.html
...                 alone. What the log shows on each level is pinned word by word.
Library             resources/FailingReplies.py
Library             resources/ScriptedServer.py
Library             resources/Warnings.py
Library             RobotWebSocketLibrary    timeout=20s    traffic_preview=4 KiB

*** Variables ***
${LONG}         ${{ json.dumps({'items': list(range(100))}) }}
${PAGE}         SEPARATOR=
...             <!doctype html><html><head><title>Shop</title><style>p {}</style></head>
...             <body><h1>Out of order</h1><p>Tom &amp; Jerry are on it.</p></body></html>

*** Test Cases ***
A Callable Of A Reply Raises An Error
    [Documentation]    The application sends another JSON than the author of the callable has expected.
    ...    FAIL GLOB:    A reply of the server 'ws://127.0.0.1:*/' to '{"symbol": "ACME"}' failed: \
    ...    KeyError: 'symbols' (FailingReplies.py:7).
    ...    LOG 5.1    DEBUG    GLOB: Traceback (most recent call last):*FailingReplies.py", line 7, in price_of*
    ...    LOG 5.2    FAIL    GLOB: A reply of the server 'ws://127.0.0.1:*/' to '{"symbol": "ACME"}' failed: \
    ...    KeyError: 'symbols' (FailingReplies.py:7).
    Start WebSocket Server
    ${price} =    Get Price Of
    Add Server Reply    contains    symbol    ${price}
    Ask For The Price Of ACME
    Get Unmatched Messages

A Callable Of A Reply Fails In A Library That It Calls
    [Documentation]    The line is that of the test's own code.
    ...    FAIL GLOB:    A reply of the server 'ws://127.0.0.1:*/' to 'hello' failed: \
    ...    JSONDecodeError: Expecting value: line 1 column 1 (char 0) (FailingReplies.py:7).
    Start WebSocket Server
    ${price} =    Get Price Of
    Add Server Reply    ==    hello    ${price}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    hello
    Wait For Close    code=INTERNAL_ERROR
    Stop WebSocket Server

The Server Refuses With A Page
    [Documentation]    A reader needs the page's own words, and not its DOCTYPE.
    ...    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/shop?token=[*][*][*]' failed: the server answered \
    ...    503 Service Unavailable instead of 101. The page says 'Shop: Out of order Tom & Jerry are on it.'.
    ...    LOG 3:*    INFO    GLOB: <details><summary>Opening handshake with 'ws://127.0.0.1:*/shop?token=[*][*][*]': \
    ...    HTTP 503 Service Unavailable</summary>*<td>→ sent</td><td></td><td>GET /shop?token=[*][*][*]</td>*\
    ...    <td>→ sent</td><td>Upgrade</td><td>websocket</td>*\
    ...    <td>← received</td><td></td><td>HTTP 503 Service Unavailable</td>*\
    ...    <td>← received</td><td>Set-Cookie</td><td>[*][*][*]</td>*\
    ...    <summary>Shop: Out of order Tom &amp; Jerry are on it.</summary>*
    Start WebSocket Server
    Set Handshake Response    503    body=${PAGE}    headers={'Set-Cookie': 'id=1'}
    Open WebSocket    ${websocket.server.url}shop?token=secret

The Headers Of A Refusal Are Logged
    [Documentation]    LOG 4:*    INFO    Content-Length: 0; Connection: close; X-Reason: maintenance; Set-Cookie: ***
    Start WebSocket Server
    Set Handshake Response    503    headers={'X-Reason': 'maintenance', 'Set-Cookie': 'id=1'}
    Open WebSocket    ${websocket.server.url}    expected_status=503
    Log    ${websocket.response.headers}

The Server Breaks The Protocol
    [Documentation]    The bytes tell what was sent, where there was no frame that could be shown.
    ...    FAIL    No message from 'main': protocol error by the server: reserved opcode 0x3.
    ...    LOG 4:*    INFO    GLOB: <details>*Last frames of 'main': 1 sent, 0 received, 2 events*\
    ...    <td>what was refused begins with the bytes 83 05 68 65 6c 6c 6f</td>*\
    ...    <td>protocol error by the server: reserved opcode 0x3</td>*
    Open Connection
    ${peer} =    Wait For Client
    Send Frame    3    hello    connection=${peer}
    Wait For Message    timeout=20s

A Message That Is Too Long For A Line
    [Documentation]    The failure shows how it begins, and the tables beneath the keyword all of it.
    ...    FAIL STARTS:    No message equal to 'none' from 'main' in 300 milliseconds; the connection is open.
    ...    LOG 4:*    INFO    GLOB: <details>*Last frames of 'main': 1 sent, 1 received*<th>Bytes</th><th>Payload</th>*\
    ...    <td>← received</td>*<details><summary>'{"items": [[]0, 1, *…'</summary><pre>{"items": [[]0, 1, *, 99]}</pre>*
    ...    LOG 4:*    INFO    GLOB: <details><summary>Inbox of 'main': 1 message</summary>*\
    ...    <td>1</td><td>text</td><td>401</td>*<pre>{"items": [[]0, 1, *, 99]}</pre>*
    ...    LOG 4.*    FAIL    GLOB: No message equal to 'none' from 'main' in 300 milliseconds; *
    Open Connection
    Send Text Message    ${LONG}
    Wait For The Echo
    Wait For Message    ==    none    timeout=300ms

A Binary Message Is Shown In Hex
    [Documentation]    LOG 4:*    INFO    GLOB: *<pre>000000 \ 00 01 02 *0e 0f \ ................*\
    ...    0000f0 \ f0 f1 f2 *fe ff \ ................</pre>*
    Open Connection
    Send Binary Message    ${{ bytes(range(256)) }}
    Wait For Message    timeout=20s
    Log WebSocket Traffic

Heartbeats Hide The One Error
    [Documentation]    LOG 4:*    INFO    GLOB: *<label><input type="checkbox"/>Fold equal frames</label>*\
    ...    → sent <i>(100 times)</i>*<tr class="sent again">*'error'*
    Open Connection
    FOR    ${_}    IN RANGE    100
        Exchange    {"type": "ka"}
    END
    Exchange    error
    Log WebSocket Traffic    frames=500

Compressed Sizes Have A Column Where There Are Any
    [Documentation]    LOG 3:*    INFO    GLOB: *<th>Bytes</th><th>Compressed</th><th>Payload</th>*
    Open Connection    compression=True
    Exchange    ${LONG}
    Log WebSocket Traffic

What Happened At Several Ends Is Logged In Its Order
    [Documentation]    LOG 5.*    INFO    Cleared the messages.
    ...    LOG 5.1    DEBUG    > 'a'
    ...    LOG 5.2    DEBUG    > 'b'
    ...    LOG 5.3    DEBUG    > 'c'
    ...    LOG 5.4    DEBUG    > 'd'
    ${url} =    Start Scripted Server
    ${one} =    Open WebSocket    ${url}
    ${two} =    Open WebSocket    ${url}
    Evaluate    [end.connection.post([text]) for text, end in zip('abcd', ($one, $two, $one, $two))]
    Clear Messages

The Connection Is Left Open By One Test
    Open Connection

The Connection Is Used By The Next Test
    [Documentation]    FAIL    There is no WebSocket connection: use `Open WebSocket` first. \
    ...    The last one was closed when its test ended (`auto_close`).
    Send Text Message    hello

The Server Is Used By The Next Test
    [Documentation]    FAIL    There is no WebSocket server: use `Start WebSocket Server` first. \
    ...    The last one was stopped when its test ended (`auto_close`).
    Wait For Client

An End That Answers By Itself Is Asked For Late
    [Documentation]    An echo end keeps its last messages until a test asks for it.
    Open Connection
    FOR    ${number}    IN RANGE    1002
        Send Text Message    ${number}
    END
    Wait For Message    ==    1001
    Get Clients
    VAR    ${warning} =    Connection 'ws://127.0.0.1:*': 2 messages had left its inbox before the test asked for it:
    ...    an end that answers by itself keeps its last 1,000, at most 16 MiB, until `Wait For Client` or `Get Clients`
    ...    returns it.    separator=${SPACE}
    Warning Should Be Logged    ${warning}

A Saved File Lacks What Was Not Kept
    [Documentation]    LOG 3.*    INFO    1 of 2 messages is not whole: \
    ...    the import arguments 'traffic_preview' and 'traffic_frames' keep more.
    ...    LOG 3.*    INFO    Saved the traffic of a WebSocket connection.
    Open Connection    default_protocol=silent
    Send Long And Short
    Save WebSocket Traffic    ${OUTPUT DIR}/planted.har

A Suite Has A Variable Of The Library's Name
    [Documentation]    The variable of the suite stays, and the library works.
    VAR    ${web socket} =    our shop
    Import Library    RobotWebSocketLibrary    timeout=19s    AS    Second
    ${server} =    Second.Start WebSocket Server    # robotcode: ignore[KeywordNotFound]
    Second.Open WebSocket    ${server.url}    # robotcode: ignore[KeywordNotFound]
    Should Be Equal    ${web socket}    our shop
    VAR    ${warning} =    The variable '?{websocket}' is set already, and keeps its value: choose another name for
    ...    the library's own with the import argument 'variable', such as 'variable=websocket_library'.
    ...    separator=${SPACE}
    Warning Should Be Logged    ${warning}

*** Keywords ***
Open Connection
    [Arguments]    ${compression}=False    ${default_protocol}=echo
    Start WebSocket Server    default_protocol=${default_protocol}
    Open WebSocket    ${websocket.server.url}    alias=main    compression=${compression}

Ask For The Price Of ACME
    Open WebSocket    ${websocket.server.url}
    Send Json Message    {"symbol": "ACME"}
    Wait For Close    code=INTERNAL_ERROR

Wait For The Echo
    [Documentation]    Waits until the answer is there, and leaves it in the inbox.
    Run Keyword And Expect Error    'main' received a message containing 'items': *
    ...    Should Not Receive Message    contains    items    within=20s

Exchange
    [Arguments]    ${message}
    Send Text Message    ${message}
    Wait For Message    timeout=20s

Send Long And Short
    Send Text Message    ${{ 'x' * 5000 }}
    Send Text Message    short
