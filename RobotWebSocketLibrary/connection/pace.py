"""How long each frame of an end waits that a test has made slow."""

from __future__ import annotations

from time import monotonic

from .attention import Attention
from .outbox import Outbox
from .reading_thread import ReadingThread
from .schedule import Timer


class Pace:
    """Lets the frames of a slow end leave one by one, each behind its delay. The reading thread alone calls it.

    A test may change its mind while a frame waits: the time that it has waited counts, until a frame has left.
    """

    def __init__(self, outbox: Outbox, attention: Attention) -> None:
        self._outbox = outbox
        self._attention = attention
        self._timer: Timer | None = None
        self._delay = 0.0
        self._began = 0.0
        self._written = 0

    @property
    def is_kept(self) -> bool:
        """A frame waits for its time."""
        return self._delay > 0

    def keep(self, thread: ReadingThread) -> None:
        """Lets the next frame wait, or wait no more."""
        waits = self._outbox.slow and not self._outbox.empty and not self._outbox.begun
        delay = self._outbox.delay if waits else 0.0
        another = self._outbox.written != self._written  # the frame that waited has left without a delay
        if delay == self._delay and not another:
            return
        if another or not self._delay:
            self._began = monotonic()
        self._written = self._outbox.written
        thread.cancel(self._timer)
        self._timer, self._delay = None, delay
        if waits:
            self._timer = thread.later(max(0.0, self._began + delay - monotonic()), self._write)

    def stop(self, thread: ReadingThread) -> None:
        """The connection has ended."""
        thread.cancel(self._timer)

    def _write(self) -> None:
        self._timer, self._delay = None, 0.0
        self._outbox.write_more()
        self._attention.ask()
