*** Settings ***
Documentation       Our server misbehaves, and a client of node's ws notices.
Resource            reaction.resource
Suite Setup         Skip Without Node
Test Teardown       Terminate All Processes    kill=True
Test Template       Client Should Fail The Connection

*** Variables ***
@{CLIENT}       node    ${CURDIR}/ws_reaction.mjs    # robocop: off=VAR02 - for the resource
&{MEANINGS}     1002=protocol error    1007=invalid payload data    1009=message too big

*** Test Cases ***
A Masked Frame    1002    Invalid WebSocket frame: MASK must be clear    Send Frame    TEXT    hello    masked=True

Reserved Bits
    1002    Invalid WebSocket frame: RSV1 must be clear    Send Frame    TEXT    hello    rsv1=True
    1002    Invalid WebSocket frame: RSV2 and RSV3 must be clear    Send Frame    TEXT    hello    rsv2=True
    1002    Invalid WebSocket frame: RSV2 and RSV3 must be clear    Send Frame    TEXT    hello    rsv3=True

Reserved Opcodes
    1002    Invalid WebSocket frame: invalid opcode 3    Send Frame    3
    1002    Invalid WebSocket frame: invalid opcode 11    Send Frame    0xB    hello

A Control Frame In Fragments
    1002    Invalid WebSocket frame: FIN must be set    Send Frame    PING    hel    fin=False

A Control Frame That Is Too Long
    1002    Invalid WebSocket frame: invalid payload length 126    Send Frame    PING    ${{ b'x' * 126 }}

A Continuation Of Nothing
    1002    Invalid WebSocket frame: invalid opcode 0    Send Frame    CONTINUATION    hello

Invalid UTF-8    1007    Invalid WebSocket frame: invalid UTF-8 sequence    Send Frame    TEXT    \xff

A Length That No Frame Has
    1009    Unsupported WebSocket frame: payload length > 2^53 - 1
    ...    Send Frame    TEXT    hello    length=9223372036854775808

Close Codes That May Not Be Sent
    1002    Invalid WebSocket frame: invalid status code 999    Send Frame    CLOSE    \x03\xe7
    1002    Invalid WebSocket frame: invalid status code 1005    Send Frame    CLOSE    \x03\xed
    1002    Invalid WebSocket frame: invalid status code 5000    Send Frame    CLOSE    \x13\x88

Half A Close Code    1002    Invalid WebSocket frame: invalid payload length 1    Send Frame    CLOSE    \x03

A Close Reason That Is No UTF-8
    1007    Invalid WebSocket frame: invalid UTF-8 sequence    Send Frame    CLOSE    \x03\xe8\xff

Bytes That Are No Frame    1002    Invalid WebSocket frame: RSV1 must be clear    Send Raw Bytes    HTTP/1.1 200 OK

TCP That Ends
    [Template]    Client Should React
    closed 1006    1006 (abnormal closure)    Drop Connection
    closed 1006    1006 (abnormal closure)    Drop Connection    reset=True

TCP That Ends In The Middle Of A Frame
    [Template]    NONE
    Connect Client
    Drop In The Middle Of A Frame
    Reaction Should Be    closed 1006

No Answer To Close
    [Template]    NONE
    Client Should Not Get An Answer To Its Close    300
    Reaction Should Be    closed 1006

A Server That Does Not Read
    [Template]    NONE
    Client Should Not Be Able To Send
    Reaction Should Be    had to wait\nclosed 1000

A Slow Server
    [Template]    NONE
    Client Should Wait For A Slow Answer
    Reaction Should Be    closed 1000

*** Keywords ***
Client Should Fail The Connection
    [Arguments]    ${code}    ${message}    @{keyword}    &{options}
    Client Should React    ${message}\nclosed 1006    ${code} (${MEANINGS}[${code}])    @{keyword}    &{options}
