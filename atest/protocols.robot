*** Settings ***
Documentation       What the test server does with messages, chosen by subprotocol.
Library             RobotWebSocketLibrary
Test Setup          Start WebSocket Server

*** Test Cases ***
Echo
    [Template]    Echo Should Come Back Over
    echo
    org.ietf.websocket.test-echo

Echo Is The Default
    Open WebSocket    ${websocket.server.url}
    Should Be Equal    ${websocket.subprotocol}    ${None}
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    hello

Broadcast Reaches Every Client Under Either Name
    ${one} =    Open WebSocket    ${websocket.server.url}    subprotocols=echo-broadcast
    ${two} =    Open WebSocket    ${websocket.server.url}    subprotocols=org.ietf.websocket.test-echo-broadcast
    Send Text Message    to all    connection=${one}
    Message Should Be    to all    ${one}
    Message Should Be    to all    ${two}
    Send Binary Message    \x00\xff    connection=${two}
    Message Should Be    ${{ b'\x00\xff' }}    ${one}
    Message Should Be    ${{ b'\x00\xff' }}    ${two}

Broadcast Leaves The Clients Of Other Protocols Alone
    Open WebSocket    ${websocket.server.url}    subprotocols=echo-broadcast    alias=broadcast
    Open WebSocket    ${websocket.server.url}    subprotocols=echo    alias=echo
    Send Text Message    to all    connection=broadcast
    Message Should Be    to all    broadcast
    Send Text Message    mine    connection=echo
    Message Should Be    mine    echo

Broadcast With Pings Sends Both
    Start WebSocket Server    ping_interval=50ms
    Open WebSocket    ${websocket.server.url}    subprotocols=echo-broadcast-ping
    Send Text Message    to all
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    to all
    Wait For Ping    timeout=20s
    Wait For Ping    timeout=20s

The Other Protocols Send No Pings
    Start WebSocket Server    ping_interval=50ms
    ${pinged} =    Open WebSocket    ${websocket.server.url}    subprotocols=echo-broadcast-ping
    Open WebSocket    ${websocket.server.url}    subprotocols=echo-broadcast
    Wait For Ping    timeout=20s    connection=${pinged}
    Wait For Ping    timeout=20s    connection=${pinged}
    Run Keyword And Expect Error    No ping from '*' in 0 seconds; the connection is open.
    ...    Wait For Ping    timeout=0s

The Time Is Broadcast
    Start WebSocket Server    time_interval=50ms
    Open WebSocket    ${websocket.server.url}    subprotocols=time-broadcast
    ${first} =    Wait For Message    timeout=20s
    ${second} =    Wait For Message    timeout=20s
    Should Match Regexp    ${first}    ^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$
    Should Be True    $second > $first

Time Broadcast Answers Nothing
    Start WebSocket Server    time_interval=0
    Open WebSocket    ${websocket.server.url}    subprotocols=org.ietf.websocket.test-time-broadcast
    Send Text Message    hello
    Send Ping
    Wait For Pong    timeout=20s
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    none

The Server Closes After A Farewell
    [Template]    Farewell Should Be Echoed Before The Close
    bye    echo-server-close
    close    echo-server-close
    bye    org.ietf.websocket.test-echo-server-close

The Server Does Not Close After Other Words
    Open WebSocket    ${websocket.server.url}    subprotocols=echo-server-close
    Send Text Message    goodbye
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    goodbye
    Send Ping
    Wait For Pong    timeout=20s
    Should Be Equal    ${websocket.state}    open

Silent Answers Nothing
    Open WebSocket    ${websocket.server.url}    subprotocols=silent
    Send Text Message    hello
    Send Ping
    Wait For Pong    timeout=20s
    Wait For Message
    Should Be Equal    ${websocket.msgstate}    none

Further Subprotocols Get The Behavior That The Test Chooses
    VAR    &{protocols} =    ocpp1.6=silent    Chat.V2=echo
    Start WebSocket Server    protocols=${protocols}
    Open WebSocket    ${websocket.server.url}    subprotocols=ocpp1.6
    Should Be Equal    ${websocket.subprotocol}    ocpp1.6
    Open WebSocket    ${websocket.server.url}    subprotocols=Chat.V2
    Should Be Equal    ${websocket.subprotocol}    Chat.V2
    Send Text Message    hello
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    hello

The First Offer That The Server Supports Is Chosen
    Open WebSocket    ${websocket.server.url}    subprotocols=unknown, silent, echo
    Should Be Equal    ${websocket.subprotocol}    silent
    VAR    @{offers} =    nothing    echo
    Open WebSocket    ${websocket.server.url}    subprotocols=${offers}
    Should Be Equal    ${websocket.subprotocol}    echo

Unknown Offers Are Refused With The Supported Names
    Open WebSocket    ${websocket.server.url}    subprotocols=chat    expected_status=400
    Should Start With    ${websocket.response.text}
    ...    None of the offered subprotocols is supported. Supported are: echo, echo-broadcast, echo-broadcast-ping,

Another Default Can Be Chosen
    Start WebSocket Server    default_protocol=time-broadcast    time_interval=50ms
    Open WebSocket    ${websocket.server.url}
    ${time} =    Wait For Message    timeout=20s
    Should End With    ${time}    Z

*** Keywords ***
Echo Should Come Back Over
    [Arguments]    ${subprotocol}
    Open WebSocket    ${websocket.server.url}    subprotocols=${subprotocol}
    Should Be Equal    ${websocket.subprotocol}    ${subprotocol}
    Send Text Message    hello
    Message Should Be    hello
    Send Binary Message    \x00\xff
    Message Should Be    ${{ b'\x00\xff' }}

Farewell Should Be Echoed Before The Close
    [Arguments]    ${farewell}    ${subprotocol}
    Open WebSocket    ${websocket.server.url}    subprotocols=${subprotocol}
    Send Text Message    ${farewell}
    ${status} =    Wait For Close    code=1000    timeout=20s
    Should Be Equal    ${status.initiator}    server
    Message Should Be    ${farewell}

Message Should Be
    [Arguments]    ${expected}    ${connection}=${None}
    ${message} =    Wait For Message    timeout=20s    connection=${connection}
    Should Be Equal    ${message}    ${expected}
