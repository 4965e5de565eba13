"""Finds what a test has left behind: threads, file descriptors (sockets among them) and temp files.

Linux tells the file descriptors of a process in /proc; elsewhere they are not looked at.
"""

import os
import socket
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import NamedTuple


class Descriptor(NamedTuple):
    number: int
    target: str


Resource = threading.Thread | Descriptor | Path


def resources() -> set[Resource]:
    """Returns all that exists at this moment."""
    return {*threading.enumerate(), *_descriptors(), *Path(tempfile.gettempdir()).iterdir()}


def left_since(before: set[Resource], *, grace: float = 10.0) -> list[str]:
    """Describes what was not there before. Daemon threads end a moment later, hence the grace, in seconds.

    It is long, for a machine that is busy, and yet shorter than the patience of a thread that waits in vain.
    """
    end = time.monotonic() + grace
    while (left := resources() - before) and time.monotonic() < end:
        time.sleep(0.01)
    return sorted(map(_describe, left))


def server_threads(port: int) -> list[threading.Thread]:
    """The threads of our server on that port."""
    return [thread for thread in threading.enumerate() if thread.name.endswith(f"port {port}")]


def reading_threads() -> list[threading.Thread]:
    """The threads that read connections."""
    return [thread for thread in threading.enumerate() if thread.name == "reading"]


def _descriptors() -> set[Descriptor]:
    found = set()
    for entry in Path("/proc/self/fd").glob("*"):
        try:
            found.add(Descriptor(int(entry.name), os.readlink(entry)))
        except FileNotFoundError:  # the descriptor that listed the folder
            continue
    return found


def _describe(resource: Resource) -> str:
    match resource:
        case threading.Thread():
            frame = sys._current_frames().get(resource.ident)  # noqa: SLF001, there is no public way to a stack
            return f"{resource}\n{''.join(traceback.format_stack(frame)) if frame else '  ended by now'}"
        case Descriptor(number, target) if target.startswith("socket:"):
            return f"file descriptor {number}: {_socket(number)}"
        case Descriptor(number, target):
            return f"file descriptor {number}: {target}"
        case Path():
            return f"temp file {resource}"


def _socket(number: int) -> str:
    try:
        borrowed = socket.socket(fileno=number)
    except OSError as error:
        return f"socket ({error})"
    description = repr(borrowed)
    borrowed.detach()
    return description
