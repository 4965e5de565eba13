"""Rows of sending, until a server of bare sockets, which throws it away, has all of it.

The side `bare sockets` sends bytes that are ready: no client can be faster, so it shows what the receiving end admits.
"""

from __future__ import annotations

from functools import partial

from receiving import measure
from rows import Goal, Row, Took, at_least

KIB, MIB = 1 << 10, 1 << 20
CLIENTS = ("library", "library in Python", "websocket-client", "websockets", "bare sockets")


def sending(count: int, size: int, kind: str) -> dict[str, partial[Took]]:
    return {client: partial(measure, "send", client, count, size, kind) for client in CLIENTS}


def rows() -> dict[str, Row]:
    peer = "websocket-client"
    both = Goal(
        "at least 7, without `speedups` 1.3",
        lambda figures: figures["library"] >= 7 and figures["library in Python"] >= 1.3,
    )
    return {
        "send-64": Row("sending 50,000 texts of 64 B", sending(50_000, 64, "text"), reference=peer, goal=at_least(2)),
        "send-64-KiB": Row(
            "sending 2,000 binary messages of 64 KiB", sending(2_000, 64 * KIB, "binary"), reference=peer, goal=both
        ),
        "send-64-MiB": Row(
            "sending 4 binary messages of 64 MiB",
            sending(4, 64 * MIB, "binary"),
            reference="websockets",
            goal=at_least(1),
        ),
    }
