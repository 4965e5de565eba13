*** Settings ***
Documentation       Compressed messages (permessage-deflate, RFC 7692), from both ends.
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary

*** Variables ***
${TEXT}             ${{ 'a text that can be compressed ' * 100 }}

*** Test Cases ***
Messages Are Compressed Both Ways
    [Documentation]    LOG 5.*    INFO    Sent a text message.
    ...    LOG 5.1    DEBUG    GLOB: > 'a text that can be compressed *…' (3,000 bytes) (compressed to * bytes)
    ...    LOG 6.*    INFO    Received a message.
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    compression=True
    ${peer} =    Wait For Client
    Should Be Equal    ${websocket.compression}    ${peer.compression}
    Send Text Message    ${TEXT}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    ${TEXT}
    Message Should Have Come Compressed    ${websocket.received}
    Wait For Message    timeout=20s    connection=${peer}
    Message Should Have Come Compressed    ${peer.received}

A Compressed Message Shows Both Sizes When It Comes
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    compression=True
    Send Text Message    ${TEXT}
    Wait For Message    timeout=20s
    @{records} =    Get WebSocket Traffic
    Should Match    ${{ str($records[1]) }}
    ...    < 'a text that can be compressed *…' (3,000 bytes) (compressed to * bytes)

Nothing Is Compressed Unless It Is Asked For
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}
    Should Be Equal    ${websocket.compression}    ${NONE}
    Message Should Come Back Uncompressed

A Server Can Decline
    Start WebSocket Server    compression=False
    Open WebSocket    ${websocket.server.url}    compression=True
    Should Be Equal    ${websocket.compression}    ${NONE}
    Message Should Come Back Uncompressed

Compression Can Be A Default
    Start WebSocket Server
    ${previous} =    Set WebSocket Defaults    compression=True
    Open WebSocket    ${websocket.server.url}
    Should Not Be Equal    ${websocket.compression}    ${NONE}
    Open WebSocket    ${websocket.server.url}    compression=False
    Should Be Equal    ${websocket.compression}    ${NONE}
    Set WebSocket Defaults    &{previous}
    Open WebSocket    ${websocket.server.url}
    Should Be Equal    ${websocket.compression}    ${NONE}

Compressed And Uncompressed Clients Get The Same Broadcast
    Start WebSocket Server    default_protocol=echo-broadcast
    Open WebSocket    ${websocket.server.url}    alias=compressed    compression=True
    Open WebSocket    ${websocket.server.url}    alias=plain
    FOR    ${sender}    IN    compressed    plain
        Send Text Message    ${TEXT}    connection=${sender}
        FOR    ${receiver}    IN    compressed    plain
            ${message} =    Wait For Message    timeout=20s    connection=${receiver}
            Should Be Equal    ${message}    ${TEXT}
            Should Be Equal    ${{ $websocket.received.compressed_size is None }}    ${{ $receiver == 'plain' }}
        END
    END

A Server Chooses The Parameters
    ${url} =    Start Scripted Server
    ...    extensions=permessage-deflate; server_no_context_takeover; client_max_window_bits=9
    Open WebSocket    ${url}    compression=True
    Should Be True    ${websocket.compression.server_no_context_takeover}
    Should Not Be True    ${websocket.compression.client_no_context_takeover}
    Should Be Equal    ${websocket.compression.server_max_window_bits}    ${15}
    Should Be Equal    ${websocket.compression.client_max_window_bits}    ${9}

A Server That Chooses What Was Not Offered Is Refused
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the server chose an extension that was not offered: 'permessage-deflate'.
    ${url} =    Start Scripted Server    extensions=permessage-deflate
    Open WebSocket    ${url}

A Server That Chooses Wrong Parameters Is Refused
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: \
    ...                the server chose compression with parameters that are not valid: \
    ...                'permessage-deflate; server_max_window_bits=7'.
    ${url} =    Start Scripted Server    extensions=permessage-deflate; server_max_window_bits=7
    Open WebSocket    ${url}    compression=True

A Compressed Message Among Fragments And Pings Is Understood
    ${url} =    Start Scripted Server    \x41\x03\xf2\x48\xcd\x89\x00\x80\x04\xc9\xc9\x07\x00
    ...    extensions=permessage-deflate
    Open WebSocket    ${url}    compression=True
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    Hello
    Should Be Equal    ${websocket.received.size}    ${5}
    Should Be Equal    ${websocket.received.fragments}    ${2}
    Should Be Equal    ${websocket.received.compressed_size}    ${7}

A Compressed Message That Nobody Agreed On Ends The Connection
    [Documentation]    FAIL    No message from 'bad': protocol error by the server: \
    ...                RSV1 set on a text frame (compression was not negotiated).
    ${url} =    Start Scripted Server    \xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00
    Open WebSocket    ${url}    alias=bad
    Wait For Message    timeout=1 minute

Invalid Compressed Data Ends The Connection
    ${url} =    Start Scripted Server    \xc1\x04\xff\xff\xff\xff    extensions=permessage-deflate
    Open WebSocket    ${url}    alias=bad    compression=True
    Run Keyword And Expect Error
    ...    No message from 'bad': protocol error by the server: invalid compressed data.
    ...    Wait For Message    timeout=1 minute
    Wait For Close    code=1007    timeout=20s

Compressed Text That Is No UTF-8 Ends The Connection
    ${url} =    Start Scripted Server    \xc1\x03\xfa\x0f\x00    extensions=permessage-deflate
    Open WebSocket    ${url}    alias=bad    compression=True
    Run Keyword And Expect Error
    ...    No message from 'bad': protocol error by the server: invalid UTF-8 in a text message at byte 0.
    ...    Wait For Message    timeout=1 minute
    Wait For Close    code=1007    timeout=20s

The Limit Counts What A Message Has When It Is Not Compressed
    [Documentation]    FAIL    No message from 'small': \
    ...                the server sent a message of at least 1,025 bytes, \
    ...                over the limit of 1,024 bytes ('max_message_size').
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=small    compression=True    max_message_size=1 KiB
    Send Text Message    ${{ 'x' * 1024 }}
    Wait For Message    timeout=20s
    Send Text Message    ${{ 'x' * 1_000_000 }}
    Wait For Message    timeout=20s

*** Keywords ***
Message Should Have Come Compressed
    [Arguments]    ${received}
    Should Be Equal    ${received.size}    ${3000}
    Should Be True    0 < ${received.compressed_size} < 100

Message Should Come Back Uncompressed
    Send Text Message    ${TEXT}
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    ${TEXT}
    Should Be Equal    ${websocket.received.compressed_size}    ${NONE}
