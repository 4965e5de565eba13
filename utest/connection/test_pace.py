"""When the frames of a slow end leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from RobotWebSocketLibrary.connection import pace as pace_module
from RobotWebSocketLibrary.connection.attention import Attention
from RobotWebSocketLibrary.connection.misbehavior import Misbehavior
from RobotWebSocketLibrary.connection.outbox import Outbox
from RobotWebSocketLibrary.connection.pace import Pace


class Taking:
    """A stream that takes everything at once."""

    def send(self, data: bytes) -> int:
        return len(data)


class Waiting:
    """Stands for the reading thread: what is to run later, and after how many seconds."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def later(self, seconds: float, _: Callable[[], object]) -> str:
        self.seconds.append(seconds)
        return f"timer {len(self.seconds)}"

    def cancel(self, timer: str | None) -> None:
        """Nothing runs here."""


@pytest.mark.parametrize(("before", "now"), [(3600.0, 0.3), (0.3, 0.3)])
def test_frame_does_not_wait_less_because_another_one_has_waited(
    before: float, now: float, monkeypatch: pytest.MonkeyPatch
):
    """A test makes the end quick, and slow again, before the thread has looked at its pace in between."""
    clock = 100.0
    monkeypatch.setattr(pace_module, "monotonic", lambda: clock)
    misbehavior, thread = Misbehavior(), Waiting()
    outbox = Outbox(Taking(), misbehavior)  # type: ignore[arg-type]
    pace = Pace(outbox, Attention())
    misbehavior.send_delay = before
    outbox.post([b"one"])
    pace.keep(thread)  # type: ignore[arg-type]
    clock += 0.2
    misbehavior.send_delay = 0
    outbox.write_more()
    misbehavior.send_delay = now
    outbox.post([b"two"])
    pace.keep(thread)  # type: ignore[arg-type]
    assert thread.seconds == pytest.approx([before, now])


def test_time_that_a_frame_has_waited_counts_for_another_delay(monkeypatch: pytest.MonkeyPatch):
    clock = 100.0
    monkeypatch.setattr(pace_module, "monotonic", lambda: clock)
    misbehavior, thread = Misbehavior(), Waiting()
    outbox = Outbox(Taking(), misbehavior)  # type: ignore[arg-type]
    pace = Pace(outbox, Attention())
    outbox.post([b"one"])
    for delay in (10.0, 3.0):
        misbehavior.send_delay = delay
        pace.keep(thread)  # type: ignore[arg-type]
        clock += 1
    assert thread.seconds == pytest.approx([10, 2])
