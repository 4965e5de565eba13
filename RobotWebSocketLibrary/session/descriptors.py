"""File descriptors of this process: a connection takes one at each end."""

from __future__ import annotations

import os
from contextlib import suppress

from ..errors import WebSocketError

SPARE = 64
"""Descriptors for all else that a run opens meanwhile."""


def make_room(count: int) -> None:
    """Raises the limit of this process where so many connections more need it. Refuses what the system would refuse."""
    try:
        import resource  # not on Windows, which knows no such limit
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _count_open() + count + SPARE
    if soft == resource.RLIM_INFINITY or needed <= soft:
        return
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise WebSocketError(
            f"Cannot open so many connections: {needed:,} file descriptors are needed, and this process may have "
            f"{hard:,} ('ulimit -Hn'). A connection takes one, and one more where the server is in the same run."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _count_open() -> int:
    with suppress(OSError):
        return len(os.listdir("/dev/fd"))
    return SPARE
