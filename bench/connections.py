"""Rows of many connections of one test: opening them, a broadcast to them, and their memory."""

from __future__ import annotations

from functools import partial

from processes import run, start
from rows import Row, at_most

from keywords import repeat, run_robot, take_time

COUNTS = (10, 100, 500, 1_000, 2_000)
HELD = 2_000
ROUNDS = 3
OPENING = "Open WebSocket    ${websocket.server.url}    alias=connection${n}"


def open_all(count: int) -> float:
    """Seconds to open connections to a test server of the same test, one by one."""
    lines = ["Start WebSocket Server", *take_time(*repeat(count, OPENING), clock="perf_counter")]
    return run_robot("RobotWebSocketLibrary", lines)[1]


def broadcast_to_all(count: int) -> float:
    """Seconds of one broadcast that is then awaited on each of them."""
    awaiting = repeat(count, "Wait For Message    equal    hello    connection=connection${n}    timeout=60s")
    broadcast = take_time("Broadcast Message    hello", *awaiting, clock="perf_counter")
    lines = ["Start WebSocket Server", *repeat(count, OPENING), *broadcast]
    return run_robot("RobotWebSocketLibrary", lines)[1]


def weigh(client: str) -> float:
    """KiB of one idle connection."""
    with start("bare.py", "serve") as server:
        return run("clients.py", "hold", client, server.read(), HELD)[0]


def rows() -> dict[str, Row]:
    goals = {("open", 1_000): at_most(5), ("await", 1_000): at_most(2)}
    described = {
        "open": ("connections to the own test server opened one by one", open_all),
        "await": ("connections: one broadcast, then awaited on each", broadcast_to_all),
    }
    memory = ("library", "websocket-client", "websockets")
    return {
        **{
            f"{name}-{count}": Row(
                f"{count:,} {what}", {"library": partial(action, count)}, "s", "", goals.get((name, count)), ROUNDS
            )
            for name, (what, action) in described.items()
            for count in COUNTS
        },
        "memory-client": Row(
            f"memory of a client for each of {HELD:,} idle connections",
            {client: partial(weigh, client) for client in memory},
            "KiB",
            "",
            at_most(30),
            ROUNDS,
        ),
    }
