"""Durations as tests write them, in seconds."""

from __future__ import annotations

from datetime import timedelta

from robot.utils import timestr_to_secs

from ..errors import WebSocketError


def read_seconds(duration: timedelta | float | str, name: str = "timeout") -> float:
    """Seconds of a duration, which must not be negative. `name` is that of the argument, for the failure."""
    try:
        value = duration.total_seconds() if isinstance(duration, timedelta) else float(timestr_to_secs(duration))
    except ValueError:
        raise refuse_duration(duration, name) from None
    if value < 0:
        raise WebSocketError(f"The argument '{name}' is negative: {value:g} seconds.")
    return value


def refuse_duration(value: object, name: str) -> WebSocketError:
    return WebSocketError(f"The argument '{name}' is not a duration: '{value}'; write one such as '2s'.")


def is_duration(text: str) -> bool:
    """Whether text reads like a duration with a unit, such as `2s`. A bare number does not, and `10:30` is a time."""
    try:
        return any(map(str.isalpha, text)) and timestr_to_secs(text) >= 0
    except ValueError:
        return False
