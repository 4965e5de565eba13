"""The last line of a keyword in the log. It is always the same, so load tools can name what they measure after it."""

from __future__ import annotations

from robot.api import logger

_outcomes: list[str] = []
"""What the running keyword has done, once it has: one line, or none."""


def log_outcome(line: str) -> None:
    """Has a line logged behind all others of the keyword that runs."""
    _outcomes[:] = [line]


def forget_outcome() -> None:
    """Another keyword begins. The one before may have been interrupted."""
    _outcomes.clear()


def write_outcome(*, behind_prints: bool) -> None:
    """Logs the line. Robot Framework reads what a keyword has printed at its end, so then the line is printed too."""
    for line in _outcomes:
        if behind_prints:
            print(f"*INFO* {line}")  # noqa: T201
        else:
            logger.info(line)
    _outcomes.clear()
