*** Settings ***
Documentation       Encrypted connections: trust, distrust, and certificates of clients.
Library             OperatingSystem
Library             resources/Certificates.py
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Suite Setup         Make Certificates    ${FOLDER}
Suite Teardown      Remove Directory    ${FOLDER}    recursive=True

*** Variables ***
${FOLDER}       ${OUTPUT DIR}${/}certificates-of-tls

*** Test Cases ***
A Throw-Away Certificate Is Trusted By Its File
    Start WebSocket Server    tls=True
    Should Start With    ${websocket.server.url}    wss://127.0.0.1:
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}
    Connection Should Echo

A Throw-Away Certificate Is Good For Every Name Of This Machine
    Start WebSocket Server    tls=True
    Open WebSocket    wss://localhost:${websocket.server.port}/    verify=${websocket.server.ca_file}
    Connection Should Echo

The File Of A Throw-Away Certificate Goes With The Server
    Start WebSocket Server    tls=True
    File Should Exist    ${websocket.server.ca_file}
    Stop WebSocket Server
    File Should Not Exist    ${websocket.server.ca_file}

A Large Message Comes Back Encrypted
    Start WebSocket Server    tls=True
    Open WebSocket    ${websocket.server.url}    verify=${websocket.server.ca_file}
    VAR    ${bytes} =    ${{ bytes(range(256)) * 16384 }}
    Send Binary Message    ${bytes}
    ${message} =    Wait For Message    timeout=60s
    Should Be True    $message == $bytes

A Server Can Have A Certificate From A File
    Start WebSocket Server    certificate=${FOLDER}/server.pem
    Open WebSocket    ${websocket.server.url}    verify=${FOLDER}/ca.pem
    Connection Should Echo

A Client With A Certificate Is Let In
    Start WebSocket Server    certificate=${FOLDER}/server.pem    client_ca=${FOLDER}/ca.pem
    Open WebSocket    ${websocket.server.url}    verify=${FOLDER}/ca.pem    client_certificate=${FOLDER}/client.pem
    Connection Should Echo

Encrypted Keys Are Used With Their Passwords
    ${password} =    Evaluate    robot.api.types.Secret('open sesame')    modules=robot.api.types
    Start WebSocket Server    certificate=${FOLDER}/server.pem    private_key=${FOLDER}/server.locked.pem
    ...    private_key_password=${password}    client_ca=${FOLDER}/ca.pem
    Open WebSocket    ${websocket.server.url}    verify=${FOLDER}/ca.pem    client_certificate=${FOLDER}/client.pem
    ...    client_key=${FOLDER}/client.locked.pem    client_key_password=${password}
    Connection Should Echo

An Encrypted Key Needs Its Password
    [Documentation]    FAIL GLOB:    Cannot use the certificate '*server.pem': its private key is encrypted; \
    ...    give its password with 'private_key_password'.
    Start WebSocket Server    certificate=${FOLDER}/server.pem    private_key=${FOLDER}/server.locked.pem

A Client Without A Certificate Is Refused
    [Documentation]    FAIL GLOB:    Opening handshake with 'wss://127.0.0.1:*/' failed: \
    ...                the server refused the TLS handshake: certificate required; give one with `client_certificate`.
    Start WebSocket Server    certificate=${FOLDER}/server.pem    client_ca=${FOLDER}/ca.pem
    Open WebSocket    ${websocket.server.url}    verify=${FOLDER}/ca.pem

An Unknown Authority Is Not Trusted
    [Documentation]    FAIL GLOB:    Opening handshake with 'wss://127.0.0.1:*/' failed: \
    ...                the server's certificate is not trusted (unable to get local issuer certificate); \
    ...                give the file of its certificate authority with `verify`.
    Start WebSocket Server    tls=True
    Open WebSocket    ${websocket.server.url}

