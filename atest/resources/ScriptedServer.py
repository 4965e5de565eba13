"""A server of the tests' own that does what it is told, also what no WebSocket server would do."""

import base64
import hashlib
import re
import socket
import struct
from contextlib import suppress
from threading import Thread
from typing import Literal, NamedTuple

from robot.api.deco import keyword, library

KEY = re.compile(rb"Sec-WebSocket-Key: (\S+)", re.IGNORECASE)
KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Script(NamedTuple):
    """What the server does with each client."""

    sends: bytes
    opens: bool
    extensions: str
    answers: bytes
    then: str

    def play(self, client: socket.socket) -> None:
        if self.opens:
            client.sendall(switching_protocols(client.recv(65536), self.extensions))
        client.sendall(self.sends)
        if self.answers:
            client.recv(65536)
            client.sendall(self.answers)
        if self.then == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        if self.then != "stay":
            client.close()


def switching_protocols(request: bytes, extensions: str) -> bytes:
    accept = base64.b64encode(hashlib.sha1(KEY.search(request)[1] + KEY_SUFFIX).digest())
    fields = [b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + accept]
    if extensions:
        fields.append(b"Sec-WebSocket-Extensions: " + extensions.encode())
    return b"\r\n".join((b"HTTP/1.1 101 Switching Protocols", *fields, b"", b""))


@library(scope="TEST", listener="SELF")
class ScriptedServer:
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._opened: list[socket.socket] = []

    @keyword
    def start_scripted_server(
        self,
        sends: bytes = b"",
        *,
        opens: bool = True,
        extensions: str = "",
        answers: bytes = b"",
        then: Literal["stay", "leave", "reset"] = "stay",
    ) -> str:
        """Returns the URL of a server that opens the connection, sends these bytes, and then stays, silent and deaf.

        It chooses these `extensions`, whatever the client offers. With `opens=False` it sends the bytes as soon as a
        client has connected, instead of an answer. What it `answers` goes out after the first bytes that the client
        sends on the open connection.
        """
        script = Script(sends, opens, extensions, answers, then)
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # little fits in while the server is deaf
        self._opened.append(listener)
        Thread(target=self._accept, args=(listener, script), daemon=True).start()
        return f"ws://127.0.0.1:{listener.getsockname()[1]}/"

    def end_test(self, *_: object) -> None:
        while self._opened:
            opened = self._opened.pop()
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _accept(self, listener: socket.socket, script: Script) -> None:
        with suppress(OSError):
            while True:
                client = listener.accept()[0]
                self._opened.append(client)
                with suppress(OSError):
                    script.play(client)
