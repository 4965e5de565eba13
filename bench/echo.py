"""Rows of echo servers: how fast they answer, and what many clients of them cost."""

from __future__ import annotations

from functools import partial
from statistics import median

from processes import start, start_server
from rows import Row, Took, at_least, at_least_and_ahead, at_most

SYNC, ASYNCIO = "websockets sync", "websockets asyncio"
SERVERS = ("library", SYNC, ASYNCIO, "aiohttp", "picows", "node ws")
BARE = "bare sockets"
KIB, SIZE = 1 << 10, 125
BROADCASTS, MANY = 5, 5_000


def answer(name: str, connections: int, flight: int, size: int, rounds: int) -> Took:
    """Seconds of the load until it has all echoes, and processor seconds of the server."""
    seconds, _, server = _load(name, connections, flight, size, rounds)
    return Took(seconds, server)


def share(name: str, connections: int, flight: int, size: int, rounds: int) -> float:
    """Processor time of the load, where that of the server is 1."""
    _, load, server = _load(name, connections, flight, size, rounds)
    return load / server


def _load(name: str, *numbers: int) -> tuple[float, float, float]:
    """Seconds of the load, and processor seconds of load and server."""
    with start("bare.py", "serve") if name == BARE else start_server(name) as started:
        server, port = (started, started.read()) if name == BARE else started
        before = server.processor_seconds
        with start("bare.py", "load", port, *numbers) as load:
            seconds, processor = map(float, load.read().split())
            took = server.processor_seconds - before
            load.ask("close")
        return seconds, processor, took


def broadcast(name: str, clients: int) -> float:
    """Seconds until each client has it, the median of several."""
    with start_server(name) as (server, port), start("bare.py", "hold", port, clients, SIZE) as load:
        load.read()
        took = []
        for _ in range(BROADCASTS):
            begin = float(server.ask("broadcast"))
            took.append(float(load.ask("receive")) - begin)
        return median(took)


def weigh(name: str) -> float:
    """KiB of the server for each of many clients that do nothing."""
    with start_server(name) as (server, port):
        before = server.memory
        with start("bare.py", "hold", port, MANY, SIZE) as load:
            load.read()
            return (server.memory - before) / MANY


def stop(name: str, *, leaving: bool) -> float:
    """Seconds to stop beside many clients that do not answer, or that leave at this moment."""
    with start_server(name) as (server, port), start("bare.py", "hold", port, MANY, SIZE) as load:
        load.read()
        if leaving:
            load.tell("leave")
        return float(server.ask("stop"))


def answering(*load: int) -> dict[str, partial[Took]]:
    return {name: partial(answer, name, *load) for name in (*SERVERS, BARE)}


def sharing(*load: int) -> dict[str, partial[float]]:
    return {name: partial(share, name, *load) for name in (*SERVERS, BARE)}


def rows() -> dict[str, Row]:
    return {
        "echo-1": Row(
            "echo server, 1 connection",
            answering(1, 1, SIZE, 3_000),
            reference=SYNC,
            goal=at_least_and_ahead(1.3, ASYNCIO),
        ),
        "echo-10": Row(
            "echo server, 10 connections",
            answering(10, 1, SIZE, 1_500),
            reference=SYNC,
            goal=at_least_and_ahead(4, ASYNCIO),
        ),
        "echo-100": Row(
            "echo server, 100 connections",
            answering(100, 1, SIZE, 150),
            reference=SYNC,
            goal=at_least_and_ahead(5, ASYNCIO),
        ),
        "echo-10x16": Row(
            "echo server, 10 connections with 16 messages in flight",
            answering(10, 16, SIZE, 250),
            reference=SYNC,
            goal=at_least_and_ahead(15, ASYNCIO),
        ),
        "echo-64-KiB": Row(
            "echo server, 10 connections with texts of 64 KiB",
            answering(10, 1, 64 * KIB, 400),
            reference=SYNC,
            goal=at_least(2.5),
        ),
        "load": Row(
            "processor time of the load generator in `echo-10`, by server",
            sharing(10, 1, SIZE, 3_000),
            "share, the server = 1",
            goal=at_most(1),
            rounds=3,
        ),
        "load-64-KiB": Row(
            "processor time of the load generator in `echo-64-KiB`, by server",
            sharing(10, 1, 64 * KIB, 300),
            "share, the server = 1",
            goal=at_most(1),
            rounds=3,
        ),
        "broadcast-1000": Row(
            "broadcast to 1,000 clients, until all have it",
            {name: partial(broadcast, name, 1_000) for name in SERVERS},
            "time",
            SYNC,
            at_most(0.6),
        ),
        "memory-server": Row(
            f"memory of a server for each of {MANY:,} idle clients",
            {name: partial(weigh, name) for name in SERVERS if name != SYNC},
            "KiB",
            goal=at_most(20),
            rounds=3,
        ),
        "stop-stay": Row(
            f"stop of a server while {MANY:,} clients stay and do not answer",
            {name: partial(stop, name, leaving=False) for name in ("library", ASYNCIO)},
            "s",
            goal=at_most(2),
            rounds=3,
        ),
        "stop-leave": Row(
            f"stop of a server while {MANY:,} clients leave",
            {name: partial(stop, name, leaving=True) for name in ("library", ASYNCIO)},
            "s",
            goal=at_most(2),
            rounds=3,
        ),
    }
