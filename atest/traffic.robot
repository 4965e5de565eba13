*** Settings ***
Documentation       What was on the wire: records, counts, pictures in the log, and a file for the tools of browsers.
...                 The peer is the package websockets, or bytes written by hand.
Library             String
Library             resources/HarFiles.py
Library             resources/ScriptedServer.py
Resource            peers/conversation.resource
Suite Setup         Run Keywords    Skip Without Websockets    AND    Start Peers    @{WEBSOCKETS}
Suite Teardown      Terminate All Processes    kill=True

*** Variables ***
${NOT A FILE}       ${{ 'Permission denied' if os.name == 'nt' else 'Is a directory' }}
${TEXT}             ${{ 'a text that can be compressed ' * 100 }}

*** Test Cases ***
Records Tell What Was On The Wire
    Open Connection    alias=main
    Send Text Message    hello
    Message Should Be    hello
    Send Binary Message    \x00\xff    fragment_size=1
    Message Should Be    ${{ b'\x00\xff' }}
    Close WebSocket    4001    done
    @{records} =    Get WebSocket Traffic
    Lines Should Be    ${records}
    ...    > 'hello'
    ...    < 'hello'
    ...    > binary '\\x00' (to be continued)
    ...    > continuation '\ufffd'
    ...    < binary '\\x00\\xff'
    ...    > close 4001 (private use) done
    ...    < close 4001 (private use) done

Records Have Attributes
    Open Connection
    Send Binary Message    \x00\xff
    Message Should Be    ${{ b'\x00\xff' }}
    @{records} =    Get WebSocket Traffic
    Should Be Equal    ${records[1].direction}    <
    Should Be Equal    ${records[1].type}    binary
    Should Be Equal As Integers    ${records[1].opcode}    2
    Should Be Equal As Integers    ${records[1].size}    2
    Should Be Equal    ${records[1].preview}    \x00\xff    type=bytes
    Should Be True    $records[0].time <= $records[1].time <= time.time()

Records Of Compressed Messages Tell Both Sizes
    Open Connection    compression=True
    Send Text Message    ${TEXT}    fragment_size=20
    Message Should Be    ${TEXT}
    @{records} =    Get WebSocket Traffic
    Should Be Equal    ${{ $records[0][2:7] }}    ${{ (1, 3000, $TEXT[:256].encode(), False, 20) }}
    Should Be Equal    ${{ $records[1][2:7] }}    ${{ (0, 0, b'', False, 20) }}
    Should Be True    $records[-2].fin and 0 < $records[-2].compressed_size <= 20
    Should Be Equal    ${{ $records[-1][2:6] }}    ${{ (1, 3000, $TEXT[:256].encode(), True) }}
    Should Be True    0 < $records[-1].compressed_size < 1000
    Should Be True    $records[-1].cut

An End That No Frame Tells Of Is An Event
    [Tags]    reset
    ${url} =    Start Scripted Server    answers=\x81\x01x    then=reset
    Open WebSocket    ${url}
    Send Text Message    hello
    Wait For Close    timeout=20s
    @{records} =    Get WebSocket Traffic
    Should Be Equal    ${records[-1].type}    event
    Should Be Equal    ${records[-1].text}    connection lost: the server reset the connection (1006)

A Server's End Has Traffic Of Its Own
    Start WebSocket Server    protocols=${{ {'Chat.V2': 'silent'} }}    compression=False
    Start Process    @{WEBSOCKETS}    connect    ${websocket.server.url}    alias=client    stderr=STDOUT
    ${peer} =    Wait For Client    timeout=20s
    Send Text Message    hello    connection=${peer}
    Wait For Message    timeout=60s    connection=${peer}
    @{records} =    Get WebSocket Traffic    connection=${peer}
    Lines Should Be    ${records}    > 'hello'    < 'hello'
    ${statistics} =    Get WebSocket Statistics    connection=${peer}
    Should Be Equal    ${statistics.handshake}    ${NONE}

Statistics Count Messages, Frames And Bytes
    Open Connection
    Fragments Should Be Put Together
    ${statistics} =    Get WebSocket Statistics
    Should Be Equal As Integers    ${statistics.sent.messages}    2
    Should Be Equal As Integers    ${statistics.sent.frames}    ${{ len('Grüße, 漢字 und 😀'.encode()) + 1 }}
    Should Be Equal As Integers    ${statistics.sent.bytes}    ${{ len('Grüße, 漢字 und 😀'.encode()) + 23 }}
    Should Be Equal    ${statistics.sent.wire_bytes}    ${statistics.sent.bytes}
    Should Be Equal As Integers    ${statistics.received.messages}    2
    Should Be True    $statistics.received.frames in (3, 4)
    Should Be True    0 < ${statistics.handshake} < 20

Statistics Tell How Well Messages Are Compressed
    Open Connection    compression=True
    FOR    ${fragment_size}    IN    ${NONE}    ${10}
        Send Text Message    ${TEXT}    fragment_size=${fragment_size}
        Message Should Be    ${TEXT}
    END
    ${statistics} =    Get WebSocket Statistics
    FOR    ${way}    IN    ${statistics.sent}    ${statistics.received}
        Should Be Equal As Integers    ${way.messages}    2
        Should Be Equal As Integers    ${way.bytes}    6000
        Should Be True    0 < ${way.wire_bytes} < 2000
    END

Statistics Count Pings And Pongs
    Open Connection
    Pings Should Be Answered Both Ways
    ${statistics} =    Get WebSocket Statistics
    FOR    ${way}    IN    ${statistics.sent}    ${statistics.received}
        Should Be Equal As Integers    ${way.pings}    1
        Should Be Equal As Integers    ${way.pongs}    1
    END

