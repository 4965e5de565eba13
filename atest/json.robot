*** Settings ***
Documentation       JSON messages, out and in, and waiting for a value in one.
Library             RobotWebSocketLibrary
Test Setup          Open Connection

*** Test Cases ***
A Dictionary Comes Back With Attributes
    [Documentation]    LOG 2.*    INFO    Sent a JSON message.
    ...    LOG 3.*    INFO    Received a message.
    VAR    &{order} =    item=äpple    count=${3}    open=${True}    note=${None}
    Send Json Message    ${order}
    ${message} =    Wait For Json Message    timeout=20s
    Should Be Equal    ${message}    ${order}
    Should Be Equal    ${message.count}    ${3}
    Should Be Equal    ${websocket.message.item}    äpple

Text That Is JSON Is Sent As It Is
    Send Json Message    {"item":${SPACE * 2}"pear"}
    ${text} =    Wait For Message    timeout=20s
    Should Be Equal    ${text}    {"item":${SPACE * 2}"pear"}

Other Text Is A String
    Send Json Message    pear
    ${text} =    Wait For Message    timeout=20s
    Should Be Equal    ${text}    "pear"

Text That Is Almost JSON Is Refused
    [Documentation]    FAIL    Cannot send '{"item": pear}' as JSON: it is not JSON: Expecting value at position 10.
    Send Json Message    {"item": pear}

A Value That Is No JSON Is Refused
    [Documentation]    FAIL    Cannot write the value as JSON: Object of type bytes is not JSON serializable.
    Send Json Message    ${{ b'pear' }}

A Value Is Found Among Other Messages, Which Stay
    Send Text Message    hello
    Send Json Message    {"id": 1}
    Send Json Message    {"id": 2, "user": {"name": "Ann", "tags": ["a", "b"]}}
    ${message} =    Wait For Json Message    $.id    ==    ${2}    timeout=20s
    Should Be Equal    ${message.user.name}    Ann
    ${message} =    Wait For Json Message    $.id    timeout=20s
    Should Be Equal    ${message}[id]    ${1}
    ${message} =    Wait For Message
    Should Be Equal    ${message}    hello

Values Are Compared With Their Types
    [Template]    Value Should Be Found
    $.price    ==    ${17.5}
    $.price    !=    17.5
    $.price    >    ${17}
    $.price    <=    ${17.5}
    $.open    ==    ${True}
    $.note    ==    ${None}
    $.tags    ==    ${{ ['a', 'b'] }}

Strings, Arrays And Objects Are Looked Into
    [Template]    Value Should Be Found
    $.symbol    ==    ACME
    $.symbol    starts    AC
    $.symbol    matches    ^A..E$
    $.symbol    validate    value.lower() == 'acme'
    $.tags    contains    b
    $.tags    not contains    c
    $    contains    price

One Of Several Values Is Enough
    [Template]    Value Should Be Found
    $.orders[*].id    ==    ${2}
    $.orders[?@.id \=\= 2].item    ==    pear
    $..id    >    ${1}

Checking Finds Only JSON
    Send Text Message    hello
    Send Ping
    Wait For Pong    timeout=20s
    ${message} =    Wait For Json Message
    Should Be Equal    ${message}    ${None}
    Should Be Equal    ${websocket.msgstate}    none

JSON In A Binary Message Is Found
    Send Binary Message    {"id": 1}
    ${message} =    Wait For Json Message    $.id    ==    ${1}    timeout=20s
    Should Be Equal    ${message.id}    ${1}
    Should Be Equal    ${websocket.received.data}    {"id": 1}    type=bytes

