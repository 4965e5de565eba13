"""A client that connects again by itself, with `async for` of the package `websockets`, which reads its delays here."""

import asyncio
import os
import sys

os.environ["WEBSOCKETS_BACKOFF_INITIAL_DELAY"] = "0.001"  # times a random number
os.environ["WEBSOCKETS_BACKOFF_MIN_DELAY"] = "0.3"
os.environ["WEBSOCKETS_BACKOFF_FACTOR"] = "2"

from websockets.asyncio.client import connect


async def keep_connected(url: str) -> None:
    async for connection in connect(url, proxy=None):
        await connection.wait_closed()


asyncio.run(keep_connected(sys.argv[1]))
