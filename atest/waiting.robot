*** Settings ***
Documentation       Waiting for one message among many: the others stay, and a failure tells what came instead.
Library             RobotWebSocketLibrary
Test Setup          Open Connection

*** Test Cases ***
A Message Is Found Among Others, Which Stay In Their Order
    [Documentation]    LOG 2:*    INFO    Received a message.
    Send All    one    two    three    two
    ${message} =    Wait For Message    ==    two    timeout=20s
    Should Be Equal    ${message}    two
    Should Be Equal    ${websocket.message}    two
    ${message} =    Wait For Message    contains    ree    timeout=20s
    Should Be Equal    ${message}    three
    Rest Should Be    one    two

A Message That Still Comes Is Found
    ${peer} =    Wait For Client
    Send Text Message    not yet    connection=${peer}
    Send Ping    connection=${peer}
    Wait For Pong    connection=${peer}
    Send Text Message    now    connection=${peer}
    ${message} =    Wait For Message    ==    now    timeout=20s
    Should Be Equal    ${message}    now

Operators That Compare, And Their Other Names
    [Template]    Operators Should Find Hello
    hello    ==    equal    equals    should be
    bye    !=    inequal    should not be
    i    <    less than
    goodbye    >    greater than
    hello    <=    >=

Operators That Look Into A Message, And Their Other Names
    [Template]    Operators Should Find Hello
    ell    contains    *=
    bye    not contains
    hel    starts    ^=    should start with
    llo    ends    $=    should end with
    ^h.*o$    matches
    value.islower() and len(value) == 5    validate

An Empty Message Matches What Matches Nothing
    Send Text Message    ${EMPTY}
    ${message} =    Wait For Message    matches    .*    timeout=20s
    Should Be Equal    ${message}    ${EMPTY}

The End Of A Message Is Its Last Character
    [Documentation]    FAIL    No message ending with 'a' from 'main' in 500 milliseconds; the connection is open.
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'a\\n' does not end with 'a'
    Send All    a\n
    Wait For Message    ends    a    timeout=500ms

Bytes Are Compared With Binary Messages
    Send Text Message    \x00\xff
    Send Binary Message    \x00\xff
    ${message} =    Wait For Message    ==    ${{ b'\x00\xff' }}    timeout=20s
    Should Be Equal    ${message}    \x00\xff    type=bytes
    Send Binary Message    \x00\xff
    ${message} =    Wait For Message    ends    \xff    message_type=BINARY    timeout=20s
    Should Be Equal    ${message}    \x00\xff    type=bytes
    Rest Should Be    \x00\xff

Text That Is No Bytes Is Not Found In A Binary Message
    [Documentation]    FAIL    No message containing '€' from 'main' in 500 milliseconds; the connection is open.
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'\\xe2\\x82\\xac' is a binary message, which cannot be compared with '€'
    Send All    ${{ '€'.encode() }}
    Wait For Message    contains    €    timeout=500ms

A Failure Lists What Came Instead
    [Documentation]    FAIL    No message equal to 'bye' from 'main' in 500 milliseconds; the connection is open.
    ...                3 messages have arrived and stay in the inbox:
    ...                ${SPACE * 2}'hello' is not equal to 'bye'
    ...                ${SPACE * 2}'*HTML*<b>' is not equal to 'bye'
    ...                ${SPACE * 2}'\\xff' is not equal to 'bye'
    Send All    hello    *HTML*<b>    ${{ b'\xff' }}
    Wait For Message    ==    bye    timeout=500ms

A Failure Lists The Last Messages
    [Documentation]    FAIL GLOB:    No message equal to 'x' from 'main' in 500 milliseconds; the connection is open.
    ...                15 messages have arrived and stay in the inbox, the last 10 of them:
    ...                ${SPACE * 2}'6' is not equal to 'x'
    ...                *
    ...                ${SPACE * 2}'15' is not equal to 'x'
    Send All    @{{ [str(number) for number in range(1, 16)] }}
    Wait For Message    ==    x    timeout=500ms

A Failure Says Where A Long Message Differs
    [Documentation]    FAIL    No message equal to '${{ 'a' * 60 }}…' (1,000,000 characters) from 'main' \
    ...                in 1 second; the connection is open.
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'${{ 'a' * 80 }}…' (1,000,000 characters) \
    ...                differs at position 500,001: '…${{ 'a' * 15 }}b${{ 'a' * 14 }}' instead of '…${{ 'a' * 30 }}'
    VAR    ${expected} =    ${{ 'a' * 1_000_000 }}
    Send All    ${expected}[:500000]b${expected}[500001:]
    Wait For Message    ==    ${expected}    timeout=1s

