"""One thread for all connections: when it begins and ends, whom it serves, and what harms nobody else."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket, socketpair

import pytest

from leaks import reading_threads
from peers.raw import PATIENCE
from RobotWebSocketLibrary.connection import reading_thread
from RobotWebSocketLibrary.connection.reading_thread import READ, WRITE, ReadingThread, claim, disclaim, later, withdraw

from .ends import Ends, until, windows

UTEST = Path(__file__).parent.parent


class Served:
    """A socket that is read as it comes, until the test is over."""

    def __init__(self, made: socket) -> None:
        made.setblocking(False)
        self.socket = made
        self.interest = self.watched = 0
        self.received: list[bytes] = []
        self.looks = 0
        self.events: list[int] = []
        self.is_broken = False
        self.thread: ReadingThread | None = None

    def fileno(self) -> int:
        return self.socket.fileno()

    def begin(self) -> ReadingThread:
        self.thread = claim(self)
        self.thread.look_at(self)
        return self.thread

    def look(self) -> None:
        self.looks += 1
        if self.looks == 1:
            self.interest = READ

    def serve(self, events: int) -> None:
        self.events.append(events)
        self.received.append(self.socket.recv(100))

    def settle(self) -> None:
        """Has nothing to write."""

    def break_off(self) -> None:
        self.is_broken = True

    def end(self) -> None:
        if self.thread is not None:
            self.looks = 1
            self.look = lambda: self.thread.release(self)  # type: ignore[method-assign, union-attr]
            self.thread.look_at(self)
            until(lambda: self.thread is not None and self not in self.thread.users, "it is served no more")
        self.socket.close()


Make = Callable[..., tuple[Served, socket]]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes a served socket and its peer."""
    made: list[tuple[Served, socket]] = []

    def make(kind: type[Served] = Served) -> tuple[Served, socket]:
        ours, theirs = socketpair()
        made.append((kind(ours), theirs))
        return made[-1]

    yield make
    for served, peer in made:
        served.end()
        peer.close()


def test_thread_begins_with_its_first_user_and_ends_with_its_last(make: Make):
    assert reading_threads() == []
    (first, peer), (second, other) = make(), make()
    assert first.begin() is second.begin()
    peer.send(b"one")
    other.send(b"two")
    until(lambda: (first.received, second.received) == ([b"one"], [b"two"]), "both are read")
    assert len(reading_threads()) == 1
    first.end()
    other.send(b"three")
    until(lambda: second.received == [b"two", b"three"], "the other one is still read")
    second.end()
    until(lambda: not reading_threads(), "nobody uses it")


def test_thread_ends_with_its_last_timer():
    ran = threading.Event()
    later(0.01, ran.set)
    assert ran.wait(PATIENCE)
    until(lambda: not reading_threads(), "nothing is due")
    thread, timer = later(PATIENCE, pytest.fail)
    until(lambda: len(reading_threads()) == 1, "something will be due")
    thread.cancel(timer)
    thread.cancel(None)
    until(lambda: not reading_threads(), "nothing is due")


def test_timer_of_an_interrupted_caller_is_withdrawn_by_its_action():
    ran: list[str] = []

    def action() -> None:
        ran.append("again")

    for _ in range(3):
        later(PATIENCE, action)
    withdraw(action)
    until(lambda: not reading_threads(), "nothing is due")
    assert ran == []


def test_user_that_comes_while_the_thread_ends_is_served():
    for _ in range(300):
        ours, theirs = socketpair()
        served = Served(ours)
        served.begin()
        theirs.send(b"?")
        until(lambda: served.received == [b"?"], "it is read")  # noqa: B023, called at once
        served.end()
        theirs.close()


