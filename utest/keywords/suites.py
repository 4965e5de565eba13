"""Settings of suites in which each test has a server and a connection to it."""

ECHO = """
Test Setup    Open
*** Keywords ***
Open
    Start WebSocket Server
    Open WebSocket    ${websocket.server.url}    alias=main
"""
SILENT = ECHO.replace("Server\n", "Server    default_protocol=silent\n")
