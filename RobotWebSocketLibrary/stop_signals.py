"""SIGINT, SIGTERM and SIGBREAK, as a program that has to stop in order wants them."""

from __future__ import annotations

import signal
from types import TracebackType

from .deadline import SLICE, WakeUp

NAMES = ("SIGINT", "SIGTERM", "SIGBREAK")
"""The last one is what `Terminate Process` of Robot Framework sends on Windows. Other systems do not have it."""
SIGNALS = [signal.Signals[name] for name in NAMES if name in signal.Signals.__members__]


class StopSignals:
    """The first signal asks the program to stop. The next one, while it does, raises `KeyboardInterrupt`.

    Handlers run in the main thread, between any two bytecodes of it, and it waits here too. The first signal only sets
    a flag and wakes, so it cannot interrupt the stop of a server. The handlers from before come back at the end.
    """

    def __init__(self) -> None:
        self.came = False
        self._wake_up = WakeUp()

    def __enter__(self) -> StopSignals:
        self._before = [(number, signal.signal(number, self._handle)) for number in SIGNALS]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    def wait(self) -> None:
        """Waits for a signal, or a moment."""
        self._wake_up.wait(SLICE)

    def _handle(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True
        self._wake_up.set()