Statistics Time The Round Trips Of Pings
    Open Connection
    FOR    ${body}    IN    one    two    three
        Send Ping    ${body}
        Wait For Pong    ${body}    timeout=20s
    END
    ${statistics} =    Get WebSocket Statistics
    VAR    ${times} =    ${statistics.round_trips}
    Should Be Equal As Integers    ${times.count}    3
    Should Be True    0 < $times.minimum <= $times.mean <= $times.maximum < 20

Statistics Of A Connection Without Pings
    Open Connection
    ${statistics} =    Get WebSocket Statistics
    Should Be Equal    ${statistics.round_trips}
    ...    ${{ dict(count=0, minimum=None, mean=None, maximum=None) }}
    Should Be Equal As Integers    ${statistics.received.frames}    0

The Log Shows A Diagram And A Table
    [Documentation]    LOG 4:*    INFO    GLOB: <details open><summary>Sequence diagram of 'main': 1 sent, 1 received</*
    ...    LOG 4:*    INFO    GLOB: <details><summary>Frames of 'main': 1 sent, 1 received</summary>*&lt;b&gt;hello*
    ...    LOG 4:*    INFO    Logged the traffic of a WebSocket connection.
    ...    LOG 5:*    INFO    GLOB: <details><summary>Frames of 'main': 0 sent, 1 received (1 earlier is not shown)*
    Open Connection    alias=main
    Send Text Message    <b>hello</b>
    Message Should Be    <b>hello</b>
    Log WebSocket Traffic
    Log WebSocket Traffic    frames=1

No Frames Cannot Be Logged
    [Documentation]    FAIL    The argument 'frames' is 0; at least 1 frame can be shown.
    Log WebSocket Traffic    frames=0

The Last Frames Are Shown Beneath A Failure
    [Documentation]    FAIL    GLOB: No message equal to 'bye' from 'main' in 500 milliseconds; *
    ...    LOG 3:*    INFO    GLOB: <details><summary>Last frames of 'main': 1 sent, 1 received</summary>*
    ...    LOG 3.*    FAIL    GLOB: No message equal to 'bye' from 'main' in 500 milliseconds; *
    Open Connection    alias=main
    Send Text Message    hello
    Wait For Message    ==    bye    timeout=500ms

A Saved File Can Be Read As An HTTP Archive
    Open Connection    alias=main
    Text And Binary Should Come Back
    Send Ping
    Wait For Pong    timeout=20s
    ${file} =    Save WebSocket Traffic    chat.har
    ${har} =    Read Har File    ${file}
    Should Be Equal    ${har.page.url}    ${websocket.url}
    Should Be Equal    ${har.messages}[2:4]    ${{ [(way, 1, 'Grüße, 漢字 und 😀') for way in ('send', 'receive')] }}
    Should Be Equal    ${har.messages}[8:]    ${{ [('send', 2, ''), ('receive', 2, '')] }}
    Should Be Equal    ${har.control_frames}    ${{ [('send', 9), ('receive', 10)] }}

A Saved File Marks What Was Not Kept
    Open Connection    compression=True
    Send Text Message    ${TEXT}    fragment_size=20
    Message Should Be    ${TEXT}
    ${file} =    Save WebSocket Traffic    cut.har
    ${har} =    Read Har File    ${file}
    Should Be Equal As Integers    ${har.response.status}    101
    Should Be Equal    ${har.messages}    ${{ [('send', 1, $TEXT[:256]), ('receive', 1, $TEXT[:256])] }}
    FOR    ${remarks}    IN    @{har.remarks}
        Should Be Equal As Integers    ${remarks}[_size]    3000
        Should Be True    0 < ${remarks}[_compressedSize] < 1000
        Should Be True    ${remarks}[_truncated]
    END

A Relative Path Lands In The Output Folder
    Open Connection
    ${file} =    Save WebSocket Traffic    archives/today/chat.har
    Should Be Equal    ${file}    ${OUTPUT DIR}${/}archives${/}today${/}chat.har
    File Should Exist    ${file}

No Secret Is In A Saved File
    ${agent} =    Evaluate    robot.api.types.Secret('canary')
    VAR    &{headers} =    X-Secret=canary    User-Agent=${agent}
    VAR    &{cookies} =    session=canary
    Open Connection    headers=${headers}    cookies=${cookies}    username=me    password=canary
    ${file} =    Save WebSocket Traffic    secrets.har
    ${text} =    Get File    ${file}
    Should Contain    ${text}    X-Secret
    Should Not Contain    ${text}    canary

A Saved File Tells Of A Lost Connection
    ${url} =    Start Scripted Server    answers=\x01\x03Hal    then=leave
    Open WebSocket    ${url}?token=canary
    Send Text Message    hello
    Wait For Close    timeout=20s
    ${file} =    Save WebSocket Traffic    ${OUTPUT DIR}/archives/lost.har
    ${har} =    Read Har File    ${file}
    Should Be Equal    ${har.page.url}    ${url}?token=***
    Should Be Equal    ${har.messages}    ${{ [('send', 1, 'hello'), ('receive', 1, 'Hal')] }}
    VAR    @{expected} =    connection lost: the server closed TCP without a close frame
    ...    in the middle of a message (3 bytes so far) (1006)
    Should Be Equal    ${har.events}[0]    ${{ ' '.join($expected) }}

A File That Cannot Be Written Is Told In One Sentence
    [Documentation]    FAIL    Could not save the traffic as '${OUTPUT DIR}': ${NOT A FILE}.
    Open Connection
    Save WebSocket Traffic    ${OUTPUT DIR}

*** Keywords ***
Lines Should Be
    [Arguments]    ${records}    @{expected}
    VAR    ${lines} =    ${{ [str(record) for record in $records] }}
    Should Be Equal    ${lines}    ${expected}
