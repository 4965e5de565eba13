"""Durations as Robot Framework gives them, in seconds."""

from datetime import timedelta

from RobotWebSocketLibrary.session.durations import read_seconds


def test_seconds_of_a_duration():
    assert (read_seconds(timedelta(seconds=2)), read_seconds("2s"), read_seconds(2)) == (2.0, 2.0, 2.0)
