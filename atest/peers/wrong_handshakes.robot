*** Settings ***
Documentation       Handshakes that are wrong on purpose, and what servers of others answer: node's ws and websockets.
Resource            conversation.resource
Suite Setup         Start Both Peers
Suite Teardown      Terminate All Processes    kill=True

*** Test Cases ***
A Version That Nobody Speaks
    [Template]    ${server} Should Answer ${status} To ${headers}
    websockets    400    {'Sec-WebSocket-Version': '8'}
    node    400    {'Sec-WebSocket-Version': '7'}
    own    426    {'Sec-WebSocket-Version': '8'}

A Header Is Left Out
    [Template]    ${server} Should Answer ${status} To ${headers}
    websockets    400    {'Sec-WebSocket-Key': None}
    node    400    {'Sec-WebSocket-Key': None}
    own    400    {'Sec-WebSocket-Key': None}
    own    426    {'Sec-WebSocket-Version': None}
    own    426    {'Upgrade': None}
    own    400    {'Host': None}

A Key Is Wrong
    [Template]    ${server} Should Answer ${status} To ${headers}
    websockets    400    {'Sec-WebSocket-Key': 'short'}
    node    400    {'Sec-WebSocket-Key': 'short'}
    own    400    {'Sec-WebSocket-Key': 'short'}

A Header Comes Twice
    [Template]    ${server} Should Answer ${status} To ${headers}
    websockets    426    [('Upgrade', 'websocket'), ('Upgrade', 'h2c')]
    own    400    [('Host', 'a'), ('Host', 'b')]

The Method Is Another One
    ${url} =    URL Of    own
    Open WebSocket    ${url}    method=POST    expected_status=426
    ${url} =    URL Of    node
    Open WebSocket    ${url}    method=POST    expected_status=405

A Host That Is Not That Of The URL
    Start WebSocket Server
    VAR    &{headers} =    Host=tenant.example
    Open WebSocket    ${websocket.server.url}    headers=${headers}
    ${peer} =    Wait For Client
    Should Be Equal    ${peer.request.headers}[host]    tenant.example

An Offer Of Compression Is Chosen
    [Documentation]    The client has announced to keep no context, and keeps to that. The answer need not repeat it.
    [Template]    Compression Should Be Agreed On
    own    permessage-deflate; client_no_context_takeover    ${True}
    node    permessage-deflate; client_no_context_takeover    ${True}
    websockets    permessage-deflate; client_no_context_takeover    ${True}
    own    permessage-deflate    ${False}

A Default Is Left Out
    Start WebSocket Server
    VAR    &{defaults} =    X-Run=42
    Set WebSocket Defaults    headers=${defaults}
    Open WebSocket    ${websocket.server.url}    headers=${{ {'X-Run': None} }}
    ${peer} =    Wait For Client
    Should Not Contain    ${peer.request.headers}    X-Run

TLS Asks For Another Name
    [Documentation]    FAIL GLOB: Opening handshake with 'wss://127.0.0.1:*/' failed: the server's certificate is not for \
    ...    'shop.example'; `verify=False` accepts any certificate.
    Start WebSocket Server    tls=True
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}    server_name=localhost
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}    server_name=shop.example

*** Keywords ***
${server} Should Answer ${status} To ${headers}
    ${url} =    URL Of    ${server}
    Open WebSocket    ${url}    headers=${{ ${headers} }}    expected_status=${status}

Compression Should Be Agreed On
    [Arguments]    ${server}    ${offer}    ${without_context}
    ${url} =    URL Of    ${server}
    Open WebSocket    ${url}    headers=${{ {'Sec-WebSocket-Extensions': $offer} }}
    Should Be Equal    ${websocket.compression.client_no_context_takeover}    ${without_context}
    FOR    ${_}    IN RANGE    3
        Send Text Message    ${{ 'the same again ' * 10 }}
        Wait For Message    ==    ${{ 'the same again ' * 10 }}    timeout=20s
    END

URL Of
    [Documentation]    The URL of a server that runs already, or of a test server.
    [Arguments]    ${server}
    IF    $server == 'own'
        ${started} =    Start WebSocket Server
        RETURN    ${started.url}
    END
    ${port} =    Get File    ${FILES}/wrong-${server}.port
    RETURN    ws://127.0.0.1:${port}/

Start Both Peers
    Skip Without Websockets
    Skip Without Node
    Create Directory    ${FILES}
    Start Peer    websockets    @{WEBSOCKETS}
    Start Peer    node    @{NODE}

Start Peer
    [Arguments]    ${name}    @{command}
    VAR    ${port file} =    ${FILES}/wrong-${name}.port
    Remove File    ${port file}
    Start Process    @{command}    serve    ${port file}    ${EMPTY}    stdout=${port file}.log    stderr=STDOUT
    Wait Until Created    ${port file}    timeout=60s
