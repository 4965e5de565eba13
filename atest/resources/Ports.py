"""Ports of this machine on which nothing listens but what a test starts there."""

import os
import socket

from robot.api.deco import keyword, library


@library(scope="TEST", listener="SELF")
class Ports:
    """The system gives them to nobody else until the test ends."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    @keyword
    def hold_port(self) -> int:
        holding = socket.socket()
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holding.bind(("127.0.0.1", 0))
        self._held.append(holding)
        port = holding.getsockname()[1]
        if os.name == "nt":  # Windows gives no port away that is held
            holding.close()
        return port

    def end_test(self, *_: object) -> None:
        while self._held:
            self._held.pop().close()
