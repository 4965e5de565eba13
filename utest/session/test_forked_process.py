"""A forked child leaves what its parent has opened alone."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

import pytest

from connection.ends import anything, soon
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.client.opening import open_connection
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.terms import Limits
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions
from RobotWebSocketLibrary.session.auto_close import AutoClose, Lifetime
from RobotWebSocketLibrary.session.registry import Registry

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def in_child(work: Callable[[], None]) -> None:
    """Runs the work in a forked process, and fails where it fails."""
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0


def open_to(server: WebSocketServer) -> Connection:
    request = OpeningRequest(read_url(server.url))
    connection, _ = open_connection(request, name="main", limits=Limits(1 << 20), deadline=soon())
    return connection


def check_echo(connection: Connection, message: str) -> None:
    connection.send(message, soon())
    assert connection.waits.wait_for_message(soon(), anything).data == message


def test_child_leaves_connection_and_server_of_its_parent_alone():
    server = WebSocketServer(ServerOptions(1 << 20))
    server.start()
    connection = open_to(server)
    connections: Registry[Connection] = Registry(Connection, "WebSocket connection", "Open WebSocket")
    servers: Registry[WebSocketServer] = Registry(WebSocketServer, "WebSocket server", "Start WebSocket Server")
    connections.add(connection, "test", "main")
    connections.current = connection
    servers.add(server, "test")
    servers.current = server

    def work() -> None:
        for name, words in (
            (None, "There is no WebSocket connection of this process: the others were opened in another process."),
            ("main", "each WebSocket connection with an alias was opened in another process"),
            (connection, "Cannot use this WebSocket connection: it was opened in another process."),
        ):
            with pytest.raises(WebSocketError, match=words):
                connections.find(name)
        with pytest.raises(WebSocketError, match="was opened in another process"):
            servers.find(server)
        Lifetime(AutoClose.TEST, connections, servers).end("test")

    try:
        check_echo(connection, "before")
        in_child(work)
        check_echo(connection, "after")
        assert connections.find("main") is connection
    finally:
        connection.abort("the test has ended")
        server.stop()


def test_child_can_open_connections_of_its_own():
    server = WebSocketServer(ServerOptions(1 << 20))
    server.start()
    connection = open_to(server)

    def work() -> None:
        own = open_to(server)
        check_echo(own, "from the child")
        own.begin_close(1000, "", soon())
        status = own.finish_close(soon())
        assert status is not None
        assert status.clean

    try:
        in_child(work)
        check_echo(connection, "from the parent")
    finally:
        connection.abort("the test has ended")
        server.stop()


def test_library_of_a_child_knows_nothing_of_its_parent():
    library = RobotWebSocketLibrary()
    in_child(lambda: library._lifetime.end("test"))  # noqa: SLF001
