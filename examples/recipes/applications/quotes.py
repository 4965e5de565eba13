"""A feed of quotes: each client gets all of them, in an endless round."""

import asyncio
import json
import sys
from itertools import cycle

from port_file import tell_port
from websockets.asyncio.server import ServerConnection, serve

QUOTES = [
    {"symbol": symbol, "price": price, "id": number}
    for number, (symbol, price) in enumerate([("ACME", 99.5), ("OTHER", 250), ("ACME", 101.5), ("ACME", 120)], 1)
]


async def send_quotes(client: ServerConnection) -> None:
    for quote in cycle(QUOTES):
        await client.send(json.dumps(quote))
        await asyncio.sleep(0.01)


async def main(port_file: str) -> None:
    async with serve(send_quotes, "127.0.0.1", 0) as server:
        tell_port(server.sockets[0].getsockname()[1], port_file)
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
