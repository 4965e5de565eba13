*** Settings ***
Documentation       One virtual user: connects, asks, waits for the answer with the same id, pings, and closes.
...
...                 RFSwarm repeats the test for as long as its scenario says, with many robots on many machines. FOR,
...                 IF and TRY stand in keywords: directly in a test they stop RFSwarm's repetition. Without ``URL`` the
...                 test starts a server of its own, so ``robot conversation.robot`` shows what a robot does.

Library             RobotWebSocketLibrary    timeout=10s    traffic_frames=20
Suite Setup         Find The Server
Test Teardown       Wait When Failed
Test Tags           load

*** Variables ***
${URL}              ${EMPTY}
${QUESTIONS}        10
${THINK TIME}       0.5s
# RFSwarm sets these three; here they are for `robot conversation.robot` alone.
${RFS_AGENTNAME}    alone
${RFS_ROBOT}        1
${RFS_ITERATION}    1

*** Test Cases ***
Conversation
    Open WebSocket    ${URL}
    Ask Questions
    Send Ping
    Wait For Pong    timeout=5s
    Close WebSocket

*** Keywords ***
Find The Server
    IF    not $URL    Start Own Server

Start Own Server
    ${server} =    Start WebSocket Server
    VAR    ${URL} =    ${server.url}    scope=SUITE    # robocop: off=VAR05 - of this suite alone
    VAR    ${THINK TIME} =    0s    scope=SUITE    # robocop: off=VAR05

Ask Questions
    FOR    ${number}    IN RANGE    ${QUESTIONS}
        VAR    ${id} =    ${RFS_AGENTNAME}-${RFS_ROBOT}-${RFS_ITERATION}-${number}
        VAR    &{question} =    type=question    id=${id}
        ${answer} =    Send Request    ${question}    timeout=5s
        Should Be Equal    ${answer.id}    ${id}
        Sleep    ${THINK TIME}    # robocop: off=KW01 - a user thinks
    END

Wait When Failed
    [Documentation]    Without a pause, a robot whose server is gone would try again hundreds of times a second.
    IF    $TEST_STATUS == 'FAIL'    Sleep    2s    # robocop: off=KW01 - nothing else holds robots back