A Failure Says Why Each Message Did Not Match
    [Documentation]    FAIL    No JSON message with '$.id' equal to '1' (string) from 'main' in 300 milliseconds; \
    ...                the connection is open.
    ...                5 messages have arrived and stay in the inbox, the nearest first:
    ...                ${SPACE * 2}'{"id": 1}' at '$.id': found 1 (integer), expected '1' (string): write \${1}
    ...                ${SPACE * 2}'hello' is not JSON: Expecting value at position 1
    ...                ${SPACE * 2}'{"id": "2"}' at '$.id': found '2' (string), expected '1' (string)
    ...                ${SPACE * 2}'{"name": "Ann"}' has nothing at '$.id'
    ...                ${SPACE * 2}'{"id": [NaN]}' cannot be read as JSON: NaN is not allowed
    Send Text Message    hello
    Send Json Message    {"id": 1}
    Send Json Message    {"id": "2"}
    Send Json Message    {"name": "Ann"}
    Send Text Message    {"id": [NaN]}
    Wait For Json Message    $.id    ==    1    timeout=300ms

What A Failure Says To Write Is Right
    [Template]    What Is Said To Be Written Should Be Found
    1    1
    17.5    17.5
    true    true
    None    null
    \["a", 1]    ["a", 1]
    {"a": {"b": null}}    {"a": {"b": null}}
    ${1}    "1"
    ${True}    "true"

Path That Cannot Be Searched With Does Not Match
    [Documentation]    FAIL GLOB: No JSON message with '$[[]?value(@) == 1]' equal to 'a' (string) from 'main' in *; *.
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'[[]1, 2]' *
    Send Text Message    [1, 2]
    Wait For Json Message    $[?value(@) \== 1]    ==    a    timeout=300ms

True Is Not One
    [Documentation]    FAIL    No JSON message with '$.id' equal to 1 (integer) from 'main' in 300 milliseconds; \
    ...                the connection is open.
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'{"id": true}' at '$.id': found true (boolean), expected 1 (integer)
    Send Json Message    {"id": true}
    Wait For Json Message    $.id    ==    ${1}    timeout=300ms

Half A Surrogate Pair Stays A Message
    Send Text Message    {"text": "\\ud800"}
    Run Keyword And Expect Error    *holds half a surrogate pair, which no text may: take it with `Wait For Message`
    ...    Wait For Json Message    timeout=300ms
    ${message} =    Wait For Message
    Should Be Equal    ${message}    {"text": "\\ud800"}

Mistakes Are Told Before Waiting
    [Template]    Mistake Should Be Told
    The JSONPath 'price' cannot be used: expected '$', found 'p', line 1, column 0.    price
    The JSONPath '$.' cannot be used: unexpected end of expression, line 1, column 2.    $.
    The pattern '(' cannot be used: missing ), unterminated subpattern at position 0.    $.id    matches    (
    The operator 'starts' needs text, not 5 (integer).    $.id    starts    ${5}

*** Keywords ***
Open Connection
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main

Value Should Be Found
    [Arguments]    ${path}    ${operator}    ${expected}
    VAR    ${text} =    {"price": 17.5, "symbol": "ACME", "tags": ["a", "b"], "open": true, "note": null,
    ...    "orders": [{"id": 1, "item": "apple"}, {"id": 2, "item": "pear"}]}
    Send Text Message    {}
    Send Text Message    ${text}
    ${message} =    Wait For Json Message    ${path}    ${operator}    ${expected}    timeout=20s
    Should Be Equal    ${message.symbol}    ACME
    Clear Messages

What Is Said To Be Written Should Be Found
    [Documentation]    Robot Framework reads the cell that the failure shows.
    [Arguments]    ${expected}    ${json}
    Clear Messages
    Send Text Message    {"id": ${json}}
    ${error} =    Run Keyword And Expect Error    *: write *
    ...    Wait For Json Message    $.id    ==    ${expected}    timeout=100ms
    VAR    ${written} =    ${error.rpartition(': write ')[2].splitlines()[0]}
    ${value} =    Replace Variables    ${written}
    Wait For Json Message    $.id    ==    ${value}    timeout=20s

Mistake Should Be Told
    [Arguments]    ${told}    @{arguments}
    Run Keyword And Expect Error    ${told}    Wait For Json Message    @{arguments}    timeout=1 minute