def test_thread_cannot_end_while_somebody_claims_it(make: Make):
    """Whoever holds the lock of `claim` is about to use the thread."""
    thread, timer = later(PATIENCE, pytest.fail)
    served, peer = make()
    with reading_thread._changing:  # noqa: SLF001
        thread.cancel(timer)
        time.sleep(0.05)  # it wants to end, and waits for the lock
        thread.users.add(served)
        served.thread = thread
    thread.look_at(served)
    peer.send(b"hello")
    until(lambda: served.received == [b"hello"], "it is read")


def test_user_that_was_interrupted_in_claiming_uses_no_thread(make: Make):
    served, _ = make()
    claim(served)
    disclaim(served)
    until(lambda: not reading_threads(), "nobody uses it")


class Broken(Served):
    def serve(self, events: int) -> None:
        super().serve(events)
        raise ValueError("a defect")


class BrokenForGood(Broken):
    def break_off(self) -> None:
        super().break_off()
        raise KeyError("another one")


@pytest.mark.parametrize("kind", [Broken, BrokenForGood])
def test_error_in_serving_is_shown_and_ends_that_connection_only(
    kind: type[Served], make: Make, monkeypatch: pytest.MonkeyPatch
):
    shown: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: shown.append(failure.exc_type))
    (broken, peer), (other, other_peer) = make(kind), make()
    broken.begin()
    other.begin()
    peer.send(b"?")
    until(lambda: broken.is_broken, "it is ended")
    other_peer.send(b"hello")
    until(lambda: other.received == [b"hello"], "the other one is read")
    assert shown == ([ValueError] if kind is Broken else [ValueError, KeyError])
    if kind is Broken:
        assert broken.thread is not None
        assert broken not in broken.thread.users
        assert broken.interest == 0


def test_error_in_a_timer_is_shown_and_harms_no_other(monkeypatch: pytest.MonkeyPatch):
    shown: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: shown.append(failure.exc_type))
    ran = threading.Event()
    later(0, lambda: 1 / 0)
    later(0.01, ran.set)
    assert ran.wait(PATIENCE)
    assert shown == [ZeroDivisionError]


def test_interest_follows_what_a_look_has_changed(make: Make):
    served, peer = make()
    thread = served.begin()
    peer.send(b"one")
    until(lambda: served.received == [b"one"], "it is read")

    def change(interest: int) -> None:
        done = threading.Event()
        served.look = lambda: (setattr(served, "interest", interest), done.set())  # type: ignore[assignment]
        thread.look_at(served)
        assert done.wait(PATIENCE)

    change(0)
    peer.send(b"two")
    time.sleep(0.05)
    assert served.received == [b"one"], "it is not read without interest"
    change(READ)
    until(lambda: served.received == [b"one", b"two"], "it is read again")
    served.serve = lambda events: (served.events.append(events), change_in_thread())  # type: ignore[assignment]

    def change_in_thread() -> None:
        served.interest = READ

    change(READ | WRITE)
    until(lambda: WRITE in served.events, "it can be written")


class Asking(Served):
    """Asks for another look in each."""

    def look(self) -> None:
        super().look()
        if self.looks < 100_000 and self.thread is not None:
            self.thread.look_at(self)


def test_connection_that_always_asks_leaves_the_others_their_turn(make: Make):
    (asking, _), (other, peer) = make(Asking), make()
    asking.begin()
    other.begin()
    peer.send(b"hello")
    until(lambda: other.received == [b"hello"], "the other one is read")
    assert asking.looks < 100_000


def test_timers_of_other_threads_run_in_their_time(make: Make):
    served, _ = make()
    thread = served.begin()
    ran: list[str] = []
    cancelled = [thread.later(0.2, pytest.fail) for _ in range(100)]
    thread.later(0.3, lambda: ran.append("last"))
    thread.later(0.01, lambda: ran.append("first"))
    for timer in cancelled:
        thread.cancel(timer)
    until(lambda: ran == ["first", "last"], "both are due")


def test_waking_a_thread_that_has_ended_does_no_harm(make: Make):
    served, _ = make()
    thread = served.begin()
    served.end()
    until(lambda: not reading_threads(), "nobody uses it")
    thread.wake()
    thread.look_at(served)
    assert not thread.users


