"""Runs the Autobahn cases against ends of the package websockets, once directly and once through a proxy.

Usage: python utest/conformance/through_proxy.py [--cases GLOB ...]

kosoku is the client of an echo server, and then the server of an echo client. What the proxy passes on must get the
verdict that it gets without the proxy. A verdict that differs fails the run, unless `KNOWN` says why it does.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from kosoku import run_fuzzingclient, run_fuzzingserver
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from conformance.run import SHORT, SIZE, counts, verdicts
from conformance.table import Verdicts
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.proxy.target import TargetOptions
from RobotWebSocketLibrary.server.server_options import ServerOptions

KNOWN = {
    "3.*": "the proxy fails an end at once that breaks the protocol, while the echo of what came before is on its way",
    "4.*": "the same",
    "5.*": "the same",
    "6.4.*": "the proxy checks text as it comes, and the end behind it when the message is complete",
    "7.1.5": "the end behind the proxy gets the close frame instead of half a message before it",
    "13.*": "each side agrees on compression by itself, so a case that is UNIMPLEMENTED directly may run",
}
"""Cases whose verdict may be another one through a proxy, and why. None may become FAILED."""


async def echo(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


@asynccontextmanager
async def in_between(url: str) -> AsyncIterator[str]:
    """The URL of a proxy that leads to another one."""
    proxy = WebSocketProxy(ServerOptions(max_message_size=SIZE), TargetOptions(OpeningRequest(read_url(url))))
    proxy.start()
    try:
        yield proxy.url
    finally:
        await asyncio.to_thread(proxy.stop)


async def judge_server(cases: list[str], *, proxied: bool) -> Verdicts:
    async with serve(echo, "127.0.0.1", 0, max_size=SIZE, ping_interval=None) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        if not proxied:
            return await verdicts(run_fuzzingclient(url, cases, []))
        async with in_between(url) as between:
            return await verdicts(run_fuzzingclient(between, cases, []))


async def judge_client(cases: list[str], *, proxied: bool) -> Verdicts:
    async with run_fuzzingserver(cases, [], port=0) as fuzzer:
        url = f"ws://127.0.0.1:{fuzzer.port}/"
        if not proxied:
            return await drive(url, fuzzer)
        async with in_between(url) as between:
            return await drive(between, fuzzer)


async def drive(url: str, fuzzer) -> Verdicts:
    """What Autobahn's fuzzing server asks of a client: the number of cases, an echo for each, the end."""
    running = asyncio.ensure_future(verdicts(fuzzer.get_result()))
    async with connect(f"{url}getCaseCount") as connection:
        count = int(await connection.recv())
    for case in range(1, count + 1):
        with suppress(ConnectionClosed, InvalidHandshake, OSError):
            asked = f"{url}runCase?case={case}&agent=websockets"
            async with connect(asked, max_size=SIZE, ping_interval=None) as connection:
                await echo(connection)  # type: ignore[arg-type]
    async with connect(f"{url}updateReports?agent=websockets"):
        pass
    return await running


def report(what: str, directly: Verdicts, through: Verdicts) -> int:
    """Prints what differs, and returns how many verdicts do for no known reason; no verdict at all is a failure too."""
    print(f"{what}, directly: {counts(directly)}\n{what}, through a proxy: {counts(through)}")
    different = [case for case in directly | through if directly.get(case) != through.get(case)]
    for case in different:
        found = (" / ".join(verdict or ["not run"]) for verdict in (directly.get(case), through.get(case)))
        print("  {}: {}, through a proxy {}".format(case, *found))
    wrong = [case for case in different if "FAILED" in through.get(case, ["FAILED"]) or not is_known(case)]
    print(f"{len(directly) - len(different)} the same, {len(different)} different, {len(wrong)} of them unexpectedly")
    return len(wrong) or (0 if directly else 1)


def is_known(case: str) -> bool:
    return any(fnmatchcase(case, pattern) for pattern in KNOWN)


async def run(cases: list[str]) -> int:
    wrong = 0
    for what, judging in (("server", judge_server), ("client", judge_client)):
        wrong += report(what, await judging(cases, proxied=False), await judging(cases, proxied=True))
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", default=SHORT)
    return int(asyncio.run(run(parser.parse_args().cases)) > 0)


if __name__ == "__main__":
    sys.exit(main())
