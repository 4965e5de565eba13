"""`python -m RobotWebSocketLibrary serve`: the test server by itself, for trying things out and for load tests."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import strftime
from typing import Any, TextIO

from .connection.traffic import TrafficLimit
from .deadline import Deadline
from .errors import WebSocketError, escaped
from .server.certificates import ServerTls, choose_tls
from .server.counted_notices import CountedNotices
from .server.server import WebSocketServer
from .server.server_options import ServerOptions
from .stop_signals import StopSignals

EVERY_ADDRESS = ("0.0.0.0", "::", "")
INTERRUPTED = 130
"""The exit code that shells give to what Ctrl-C has ended."""
NOTICE_SECONDS = 1.0
"""Seconds between two prints of notices: one that repeats, such as that there are too many open files, is counted."""

OPTIONS = {
    r"\(allowed_origins=(.*) allows them\)": r"(--allowed-origin \1 allows them)",
    r"\(protocols=\{.*\} adds (it|them)\)": r"(--subprotocol NAME=silent adds \1)",
    r"\(max_clients\)": "(--max-clients)",
}
"""The remedies for a client that was refused: as a test writes them, and as options."""


def serve(arguments: dict[str, Any]) -> int:
    """Runs a server until a signal comes, and returns the exit code."""
    try:
        with StopSignals() as signals, take_tls(arguments) as tls:
            run(WebSocketServer(_make_options(arguments, tls)), signals)
    except WebSocketError as error:
        print_line(str(error), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


class NoticePrinter:
    """Prints the notices of a server, with the time. Its threads add them, and the main thread prints them."""

    def __init__(self, notices: CountedNotices) -> None:
        self._notices = notices
        self._pause = Deadline(0)

    def print(self) -> None:
        """Prints what was added, unless that was done less than a second ago."""
        if self._notices and self._pause.expired:
            self._pause = Deadline(NOTICE_SECONDS)
            self.print_rest()

    def print_rest(self) -> None:
        while self._notices:
            print_line(f"{strftime('%Y-%m-%d %H:%M:%S')} {name_options(escaped(self._notices.popleft()))}", sys.stderr)


def name_options(notice: str) -> str:
    """The notice of a server in words of the command line."""
    for argument, option in OPTIONS.items():
        notice = re.sub(argument, option, notice)
    return notice


def run(
    server: WebSocketServer, signals: StopSignals, *, leads_to: str = "", look: Callable[[], object] = bool
) -> None:
    """Serves until a signal comes, and looks at what is new meanwhile and at the end."""
    server.start()
    notices = NoticePrinter(server.notices)
    ca_file = "" if server.ca_file is None else f"\nCA file {server.ca_file}"
    further = " and every other address of this machine" if server.host in EVERY_ADDRESS else ""
    print_line(f"Listening on {server.url}{further}{leads_to}{ca_file}", sys.stdout)
    while not signals.came:
        signals.wait()
        notices.print()
        look()
    server.stop()
    notices.print_rest()
    look()
    print_line(f"Stopped. Clients served: {server.served}", sys.stdout)


@contextmanager
def take_tls(arguments: dict[str, Any]) -> Iterator[ServerTls | None]:
    """Takes the arguments of TLS out of the others. The file of a throw-away certificate is removed at the end."""
    taken = {name: arguments.pop(name) for name in ("throw_away", "certificate", "private_key", "client_ca")}
    tls = choose_tls(arguments["host"], **taken)
    try:
        yield tls
    finally:
        if tls is not None:
            tls.remove()


def _make_options(arguments: dict[str, Any], tls: ServerTls | None) -> ServerOptions:
    collected = {
        "protocols": dict(arguments["protocols"]),
        "allowed_origins": tuple(arguments["allowed_origins"]),
    }
    return ServerOptions(**{**arguments, **collected}, tls=tls, unattended=True, traffic_limit=TrafficLimit(1, 0))


def print_line(line: str, console: TextIO) -> None:
    """Prints a line at once, because a script may wait for it. The server goes on when nobody reads any more."""
    encoding = console.encoding or "utf-8"
    with suppress(OSError):
        console.write(f"{line}\n".encode(encoding, "backslashreplace").decode(encoding))  # a path may hold any letter
        console.flush()
