"""The thread that reads all open connections, writes what they have left, and keeps all timers."""

from __future__ import annotations

import _socket
import _thread
import os
import select
import selectors
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from operator import methodcaller
from typing import Protocol

from ..ownership import Owner, watch_over
from ..threads import start
from .schedule import Schedule, Timer

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
make_pair: Callable[[], tuple[_socket.socket, _socket.socket]] = getattr(_socket, "socketpair", socket.socketpair)
"""An exception of a signal handler that strikes in `socket.socketpair` can leave a descriptor that nobody owns."""
CAPACITY = None if hasattr(select, "poll") else 500
"""Connections that one thread reads at most: `select` of Windows takes 512 sockets. Elsewhere there is no bound."""


TURN = 16
"""Connections that are read before the first of them is written to: the first answer does not wait for all of them."""


class Served(Protocol):
    """A connection as the reading thread serves it. Nothing that it calls here may wait or raise."""

    interest: int
    """What to wait for: `READ`, `WRITE`, both or neither. It is looked at after each call."""
    watched: int
    """What the reading thread waits for now, at first nothing. It alone changes this."""

    def fileno(self) -> int: ...

    def serve(self, events: int) -> None:
        """Reads what has arrived. `settle` follows."""

    def settle(self) -> None:
        """Writes what is left, and finds what to wait for next."""

    def look(self) -> None:
        """Looks at what another thread has changed."""

    def break_off(self) -> None:
        """Ends at once, because an error of this library has struck: nobody may wait for it in vain."""


