"""Runs the Autobahn cases against both ends of the library, and compares each verdict with expected.json.

Usage: python utest/conformance/run.py [--short | --cases GLOB ...] [--ends server client] [--schemes ws wss] [--write]

kosoku drives Autobahn's own case files: as a client against our server, and as a server for our client. It speaks plain
TCP only, so for `wss` a relay that knows nothing of WebSocket adds TLS on its way. A verdict that differs from the
expected one, better or worse, fails the run; `--write` writes the verdicts down as the expected ones.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from kosoku import FailureError, run_fuzzingclient, run_fuzzingserver

from RobotWebSocketLibrary.client.opening import open_connection
from RobotWebSocketLibrary.client.request import OpeningRequest
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.messages import Messages
from RobotWebSocketLibrary.server.certificates import throw_away_tls
from RobotWebSocketLibrary.server.server import ServerOptions, WebSocketServer

EXPECTED = Path(__file__).parent / "expected.json"
STRICT = ("OK", "INFORMATIONAL")
SHORT = [*(f"{chapter}.*" for chapter in range(1, 8)), "9.1.1", "9.2.1", "10.*"]
SHORT += ["12.1.1", "12.2.1", "12.5.11", *(f"13.{chapter}.1" for chapter in range(1, 8))]
SIZE = 64 * 1024 * 1024
CASE_SECONDS = 300.0

Verdicts = dict[str, list[str]]
"""Behavior and closing behavior by case."""


async def test_server(scheme: str, cases: list[str]) -> Verdicts:
    """kosoku is the client."""
    tls = throw_away_tls("127.0.0.1", None) if scheme == "wss" else None
    server = WebSocketServer(ServerOptions(max_message_size=SIZE, tls=tls))
    try:
        async with relay(server.port, tls and client_context(str(tls.ca_file)), None) as port:
            return await verdicts(run_fuzzingclient(f"ws://127.0.0.1:{port}/", cases))
    finally:
        server.stop()


async def test_client(scheme: str, cases: list[str]) -> Verdicts:
    """kosoku is the server."""
    tls = throw_away_tls("127.0.0.1", None) if scheme == "wss" else None
    async with (
        run_fuzzingserver(cases, port=0) as fuzzer,
        relay(fuzzer.port, None, tls and tls.context) as port,
    ):
        options = TlsOptions(tls.ca_file) if tls is not None and tls.ca_file is not None else TlsOptions()
        driving = asyncio.to_thread(drive_client, f"{scheme}://127.0.0.1:{port}", options)
        _, found = await asyncio.gather(driving, verdicts(fuzzer.get_result()))
    if tls is not None:
        tls.remove()
    return found


def drive_client(base: str, tls: TlsOptions) -> None:
    """What Autobahn's fuzzing server asks of a client: the number of cases, an echo for each, the end."""
    count = open_client(f"{base}/getCaseCount", tls)
    cases = int(count.wait_for_message(Deadline(10), lambda _: True).data)
    count.wait_for_close(Deadline(10))
    for case in range(1, cases + 1):
        open_client(f"{base}/runCase?case={case}&agent=RobotWebSocketLibrary", tls, echo).wait_for_close(
            Deadline(CASE_SECONDS)
        )
    open_client(f"{base}/updateReports?agent=RobotWebSocketLibrary", tls).wait_for_close(Deadline(60))


def open_client(url: str, tls: TlsOptions, answer: Callable[[Connection, Messages], None] | None = None) -> Connection:
    """Opens a connection that answers from its reader, so that an echo leaves before what follows is looked at."""
    opened = open_connection(OpeningRequest(read_url(url), tls=tls, compression=True), Deadline(10))
    connection = Connection(
        opened.stream,
        "client",
        name=url,
        url=url,
        max_message_size=SIZE,
        keep_last=None if answer is None else 1,
        compression=opened.compression,
        answer=answer,
    )
    threading.Thread(target=connection.read, args=(opened.received,), name=url, daemon=True).start()
    return connection


def echo(connection: Connection, messages: Messages) -> None:
    connection.post_all(messages)


async def verdicts(running) -> Verdicts:
    try:
        results = await running
    except FailureError as failure:
        results = failure.results
    return {result.case_id: [result.behavior.value, result.behavior_close.value] for result in results}


@asynccontextmanager
async def relay(port: int, outgoing: ssl.SSLContext | None, incoming: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Passes bytes on between a port of its own and another one, with TLS on one side; without TLS it is not needed."""
    if outgoing is None and incoming is None:
        yield port
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = "127.0.0.1" if outgoing else None
        there_reader, there_writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=outgoing, server_hostname=name
        )
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=incoming)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def client_context(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def report(found: dict[str, Verdicts], expected: dict[str, Verdicts], patterns: list[str]) -> int:
    """Prints a line per run and a line per drift; returns the number of drifts and of verdicts that are not strict."""
    passed = failed = 0
    for name, cases in found.items():
        counts = Counter(behavior for behavior, _ in cases.values())
        print(f"{name}: " + ", ".join(f"{count} {behavior}" for behavior, count in sorted(counts.items())))
        known = {case: verdict for case, verdict in expected.get(name, {}).items() if covers(patterns, case)}
        for case in known | cases:
            verdict, wanted = cases.get(case), known.get(case)
            if verdict is not None and verdict == wanted and set(verdict) <= set(STRICT):
                passed += 1
            else:
                failed += 1
                print(f"  {case}: {' / '.join(verdict or ['not run'])}, expected {' / '.join(wanted or ['nothing'])}")
    print(f"{passed} passed, {failed} failed")
    return failed or (0 if passed else 1)


def covers(patterns: list[str], case: str) -> bool:
    return any(fnmatchcase(case, pattern) for pattern in patterns)


def written(expected: dict[str, Verdicts]) -> str:
    """JSON with a line per case."""
    runs = [
        f' "{name}": {{\n'
        + ",\n".join(f'  "{case}": {json.dumps(verdict)}' for case, verdict in cases.items())
        + "\n }"
        for name, cases in expected.items()
    ]
    return "{\n" + ",\n".join(runs) + "\n}\n"


async def run(ends: Iterable[str], schemes: Iterable[str], cases: list[str]) -> dict[str, Verdicts]:
    tests = {"server": test_server, "client": test_client}
    return {f"{end} {scheme}": await tests[end](scheme, cases) for end in ends for scheme in schemes}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", default=["*"])
    parser.add_argument("--short", action="store_true", help="the cases that take little time")
    parser.add_argument("--ends", nargs="+", default=["server", "client"], choices=["server", "client"])
    parser.add_argument("--schemes", nargs="+", default=["ws", "wss"], choices=["ws", "wss"])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    cases = SHORT if arguments.short else arguments.cases
    found = asyncio.run(run(arguments.ends, arguments.schemes, cases))
    if arguments.write:
        known = json.loads(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.exists() else {}
        merged = {name: known.get(name, {}) | found.get(name, {}) for name in known | found}
        EXPECTED.write_text(written(merged), encoding="utf-8")
    return report(found, json.loads(EXPECTED.read_text(encoding="utf-8")), cases)


if __name__ == "__main__":
    sys.exit(main())
