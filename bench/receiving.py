"""Rows of round trips and of receiving: one connection, against a server of bare sockets.

The side `bare sockets` looks at nothing that it receives, so it shows what the server and the system admit. What a text
costs that somebody has in the end, `bare sockets that decode` shows: it has no checks, records, limits or threads.
"""

from __future__ import annotations

from functools import partial

from processes import run, start
from rows import Row, Took, at_least, at_most

CLIENTS = ("library", "websocket-client", "websockets", "bare sockets")
DECODING = "bare sockets that decode"
KIB = 1 << 10


def measure(action: str, client: str, *arguments: object) -> Took:
    with start("bare.py", "serve") as server:
        return Took(*run("clients.py", action, client, server.read(), *arguments))


def exchanging(count: int) -> dict[str, partial[Took]]:
    return {client: partial(measure, "exchange", client, count) for client in CLIENTS}


def receiving(count: int, size: int, how: str) -> dict[str, partial[Took]]:
    clients = (*CLIENTS, DECODING) if size > KIB else CLIENTS
    return {client: partial(measure, "receive", client, count, size, how) for client in clients}


def rows() -> dict[str, Row]:
    peer = "websocket-client"
    return {
        "round-trip": Row(
            "5,000 round trips of a text of 125 B", exchanging(5_000), "time", peer, at_most(1), rounds=9
        ),
        "receive-64": Row("200,000 texts of 64 B into the inbox", receiving(200_000, 64, "inbox"), reference=peer),
        "receive-64-one-by-one": Row(
            "200,000 texts of 64 B taken one by one", receiving(200_000, 64, "one by one"), reference=peer
        ),
        "receive-64-many": Row(
            "200,000 texts of 64 B through the wait of `Wait For Messages`",
            receiving(200_000, 64, "many"),
            reference=peer,
            goal=at_least(8),
        ),
        "receive-64-KiB": Row(
            "4,000 texts of 64 KiB into the inbox",
            receiving(4_000, 64 * KIB, "inbox"),
            reference=peer,
            goal=at_least(1.8),
        ),
        "receive-64-KiB-one-by-one": Row(
            "4,000 texts of 64 KiB taken one by one",
            receiving(4_000, 64 * KIB, "one by one"),
            reference=peer,
            goal=at_least(1.8),
        ),
    }
