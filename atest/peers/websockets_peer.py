"""The package `websockets` as the other end, in a process of its own: a server or a client.

    websockets_peer.py serve PORT_FILE [CERTIFICATE]
    websockets_peer.py connect URL [AUTHORITY]

Either end echoes messages, and does what a text asks for: `please ping BODY`, `please close CODE REASON`,
`please tell the subprotocol`, `please fragment ONE TWO`, and, as a server, `please watch`, to be told how the next
connection closed.
"""

import asyncio
import ssl
import sys
from contextlib import suppress
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

SUBPROTOCOL = "Chat.V2"
watchers: list[Connection] = []


async def converse(peer: Connection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await answer(peer, await peer.recv())
    await tell(f"closed {peer.close_code} {peer.close_reason}")


async def answer(peer: Connection, message: str | bytes) -> None:
    match message.split(" ", 3) if isinstance(message, str) else []:
        case ["please", "ping", body]:
            await (await peer.ping(body))
            await peer.send(f"pong {body}")
        case ["please", "close", code, reason]:
            await peer.close(int(code), reason)
        case ["please", "tell", *_]:
            await peer.send(f"subprotocol {peer.subprotocol}")
        case ["please", "watch"]:
            watchers.append(peer)
            await peer.send("watching")
        case ["please", "fragment", *words]:
            await peer.send(words)
        case _:
            await peer.send(message)


async def tell(news: str) -> None:
    print(news, flush=True)  # noqa: T201, the client's suite reads it
    while watchers:
        await watchers.pop().send(news)


def choose(_: ServerConnection, offered: list[str]) -> str | None:
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


async def run_server(port_file: Path, certificate: str | None = None) -> None:
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    async with serve(converse, "127.0.0.1", 0, ssl=context, select_subprotocol=choose) as server:
        unfinished = port_file.with_suffix(".unfinished")
        unfinished.write_text(str(server.sockets[0].getsockname()[1]))
        unfinished.rename(port_file)
        await server.serve_forever()


async def run_client(url: str, authority: str | None = None) -> None:
    context = ssl.create_default_context(cafile=authority) if authority else None
    async with connect(url, ssl=context, subprotocols=[SUBPROTOCOL], proxy=None) as peer:
        await converse(peer)


if __name__ == "__main__":
    role, where, *trust = sys.argv[1:]
    asyncio.run(run_server(Path(where), *trust) if role == "serve" else run_client(where, *trust))
