*** Settings ***
Documentation       People talk in a chat. The test server of the library stands in for the chat server: it sends each
...                 message to everybody in the chat, its author included.

Library             RobotWebSocketLibrary    timeout=2s

Test Setup          Ann, Bob And Carol Enter The Chat
Test Tags           server

*** Test Cases ***
Everybody Reads Ann's Greeting And Bob Answers
    Send Text Message    Hello everybody!    connection=Ann
    Wait For Message    ==    Hello everybody!    connection=Bob
    Wait For Message    ==    Hello everybody!    connection=Carol
    Send Text Message    Nice to see you, Ann.    connection=Bob
    Wait For Message    ends    Ann.    connection=Ann

Bob Finds The Message That Mentions Him Among Many
    Send Text Message    The sun shines.    connection=Ann
    Send Text Message    Lunch at 12:30, @Bob?    connection=Ann
    Send Text Message    It is warm.    connection=Carol
    ${message} =    Wait For Message    contains    @Bob    connection=Bob
    Should Be Equal    ${message}    Lunch at 12:30, @Bob?

Carol Notices When Somebody Names A Time
    Send Text Message    When shall we meet?    connection=Bob
    Send Text Message    Let us meet at 18:45.    connection=Ann
    ${message} =    Wait For Message    matches    \\d\\d:\\d\\d    connection=Carol
    Should Be Equal    ${message}    Let us meet at 18:45.

Bob Waits For What Carol Writes
    Send Json Message    {"author": "Ann", "text": "I stay at home."}    connection=Ann
    Send Json Message    {"author": "Carol", "text": "I am coming."}    connection=Carol
    ${message} =    Wait For Json Message    $.author    ==    Carol    connection=Bob
    Should Be Equal    ${message.text}    I am coming.

A Private Message Reaches Nobody Else
    ${receivers} =    Broadcast Message    Happy birthday, Ann!    path=/Ann
    Should Be Equal As Integers    ${receivers}    1
    Wait For Message    ==    Happy birthday, Ann!    connection=Ann
    Should Not Receive Message    contains    birthday    within=300ms    connection=Bob
    Should Not Receive Message    contains    birthday    within=300ms    connection=Carol

Bob Says Why He Leaves
    ${server_side} =    Wait For Client    path=/Bob
    Close WebSocket    GOING_AWAY    My train leaves    connection=Bob
    ${end} =    Wait For Close    code=GOING_AWAY    connection=${server_side}
    Should Be Equal    ${end.reason}    My train leaves

Bob Loses His Connection And Comes Back
    ${server_side} =    Wait For Client    path=/Bob
    Drop Connection    connection=${server_side}
    Wait For Close    code=1006    connection=Bob
    Enter The Chat    Bob
    Send Text Message    Welcome back, Bob!    connection=Ann
    Wait For Message    ==    Welcome back, Bob!    connection=Bob

The Server Answers A Ping Quickly
    Send Ping    are you there    connection=Ann
    ${seconds} =    Wait For Pong    connection=Ann
    Should Be True    ${seconds} < 1

Bob Reads What He Missed In Its Order
    Send Text Message    One    connection=Ann
    Send Text Message    Two    connection=Ann
    Send Text Message    Three    connection=Ann
    Wait For Message    ==    Three    connection=Bob
    @{missed} =    Take Messages    connection=Bob
    Should Be Equal    ${missed}    ${{['One', 'Two']}}

Ann Sends An Image
    Send Text Message    Look at this:    connection=Ann
    Send Binary Message    \x89PNG\r\n\x1a\n and pixels    connection=Ann
    ${image} =    Wait For Message    starts    \x89PNG    message_type=BINARY    connection=Bob
    Should Be Equal    ${image}    \x89PNG\r\n\x1a\n and pixels    type=bytes

A Failure Tells What Came Instead
    Send Text Message    The pasta is ready.    connection=Ann
    Wait For Message    ==    The pasta is ready.    connection=Ann
    ${failure} =    Run Keyword And Expect Error
    ...    No message equal to 'The pizza is ready.' from 'Bob' in 300 milliseconds*
    ...    Wait For Message    ==    The pizza is ready.    timeout=300ms    connection=Bob
    Should Contain    ${failure}    'The pasta is ready.'

The Log Shows What Was Said
    Send Text Message    Good night!    connection=Ann
    Wait For Message    ==    Good night!    connection=Bob
    Send Text Message    Sleep well!    connection=Bob
    Wait For Message    ==    Sleep well!    connection=Ann
    Log WebSocket Traffic    connection=Ann

*** Keywords ***
Ann, Bob And Carol Enter The Chat
    [Documentation]    Each test has a server of its own, so that nothing is left of the test before.
    Start WebSocket Server    default_protocol=echo-broadcast
    Enter The Chat    Ann
    Enter The Chat    Bob
    Enter The Chat    Carol

Enter The Chat
    [Documentation]    Everybody has a path, by which a test finds the server's end of the connection.
    [Arguments]    ${name}
    Open WebSocket    ${websocket.server.url}${name}    alias=${name}
