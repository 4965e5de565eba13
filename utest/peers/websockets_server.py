"""An echo server of the `websockets` package, for what two independent implementations must agree on."""

from __future__ import annotations

import gc
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from peers.raw import PATIENCE


def echo(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        for message in connection:
            connection.send(message)


@contextmanager
def echo_server(context: ssl.SSLContext | None = None, **options: object) -> Iterator[str]:
    """Yields the server's URL."""
    options = {"compression": None, **options}
    with serve(echo, "127.0.0.1", 0, ssl=context, **options) as server:  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever, name="websockets server", daemon=True)
        thread.start()
        yield f"{'wss' if context else 'ws'}://127.0.0.1:{server.socket.getsockname()[1]}/"
    thread.join(PATIENCE)
    del server, thread
    gc.collect()  # the server leaves its selector open in a circle of references
