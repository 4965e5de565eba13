*** Settings ***
Documentation    A message that should have come, and has not: what the failure says about it.

Library          RobotWebSocketLibrary

Test Setup       Connect

*** Variables ***
${IN VAIN}    ${SPACE}from 'app' in 500 milliseconds; the connection is open.

*** Test Cases ***
Nothing Has Come
    Wait Should Fail    No message equal to 'hello' from 'app' in 500 *, and nothing has arrived.    ==    hello

The Application Sends A Number And The Test Expects Text
    Receive    {"id": 3}
    Receive Often    {"type": "ka"}    12
    Json Wait Should Fail
    ...    No JSON message with '$.id' equal to '3' (string)${IN VAIN}
    ...    13 messages have arrived and stay in the inbox, the nearest first:
    ...    ${SPACE*2}'{"id": 3}' at '$.id': found 3 (integer), expected '3' (string): write \${3}
    ...    ${SPACE*2}12 times: '{"type": "ka"}' has nothing at '$.id'

The Value Is Another One And Its Type Is Not The Reason
    Receive    {"id": "x"}
    Json Wait Should Fail
    ...    No JSON message with '$.id' equal to '3' (string)${IN VAIN}
    ...    1 message has arrived and stays in the inbox:
    ...    ${SPACE*2}'{"id": "x"}' at '$.id': found 'x' (string), expected '3' (string)

Upper And Lower Case Differ
    Receive    Welcome
    Receive    bye
    Wait Should Fail
    ...    No message equal to 'welcome'${IN VAIN}\n2 *first:\n${SPACE*2}'Welcome' is not equal to 'welcome'\n*'bye' *
    ...    ==
    ...    welcome

An Earlier Keyword Took The Message
    Receive    hello
    Take Messages
    Wait Should Fail
    ...    No message equal to 'hello'${IN VAIN}\n1 message equal to 'hello' was taken before by 'Take Messages'
    ...    ==
    ...    hello

Another Connection Has The Message
    Receive    hello
    Open WebSocket    ${websocket.server.url}    alias=second
    Run Keyword And Expect Error
    ...    No message from 'second' in 500 milliseconds; *.\nmessages that nobody took: 1 from 'app'
    ...    Wait For Message
    ...    timeout=500ms

The Operator Is Missing
    Run Keyword And Expect Error
    ...    ValueError: 'hello' is not an operator (==, !=, <, >, <=, >=, contains, *): write${SPACE*2}==${SPACE*2}hello
    ...    Wait For Message    hello

The Operator Is Misspelt
    Run Keyword And Expect Error    ValueError: 'contain' is not an operator: did you mean 'contains'?
    ...    Wait For Message    contain    hello

The Name Of The Duration Is Misspelt
    Run Keyword And Expect Error
    ...    ValueError: 'timout=2s' is not *, and this keyword has no argument 'timout': did you mean 'timeout'?
    ...    Wait For Message    timout=2s

The Name Of The Duration Is Missing
    Run Keyword And Expect Error    ValueError: '2s' is not an operator: give a duration by name: timeout=2s
    ...    Wait For Message    2s

The Duration Has Another Name
    Run Keyword And Expect Error
    ...    ValueError: 'timeout=200ms' is not an operator: this keyword has 'within', and not 'timeout'
    ...    Should Not Receive Message    timeout=200ms

A Check Does Not Wait
    [Documentation]    LOG 1:1    INFO    GLOB:    Checked without waiting: no message was there. With 'timeout' *
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    none

A Message Came That Must Not Come
    Receive    {"status": 404}
    Run Keyword And Expect Error
    ...    'app' received a JSON message with '$.status' equal to 404 (integer): '{"status": 404}'.
    ...    Should Not Receive Message    ==    ${404}    json_path=$.status    within=5s

Nothing Can Come Any More
    Close WebSocket
    Run Keyword And Expect Error
    ...    Cannot check that no message comes from 'app': closed with 1000 (normal closure).
    ...    Should Not Receive Message    within=5s

The Application Closes With Another Code
    ${peers} =    Get Clients
    Close WebSocket    4401    token expired    connection=${peers}[0]
    Run Keyword And Expect Error
    ...    'app' was closed by the server with 4401 (private use) token expired, expected 1000 (normal closure).
    ...    Wait For Close    1000

The Message Is Binary
    Receive    ${{b'hello'}}
    Run Keyword And Expect Error    No text message${IN VAIN}\n1 message *:\n${SPACE*2}'hello' is a binary message
    ...    Wait For Message    message_type=TEXT    timeout=500ms

*** Keywords ***
Connect
    Start WebSocket Server    default_protocol=silent
    Open WebSocket    ${websocket.server.url}    alias=app
    Wait For Client

Receive
    [Documentation]    The server sends a message, and the application has it.
    [Arguments]    ${message}
    ${peers} =    Get Clients
    Broadcast Message    ${message}
    Send Ping    connection=${peers}[0]
    Wait For Pong    connection=${peers}[0]

Receive Often
    [Arguments]    ${message}    ${times}
    FOR    ${_}    IN RANGE    ${times}
        Receive    ${message}
    END

Wait Should Fail
    [Arguments]    ${failure}    ${operator}    ${expected}
    Run Keyword And Expect Error    ${failure}    Wait For Message    ${operator}    ${expected}    timeout=500ms

Json Wait Should Fail
    [Arguments]    @{lines}
    ${failure} =    Catenate    SEPARATOR=\n    @{lines}
    Run Keyword And Expect Error    EQUALS: ${failure}    Wait For Json Message    $.id    ==    3    timeout=500ms
