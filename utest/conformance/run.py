"""Runs the Autobahn cases against both ends of the library, and compares each verdict with expected.json.

Usage: python utest/conformance/run.py [--short | --cases GLOB ...] [--ends server client] [--schemes ws wss]
                                       [--without-compression] [--results FILE] [--write] | --table

kosoku drives Autobahn's own case files: as a client against our server, and as a server for our client. It speaks plain
TCP only, so for `wss` a relay that knows nothing of WebSocket adds TLS on its way. A verdict that differs from the
expected one, better or worse, fails the run; `--write` writes the verdicts down as the expected ones, and `--table`
writes the tables of docs/conformance.md from those.

Cases are run in groups, each of which ends with a line, and with all verdicts so far in the file of `--results`.

With `--without-compression` our client does not offer compression and our server does not accept it. Chapters 12 and
13, which are about compression and for which kosoku would only tell that it is not there, are then left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import NamedTuple

from kosoku import FailureError, run_fuzzingclient, run_fuzzingserver

sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.table import EXPECTED, WITHOUT, Verdicts, read_expected, write_tables
from connection.ends import Answering, anything
from RobotWebSocketLibrary.client.opening_handshake import perform_handshake
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.terms import Limits, Terms
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.messages import Messages
from RobotWebSocketLibrary.server.certificates import make_throw_away_tls
from RobotWebSocketLibrary.server.server import WebSocketServer
from RobotWebSocketLibrary.server.server_options import ServerOptions

STRICT = ("OK", "INFORMATIONAL")
SHORT = [*(f"{chapter}.*" for chapter in range(1, 8)), "9.1.1", "9.2.1", "10.*"]
SHORT += ["12.1.1", "12.2.1", "12.5.11", *(f"13.{chapter}.1" for chapter in range(1, 8))]
GROUPS = [f"{chapter}.*" for chapter in range(1, 8)]
GROUPS += [f"9.{section}.*" for section in range(1, 9)]
GROUPS += ["10.*", *(f"12.{section}.*" for section in range(1, 6)), *(f"13.{section}.*" for section in range(1, 8))]
ABOUT_COMPRESSION = ("12.*", "13.*")
SIZE = 64 * 1024 * 1024
CASE_SECONDS = 300.0


class Selection(NamedTuple):
    """Patterns of cases to run, and of cases to leave out."""

    cases: list[str]
    without: list[str]


async def test_server(scheme: str, selection: Selection, compression: bool) -> Verdicts:
    """kosoku is the client."""
    tls = make_throw_away_tls("127.0.0.1", None) if scheme == "wss" else None
    server = WebSocketServer(ServerOptions(max_message_size=SIZE, tls=tls, compression=compression))
    server.start()
    try:
        async with relay(server.port, tls and client_context(str(tls.ca_file)), None) as port:
            return await verdicts(run_fuzzingclient(f"ws://127.0.0.1:{port}/", *selection))
    finally:
        server.stop()


async def test_client(scheme: str, selection: Selection, compression: bool) -> Verdicts:
    """kosoku is the server."""
    tls = make_throw_away_tls("127.0.0.1", None) if scheme == "wss" else None
    async with (
        run_fuzzingserver(*selection, port=0) as fuzzer,
        relay(fuzzer.port, None, tls and tls.context) as port,
    ):
        options = TlsOptions(tls.ca_file) if tls is not None and tls.ca_file is not None else TlsOptions()
        driving = asyncio.to_thread(drive_client, f"{scheme}://127.0.0.1:{port}", options, compression)
        _, found = await asyncio.gather(driving, verdicts(fuzzer.get_result()))
    if tls is not None:
        tls.remove()
    return found


def drive_client(base: str, tls: TlsOptions, compression: bool) -> None:
    """What Autobahn's fuzzing server asks of a client: the number of cases, an echo for each, the end."""
    count = open_client(f"{base}/getCaseCount", tls)
    cases = int(count.waits.wait_for_message(Deadline(10), anything).data)
    count.waits.wait_for_close(Deadline(10))
    for case in range(1, cases + 1):
        url = f"{base}/runCase?case={case}&agent=RobotWebSocketLibrary"
        open_client(url, tls, compression=compression, answer=echo).waits.wait_for_close(Deadline(CASE_SECONDS))
    open_client(f"{base}/updateReports?agent=RobotWebSocketLibrary", tls).waits.wait_for_close(Deadline(60))


