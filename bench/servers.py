"""Echo servers: `python bench/servers.py NAME` prints the port.

A line `broadcast` makes a server print the time and send a text of 125 bytes to each client, a line `stop` makes it
stop and print the seconds that it took. No server sends pings by itself, and none agrees on compression.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from importlib.util import find_spec
from time import perf_counter

SIZE = 125
TEXT = "x" * SIZE
LARGEST = 1 << 26


class Library:
    def __init__(self) -> None:
        from RobotWebSocketLibrary.server.server import WebSocketServer
        from RobotWebSocketLibrary.server.server_options import ServerOptions

        self._server = WebSocketServer(ServerOptions(max_message_size=LARGEST))
        self._server.start()
        self.port = self._server.port

    def broadcast(self) -> None:
        self._server.broadcast(TEXT, lambda _: True)

    def stop(self) -> None:
        self._server.stop()


class WebsocketsSync:
    def __init__(self) -> None:
        from websockets.sync.server import serve

        self._connections: set = set()
        self._server = serve(
            self._echo, "127.0.0.1", 0, compression=None, ping_interval=None, max_size=LARGEST, close_timeout=1
        )
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _echo(self, connection) -> None:
        from websockets.exceptions import ConnectionClosed

        self._connections.add(connection)
        with suppress(ConnectionClosed):
            for message in connection:
                connection.send(message)
        self._connections.discard(connection)

    def broadcast(self) -> None:
        for connection in list(self._connections):
            connection.send(TEXT)

    def stop(self) -> None:
        self._server.shutdown()


class AsyncioServer:
    """Runs an event loop in a thread, which is all that the process then does."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = self._do(self.start())

    def broadcast(self) -> None:
        self._do(self.send_to_all())

    def stop(self) -> None:
        self._do(self.end())

    def _do(self, coroutine: Coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def start(self) -> int:
        raise NotImplementedError

    async def send_to_all(self) -> None:
        raise NotImplementedError

    async def end(self) -> None:
        raise NotImplementedError


class WebsocketsAsyncio(AsyncioServer):
    async def start(self) -> int:
        from websockets.asyncio.server import serve

        self._server = await serve(
            self._echo, "127.0.0.1", 0, compression=None, ping_interval=None, max_size=LARGEST, close_timeout=1
        )
        return self._server.sockets[0].getsockname()[1]

    async def _echo(self, connection) -> None:
        from websockets.exceptions import ConnectionClosed

        with suppress(ConnectionClosed):
            async for message in connection:
                await connection.send(message)

    async def send_to_all(self) -> None:
        from websockets.asyncio.server import broadcast

        broadcast(self._server.connections, TEXT)

    async def end(self) -> None:
        self._server.close()
        await self._server.wait_closed()


class Aiohttp(AsyncioServer):
    async def start(self) -> int:
        from aiohttp import web

        self._connections: set = set()
        application = web.Application()
        application.router.add_get("/", self._echo)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner.addresses[0][1]

    async def _echo(self, request):
        from aiohttp import web

        connection = web.WebSocketResponse(compress=False, max_msg_size=LARGEST)
        await connection.prepare(request)
        self._connections.add(connection)
        async for message in connection:
            await connection.send_str(message.data)
        self._connections.discard(connection)
        return connection

    async def send_to_all(self) -> None:
        for connection in list(self._connections):
            await connection.send_str(TEXT)


class Picows(AsyncioServer):
    async def start(self) -> int:
        from picows import WSCloseCode, WSListener, WSMsgType, ws_create_server

        connections = self._connections = set()

        class Listener(WSListener):
            def on_ws_connected(self, transport):
                connections.add(transport)

            def on_ws_frame(self, transport, frame):
                if frame.msg_type == WSMsgType.CLOSE:
                    transport.send_close(WSCloseCode.OK)
                    transport.disconnect()
                else:
                    transport.send(frame.msg_type, frame.get_payload_as_memoryview())

            def on_ws_disconnected(self, transport):
                connections.discard(transport)

        server = await ws_create_server(lambda _: Listener(), "127.0.0.1", 0, max_frame_size=LARGEST)
        return server.sockets[0].getsockname()[1]

    async def send_to_all(self) -> None:
        from picows import WSMsgType

        for transport in self._connections:
            transport.send(WSMsgType.TEXT, TEXT.encode())


SERVERS = {
    "library": (Library, ""),
    "websockets sync": (WebsocketsSync, "websockets"),
    "websockets asyncio": (WebsocketsAsyncio, "websockets"),
    "aiohttp": (Aiohttp, "aiohttp"),
    "picows": (Picows, "picows"),
}


def find_missing() -> set[str]:
    """The names of servers whose packages are not installed."""
    return {name for name, (_, package) in SERVERS.items() if package and find_spec(package) is None}


def main() -> None:
    server = SERVERS[sys.argv[1]][0]()
    print(server.port, flush=True)
    for line in sys.stdin:
        begin = perf_counter()
        if line.strip() == "broadcast":
            print(begin, flush=True)
            server.broadcast()
        else:
            server.stop()
            print(perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()
