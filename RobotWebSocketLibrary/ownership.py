"""What is to happen once nobody knows a thing any more: whoever made it may have been interrupted."""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
from weakref import ref


class Owner(ref[object]):
    """Stands for a thing without keeping it alive."""

    __slots__ = ("leave",)
    leave: Callable[[], object]


def watch_over(owner: object, leave: Callable[[], object]) -> Owner:
    """Calls `leave` when the owner is gone, unless what this returns was dropped before.

    All of this runs in C, and so must `leave`. Python would print and forget an exception of a signal handler that
    strikes in a finalizer, so that a timeout of Robot Framework would be lost.
    """
    watched = Owner(owner, methodcaller("leave"))
    watched.leave = leave
    return watched
