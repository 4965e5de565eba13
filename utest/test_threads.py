"""Threads of a server, and the wait for their end."""

import threading
import time

import pytest

from peers.raw import AT_ONCE, PATIENCE, seconds_since
from RobotWebSocketLibrary import threads
from RobotWebSocketLibrary.threads import ServerThread


def test_end_is_waited_for():
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        assert begun.wait(PATIENCE)
        ended.set()

    thread = ServerThread("worker", work)
    begun.set()
    thread.join()
    assert ended.is_set()
    thread.join()  # again, which returns at once


def test_thread_that_does_not_end_is_not_waited_for_without_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(threads, "LONGEST_JOIN", 0.2)
    free = threading.Event()
    thread = ServerThread("worker", free.wait)
    began = time.monotonic()
    thread.join()
    assert 0.2 <= seconds_since(began) < AT_ONCE
    free.set()
    monkeypatch.undo()
    thread.join()


def test_interruption_of_the_wait_leaves_the_thread_alone(monkeypatch: pytest.MonkeyPatch):
    free = threading.Event()
    thread = ServerThread("worker", free.wait)

    def interrupt(_: object, __: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(threads.WakeUp, "wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            thread.join()
    free.set()
    thread.join()


def test_work_is_done_although_no_further_thread_can_be_made():
    done: list[str] = []

    def begin() -> None:
        raise RuntimeError("can't start new thread")

    threads._begin(begin, done.append, ("work",))  # noqa: SLF001
    threads._begin(lambda: done.append("begun"), done.append, ("work",))  # noqa: SLF001
    assert done == ["work", "begun"]
