"""A server whose every byte is a test's: it gives each connection that it accepts to a script."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from peers.raw import BINARY, CLOSE, PATIENCE, TEXT, RawEnd, end_listening, frame, switching

Script = Callable[[RawEnd], None]


class ScriptedServer:
    """Accepts a connection for each script, and plays each script in a thread of its own.

    A script may find that its client has left; any other failure of it is raised when the server stops.
    """

    def __init__(
        self, scripts: Iterable[Script], *, context: ssl.SSLContext | None = None, receive_buffer: int | None = None
    ) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        if receive_buffer is not None:
            self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)  # of what it accepts, too
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'wss' if context else 'ws'}://127.0.0.1:{self.port}/"
        self.failure: BaseException | None = None
        self._context = context
        self._ends: list[RawEnd] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept, scripts)

    def stop(self) -> None:
        """Accepts no further connection, and waits for the scripts that have begun."""
        end_listening(self._listening)
        for thread in self._threads:  # the first one, which accepts, adds the others
            thread.join(PATIENCE)
        self._listening.close()
        if self.failure is not None:
            raise self.failure

    def abandon(self) -> None:
        """Stops without waiting for clients: TCP ends whatever a script is doing."""
        for end in self._ends:
            with suppress(OSError):
                end.socket.shutdown(socket.SHUT_RDWR)
        self.stop()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        name = f"scripted server {self.port}"
        self._threads.append(threading.Thread(target=work, args=arguments, name=name, daemon=True))
        self._threads[-1].start()

    def _accept(self, scripts: Iterable[Script]) -> None:
        with suppress(OSError):
            for script in scripts:
                end = RawEnd(self._listening.accept()[0])
                self._ends.append(end)
                self._start(self._play, script, end)

    def _play(self, script: Script, end: RawEnd) -> None:
        try:
            with end:
                if self._context is not None:
                    end.socket = self._context.wrap_socket(end.socket, server_side=True)
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
    server = ScriptedServer(scripts, context=context)
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
