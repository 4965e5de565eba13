from collections.abc import Callable, Iterator
from typing import Any

import pytest

from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions

MAX_MESSAGE_SIZE = 64 * 1024 * 1024

Start = Callable[..., WebSocketServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, and stops them when the test ends."""
    started = []

    def start(**options: Any) -> WebSocketServer:
        server = WebSocketServer(ServerOptions(**{"max_message_size": MAX_MESSAGE_SIZE, **options}))
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()