A Failure On A Closed Connection Lists What Is Left
    [Documentation]    FAIL    No message equal to 'x' from 'main': closed with 4001 (private use) done.
    ...                1 message has arrived and stays in the inbox:
    ...                ${SPACE * 2}'left' is not equal to 'x'
    Send All    left
    Close WebSocket    4001    done
    Wait For Message    ==    x    timeout=1 minute

A Message Found On A Closed Connection
    Send All    one    two
    Close WebSocket
    ${message} =    Wait For Message    ==    two    timeout=0
    Should Be Equal    ${message}    two

An Error Of An Expression Means That A Message Does Not Match
    [Documentation]    FAIL    No message that validates 'int(value) > 5' from 'main' in 500 milliseconds; \
    ...                the connection is open.
    ...                2 messages have arrived and stay in the inbox:
    ...                ${SPACE * 2}'5' does not validate 'int(value) > 5'
    ...                ${SPACE * 2}'x' could not be validated: \
    ...                ValueError: invalid literal for int() with base 10: 'x'
    Send All    5    x
    Wait For Message    validate    int(value) > 5    timeout=500ms

Waiting For Several Takes All Of Them Or None
    Send All    one    two
    Run Keyword And Expect Error    Only 2 of 3 messages from 'main' in 500 milliseconds; the connection is open.*
    ...    Wait For Messages    3    timeout=500ms
    Should Be Equal    ${websocket.msgstate}    timeout
    Send All    three    four
    ${messages} =    Wait For Messages    3    timeout=20s
    Should Be Equal    ${messages}    ${{ ['one', 'two', 'three'] }}
    Should Be Equal    ${websocket.message}    three
    Rest Should Be    four

Clearing Forgets What Has Arrived
    Send All    one    two
    Clear Messages
    Rest Should Be
    Send All    three
    Rest Should Be    three

A Message That Must Not Come Stays
    [Documentation]    FAIL    'main' received a message containing 'err': 'an error'.
    Send All    welcome    an error
    Should Not Receive Message    within=1 minute    operator=contains    expected=err
    [Teardown]    Rest Should Be    welcome    an error

Other Messages May Come
    Send All    welcome    ${{ b'error' }}
    Should Not Receive Message    contains    error    within=200ms    message_type=TEXT
    Rest Should Be    welcome    ${{ b'error' }}

A Closed Connection Says Nothing About What Does Not Come
    [Documentation]    FAIL    Cannot check that no message comes from 'main': closed with 1000 (normal closure).
    Close WebSocket
    Should Not Receive Message    within=1 minute

Mistakes Are Told Before Waiting
    [Template]    Mistake Should Be Told
    The pattern '(' cannot be used: missing ), unterminated subpattern at position 0.    matches    (
    The operator '==' needs a value to compare with.    ==
    The operator 'then' cannot be used in a wait, which returns messages as they came: *    then    value
    ValueError: 'is' is not an operator (==, *, validate): write${SPACE*2}==${SPACE*2}is    is    x
    ValueError: 'contain' is not an operator: did you mean 'contains'?    contain    x

*** Keywords ***
Open Connection
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main

Send All
    [Documentation]    Returns when the echoes have arrived.
    [Arguments]    @{messages}
    FOR    ${message}    IN    @{messages}
        IF    isinstance($message, bytes)
            Send Binary Message    ${message}
        ELSE
            Send Text Message    ${message}
        END
    END
    Send Ping
    Wait For Pong    timeout=20s

Rest Should Be
    [Arguments]    @{expected}
    @{rest} =    Take Messages
    Should Be Equal    ${rest}    ${expected}

Operators Should Find Hello
    [Arguments]    ${expected}    @{operators}
    FOR    ${operator}    IN    @{operators}
        Send Text Message    hello
        ${message} =    Wait For Message    ${operator}    ${expected}    timeout=20s
        Should Be Equal    ${message}    hello
    END

Mistake Should Be Told
    [Arguments]    ${told}    @{arguments}
    Run Keyword And Expect Error    ${told}    Wait For Message    @{arguments}    timeout=1 minute
