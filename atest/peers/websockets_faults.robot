*** Settings ***
Documentation       Our server misbehaves, and a client of the package websockets notices.
Resource            reaction.resource
Suite Setup         Skip Without Websockets
Test Teardown       Terminate All Processes    kill=True
Test Template       Client Should Fail The Connection

*** Variables ***
@{CLIENT}       ${PYTHON}    ${CURDIR}/websockets_reaction.py    # robocop: off=VAR02 - for the resource
&{MEANINGS}     1002=protocol error    1007=invalid frame payload data    1009=message too big
&{OURS}         1002=protocol error    1007=invalid payload data    1009=message too big

*** Test Cases ***
A Masked Frame    1002    incorrect masking    Send Frame    TEXT    hello    masked=True

Reserved Bits
    1002    reserved bits must be 0    Send Frame    TEXT    hello    rsv1=True
    1002    reserved bits must be 0    Send Frame    TEXT    hello    rsv2=True
    1002    reserved bits must be 0    Send Frame    TEXT    hello    rsv3=True

Reserved Opcodes
    1002    invalid opcode    Send Frame    3
    1002    invalid opcode    Send Frame    0xB    hello

A Control Frame In Fragments    1002    fragmented control frame    Send Frame    PING    hel    fin=False

A Control Frame That Is Too Long    1002    control frame too long    Send Frame    PING    ${{ b'x' * 126 }}

A Continuation Of Nothing    1002    unexpected continuation frame    Send Frame    CONTINUATION    hello

Invalid UTF-8    1007    invalid start byte at position 0    Send Frame    TEXT    \xff

A Length That No Frame Has
    1009    frame with 9223372036854775808 bytes exceeds limit of 1048576 bytes
    ...    Send Frame    TEXT    hello    length=9223372036854775808

A Length Shorter Than The Payload    1002    invalid opcode    Send Frame    TEXT    hello\x83\x00    length=5

Close Codes That May Not Be Sent
    1002    invalid status code    Send Frame    CLOSE    \x03\xe7
    1002    invalid status code    Send Frame    CLOSE    \x03\xed
    1002    invalid status code    Send Frame    CLOSE    \x13\x88

Half A Close Code    1002    close frame too short    Send Frame    CLOSE    \x03

A Close Reason That Is No UTF-8    1007    invalid start byte at position 0    Send Frame    CLOSE    \x03\xe8\xff

Bytes That Are No Frame    1002    reserved bits must be 0    Send Raw Bytes    \xf1\x00

TCP That Ends
    [Template]    Client Should React
    no close frame received or sent    1006 (abnormal closure)    Drop Connection

TCP That Is Reset
    [Tags]    reset
    [Template]    Client Should React
    no close frame received or sent ConnectionResetError    1006 (abnormal closure)    Drop Connection    reset=True

TCP That Ends In The Middle Of A Frame
    [Template]    NONE
    Connect Client
    Drop In The Middle Of A Frame
    Reaction Should Be    no close frame received or sent

No Answer To Pings
    [Template]    NONE
    Connect Client    ping_interval=0.1    ping_timeout=0.2
    Set Connection Behavior    answer_pings=False
    Reaction Should Be    sent 1011 (internal error) keepalive ping timeout; *
    Status Should Be    1011 (internal error) keepalive ping timeout

No Answer To Close
    [Template]    NONE
    Client Should Not Get An Answer To Its Close    close_timeout=0.3    ping_interval=20
    Reaction Should Be    sent 4001 (private use) done; no close frame received TimeoutError

A Server That Does Not Read
    [Template]    NONE
    Client Should Not Be Able To Send
    Reaction Should Be    had to wait\nreceived 1000 (OK); then sent 1000 (OK)

A Slow Server
    [Template]    NONE
    Client Should Wait For A Slow Answer
    Reaction Should Be    received 1000 (OK); then sent 1000 (OK)

*** Keywords ***
Client Should Fail The Connection
    [Arguments]    ${code}    ${reason}    @{keyword}    &{options}
    Client Should React    sent ${code} (${MEANINGS}[${code}]) ${reason}; no close frame received
    ...    ${code} (${OURS}[${code}]) ${reason}    @{keyword}    &{options}