def open_client(
    url: str,
    tls: TlsOptions,
    *,
    compression: bool = False,
    answer: Callable[[Connection, Messages], None] | None = None,
) -> Connection:
    """Opens a connection that answers from its reader, so that an echo leaves before what follows is looked at."""
    completed = perform_handshake(OpeningRequest(read_url(url), tls=tls, compression=compression), Deadline(10))
    connection = Connection(
        completed.stream,
        "client",
        url,
        Terms(url, compression=completed.compression),
        Limits(SIZE, keep_last=None if answer is None else 1),
        responder=None if answer is None else Answering(answer),
    )
    connection.start(completed.received)
    return connection


def echo(connection: Connection, messages: Messages) -> None:
    connection.post(messages)


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
        serving.add(asyncio.current_task())
        name = "127.0.0.1" if outgoing else None
        with suppress(asyncio.CancelledError):
            there_reader, there_writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=outgoing, server_hostname=name
            )
            await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

    serving: set[asyncio.Task] = set()
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=incoming)
    async with server:
        yield server.sockets[0].getsockname()[1]
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving)


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
        print(f"{name}: {counts(cases)}")
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


def counts(cases: Verdicts) -> str:
    behaviors = Counter(behavior for behavior, _ in cases.values())
    return ", ".join(f"{count} {behavior}" for behavior, count in sorted(behaviors.items()))


def covers(patterns: list[str], case: str) -> bool:
    return any(fnmatchcase(case, pattern) for pattern in patterns)


def written(expected: dict[str, Verdicts]) -> str:
    """JSON with a line per case, in the order of the cases' numbers."""
    runs = [
        f' "{name}": {{\n'
        + ",\n".join(f'  "{case}": {json.dumps(verdict)}' for case, verdict in sorted(cases.items(), key=numbers))
        + "\n }"
        for name, cases in expected.items()
    ]
    return "{\n" + ",\n".join(runs) + "\n}\n"


def numbers(item: tuple[str, object]) -> list[int]:
    return [int(number) for number in item[0].split(".")]


async def run(arguments: argparse.Namespace, cases: list[str]) -> dict[str, Verdicts]:
    """Runs the cases group by group, and tells of each."""
    tests = {"server": test_server, "client": test_client}
    found: dict[str, Verdicts] = {}
    for end, scheme in product(arguments.ends, arguments.schemes):
        name = f"{end} {scheme}{WITHOUT if arguments.without_compression else ''}"
        found[name] = {}
        for group, selection in groups(cases, arguments.without_compression):
            began = time.monotonic()
            results = await tests[end](scheme, selection, not arguments.without_compression)
            if not results:
                continue
            found[name] |= results
            print(f"{name}, {group}: {counts(results)} ({time.monotonic() - began:.0f} s)", flush=True)
            if arguments.results:
                arguments.results.write_text(written(found), encoding="utf-8")
    return found


def groups(cases: list[str], without_compression: bool) -> Iterator[tuple[str, Selection]]:
    """The groups, and which of the cases are in each; at last, those that are in none of them."""
    without = list(ABOUT_COMPRESSION) if without_compression else []
    for group in GROUPS:
        yield group, Selection(cases, [*without, *(other for other in GROUPS if other != group)])
    yield "others", Selection(cases, [*without, *GROUPS])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", default=["*"])
    parser.add_argument("--short", action="store_true", help="the cases that take little time")
    parser.add_argument("--ends", nargs="+", default=["server", "client"], choices=["server", "client"])
    parser.add_argument("--schemes", nargs="+", default=["ws", "wss"], choices=["ws", "wss"])
    parser.add_argument("--without-compression", action="store_true", help="negotiate none; chapters 1 to 10")
    parser.add_argument("--results", type=Path, metavar="FILE", help="where to write all verdicts after each group")
    parser.add_argument("--write", action="store_true", help="the verdicts are the expected ones from now on")
    parser.add_argument("--table", action="store_true", help="write the tables of docs/conformance.md, and run nothing")
    arguments = parser.parse_args()
    if arguments.table:
        write_tables()
        return 0
    cases = SHORT if arguments.short else arguments.cases
    found = asyncio.run(run(arguments, cases))
    if arguments.write:
        known = read_expected()
        merged = {name: known.get(name, {}) | found.get(name, {}) for name in known | found}
        EXPECTED.write_text(written(merged), encoding="utf-8")
    return report(found, read_expected(), cases)


if __name__ == "__main__":
    sys.exit(main())
