"""A server of the tests' own that does what it is told, also what no WebSocket server would do."""

from itertools import repeat
from threading import Event
from typing import Literal

from robot.api.deco import keyword, library

from peers.raw import RawEnd
from peers.scripted import ScriptedServer as Server
from peers.scripted import switch


@library(scope="TEST", listener="SELF")
class ScriptedServer:
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._servers: list[Server] = []
        self._over = Event()

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

        def script(end: RawEnd) -> None:
            if opens:
                switch(end, *([f"Sec-WebSocket-Extensions: {extensions}"] if extensions else []))
            end.send(sends)
            if answers:
                end.socket.recv(65536)
                end.send(answers)
            if then == "reset":
                end.reset()
            elif then == "stay":
                self._over.wait()

        server = Server(repeat(script), receive_buffer=65536)  # little fits in while the server is deaf
        self._servers.append(server)
        return server.url

    def end_test(self, *_: object) -> None:
        self._over.set()
        while self._servers:
            self._servers.pop().abandon()
