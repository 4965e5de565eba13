"""The arguments of `serve` on the command line, and what makes a value wrong."""

from __future__ import annotations

import argparse
import math
from contextlib import suppress
from pathlib import Path

from .byte_size import ByteSize
from .defaults import COMMAND_LINE_PORT, HANDSHAKE_TIMEOUT, MAX_MESSAGE_SIZE, SERVER_HOST, SERVER_PROTOCOL
from .server.behaviors import BEHAVIORS, PING_INTERVAL, TIME_INTERVAL
from .server.host_listener import HIGHEST_PORT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments. They are named like the fields of `ServerOptions` and the parameters of `choose_tls`."""
    _add_address(parser)
    _add_tls(parser)
    _add_behaviors(parser)
    _add_limits(parser)


def add_proxy_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `proxy`."""
    parser.add_argument("target", metavar="TARGET", help="URL of the server, such as wss://app.example.org/")
    _add_address(parser)
    _add_tls(parser)
    parser.add_argument(
        "--verify",
        type=_read_verify,
        default=True,
        metavar="FILE",
        help="whom to trust as a wss target: a file with authorities, or 'no' for anybody",
    )
    parser.add_argument("--http", action="store_true", help="pass plain HTTP on, too")
    parser.add_argument("--har", type=Path, metavar="FILE", help="keep the whole traffic in a file, an HTTP archive")


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        default=SERVER_HOST,
        help="address to listen on; 0.0.0.0 for other machines (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=_read_port,
        default=COMMAND_LINE_PORT,
        help="port to listen on; 0 chooses a free one (default: %(default)s)",
    )


def _add_tls(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--tls",
        dest="throw_away",
        action="store_true",
        help="wss, with a throw-away certificate if there is no --certificate",
    )
    add("--certificate", type=Path, metavar="FILE", help="PEM file with a certificate of your own, for wss")
    add("--private-key", type=Path, metavar="FILE", help="PEM file with its private key, unless in the same file")
    add("--client-ca", type=Path, metavar="FILE", help="PEM file with the authorities of client certificates")


def _add_behaviors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--protocol",
        dest="default_protocol",
        default=SERVER_PROTOCOL,
        metavar="BEHAVIOR",
        help=f"for clients without a subprotocol: {', '.join(BEHAVIORS)} (default: %(default)s)",
    )
    parser.add_argument(
        "--subprotocol",
        dest="protocols",
        action="append",
        default=[],
        type=_read_subprotocol,
        metavar="NAME=BEHAVIOR",
        help="a further subprotocol, such as ocpp1.6=silent; may be repeated",
    )
    parser.add_argument(
        "--ping-interval",
        type=_read_seconds,
        default=PING_INTERVAL,
        metavar="SECONDS",
        help=f"between the pings of echo-broadcast-ping; 0 for none (default: {PING_INTERVAL:g})",
    )
    parser.add_argument(
        "--time-interval",
        type=_read_seconds,
        default=TIME_INTERVAL,
        metavar="SECONDS",
        help=f"between the messages of time-broadcast; 0 for none (default: {TIME_INTERVAL:g})",
    )
    parser.add_argument("--no-compression", dest="compression", action="store_false", help="refuse permessage-deflate")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-message-size",
        type=_read_size,
        default=MAX_MESSAGE_SIZE,
        metavar="SIZE",
        help="longest message to accept, such as '1 MiB' (default: %(default)s)",
    )
    parser.add_argument(
        "--max-clients", type=_read_count, metavar="COUNT", help="refuse more clients than this with HTTP 503"
    )
    parser.add_argument(
        "--allowed-origin",
        dest="allowed_origins",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="origin of browser pages that may connect, besides this machine's; may be repeated",
    )
    parser.add_argument(
        "--handshake-timeout",
        type=_read_seconds,
        default=HANDSHAKE_TIMEOUT,
        metavar="SECONDS",
        help=f"for TLS and the opening handshake (default: {HANDSHAKE_TIMEOUT:g})",
    )


def _read_verify(text: str) -> bool | Path:
    return False if text.lower() == "no" else Path(text)


def _read_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"'{text}' is not a port from 0 to {HIGHEST_PORT}.")
    return int(text)


def _read_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1.")
    return int(text)


def _read_seconds(text: str) -> float:
    with suppress(ValueError):
        seconds = float(text)
        if seconds >= 0 and math.isfinite(seconds):
            return seconds
    raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds of at least 0.")


def _read_size(text: str) -> int:
    try:
        size = ByteSize.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}.") from None
    if size < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is less than 1 byte.")
    return size


def _read_subprotocol(text: str) -> tuple[str, str]:
    name, sign, behavior = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=BEHAVIOR, such as 'ocpp1.6=silent'.")
    return name, behavior
