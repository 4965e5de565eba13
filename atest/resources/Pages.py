"""Serves web pages to a browser, so that they have an origin on this machine."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from robot.api.deco import keyword, library


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """The console is Robot's."""


@library(scope="TEST", listener="SELF")
class Pages:
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._servers: list[ThreadingHTTPServer] = []

    @keyword
    def serve_folder(self, folder: Path) -> str:
        """Returns the origin under which the folder's files are, until the test ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
        self._servers.append(server)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    def end_test(self, *_: object) -> None:
        while self._servers:
            server = self._servers.pop()
            server.shutdown()
            server.server_close()
