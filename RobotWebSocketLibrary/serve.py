"""`python -m RobotWebSocketLibrary serve`: the test server by itself, for trying things out and for load tests."""

from __future__ import annotations

import argparse
import math
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from time import strftime
from types import TracebackType
from typing import Any, TextIO

from .byte_size import ByteSize
from .connection.traffic import TrafficLimit
from .deadline import SLICE, Deadline, WakeUp
from .defaults import COMMAND_LINE_PORT, MAX_MESSAGE_SIZE
from .errors import WebSocketError, escaped
from .server.behaviors import BEHAVIORS
from .server.certificates import ServerTls, throw_away_tls, tls_from_files
from .server.server import WebSocketServer
from .server.server_options import ServerOptions

HIGHEST_PORT = 65535
EVERY_ADDRESS = ("0.0.0.0", "::", "")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130
"""The exit code of what Ctrl-C has ended, as shells write it."""
REPEAT_SECONDS = 1.0
"""The same notice again and again, such as that there are too many open files, is printed that often at most."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options are named like the fields of `ServerOptions`, whose defaults apply to what is not given."""
    add = partial(parser.add_argument, default=argparse.SUPPRESS)
    defaults = ServerOptions
    add("--host", help=f"address to listen on; 0.0.0.0 for other machines (default: {defaults.host})")
    parser.add_argument(
        "--port",
        type=_port,
        default=COMMAND_LINE_PORT,
        help=f"port to listen on; 0 chooses a free one (default: {COMMAND_LINE_PORT})",
    )
    add("--tls", action="store_true", help="wss, with a throw-away certificate if there is no --certificate")
    add("--certificate", type=Path, metavar="FILE", help="PEM file with a certificate of your own, for wss")
    add("--private-key", type=Path, metavar="FILE", help="PEM file with its private key, unless in the same file")
    add("--client-ca", type=Path, metavar="FILE", help="PEM file with the authorities of client certificates")
    add(
        "--protocol",
        dest="default_protocol",
        metavar="BEHAVIOR",
        help=f"for clients without a subprotocol: {', '.join(BEHAVIORS)} (default: {defaults.default_protocol})",
    )
    add(
        "--subprotocol",
        dest="protocols",
        action="append",
        type=_subprotocol,
        metavar="NAME=BEHAVIOR",
        help="a further subprotocol, such as ocpp1.6=silent; may be repeated",
    )
    add(
        "--ping-interval",
        type=_seconds,
        metavar="SECONDS",
        help=f"between the pings of echo-broadcast-ping; 0 for none (default: {defaults.ping_interval:g})",
    )
    add(
        "--time-interval",
        type=_seconds,
        metavar="SECONDS",
        help=f"between the messages of time-broadcast; 0 for none (default: {defaults.time_interval:g})",
    )
    add("--no-compression", dest="compression", action="store_false", help="refuse permessage-deflate")
    parser.add_argument(
        "--max-message-size",
        type=_size,
        default=MAX_MESSAGE_SIZE,
        metavar="SIZE",
        help=f"longest message to accept, such as '1 MiB' (default: {MAX_MESSAGE_SIZE})",
    )
    add("--max-clients", type=_count, metavar="COUNT", help="refuse more clients than this with HTTP 503")
    add(
        "--allowed-origin",
        dest="allowed_origins",
        action="append",
        metavar="ORIGIN",
        help="origin of browser pages that may connect, beside this machine's; may be repeated",
    )
    add(
        "--handshake-timeout",
        type=_seconds,
        metavar="SECONDS",
        help=f"for TLS and the opening handshake (default: {defaults.handshake_timeout:g})",
    )


