"""How a client of the package `websockets` takes what a server does: `websockets_reaction.py URL [NAME=SECONDS ...]`

It does what a text asks for, `please close` or `please send much`, sends back any other message, and prints how the
connection ended. The names are those of timeouts of `websockets`.
"""

import asyncio
import sys
import time

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

MUCH = 16 * 1024 * 1024
A_WHILE = 0.3


async def react(url: str, *timeouts: str) -> None:
    options = {name: float(seconds) for name, _, seconds in (timeout.partition("=") for timeout in timeouts)}
    peer = await connect(url, proxy=None, compression=None, **options)
    try:
        while True:
            await answer(peer, await peer.recv())
    except ConnectionClosed as closed:
        cause = closed.__cause__
        print(closed, type(cause).__name__ if isinstance(cause, OSError) else "")  # noqa: T201, the suite reads it


async def answer(peer: ClientConnection, message: str | bytes) -> None:
    if message == "please close":
        await peer.close(4001, "done")
    elif message == "please send much":
        began = time.monotonic()
        await peer.send(bytes(MUCH))
        print("had to wait" if time.monotonic() - began > A_WHILE else "sent at once")  # noqa: T201
    else:
        await peer.send(message)


asyncio.run(react(*sys.argv[1:]))
