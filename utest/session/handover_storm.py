"""A storm of interruptions of keywords that take something: `python -m connection.storms keywords`."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from robot.libraries.BuiltIn import BuiltIn

from connection.ends import Ends
from connection.interrupting import interrupted
from peers.raw import PING, TEXT, RawEnd, frame
from peers.scripted import serving, switch
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.errors import MessageTimeoutError
from RobotWebSocketLibrary.protocol.frames import Opcode
from runs import run_suite, suite_of

AT_ONCE = 4
AHEAD = 40
"""Pings that may wait for the test, so that it rarely waits for them."""
BRIEF = timedelta(milliseconds=5)
TAKING: dict[str, dict[str, object]] = {
    "wait_for_message": {"timeout": BRIEF},
    "wait_for_messages": {"count": 2, "timeout": BRIEF},
    "take_messages": {},
    "wait_for_ping": {"timeout": BRIEF},
}


def keywords(_: Ends, __: random.Random, count: int = 600) -> None:
    """What a struck keyword took is there for the next one: nothing is lost, doubled or out of order."""
    with serving(talk) as server, TemporaryDirectory() as folder:
        test = {"Storm": f"Open WebSocket    {server.url}\nStrike"}
        run = run_suite(Path(folder), suite_of(test, f"Library    {__name__}.Storm    {count}"), loglevel="WARN")
    print(run.errors[0])  # noqa: T201, shown on failure
    assert not run.failures, run.failures


def talk(end: RawEnd) -> None:
    """Sends more messages and pings whenever it is asked to."""
    switch(end)
    sent = 0
    with suppress(EOFError, ConnectionError):
        while True:
            match end.receive_frame().opcode:
                case Opcode.TEXT:
                    numbers = range(sent, sent + AT_ONCE)
                    end.send(b"".join(frame(TEXT, b"%d" % n) + frame(PING, b"%d" % n) for n in numbers))
                    sent += AT_ONCE
                case Opcode.CLOSE:
                    end.send_close()


class Storm:
    """Calls keywords as Robot Framework does, and strikes them."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._chance = random.Random(7)
        self._messages: list[str] = []
        self._pings: list[bytes] = []
        self._strikes = 0

    def strike(self) -> None:
        """Until nothing comes any more."""
        library = BuiltIn().get_library_instance("RobotWebSocketLibrary")
        asked = in_vain = 0
        while in_vain < 20:
            if asked < self._count and asked < len(self._pings) + AHEAD:
                library.run_keyword("send_text_message", ["more"])
                asked += AT_ONCE
            before = len(self._messages) + len(self._pings)
            for name, arguments in TAKING.items():
                self._take(library, name, arguments)
            in_vain = in_vain + 1 if before == len(self._messages) + len(self._pings) else 0
        print(f"*WARN* {self._strikes:,} strikes")  # noqa: T201, Robot Framework logs it
        numbers = [list(map(int, self._messages)), list(map(int, self._pings))]
        if numbers != [list(range(self._count))] * 2 or self._strikes < 20:
            raise AssertionError(f"messages and pings {numbers}")

    def _take(self, library: RobotWebSocketLibrary, name: str, arguments: dict[str, object]) -> None:
        got: list[Any] = []

        def call() -> None:
            with suppress(MessageTimeoutError):
                got.append(library.run_keyword(name, [], arguments))  # directly: no function of C is between them

        self._strikes += interrupted(call, self._chance.random() * 0.0003)
        for found in got:
            if isinstance(found, bytes):
                self._pings.append(found)
            else:
                self._messages += [found] if isinstance(found, str) else found
