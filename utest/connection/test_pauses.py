"""When an end does not read on, and when the heartbeat must not blame the peer."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from RobotWebSocketLibrary.connection.closing import Closing
from RobotWebSocketLibrary.connection.misbehavior import Misbehavior
from RobotWebSocketLibrary.connection.pauses import ANSWERS_LIMIT, PONGS_LIMIT, Pauses


class Made:
    """What `Pauses` looks at, for a test to change."""

    def __init__(self) -> None:
        self.stream: Any = SimpleNamespace(ended=False, has_arrived=lambda: False)
        self.closing = Closing("client")
        self.outbox: Any = SimpleNamespace(unsent_control=0, pending=0, is_awaited=False)
        self.receiver: Any = SimpleNamespace(is_held_up=False)
        self.delivery: Any = SimpleNamespace(answers_count=True)
        self.misbehavior = Misbehavior()
        self.pauses = Pauses(
            self.stream, self.closing, self.outbox, self.receiver, self.delivery, misbehavior=self.misbehavior
        )


def hold_up(made: Made, paused: bool) -> None:
    made.receiver.is_held_up = paused


def be_deaf(made: Made, paused: bool) -> None:
    made.misbehavior.reads = not paused


def leave_answers(made: Made, paused: bool) -> None:
    made.outbox.pending = ANSWERS_LIMIT + paused


def leave_pongs(made: Made, paused: bool) -> None:
    made.outbox.unsent_control = PONGS_LIMIT + paused


REASONS = (hold_up, be_deaf, leave_answers, leave_pongs)


@pytest.mark.parametrize("reason", REASONS)
def test_reading_pauses_as_long_as_there_is_a_reason(reason: Callable[[Made, bool], None]):
    made = Made()
    assert not made.pauses.check()
    reason(made, True)
    assert made.pauses.check()
    assert made.pauses.check()
    reason(made, False)
    assert not made.pauses.check()


def test_whoever_writes_is_told_that_reading_waits_for_it():
    made = Made()
    made.pauses.check()
    assert not made.outbox.is_awaited
    leave_answers(made, True)
    made.pauses.check()
    assert made.outbox.is_awaited


def test_answers_that_do_not_count_do_not_pause():
    made = Made()
    made.delivery.answers_count = False
    leave_answers(made, True)
    assert not made.pauses.check()


@pytest.mark.parametrize("reason", [leave_answers, leave_pongs])
def test_closing_reads_on_although_answers_wait(reason: Callable[[Made, bool], None]):
    made = Made()
    reason(made, True)
    made.closing.note_sent(1000, "")
    assert not made.pauses.check()


def test_end_of_tcp_is_read_although_the_end_is_deaf():
    made = Made()
    be_deaf(made, True)
    made.stream.ended = True
    assert not made.pauses.check()


@pytest.mark.parametrize("reason", [hold_up, leave_answers, leave_pongs])
def test_peer_is_excused_during_a_pause_and_once_after_it(reason: Callable[[Made, bool], None]):
    made = Made()
    assert not made.pauses.excuse_peer()
    reason(made, True)
    made.pauses.check()
    assert made.pauses.excuse_peer()
    assert made.pauses.excuse_peer(), "it goes on"
    reason(made, False)
    made.pauses.check()
    assert made.pauses.excuse_peer(), "its pong had no time since"
    assert not made.pauses.excuse_peer()


def test_peer_of_a_deaf_end_is_excused_only_if_something_has_arrived():
    made = Made()
    be_deaf(made, True)
    made.pauses.check()
    assert made.pauses.excuse_peer(), "it has just become deaf"
    assert not made.pauses.excuse_peer()
    made.stream.has_arrived = lambda: True
    assert made.pauses.excuse_peer()