The Wrong Authority Is Not Trusted
    [Documentation]    FAIL GLOB:    Opening handshake with 'wss://127.0.0.1:*/' failed: \
    ...                the server's certificate is not trusted (unable to get local issuer certificate); *
    Start WebSocket Server    tls=True
    Open WebSocket    ${websocket.server.url}    verify=${FOLDER}/stranger.pem

A Certificate For Another Host Is Not Trusted
    [Documentation]    FAIL GLOB:    Opening handshake with 'wss://127.0.0.1:*/' failed: \
    ...                the server's certificate is not for '127.0.0.1'; `verify=False` accepts any certificate.
    Start WebSocket Server    certificate=${FOLDER}/elsewhere.pem
    Open WebSocket    ${websocket.server.url}    verify=${FOLDER}/ca.pem

An Expired Certificate Is Not Trusted
    [Documentation]    FAIL GLOB:    Opening handshake with 'wss://127.0.0.1:*/' failed: \
    ...                the server's certificate has expired; `verify=False` accepts any certificate.
    Start WebSocket Server    certificate=${FOLDER}/expired.pem
    Open WebSocket    ${websocket.server.url}    verify=${FOLDER}/ca.pem

Without Verification Anybody Is Trusted And A Warning Says So
    [Documentation]    LOG 2.1    WARN    GLOB: The certificate of 'wss://127.0.0.1:*/' is not verified.
    Start WebSocket Server    certificate=${FOLDER}/elsewhere.pem
    Open WebSocket    ${websocket.server.url}    verify=False
    Connection Should Echo

A Redirect To TLS Without Verification Warns Too
    [Documentation]    LOG 3.1    WARN    GLOB: The certificate of 'wss://127.0.0.1:*/' is not verified.
    Start WebSocket Server    certificate=${FOLDER}/elsewhere.pem
    ${url} =    Start Scripted Server    opens=False
    ...    sends=HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ${websocket.server.url}\r\n\r\n
    Open WebSocket    ${url}    verify=False    redirects=1
    Connection Should Echo

A Plain Server Is No TLS Server
    [Documentation]    FAIL GLOB:    Opening handshake with 'wss://127.0.0.1:*/' failed: \
    ...                the server does not speak TLS on this port; did you mean 'ws://'?
    ${url} =    Start Scripted Server    HTTP/1.1 400 Bad Request\r\n\r\n    opens=False
    Open WebSocket    ${url.replace('ws://', 'wss://')}

A TLS Server Is No Plain Server
    [Documentation]    FAIL GLOB:    Opening handshake with 'ws://127.0.0.1:*/' failed: *
    Start WebSocket Server    tls=True
    Open WebSocket    ws://127.0.0.1:${websocket.server.port}/

A Silent Server Ends The TLS Handshake At The Deadline
    [Documentation]    FAIL GLOB:    Opening handshake with 'wss://127.0.0.1:*/' failed: \
    ...                the server accepted TCP but did not answer the TLS handshake in 1 second.
    ${url} =    Start Scripted Server    opens=False
    Open WebSocket    ${url.replace('ws://', 'wss://')}    timeout=1s

Files That Do Not Exist Are Named
    [Template]    Run Keyword And Expect Error
    The file 'no.pem' of the argument 'verify' does not exist.
    ...    Open WebSocket    wss://localhost/    verify=no.pem
    The file 'no.pem' of the argument 'client_certificate' does not exist.
    ...    Open WebSocket    wss://localhost/    client_certificate=no.pem
    The file 'no.pem' of the argument 'certificate' does not exist.
    ...    Start WebSocket Server    certificate=no.pem
    The file 'no.pem' of the argument 'client_ca' does not exist.
    ...    Start WebSocket Server    tls=True    client_ca=no.pem

A Certificate Without Its Key Is Refused
    [Documentation]    FAIL    Cannot use the certificate '${FOLDER}${/}ca.pem': it and its private key must match.
    Start WebSocket Server    certificate=${FOLDER}/ca.pem

*** Keywords ***
Connection Should Echo
    Send Text Message    secret
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    secret
