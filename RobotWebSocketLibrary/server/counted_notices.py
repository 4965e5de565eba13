"""What a test server has to say to its test, which writes it to the log as warnings."""

from __future__ import annotations

import _thread
from collections.abc import Iterator

KEPT_NOTICES = 100
"""Different notices that wait to be taken. The oldest is forgotten first."""


class CountedNotices:
    """Notices that wait to be taken, each with its count: a page that tries again and again is one line.

    Any thread appends, and one takes. Everything changes under a lock, where nobody waits.
    """

    def __init__(self) -> None:
        self._changing = _thread.allocate_lock()
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def __iter__(self) -> Iterator[str]:
        """The texts, without their counts."""
        return iter(self._counts.copy())

    def append(self, text: str) -> None:
        with self._changing:
            self._counts[text] = self._counts.get(text, 0) + 1
            if len(self._counts) > KEPT_NOTICES:
                del self._counts[next(iter(self._counts))]

    def popleft(self) -> str:
        """Takes the oldest, and says how often it was appended, unless that was once."""
        with self._changing:
            text = next(iter(self._counts))
            count = self._counts.pop(text)
        return text if count == 1 else f"{text} ({count:,} times)"
