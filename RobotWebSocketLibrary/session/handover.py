"""What a keyword takes for a test, until Robot Framework has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Source(Protocol):
    """Where a keyword takes something, such as an inbox. It can put back what was taken last."""

    def put_back(self) -> None: ...

    def confirm(self, by: str = "") -> None: ...


class Sources:
    """Several sources from which one keyword takes."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def put_back(self) -> None:
        for source in self._sources:
            source.put_back()

    def confirm(self, by: str = "") -> None:
        for source in self._sources:
            source.confirm(by)


class Handover:
    """Robot's timeouts and Ctrl-C may strike a keyword that has taken a message and has not returned it yet.

    - A keyword names its source before it takes, so that whatever strikes it, `put_back` finds the source.
    - `complete` is the last thing that happens to a keyword that has passed. CPython runs signal handlers at calls and
      loops, and between the end of `complete` and the return of the keyword there are none.
    """

    def __init__(self) -> None:
        self._source: Source | None = None

    def take_from(self, source: Source) -> None:
        """The keyword is about to take from there. Whoever has called a keyword as a method has what it took before."""
        source.confirm()
        self._source = source

    def forget(self) -> None:
        """Nothing was taken by the keyword that begins."""
        self._source = None

    def put_back(self) -> None:
        """The keyword has failed: what it took is there again for the next one."""
        if self._source is not None:
            self._source.put_back()
            self._source = None

    def complete(self, keyword: str) -> None:
        """The test has what the keyword took."""
        if self._source is not None:
            self._source.confirm(keyword)
            self._source = None
