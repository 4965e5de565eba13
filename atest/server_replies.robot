*** Settings ***
Documentation       Replies that a test scripts for the test server, and what becomes of messages without one.
Library             RobotWebSocketLibrary    timeout=20s
Test Setup          Start WebSocket Server

*** Test Cases ***
A Reply Takes The Place Of The Echo
    [Documentation]    LOG 1:*    INFO    Added a server reply.
    Add Server Reply    ==    hello    welcome
    Open WebSocket    ${websocket.server.url}
    Send Text Message    hello
    Send Text Message    other
    Messages Should Be    welcome    other

Operators Choose The Messages
    [Template]    Reply Should Come
    ==    price?    price?    price
    !=    price?    price    price?
    contains    rice    price?    cost?
    not contains    rice    cost?    price?
    starts    price    price?    the price?
    ends    ?    price?    price!
    matches    ^pri(c|z)e\\?$    prize?    pride?

Other Operators Are Refused
    VAR    ${error} =    The operator 'validate' cannot choose messages for a reply: use '==', '!=', 'contains',
    ...    'not contains', 'starts', 'ends' and 'matches'.    separator=${SPACE}
    Run Keyword And Expect Error    ${error}    Add Server Reply    validate    len(value) > 5    too long

A Path Chooses Among JSON Messages
    Add Server Reply    ==    ${5}    a number    json_path=$.id
    Add Server Reply    ==    5    a string    json_path=$.id
    Add Server Reply    matches    ^urgent: (.+)    {1} is on its way    json_path=$.items[*].name
    Open WebSocket    ${websocket.server.url}
    Send Text Message    {"id": "5"}
    Send Text Message    {"id": 5}
    Send Text Message    {"items": [{"name": "tea"}, {"name": "urgent: milk"}]}
    Send Text Message    no JSON
    Messages Should Be    a string    a number    milk is on its way    no JSON

Tokens Stand For The Message And Its Groups
    Add Server Reply    matches    add (\\d+) to (\\w+)    {2} has {1} more    You said: {message}    {"kept": {0}}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    add 5 to cart
    Messages Should Be    cart has 5 more    You said: add 5 to cart    {"kept": {0}}

A Token Without A Group Is Refused
    Run Keyword And Expect Error    The token '{1}' of a reply needs the operator 'matches'.
    ...    Add Server Reply    contains    add    {1}
    Run Keyword And Expect Error
    ...    The token '{2}' of a reply does not stand for a group: the pattern 'add (.)' has 1.
    ...    Add Server Reply    matches    add (.)    {1}    {2}

A Dictionary Or List Is Sent As JSON
    VAR    &{session} =    type=session    request={message}    number=${5}
    VAR    @{list} =    {1}    ${None}
    Add Server Reply    matches    say (.*)    ${session}    ${list}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    say "hello"
    ${message} =    Wait For Json Message    $.type    ==    session
    Should Be Equal    ${message.request}    say "hello"
    Should Be Equal    ${message.number}    ${5}
    Messages Should Be    ["\\"hello\\"",null]

The Message Itself Keeps Its Type
    Start WebSocket Server    default_protocol=silent
    Add Server Reply    contains    a    {message}    <{message}>
    Open WebSocket    ${websocket.server.url}
    Send Binary Message    a\xff
    Send Text Message    a
    Messages Should Be    ${{ b'a\xff' }}    <a\uFFFD>    a    <a>

Bytes Are Sent As They Are
    Add Server Reply    ==    \x00    ${{ b'{message}\xff' }}
    Open WebSocket    ${websocket.server.url}
    Send Binary Message    \x00
    Messages Should Be    ${{ b'{message}\xff' }}

A Callable Makes The Reply
    Add Server Reply    starts    up    ${{ str.upper }}
    Add Server Reply    starts    count    ${{ lambda message: {'length': len(message)} }}
    Add Server Reply    starts    nothing    ${{ lambda message: None }}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    up and up
    Send Text Message    nothing
    Send Text Message    count
    Messages Should Be    UP AND UP    {"length":5}

A Reply That Looks Like An Argument Causes A Warning
    [Documentation]    LOG 1.1    WARN    `Add Server Reply` has no argument 'timeout': \
    ...                'timeout=5s' was taken for a reply.
    ...    LOG 1:*    INFO    Added a server reply.
    Add Server Reply    ==    a    1=2    timeout=5s
    Open WebSocket    ${websocket.server.url}
    Send Text Message    a
    Messages Should Be    1=2    timeout=5s

Without A Reply The Server Stays Silent
    Add Server Reply    ==    quiet
    Open WebSocket    ${websocket.server.url}
    Send Text Message    quiet
    Send Text Message    loud
    Messages Should Be    loud

The First Reply That Matches Counts Until It Is Used Up
    Add Server Reply    starts    a    first    times=1
    Add Server Reply    contains    a    second    times=2
    Open WebSocket    ${websocket.server.url}
    FOR    ${message}    IN    a    a    a    a
        Send Text Message    ${message}
    END
    Messages Should Be    first    second    second    a

A Delay Holds Nothing Up
    Add Server Reply    ==    slow    late    delay=1s
    Add Server Reply    ==    quick    at once
    Open WebSocket    ${websocket.server.url}
    Send Text Message    slow
    Send Text Message    quick
    Send Text Message    echo
    Messages Should Be    at once    echo    late