def test_thread_is_woken_by_more_than_its_waker_takes(make: Make):
    served, _ = make()
    thread = served.begin()
    until(lambda: served.looks == 1, "it is looked at")
    held, goes_on = threading.Event(), threading.Event()
    thread.later(0, lambda: (held.set(), goes_on.wait(PATIENCE)))
    assert held.wait(PATIENCE)
    for _ in range(10_000):
        thread.wake()
    goes_on.set()
    thread.look_at(served)
    until(lambda: served.looks == 2, "it is looked at again")


def test_five_hundred_connections_share_a_thread_where_select_takes_no_more(monkeypatch: pytest.MonkeyPatch):
    windows(monkeypatch)
    monkeypatch.setattr(reading_thread, "CAPACITY", 500)
    made = [Served(socket(AF_INET, SOCK_DGRAM)) for _ in range(501)]
    for served in made:
        served.socket.bind(("127.0.0.1", 0))
    threads = [served.begin() for served in made]
    assert len(set(threads[:500])) == 1
    assert threads[500] is not threads[0]
    until(lambda: len(reading_threads()) == 2, "both have begun")
    for served in made:
        until(lambda: served.looks > 0, "it is looked at")  # noqa: B023, called at once
        served.socket.sendto(b"hello", served.socket.getsockname())
    until(lambda: all(served.received == [b"hello"] for served in made), "all are read")
    made[0].end()
    ours, theirs = socketpair()
    made[0] = Served(ours)
    assert made[0].begin() is threads[0], "there is room again"
    for served in made:
        served.end()
    theirs.close()
    until(lambda: not reading_threads(), "nobody uses them")


def test_machine_without_room_for_a_thread_says_so(make: Make, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    served, peer = make()
    with monkeypatch.context() as patched:
        patched.setattr(reading_thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            claim(served)
    served.begin()
    peer.send(b"hello")
    until(lambda: served.received == [b"hello"], "there is room again")


FORK = """
import os
import sys
import warnings

from connection.ends import Ends, text_of, soon, until
from peers.raw import TEXT

warnings.simplefilter("ignore")  # forking a process of several threads is what this is about
ends = Ends()
connection, peer = ends.open()
peer.send_frame(TEXT, b"before")
assert text_of(connection) == "before"
child = os.fork()
if not child:
    own = Ends()
    other, other_peer = own.open()
    other_peer.send_frame(TEXT, b"in the child")
    assert text_of(other) == "in the child"
    other.send("to the child's peer", soon())
    assert other_peer.receive_frame().payload == b"to the child's peer"
    own.end()
    os._exit(17)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17
peer.send_frame(TEXT, b"after")
assert text_of(connection) == "after"
connection.send("to the peer", soon())
assert peer.receive_frame().payload == b"to the peer"
ends.end()
"""


@pytest.mark.skipif(not hasattr(reading_thread.os, "fork"), reason="this system has no fork")
def test_forked_child_has_no_thread_and_touches_nothing_of_its_parent():
    done = subprocess.run(
        [sys.executable, "-c", FORK],
        cwd=UTEST,
        env={"PYTHONPATH": f"{UTEST}:{UTEST.parent}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_child_begins_with_no_thread(ends: Ends, monkeypatch: pytest.MonkeyPatch):
    """What the child of a fork does first, done here for a moment."""
    ends.open()
    monkeypatch.setattr(reading_thread, "_threads", reading_thread._threads.copy())  # noqa: SLF001
    monkeypatch.setattr(reading_thread, "_changing", reading_thread._changing)  # noqa: SLF001
    reading_thread._changing.acquire()  # noqa: SLF001
    held = reading_thread._changing  # noqa: SLF001
    reading_thread._forget()  # noqa: SLF001
    held.release()
    assert reading_thread._threads == []  # noqa: SLF001
    assert not reading_thread._changing.locked()  # noqa: SLF001
