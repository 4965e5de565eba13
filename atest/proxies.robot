*** Settings ***
Documentation       Connections through proxies of other makers, and what proxies refuse.
Library             resources/Ports.py
Library             resources/Proxies.py
Library             resources/ScriptedServer.py
Library             RobotWebSocketLibrary
Resource            resources/timeouts.resource
Test Setup          Start WebSocket Server
Test Teardown       Set WebSocket Defaults    proxy=${NONE}    verify=True

*** Test Cases ***
An HTTP Proxy Leads To The Server
    ${port} =    Start Tinyproxy
    Open WebSocket    ${websocket.server.url}    proxy=http://127.0.0.1:${port}
    Connection Should Echo

An HTTP Proxy Leads To An Encrypted Server
    ${port} =    Start Tinyproxy
    Start WebSocket Server    tls=True
    Open WebSocket    ${websocket.server.url}    proxy=http://127.0.0.1:${port}    verify=${websocket.server.ca_file}
    Connection Should Echo

An HTTP Proxy Knows Its User
    ${port} =    Start Tinyproxy    BasicAuth us canary
    Open WebSocket    ${websocket.server.url}    proxy=http://us:canary@127.0.0.1:${port}
    Connection Should Echo

An HTTP Proxy Asks For A User
    ${port} =    Start Tinyproxy    BasicAuth us canary
    Proxy Should Refuse    http://127.0.0.1:${port}
    ...    it asks for a user and a password; give them with `proxy=http://user:password@127.0.0.1:${port}`. *

An HTTP Proxy Does Not Know The User
    ${port} =    Start Tinyproxy    BasicAuth us canary
    Proxy Should Refuse    http://us:wrong@127.0.0.1:${port}
    ...    it answered 401 Unauthorized. The page says '*'.

An HTTP Proxy Forbids A Port
    ${port} =    Start Tinyproxy    ConnectPort 443
    Proxy Should Refuse    http://127.0.0.1:${port}
    ...    it answered 403 Access violation. The page says '*'.

An HTTP Proxy Does Not Reach The Server
    ${port} =    Start Tinyproxy
    Stop WebSocket Server
    Proxy Should Refuse    http://127.0.0.1:${port}    it answered 500 Unable to connect. The page says '*'.

A Proxy With TLS Leads To The Server
    ${port} =    Start Tinyproxy    BasicAuth us canary
    ${url}    ${authority} =    Put TLS In Front Of    ${port}
    ${proxy} =    Evaluate    $url.replace('://', '://us:canary@')
    Open WebSocket    ${websocket.server.url}    proxy=${proxy}    verify=${authority}
    Connection Should Echo
    Large Message Should Come Back

A Proxy With TLS Leads To An Encrypted Server
    ${port} =    Start Tinyproxy
    ${url}    ${authority} =    Put TLS In Front Of    ${port}
    Start WebSocket Server    tls=True
    ${both} =    Join Authorities    ${authority}    ${websocket.server.ca_file}
    Open WebSocket    ${websocket.server.url}    proxy=${url}    verify=${both}
    Connection Should Echo
    Large Message Should Come Back
    Close WebSocket    4001    done
    Should Be True    $websocket.close.clean

A Proxy With TLS Is Not Trusted
    [Documentation]    FAIL    GLOB: Could not connect to 'ws://127.0.0.1:*/' through the proxy 'localhost:*': \
    ...                the proxy's certificate is not trusted (*); give the file of its certificate authority with \
    ...                `verify`.
    ${port} =    Start Tinyproxy
    ${tls} =    Put TLS In Front Of    ${port}
    Open WebSocket    ${websocket.server.url}    proxy=${tls}[0]

A SOCKS Proxy Leads To The Server
    ${port} =    Start Microsocks
    FOR    ${scheme}    IN    socks5    socks5h
        Open WebSocket    ${websocket.server.url}    proxy=${scheme}://127.0.0.1:${port}
        Connection Should Echo
        Open WebSocket    ws://localhost:${websocket.server.port}    proxy=${scheme}://127.0.0.1:${port}
        Connection Should Echo
    END

A SOCKS Proxy Is Asked For One Address After The Other
    ${port} =    Start Microsocks
    Skip Unless Localhost Has Two Addresses
    Start WebSocket Server    ::1
    Open WebSocket    ws://localhost:${websocket.server.port}    proxy=socks5://127.0.0.1:${port}
    Connection Should Echo

A SOCKS Proxy Knows Its User
    ${port} =    Start Microsocks    us    canary
    Open WebSocket    ${websocket.server.url}    proxy=socks5h://us:canary@127.0.0.1:${port}
    Connection Should Echo

A SOCKS Proxy Leads To An Encrypted Server
    ${port} =    Start Microsocks
    Start WebSocket Server    tls=True
    Open WebSocket    ${websocket.server.url}    proxy=socks5h://127.0.0.1:${port}    verify=${websocket.server.ca_file}
    Connection Should Echo

A SOCKS Proxy Asks For A User
    ${port} =    Start Microsocks    us    canary
    Proxy Should Refuse    socks5h://127.0.0.1:${port}
    ...    it asks for a user and a password; give them with `proxy=socks5h://user:password@127.0.0.1:${port}`.

A SOCKS Proxy Does Not Know The User
    ${port} =    Start Microsocks    us    canary
    Proxy Should Refuse    socks5h://us:wrong@127.0.0.1:${port}
    ...    it does not accept the user and the password.

