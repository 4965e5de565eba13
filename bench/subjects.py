"""What is measured, each in a process of its own: `subjects.py NAME PORT COUNT` prints seconds; servers a port."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

TEXT = "x" * 125


def library_connection(path: str, port: int):
    from RobotWebSocketLibrary.client.opening import open_connection
    from RobotWebSocketLibrary.client.opening_request import OpeningRequest
    from RobotWebSocketLibrary.client.url import read_url
    from RobotWebSocketLibrary.connection.connection import Limits
    from RobotWebSocketLibrary.connection.inbox import InboxLimit
    from RobotWebSocketLibrary.deadline import Deadline

    url = f"ws://127.0.0.1:{port}{path}"
    limit = InboxLimit(messages=1_000_000)
    return open_connection(
        OpeningRequest(read_url(url)), name=url, limits=Limits(1 << 26, limit), deadline=Deadline(5)
    )[0]


def library_round_trip(port: int, count: int) -> float:
    from RobotWebSocketLibrary.deadline import Deadline
    from RobotWebSocketLibrary.matching.predicates import MessagePredicate

    connection, anything = library_connection("/", port), MessagePredicate()

    def exchange() -> None:
        for _ in range(count):
            connection.send(TEXT, Deadline(5))
            connection.waits.wait_for_message(Deadline(5), anything)

    return timed(exchange)


def library_receive(port: int, count: int) -> float:
    """Until all of them are in the inbox, read, checked and recorded."""
    from RobotWebSocketLibrary.deadline import Deadline

    connection = library_connection(f"/flood?{count}", port)

    def exchange() -> None:
        connection.send(TEXT, Deadline(5))
        while len(connection.inbox) < count:
            time.sleep(0.001)

    return timed(exchange)


def websocket_client_connection(path: str, port: int):
    import websocket

    return websocket.create_connection(f"ws://127.0.0.1:{port}{path}", skip_utf8_validation=True)


def websocket_client_round_trip(port: int, count: int) -> float:
    connection = websocket_client_connection("/", port)

    def exchange() -> None:
        for _ in range(count):
            connection.send(TEXT)
            connection.recv()

    return timed(exchange)


def websocket_client_receive(port: int, count: int) -> float:
    connection = websocket_client_connection(f"/flood?{count}", port)

    def exchange() -> None:
        connection.send(TEXT)
        for _ in range(count):
            connection.recv()

    return timed(exchange)


def library_echo_server() -> None:
    from RobotWebSocketLibrary.server.server import WebSocketServer
    from RobotWebSocketLibrary.server.server_options import ServerOptions

    server = WebSocketServer(ServerOptions(max_message_size=1 << 26))
    server.start()
    print(server.port, flush=True)
    threading.Event().wait()


def websockets_echo_server() -> None:
    from websockets.sync.server import ServerConnection, serve

    def echo(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, compression=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


def timed(exchange: Callable[[], None]) -> float:
    started = time.perf_counter()
    exchange()
    return time.perf_counter() - started


if __name__ == "__main__":
    outcome = globals()[sys.argv[1]](*map(int, sys.argv[2:]))
    if outcome is not None:
        print(outcome)
