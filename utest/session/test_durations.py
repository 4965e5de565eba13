"""Durations as Robot Framework gives them, in seconds."""

from datetime import timedelta

from RobotWebSocketLibrary.session.durations import seconds


def test_seconds_of_a_duration():
    assert (seconds(timedelta(seconds=2)), seconds("2s"), seconds(2)) == (2.0, 2.0, 2.0)