def serve(given: dict[str, Any]) -> int:
    """Runs a server with the options given until a signal comes, and returns the exit code."""
    try:
        with StopSignals() as signals, _encryption(given) as tls:
            _run(WebSocketServer(_server_options(given, tls)), signals)
    except WebSocketError as error:
        _say(str(error), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


class StopSignals:
    """The first SIGINT or SIGTERM asks the server to stop; the next one, while it does, raises `KeyboardInterrupt`."""

    def __init__(self) -> None:
        self.came = False
        self._wake_up = WakeUp()

    def __enter__(self) -> StopSignals:
        self._before = [(number, signal.signal(number, self._handle)) for number in SIGNALS]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    def wait(self) -> None:
        """Waits for a signal, or a moment."""
        self._wake_up.wait(SLICE)

    def _handle(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True
        self._wake_up.set()


class Notices:
    """Prints what the server has to tell, with the time."""

    def __init__(self, notices: deque[str]) -> None:
        self._notices = notices
        self._last: str | None = None
        self._repeat = Deadline(0)

    def print(self) -> None:
        while self._notices:
            notice = self._notices.popleft()
            if notice == self._last and not self._repeat.expired:
                continue
            self._last, self._repeat = notice, Deadline(REPEAT_SECONDS)
            _say(f"{strftime('%Y-%m-%d %H:%M:%S')} {escaped(notice)}", sys.stderr)


def _run(server: WebSocketServer, signals: StopSignals) -> None:
    notices = Notices(server.notices)
    ca_file = "" if server.ca_file is None else f"\nCA file {server.ca_file}"
    further = " and every other address of this machine" if server.host in EVERY_ADDRESS else ""
    _say(f"Listening on {server.url}{further}{ca_file}", sys.stdout)
    while not signals.came:
        signals.wait()
        notices.print()
    server.stop()
    notices.print()
    _say(f"Stopped. Clients served: {server.served}", sys.stdout)


def _server_options(given: dict[str, Any], tls: ServerTls | None) -> ServerOptions:
    collected = {
        "protocols": dict(given.get("protocols", ())),
        "allowed_origins": tuple(given.get("allowed_origins", ())),
    }
    return ServerOptions(**{**given, **collected}, tls=tls, unattended=True, traffic_limit=TrafficLimit(1, 0))


@contextmanager
def _encryption(given: dict[str, Any]) -> Iterator[ServerTls | None]:
    """Takes the options of TLS out of those given; the file of a throw-away certificate goes at the end."""
    host = given.get("host", ServerOptions.host)
    throw_away = given.pop("tls", False)
    tls = _tls(host, throw_away, *(given.pop(name, None) for name in ("certificate", "private_key", "client_ca")))
    try:
        yield tls
    finally:
        if tls is not None:
            tls.remove()


def _tls(
    host: str, throw_away: bool, certificate: Path | None, private_key: Path | None, client_ca: Path | None
) -> ServerTls | None:
    if certificate is None and private_key is not None:
        raise WebSocketError("Could not start a server: --private-key needs --certificate too.")
    if certificate is None and client_ca is not None and not throw_away:
        raise WebSocketError("Could not start a server: --client-ca needs --certificate or --tls too.")
    try:
        if certificate is not None:
            return tls_from_files(certificate, private_key, client_ca)
        return throw_away_tls(host, client_ca) if throw_away else None
    except OSError as error:  # a file that may not be read
        raise WebSocketError(f"Could not start a server: its certificates failed with '{error.strerror}'.") from error


def _say(line: str, console: TextIO) -> None:
    """Prints a line at once: a script may wait for it. When nobody reads any more, the server goes on."""
    with suppress(OSError):
        console.write(f"{line}\n")
        console.flush()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"'{text}' is no port from 0 to {HIGHEST_PORT}.")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 up.")
    return int(text)


def _seconds(text: str) -> float:
    with suppress(ValueError):
        seconds = float(text)
        if seconds >= 0 and math.isfinite(seconds):
            return seconds
    raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds from 0 up.")


def _size(text: str) -> int:
    try:
        size = ByteSize.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}.") from None
    if size < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is less than 1 byte.")
    return size


def _subprotocol(text: str) -> tuple[str, str]:
    name, sign, behavior = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"'{text}' is no NAME=BEHAVIOR, such as 'ocpp1.6=silent'.")
    return name, behavior
