"""The command line in this process: a thread talks to what it has started, and then sends the signal."""

from __future__ import annotations

import io
import re
import signal
import sys
import threading
from collections.abc import Callable
from typing import NamedTuple

import pytest

from peers.raw import PATIENCE
from RobotWebSocketLibrary.__main__ import main

LISTENING = re.compile(r"Listening on (\S+)")
Talk = Callable[[str], object]


class Console(io.StringIO):
    """Standard output, whose lines set off what a test does next. Unhandled errors of the thread fail the test."""

    def __init__(self, talk: Talk, number: int) -> None:
        super().__init__()
        self._talk = talk
        self._number = number
        self.thread: threading.Thread | None = None

    def flush(self) -> None:
        if self.thread is None:
            self.thread = threading.Thread(target=self._converse, daemon=True)
            self.thread.start()

    def _converse(self) -> None:
        try:
            self._talk(url_in(self.getvalue()))
        finally:
            send_signal(self._number)


class Served(NamedTuple):
    code: int
    output: str
    errors: str


def send_signal(number: int) -> None:
    """Sends a signal to the main thread. Windows handles it there, whichever thread has raised it."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


def url_in(output: str) -> str:
    found = LISTENING.match(output)
    assert found, output
    return found[1]


def run_command(
    *arguments: str,
    patched: pytest.MonkeyPatch,
    captured: pytest.CaptureFixture[str],
    talk: Talk = lambda _: None,
    number: int = signal.SIGINT,
) -> Served:
    """Runs a command until what a test has to say to it is said."""
    console = Console(talk, number)
    with patched.context() as patch:
        patch.setattr(sys, "stdout", console)
        code = main(arguments)
    if console.thread is not None:
        console.thread.join(PATIENCE)
    return Served(code, console.getvalue(), captured.readouterr().err)