class ReadingThread:
    """Serves many connections in one thread.

    - It alone touches the selector, and it alone calls the connections that it serves. So none of their state that
      belongs to reading needs a lock.
    - Other threads change something, and then ask it to look (`look_at`). Asking twice does no harm, and whoever was
      interrupted between the two asks again with its next step (`wake`).
    - It runs as long as somebody uses it: a connection, or a timer that is to run. `claim` starts it on demand.
    - An error in serving a connection is a defect of this library. It is shown, and ends that connection only.
    - After a fork the child has none of these threads. It forgets them, and leaves the sockets to its parent.
    """

    def __init__(self) -> None:
        self.schedule = Schedule()
        self.users: set[Served] = set()
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = make_pair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, READ)
        self._waking = _thread.allocate_lock()
        self._looks: deque[Served] = deque()
        self._numbers: dict[Served, int] = {}
        self._identity = 0

    def look_at(self, served: Served) -> None:
        """Asks for a look at a connection, soon."""
        self._looks.append(served)
        self.wake()

    def watch_over(self, owner: object, served: Served) -> Owner:
        """Has the thread look at a connection also when its owner is gone, which may be at any point."""
        steps = [partial(self._looks.append, served), partial(self._waker.send, b"\0")]
        return watch_over(owner, partial(any, map(methodcaller("__call__"), steps)))

    def wake(self) -> None:
        """Makes the thread look at what it was asked to."""
        if _thread.get_ident() != self._identity:
            # under a lock: the number of a socket that is closed meanwhile might belong to another one at once
            with self._waking, suppress(OSError):  # so many bytes wait that it wakes anyway, or it has ended
                self._waker.send(b"\0")

    def later(self, seconds: float, action: Callable[[], object]) -> Timer:
        """Runs an action in this thread after so many seconds."""
        timer = self.schedule.add(seconds, action)
        self.wake()
        return timer

    def cancel(self, timer: Timer | None) -> None:
        """Makes sure that a timer does not run any more."""
        if timer is not None:
            self.schedule.cancel(timer)
            self.wake()

    def release(self, served: Served) -> None:
        """Serves a connection no more. Called in this thread, before the socket is closed."""
        served.interest = 0
        if served.watched:
            self._watch(served)
        self.users.discard(served)

    def run(self) -> None:
        self._identity = _thread.get_ident()
        while not self._leave():
            self._take_turn()
        self.close()

    def _take_turn(self) -> None:
        """Waits, and does what is to be done. While it waits it keeps none of those that it served before."""
        ready = self._selector.select(0 if self._looks else self.schedule.remaining)
        for at in range(0, len(ready), TURN):
            self._serve(ready[at : at + TURN])
        self._run_due()
        for _ in range(len(self._looks)):  # who asks again meanwhile has to wait for its turn
            served = self._looks.popleft()
            self._call(served, served.look)

    def close(self) -> None:
        self._selector.close()
        self._woken.close()
        with self._waking:
            self._waker.close()

    def _serve(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        """Reads several connections before it writes to any of them: answers that leave together wake their peers once.

        Where a peer sleeps, waking it costs more than everything else here.
        """
        for key, events in ready:
            if key.data is None:
                self._take_wakes()
            else:
                self._call(key.data, key.data.serve, events)
        for key, _ in ready:
            if key.data is not None:
                self._call(key.data, key.data.settle)

    def _call(self, served: Served, step: Callable[..., None], *arguments: int) -> None:
        try:
            step(*arguments)
            if served.interest != served.watched:
                self._watch(served)
        except Exception:
            _show_exception()
            self._break_off(served)

    def _break_off(self, served: Served) -> None:
        try:
            served.break_off()
            self.release(served)
        except Exception:
            _show_exception()

    def _run_due(self) -> None:
        try:
            self.schedule.run_due()
        except Exception:
            _show_exception()

    def _leave(self) -> bool:
        """Whether nobody uses the thread any more. Then nobody can begin to."""
        if self.users or self._looks or not self.schedule.empty:
            return False
        with _changing:
            if self.users or self._looks or not self.schedule.empty:
                return False
            with suppress(ValueError):  # a forked child has forgotten it
                _threads.remove(self)
            return True

    def _take_wakes(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(4096)  # if there are more, the next wait ends at once

    def _watch(self, served: Served) -> None:
        """Makes the selector wait for what the connection is interested in."""
        before, wanted = served.watched, served.interest
        if not wanted:
            self._selector.unregister(self._numbers.pop(served))
        elif before:
            self._selector.modify(self._numbers[served], wanted, served)
        else:
            self._numbers[served] = number = served.fileno()
            self._selector.register(number, wanted, served)
        served.watched = wanted


_threads: list[ReadingThread] = []
_changing = _thread.allocate_lock()
"""Held while a thread is chosen, begins or ends. Nobody waits while holding it."""


def claim(served: Served) -> ReadingThread:
    """The thread that will serve a connection, until the connection is released."""
    with _changing:
        thread = _choose()
        thread.users.add(served)
    return thread


def disclaim(served: Served) -> None:
    """Undoes `claim` wherever an exception has struck it."""
    for thread in _threads.copy():
        thread.users.discard(served)
        thread.wake()


def later(seconds: float, action: Callable[[], object]) -> tuple[ReadingThread, Timer]:
    """Runs an action in a reading thread after so many seconds."""
    with _changing:
        thread = _choose()
        timer = thread.schedule.add(seconds, action)
    thread.wake()
    return thread, timer


def withdraw(action: Callable[[], object]) -> None:
    """Cancels an action wherever it is to run later. Whoever was interrupted in `later` knows no timer."""
    for thread in _threads.copy():
        thread.schedule.withdraw(action)
        thread.wake()


def _choose() -> ReadingThread:
    """A thread with room for one more connection."""
    for thread in _threads:
        if CAPACITY is None or len(thread.users) < CAPACITY:
            return thread
    thread = ReadingThread()
    try:
        start("reading", thread.run)
    except BaseException:  # the machine has no room for another thread
        thread.close()
        raise
    _threads.append(thread)
    return thread


def _show_exception() -> None:
    """Shows an error of our own as that of any thread is shown. The thread goes on: all others are still to be read."""
    threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


def _forget() -> None:
    """In a forked child."""
    global _changing  # noqa: PLW0603 - a thread of the parent may have held it
    _changing = _thread.allocate_lock()
    _threads.clear()


with suppress(AttributeError):  # a system without forks
    os.register_at_fork(after_in_child=_forget)
