"""Peers of the package `websockets`, a server and clients, each with an event loop in a thread of its own.

Nothing here uses `websockets.sync`: it reads and writes one TLS connection from two threads at once, which OpenSSL does
not allow. Now and then its own opening handshake stalls, or it loses what it has sent.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from websockets.asyncio import client
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from peers.raw import PATIENCE

Accepting = tuple[str, list["WebsocketsPeer"]]
Result = TypeVar("Result")


class EventLoop:
    """Runs coroutines in a thread of its own."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="event loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._runner.close()


class WebsocketsPeer:
    """A connection of `websockets`, used without `await`. It has the attributes of that connection."""

    def __init__(self, connection: Connection, loop: EventLoop) -> None:
        self._connection = connection
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __iter__(self) -> Iterator[str | bytes]:
        with suppress(ConnectionClosed):
            while True:
                yield self.recv()

    def send(self, message: Any) -> None:
        self._loop.run(self._connection.send(message))

    def recv(self, timeout: float | None = None) -> str | bytes:
        """The next message. With a timeout of 0, only one that has already arrived."""

        async def receive() -> str | bytes:
            receiving = asyncio.ensure_future(self._connection.recv())
            await asyncio.wait([receiving], timeout=timeout)
            if not receiving.done():
                receiving.cancel()
                await asyncio.wait([receiving])
            if receiving.cancelled():
                raise TimeoutError
            return receiving.result()

        return self._loop.run(receive())

    def ping(self, body: bytes | None = None) -> threading.Event:
        """The event is set when the pong arrives."""
        answered = threading.Event()

        def note(pong: asyncio.Future[float]) -> None:
            if pong.exception() is None:
                answered.set()

        async def ping() -> None:
            asyncio.ensure_future(await self._connection.ping(body)).add_done_callback(note)

        self._loop.run(ping())
        return answered

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._loop.run(self._connection.close(code, reason))


class WebsocketsClient(WebsocketsPeer):
    """A client, for a `with` block. An opening handshake that fails raises what `websockets` raises."""

    def __init__(self, url: str, **options: Any) -> None:
        async def connect() -> Connection:
            return await client.connect(url, **{"proxy": None, "open_timeout": PATIENCE, **options})

        loop = EventLoop()
        try:
            super().__init__(loop.run(connect()), loop)
        except BaseException:
            loop.stop()
            raise

    def __enter__(self) -> WebsocketsClient:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.close()
        finally:
            self._loop.stop()


@contextmanager
def echo_server(context: ssl.SSLContext | None = None, **options: Any) -> Iterator[str]:
    """Yields the URL of a server that sends back each message."""

    async def echo(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await connection.send(await connection.recv())

    loop = EventLoop()
    with _serving(loop, echo, context, options) as url:
        yield url


@contextmanager
def accepting_server(context: ssl.SSLContext | None = None, **options: Any) -> Iterator[Accepting]:
    """Yields the URL of a server whose connections are for the test, and the list of these connections."""
    accepted: list[WebsocketsPeer] = []
    loop = EventLoop()

    async def keep(connection: ServerConnection) -> None:
        accepted.append(WebsocketsPeer(connection, loop))
        await connection.wait_closed()

    with _serving(loop, keep, context, options) as url:
        yield url, accepted


@contextmanager
def _serving(
    loop: EventLoop,
    handler: Callable[[ServerConnection], Coroutine[Any, Any, None]],
    context: ssl.SSLContext | None,
    options: dict[str, Any],
) -> Iterator[str]:
    async def start() -> Server:
        return await serve(
            handler, "127.0.0.1", 0, ssl=context, **{"compression": None, "open_timeout": PATIENCE, **options}
        )

    async def stop(server: Server) -> None:
        server.close()
        await server.wait_closed()

    try:
        server = loop.run(start())
        try:
            yield f"{'wss' if context else 'ws'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        finally:
            loop.run(stop(server))
    finally:
        loop.stop()
