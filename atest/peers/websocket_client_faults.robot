*** Settings ***
Documentation       Our server misbehaves, and websocket-client notices, or does not.
...                 A star stands where its releases differ in their words.
Resource            reaction.resource
Test Teardown       Terminate All Processes    kill=True
Test Template       Client Should Raise
Test Tags           websocket-client

*** Variables ***
@{CLIENT}       ${PYTHON}    ${CURDIR}/websocket_client_reaction.py    # robocop: off=VAR02 - for the resource

*** Test Cases ***
Reserved Bits
    WebSocketProtocolException: rsv is not implemented, yet    Send Frame    TEXT    hello    rsv1=True
    WebSocketProtocolException: rsv is not implemented, yet    Send Frame    TEXT    hello    rsv3=True

A Reserved Opcode    WebSocketProtocolException: *Invalid opcode *3    Send Frame    3

A Control Frame In Fragments    WebSocketProtocolException: Invalid ping frame.    Send Frame    PING    fin=False

A Control Frame That Is Too Long
    WebSocketProtocolException: Ping message is too long    Send Frame    PING    ${{ b'x' * 126 }}

A Continuation Of Nothing    WebSocketProtocolException: Illegal frame    Send Frame    CONTINUATION    hello

Invalid UTF-8    WebSocketPayloadException: cannot decode: b'\\xff'    Send Frame    TEXT    \xff

Close Codes That May Not Be Sent
    WebSocketProtocolException: *Invalid close opcode *999    Send Frame    CLOSE    \x03\xe7
    WebSocketProtocolException: *Invalid close opcode *1005    Send Frame    CLOSE    \x03\xed

Half A Close Code    WebSocketProtocolException: Invalid close frame.    Send Frame    CLOSE    \x03

A Masked Frame Is Taken As It Comes
    [Template]    NONE
    Connect Client
    Send Frame    TEXT    hello    masked=True
    ${echo} =    Wait For Message    timeout=60s
    Should Be Equal    ${echo}    hello
    Close WebSocket

TCP That Ends
    [Template]    Client Should React
    WebSocketConnectionClosedException: Connection to remote host was lost.*    1006 (abnormal closure)
    ...    Drop Connection

TCP That Is Reset
    [Template]    Client Should React
    ConnectionResetError: *    1006 (abnormal closure)    Drop Connection    reset=True

TCP That Is Reset In The Middle Of A Frame
    [Template]    NONE
    Connect Client
    Drop In The Middle Of A Frame    reset=True
    Reaction Should Be    ConnectionResetError: *

No Answer To Pings
    [Template]    NONE
    Connect Client    0.3    0.2
    Set Connection Behavior    answer_pings=False
    Reaction Should Be    WebSocketTimeoutException: ping/pong timed out*

No Answer To Close
    [Template]    NONE
    Client Should Not Get An Answer To Its Close

A Slow Server
    [Template]    NONE
    Client Should Wait For A Slow Answer

*** Keywords ***
Client Should Raise
    [Arguments]    ${error}    @{keyword}    &{options}
    Client Should React    ${error}*    1000 (normal closure)    @{keyword}    &{options}
