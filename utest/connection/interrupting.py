"""Exceptions that a signal handler raises, as Robot Framework's timeouts and Ctrl-C do."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from .ends import until


class InterruptionError(Exception):
    """What the signal handler raises."""


class InterruptedSocket(socket.socket):
    """The exception strikes behind the system call that writes, when three bytes have left."""

    def send(self, data: bytes, flags: int = 0) -> int:
        super().send(memoryview(data)[:3], flags)
        raise InterruptionError


class Alarm:
    """Takes the signal of a timer, and raises as long as it may strike."""

    def __init__(self) -> None:
        self.strikes = False
        self.rang = False

    def ring(self, *_: object) -> None:
        self.rang = True
        if self.strikes:
            self.strikes = False
            raise InterruptionError


ALARM = Alarm()


def interrupted(action: Callable[[], object], after: float) -> bool:
    """Runs an action, which an exception strikes after so many seconds; returns whether it did.

    While the action starts a thread, the system hands the signal to any other one, and this one learns of it at some
    later time. So a timer that was stopped can still strike, and none is stopped: each signal is waited for.
    """
    ALARM.rang, ALARM.strikes = False, True
    try:
        signal.setitimer(signal.ITIMER_REAL, after)
        try:
            action()
        finally:
            ALARM.strikes = False
    except InterruptionError:
        return True
    finally:
        until(lambda: ALARM.rang, "the signal has come")
    return False


@contextmanager
def interruptions() -> Iterator[None]:
    """For the block, a timer's signal raises."""
    if not hasattr(signal, "SIGALRM"):
        pytest.skip("This system has no timer that sends signals.")
    before = signal.signal(signal.SIGALRM, ALARM.ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
