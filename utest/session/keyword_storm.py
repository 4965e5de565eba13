"""A storm of interruptions of the keywords that open, close, start, stop, send and wait, over ws and wss.

`python -m session.keyword_storm 5000` in the folder `utest` strikes each of them so often, as Robot Framework calls
them. It is not under coverage, whose own lock an exception of a signal handler can leave locked.
"""

from __future__ import annotations

import faulthandler
import gc
import random
import socket
import sys
import tempfile
import textwrap
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from robot.libraries.BuiltIn import BuiltIn

from connection.ends import until
from connection.interrupting import interrupted, interruptions
from leaks import left_since, resources
from peers.raw import PATIENCE
from RobotWebSocketLibrary.errors import ConnectionClosedError
from runs import run_suite, suite_of

STRIKES = 15
PER_TEST = 100
"""What strikes have left is closed when the test ends, as it is for a user."""
SOON = {"timeout": timedelta(seconds=PATIENCE)}
OPERATIONS = ("open", "close", "start", "stop", "send", "wait")


class KeywordStorm:
    """Calls keywords as Robot Framework does, strikes them, and has the next call of the same keyword mend it."""

    ROBOT_LIBRARY_SCOPE = "GLOBAL"

    def __init__(self) -> None:
        self._chance = random.Random(7)
        self._library: Any = None
        self._server: Any = None
        self._struck: Any = None
        self._secure = False
        self._sent = self._last = 0
        self._certain: set[int] = set()
        self._got: list[str] = []

    def strike(self, operation: str, count: int, server: Any) -> None:
        """Strikes a keyword so often, at random points of the time that it takes."""
        self._library = BuiltIn().get_library_instance("RobotWebSocketLibrary")
        self._server, self._struck, self._secure = server, None, server.ca_file is not None
        do, mend = getattr(self, f"_{operation}"), getattr(self, f"_mend_{operation}")
        self._reopen()
        mend()
        began = time.monotonic()
        do()
        longest, strikes = time.monotonic() - began, 0
        mend()
        while strikes < count:
            hit = interrupted(do, self._chance.random() * longest)
            strikes += hit
            longest = max(longest * (1.01 if hit else 0.99), 0.00005)
            mend()
        self._library.run_keyword("Close All WebSockets", [])
        gc.collect()  # an exception may strike before anybody keeps a new connection
        until(lambda: not server.clients, "every client has left")

    def _open(self) -> None:
        verify = {"verify": self._server.ca_file} if self._secure else {}
        self._library.run_keyword("Open WebSocket", [self._server.url], verify)

    def _mend_open(self) -> None:
        self._reopen()
        self._talk()

    def _close(self) -> None:
        self._library.run_keyword("Close WebSocket", [])

    def _mend_close(self) -> None:
        websocket = self._library.run_keyword("Get WebSocket", [])
        self._close()
        assert websocket.state == "closed"
        self._mend_open()

    def _start(self) -> None:
        self._library.run_keyword("Start WebSocket Server", [], {"tls": self._secure})

    def _mend_start(self) -> None:
        self._start()
        self._library.run_keyword("Stop WebSocket Server", [])

    def _stop(self) -> None:
        self._library.run_keyword("Stop WebSocket Server", [], {"server": self._struck})

    def _mend_stop(self) -> None:
        if self._struck is not None:
            self._stop()
            with socket.socket() as refused:
                assert refused.connect_ex(("127.0.0.1", self._struck.port)) != 0
        self._struck = self._library.run_keyword("Start WebSocket Server", [], {"tls": self._secure})

    def _send(self) -> None:
        self._sent += 1
        self._library.run_keyword("send_text_message", [str(self._sent)])
        self._certain.add(self._sent)

    def _mend_send(self) -> None:
        try:
            self._talk()
        except ConnectionClosedError:  # a write was torn
            self._reopen()

    def _wait(self) -> None:
        self._got.append(self._library.run_keyword("wait_for_message", [], SOON))  # no function of C is between them

    def _mend_wait(self) -> None:
        self._mend_send()
        for _ in range(3):
            self._send()

    def _reopen(self) -> None:
        self._library.run_keyword("Close All WebSockets", [])
        self._open()
        self._last = self._sent  # what was on its way has ended with its connection
        self._certain.clear()
        self._got.clear()

    def _talk(self) -> None:
        """All that was sent comes back in order and once. What was not sent to its end may come back."""
        self._send()
        while not self._got or int(self._got[-1]) != self._sent:
            self._wait()
        for number in map(int, self._got):
            assert self._last < number, self._got
            assert self._certain.isdisjoint(range(self._last + 1, number)), (self._last, self._got)
            self._last = number
        self._got.clear()
        self._certain.clear()


def main(count: str = str(STRIKES)) -> None:
    if int(count) <= STRIKES:
        faulthandler.dump_traceback_later(3 * PATIENCE, exit=True)
    with TemporaryDirectory() as tempfile.tempdir:  # to which no other program writes
        before = resources()
        with interruptions(), TemporaryDirectory() as folder:
            run = run_suite(Path(folder), make_suite(int(count)), loglevel="WARN", console="dotted", stdout=sys.stdout)
        print(*run.failures.items(), *run.errors, sep="\n")  # noqa: T201, shown on failure
        gc.collect()
        left = left_since(before)
        assert not left, "\n".join(left)
        assert not run.failures
        assert not run.errors


def make_suite(count: int) -> str:
    tests = {}
    for server in ("PLAIN", "SECURE"):
        for operation in OPERATIONS:
            for at in range(0, count, PER_TEST):
                strikes = min(PER_TEST, count - at)
                tests[f"{operation} {server} {at}"] = f"Strike    {operation}    ${{{strikes}}}    ${{{server}}}"
    settings = f"""
        Library    {__name__}.KeywordStorm
        Suite Setup    Start Servers
    """
    keywords = """
        *** Keywords ***
        Start Servers
            ${server} =    Start WebSocket Server
            VAR    ${PLAIN}    ${server}    scope=SUITE
            ${server} =    Start WebSocket Server    tls=True
            VAR    ${SECURE}    ${server}    scope=SUITE
    """
    return suite_of(tests, settings) + textwrap.dedent(keywords)


if __name__ == "__main__":
    main(*sys.argv[1:])
