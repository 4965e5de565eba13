"""Threads that a test which is interrupted cannot break."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable


def start(name: str, target: Callable[..., object], *arguments: object) -> None:
    """Starts a daemon thread.

    Another thread calls `Thread.start`, because there an exception of a signal handler, which only strikes the main
    thread, would leave a thread that waits for ever to be told that it was started.
    """
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    _thread.start_new_thread(thread.start, ())