A SOCKS Proxy Does Not Reach The Server
    ${port} =    Start Microsocks
    Stop WebSocket Server
    Proxy Should Refuse    socks5h://127.0.0.1:${port}    the server refused the connection.

A Proxy That Is Not There
    ${port} =    Hold Port
    Run Keyword And Expect Error
    ...    Could not connect to the proxy '127.0.0.1:${port}': connection refused (nothing listens on port ${port}).
    ...    Open WebSocket    ws://localhost/    proxy=http://us:canary@127.0.0.1:${port}

A Silent Proxy Ends At The Deadline
    ${url} =    Start Scripted Server    opens=False
    VAR    ${proxy} =    ${url.split('/')}[2]
    FOR    ${scheme}    IN    http    socks5h
        Run Keyword And Expect Error
        ...    Could not connect to 'ws://localhost/' through the proxy '${proxy}': it sent no answer in 1 second.
        ...    Open WebSocket    ws://localhost/    proxy=${scheme}://${proxy}    timeout=1s
    END

A Proxy Can Be A Default
    ${port} =    Start Tinyproxy    ConnectPort 443
    ${previous} =    Set WebSocket Defaults    proxy=http://127.0.0.1:${port}
    Run Keyword And Expect Error    Could not connect to '*' through the proxy '127.0.0.1:${port}': *
    ...    Open WebSocket    ${websocket.server.url}
    Open WebSocket    ${websocket.server.url}    proxy=NONE
    Set WebSocket Defaults    &{previous}
    Open WebSocket    ${websocket.server.url}

A Proxy With A Wrong Scheme
    [Documentation]    FAIL    Invalid proxy 'ftp://***@localhost' in the argument 'proxy': \
    ...                the URL of a proxy starts with 'http://', 'https://', 'socks5://' or 'socks5h://'.
    Open WebSocket    ws://localhost/    proxy=ftp://us:canary@localhost

Waiting For A Proxy Can Be Interrupted
    ${url} =    Start Scripted Server    opens=False
    FOR    ${scheme}    IN    http    socks5h
        Should Be Interrupted    Open WebSocket    ws://localhost/    proxy=${scheme}://${url.split('/')}[2]    timeout=20s
    END

Nginx With TLS Stands In Front Of The Server
    ${url} =    Start And Trust Reverse Proxy    nginx
    Open WebSocket    ${url}chat?room=1    subprotocols=echo    origin=http://localhost
    Server Should See The Request
    Connection Should Echo
    Large Message Should Come Back
    Close WebSocket    4001    done
    Should Be True    $websocket.close.clean

Haproxy With TLS Stands In Front Of The Server
    ${url} =    Start And Trust Reverse Proxy    haproxy
    Open WebSocket    ${url}chat?room=1    subprotocols=echo    origin=http://localhost
    Server Should See The Request
    Connection Should Echo
    Large Message Should Come Back
    Close WebSocket    4001    done
    Should Be True    $websocket.close.clean

Reverse Proxies Redirect
    [Template]    Redirect Should Be Followed
    nginx
    haproxy

Reverse Proxies Find No Server
    [Template]    Missing Server Should Be Told
    nginx    502 Bad Gateway
    haproxy    503 Service Unavailable

*** Keywords ***
Skip Unless Localhost Has Two Addresses
    ${addresses} =    Evaluate    {found[4][0] for found in socket.getaddrinfo('localhost', 80)}
    Skip If    not {'127.0.0.1', '::1'} <= $addresses    localhost is only ${addresses}.

Proxy Should Refuse
    [Arguments]    ${proxy}    ${reason}
    VAR    ${address} =    ${proxy.split('/')[-1].split('@')[-1]}
    Run Keyword And Expect Error
    ...    Could not connect to '${websocket.server.url}' through the proxy '${address}': ${reason}
    ...    Open WebSocket    ${websocket.server.url}    proxy=${proxy}

Connection Should Echo
    Send Text Message    secret
    ${message} =    Wait For Message    timeout=20s
    Should Be Equal    ${message}    secret

Large Message Should Come Back
    VAR    ${bytes} =    ${{ bytes(range(256)) * 4096 }}
    Send Binary Message    ${bytes}
    ${message} =    Wait For Message    timeout=20s
    Should Be True    $message == $bytes

Start And Trust Reverse Proxy
    [Arguments]    ${name}
    ${url}    ${authority} =    Start Reverse Proxy    ${name}    ${websocket.server.port}
    Set WebSocket Defaults    verify=${authority}
    RETURN    ${url}

Server Should See The Request
    ${peer} =    Wait For Client    path=/chat
    Should Be Equal    ${peer.request.target}    /chat?room=1
    Should Be Equal    ${peer.request.headers}[Origin]    http://localhost
    Should Be Equal    ${peer.subprotocol}    echo

Redirect Should Be Followed
    [Arguments]    ${name}
    ${url} =    Start And Trust Reverse Proxy    ${name}
    Open WebSocket    ${url}moved    redirects=1
    Should Be Equal    ${websocket.url}    ${url}
    Connection Should Echo

Missing Server Should Be Told
    [Arguments]    ${name}    ${answer}
    ${url} =    Start And Trust Reverse Proxy    ${name}
    Stop WebSocket Server
    Run Keyword And Expect Error
    ...    Opening handshake with '${url}' failed: the server answered ${answer} instead of 101. *
    ...    Open WebSocket    ${url}
    Start WebSocket Server
