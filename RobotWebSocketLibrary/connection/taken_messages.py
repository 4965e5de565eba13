"""What the test's thread took last, and how it is put back."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from operator import call
from typing import Any

from .kept_messages import Kept


@dataclass(slots=True)
class Taken:
    """What the test's thread took last, until it is confirmed.

    The very call that deletes messages fills `deleted`. So it is right wherever an exception of a signal handler
    strikes.
    """

    taken_before: int
    position: int = 0
    messages: Sequence[Kept] = ()
    size: int = 0
    deleted: list[Any] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Bytes that were ever taken."""
        return self.taken_before + self.size if self.deleted else self.taken_before

    def put_back(self, inbox: deque[Kept], dropped: int = 0) -> None:
        """Puts the messages back where they were. So many have been dropped before them since."""
        position = max(0, self.position - dropped)
        deque(map(inbox.insert, repeat(position), reversed(self.messages)), maxlen=0)  # in one call


@dataclass(slots=True)
class TakenPiece(Taken):
    """What was taken out of several messages, which need not follow one another: `whole`, and a part of `cut`."""

    whole: Sequence[tuple[int, Kept]] = ()
    cut: tuple[int, Kept] | None = None

    def put_back(self, inbox: deque[Kept], dropped: int = 0) -> None:
        undo = [partial(inbox.insert, max(nth, at - dropped), kept) for nth, (at, kept) in enumerate(self.whole)]
        if self.cut is not None and self.cut[0] >= dropped + len(self.whole):
            undo.append(partial(inbox.__setitem__, self.cut[0] - dropped, self.cut[1]))
        deque(map(call, undo), maxlen=0)  # in one call