Replies Can Be For One Path Or Subprotocol
    VAR    &{protocols} =    ocpp1.6=silent
    Start WebSocket Server    protocols=${protocols}
    Add Server Reply    ==    hello    chat    path=/chat
    Add Server Reply    ==    hello    charger    subprotocol=ocpp1.6
    Reply To Hello Should Be    chat    path=chat
    Reply To Hello Should Be    charger    subprotocol=ocpp1.6
    Reply To Hello Should Be    hello

The Server Closes After A Reply
    Add Server Reply    ==    log out    good bye    close_code=4001
    Open WebSocket    ${websocket.server.url}
    Send Text Message    log out
    ${status} =    Wait For Close    code=4001
    Should Be Equal    ${status.initiator}    server
    Should Be True    $status.clean
    Messages Should Be    good bye

The Server Drops TCP After A Reply
    Add Server Reply    ==    crash    last words    drop=True
    Open WebSocket    ${websocket.server.url}
    Send Text Message    crash
    ${status} =    Wait For Close    code=1006
    Should Be Equal    ${status.initiator}    none
    Messages Should Be    last words

A Reply Cannot Both Close And Drop
    [Documentation]    FAIL A reply either closes with 'close_code' or drops TCP with 'drop', not both.
    Add Server Reply    ==    hello    close_code=1000    drop=True

Replies Apply To Open Connections And Can Be Removed
    [Documentation]    LOG 7:*    INFO    Removed the server replies.
    Open WebSocket    ${websocket.server.url}
    Add Server Reply    ==    hello    welcome
    Add Server Reply    ==    later    never    delay=1h
    Send Text Message    later
    Send Text Message    hello
    Messages Should Be    welcome
    Remove Server Replies
    Send Text Message    hello
    Messages Should Be    hello

Unmatched Messages Are Remembered
    [Documentation]    LOG 9:*    INFO    Got the unmatched messages.
    Open WebSocket    ${websocket.server.url}
    Send Text Message    before
    Messages Should Be    before
    Add Server Reply    ==    hello    welcome
    Send Text Message    unknown
    Send Text Message    hello
    Send Binary Message    \x00
    Messages Should Be    unknown    welcome    ${{ b'\x00' }}
    ${unmatched} =    Get Unmatched Messages
    Should Be Equal    ${unmatched}    ${{ ['unknown', b'\x00'] }}

Messages With A Reply Still Land In The Inbox
    Add Server Reply    ==    hello    welcome
    Open WebSocket    ${websocket.server.url}
    ${peer} =    Wait For Client
    Send Text Message    hello
    ${message} =    Wait For Message    connection=${peer}    timeout=20s
    Should Be Equal    ${message}    hello

Each Server Has Replies Of Its Own
    ${first} =    Start WebSocket Server    alias=first
    ${second} =    Start WebSocket Server    alias=second
    Add Server Reply    ==    hello    from the first    server=first
    Add Server Reply    ==    hello    from the second    server=${second}
    FOR    ${server}    ${reply}    IN    ${first}    from the first    ${second}    from the second
        Open WebSocket    ${server.url}
        Send Text Message    hello
        Messages Should Be    ${reply}
    END

A Reply That Fails Closes Only Its Connection
    Add Server Reply    starts    number    ${{ int }}
    ${other} =    Open WebSocket    ${websocket.server.url}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    number\tfive
    Wait For Close    code=INTERNAL_ERROR
    Send Text Message    hello    connection=${other}
    Wait For Message    ==    hello    connection=${other}
    VAR    ${error} =    A reply of the server '${websocket.server.url}' to 'number\\tfive' failed: ValueError:
    ...    invalid literal for int() with base 10: 'number\\tfive'.    separator=${SPACE}
    Run Keyword And Expect Error    ${error}    Wait For Client
    Wait For Client

Stopping Tells That A Reply Has Failed
    Add Server Reply    ==    5    ${{ int }}
    Open WebSocket    ${websocket.server.url}
    Send Text Message    5
    Wait For Close    code=INTERNAL_ERROR
    VAR    ${error} =    A reply of the server '${websocket.server.url}' to '5' failed: its callable must return
    ...    text, bytes, a dictionary, a list, or None, but returned an object of type 'int'.    separator=${SPACE}
    Run Keyword And Expect Error    ${error}    Stop WebSocket Server
    Run Keyword And Expect Error    There is no WebSocket server: use `Start WebSocket Server` first.
    ...    Remove Server Replies

*** Keywords ***
Messages Should Be
    [Arguments]    @{expected}
    ${messages} =    Wait For Messages    ${{ len($expected) }}
    Should Be Equal    ${messages}    ${expected}

Reply Should Come
    [Arguments]    ${operator}    ${expected}    ${matching}    ${other}
    Add Server Reply    ${operator}    ${expected}    matched
    Open WebSocket    ${websocket.server.url}
    Send Text Message    ${matching}
    Send Text Message    ${other}
    Messages Should Be    matched    ${other}
    Remove Server Replies

Reply To Hello Should Be
    [Arguments]    ${reply}    ${path}=${EMPTY}    ${subprotocol}=${EMPTY}
    Open WebSocket    ${websocket.server.url}${path}    subprotocols=${subprotocol}
    Send Text Message    hello
    Messages Should Be    ${reply}
