"""Exceptions that a signal handler raises, as Robot Framework's timeouts and Ctrl-C do."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn


class InterruptionError(Exception):
    """What the signal handler raises."""


class InterruptedSocket(socket.socket):
    """The exception strikes behind the system call that writes, when three bytes have left."""

    def send(self, data: bytes, flags: int = 0) -> int:
        super().send(memoryview(data)[:3], flags)
        raise InterruptionError


def interrupted(action: Callable[[], object], after: float) -> bool:
    """Runs an action, which an exception strikes after so many seconds; returns whether it did."""
    try:
        signal.setitimer(signal.ITIMER_REAL, after)
        try:
            action()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except InterruptionError:
        return True
    return False


@contextmanager
def interruptions() -> Iterator[None]:
    """For the block, a timer's signal raises."""

    def strike(*_: object) -> NoReturn:
        raise InterruptionError

    before = signal.signal(signal.SIGALRM, strike)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
