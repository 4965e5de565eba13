"""The command line: `python -m RobotWebSocketLibrary`."""

# ruff: noqa: N999 - Robot Framework's habit: a library's package is named like its class

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import __version__
from .serve import serve
from .serve_arguments import add_arguments, add_proxy_arguments


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence; the usage is for `--help`."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the command line asks for, and returns the exit code."""
    parser = _make_parser()
    given = vars(parser.parse_args(arguments))
    command = given.pop("command")
    if command is None:
        parser.print_help()
        return 0
    if command == "serve":
        return serve(given)
    from .watch import watch  # which takes longer to import

    return watch(given, __version__)


def _make_parser() -> Parser:
    parser = Parser(prog="python -m RobotWebSocketLibrary", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"RobotWebSocketLibrary {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    what = "runs the test server until Ctrl-C or SIGTERM"
    serving = commands.add_parser("serve", help=what, usage="%(prog)s [option ...]", allow_abbrev=False)
    serving.description = f"This {what}."
    add_arguments(serving)
    what = "prints what passes between a client and a server, until Ctrl-C or SIGTERM"
    watching = commands.add_parser("proxy", help=what, usage="%(prog)s TARGET [option ...]", allow_abbrev=False)
    watching.description = f"This {what}. The client connects to the proxy, which connects to TARGET."
    add_proxy_arguments(watching)
    return parser


if __name__ == "__main__":
    sys.exit(main())
