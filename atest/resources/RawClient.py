"""A client that sends what no WebSocket client would."""

import socket

from robot.api.deco import keyword, library


@library
class RawClient:
    @keyword
    def answer_to(self, port: int, *lines: str) -> str:
        """Returns the answer to a request of these lines, up to the end of TCP."""
        with socket.create_connection(("127.0.0.1", port), 60) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode())
            with client.makefile(encoding="utf-8", newline="") as answer:
                return answer.read()
