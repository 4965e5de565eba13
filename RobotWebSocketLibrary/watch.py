"""`python -m RobotWebSocketLibrary proxy`: prints what passes between a client and its server, to look at both."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import localtime, strftime
from typing import Any

from .client.opening_request import OpeningRequest
from .client.proxy_route import find_route
from .client.tls import TlsOptions, create_tls_context
from .client.url import read_url
from .connection.traffic import TrafficLimit
from .defaults import MAX_MESSAGE_SIZE
from .errors import WebSocketError, escaped, quoted
from .proxy.proxy import WebSocketProxy
from .proxy.target import TargetOptions
from .report.growing_archive import GrowingArchive
from .report.har import make_entry
from .secrecy import mask_url
from .serve import INTERRUPTED, print_line, run, take_tls
from .server.clients import Upstream
from .server.server_options import ServerOptions
from .stop_signals import StopSignals

ARCHIVED_FRAMES = 100_000
"""The last frames of a connection that go to the archive, whole. They are in memory until the connection ends."""


def watch(arguments: dict[str, Any], version: str) -> int:
    """Runs a proxy until a signal comes, and returns the exit code."""
    try:
        with StopSignals() as signals, take_tls(arguments) as tls, _open_archive(arguments["har"], version) as archive:
            leads_to = _read_target(arguments)
            options = ServerOptions(
                max_message_size=MAX_MESSAGE_SIZE,
                host=arguments["host"],
                port=arguments["port"],
                tls=tls,
                unattended=True,
                shows_traffic=True,
                traffic_limit=TrafficLimit() if archive is None else TrafficLimit(ARCHIVED_FRAMES, MAX_MESSAGE_SIZE),
            )
            proxy = WebSocketProxy(options, leads_to)
            run(proxy, signals, leads_to=f" for {proxy.target}", look=TrafficPrinter(proxy, archive).look)
    except WebSocketError as error:
        print_line(str(error), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


class TrafficPrinter:
    """Prints the frames of a proxy's links, and adds each link to the archive when it has ended.

    The main thread alone uses it. `>` is what goes to the target, `<` what comes from it, and each link has a number.
    """

    def __init__(self, proxy: WebSocketProxy, archive: GrowingArchive | None) -> None:
        self._proxy = proxy
        self._archive = archive
        self._numbers = count(1)
        self._known: dict[Upstream, int] = {}

    def look(self) -> None:
        """Prints what is new, in the order in which it happened."""
        lines = [line for upstream in self._proxy.upstream_news.take() for line in self._take_lines(upstream)]
        for at, line in sorted(lines, key=lambda line: line[0]):
            print_line(f"{strftime('%H:%M:%S', localtime(at))}.{int(at % 1 * 1000):03} {line}", sys.stdout)
        news = self._proxy.outage.attempts.news
        while news:
            attempt = news.popleft()
            print_line(f"{strftime('%H:%M:%S', localtime(attempt.time))} {escaped(str(attempt.failure))}", sys.stderr)

    def _take_lines(self, upstream: Upstream) -> list[tuple[float, str]]:
        connection = upstream.connection
        over = connection.state == "closed"  # asked before the look, which then leaves nothing behind
        lines = []
        if upstream not in self._known:
            self._known[upstream] = next(self._numbers)
            lines.append((upstream.handshake.started, self._describe_handshake(upstream)))
        number, seen = self._known[upstream], connection.announcer.logged or 0
        connection.announcer.logged, records = connection.traffic.since(seen)
        if missing := connection.announcer.logged - seen - len(records):
            lines.append((records[0].time, f"{number} ! {missing:,} frames are not shown"))
        lines += [(record.time, f"{number} {record}") for record in records]
        self._proxy.upstream_news.finish(upstream)
        if over:
            del self._known[upstream]
            self._keep(upstream)
        return lines

    def _describe_handshake(self, upstream: Upstream) -> str:
        target, response = mask_url(upstream.handshake.request.target), upstream.handshake.response
        subprotocol = upstream.connection.subprotocol
        named = "" if subprotocol is None else f" with subprotocol {quoted(subprotocol)}"
        return f"{self._known[upstream]} ! GET {quoted(target)[1:-1]} was answered with {response}{named}"

    def _keep(self, upstream: Upstream) -> None:
        if self._archive is not None:
            handshake, connection = upstream.handshake, upstream.connection
            self._archive.add(
                make_entry(
                    url=connection.url,
                    request_headers=handshake.request.headers.fields,
                    response=handshake.response,
                    records=connection.traffic.records,
                    started=handshake.started,
                    seconds=handshake.seconds,
                )
            )


@contextmanager
def _open_archive(path: Path | None, version: str) -> Iterator[GrowingArchive | None]:
    if path is None:
        yield None
        return
    with GrowingArchive(path, version) as archive:
        yield archive


def _read_target(arguments: dict[str, Any]) -> TargetOptions:
    tls = TlsOptions(arguments["verify"])
    opening = OpeningRequest(read_url(arguments["target"]), tls=tls, proxy="environment")
    opening.check()
    create_tls_context(tls)
    find_route(opening.url, opening.proxy)  # refuses a wrong one at once
    return TargetOptions(opening, http=arguments["http"])
