"""A server whose every byte is a test's: it gives each connection that it accepts to a script."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from peers.raw import BINARY, CLOSE, PATIENCE, TEXT, RawEnd, frame, switching

Script = Callable[[RawEnd], None]


class ScriptedServer:
    """Accepts connections in a thread of its own, the first for the first script, and so on, one after the other.

    A script may find that its client has left; any other failure of it is raised when the server stops.
    """

    def __init__(self, *scripts: Script, context: ssl.SSLContext | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'wss' if context else 'ws'}://127.0.0.1:{self.port}/"
        self.failure: BaseException | None = None
        self._scripts = scripts
        self._context = context
        self._thread = threading.Thread(target=self._serve, name=f"scripted server {self.port}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._thread.join(PATIENCE)
        self._listening.close()
        if self.failure is not None:
            raise self.failure

    def _serve(self) -> None:
        for script in self._scripts:
            try:
                accepted, _ = self._listening.accept()
                with RawEnd(accepted) as end:
                    if self._context is not None:
                        end.socket = self._context.wrap_socket(accepted, server_side=True)
                    with end.socket:
                        script(end)
            except (OSError, EOFError) as error:
                if isinstance(error, TimeoutError):
                    self.failure = error
            except BaseException as error:  # raised in the test's thread
                self.failure = error


@contextmanager
def serving(*scripts: Script, context: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """A scripted server for the block."""
    server = ScriptedServer(*scripts, context=context)
    try:
        yield server
    finally:
        server.stop()


def switch(end: RawEnd, *further: str, behind: bytes = b"", **replaced: str | None) -> bytes:
    """Answers an opening handshake with a 101 and the bytes behind it; returns the request."""
    request = end.receive_head()
    end.send(switching(request, *further, **replaced) + behind)
    return request


def answering(answer: bytes, *, then: Script | None = None) -> Script:
    """A script that answers any request with these bytes, and ends TCP."""

    def script(end: RawEnd) -> None:
        end.receive_head()
        end.send(answer)
        if then is not None:
            then(end)

    return script


def until_client_leaves(end: RawEnd) -> None:
    """Says nothing more, and reads until the client ends TCP."""
    end.receive_rest()


def dripping(data: bytes, pause: float) -> Script:
    """Sends one byte after the other until the client has left."""
    waiting = threading.Event()

    def script(end: RawEnd) -> None:
        for at in range(len(data)):
            end.send(data[at : at + 1])
            waiting.wait(pause)

    return script


def sending(messages: Iterable[str | bytes], *, stay: bool = True) -> Script:
    """A script that sends messages, and then closes, or waits for the client to do so."""

    def script(end: RawEnd) -> None:
        switch(end)
        end.send(b"".join(_frame(message) for message in messages))
        if not stay:
            end.send_close(4001, b"done")
        with suppress(EOFError):
            while end.receive_frame().opcode != CLOSE:
                pass

    return script


def _frame(message: str | bytes) -> bytes:
    return frame(TEXT, message.encode()) if isinstance(message, str) else frame(BINARY, message)
