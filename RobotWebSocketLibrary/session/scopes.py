"""How long something that a keyword changes stays so: until its test or suite ends, or for the whole run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from robot.libraries.BuiltIn import BuiltIn

from ..errors import WebSocketError

RUN, TEST = "run", "test"
"""Names of places. Those of suites begin with `suite`."""


class Scope(Enum):
    """How long defaults stay as they were set.

    ``TEST``: until the test ends. ``SUITE``: until the suite ends. ``GLOBAL``: for the whole run.
    """

    TEST = "TEST"
    SUITE = "SUITE"
    GLOBAL = "GLOBAL"

    def find_place(self) -> str:
        """The place whose end ends this scope, seen from the keyword that runs."""
        here = find_place()
        if self is Scope.GLOBAL or here == RUN:
            return RUN
        if self is Scope.SUITE:
            return _name_suite()
        if here != TEST:
            raise WebSocketError("The scope TEST can only be used in a test.")
        return TEST


def find_place() -> str:
    """The running test, or the suite whose setup or teardown runs, or the run where no test runs."""
    builtin = BuiltIn()
    if not builtin.robot_running:
        return RUN
    return _name_suite() if builtin.get_variable_value("${TEST NAME}") is None else TEST


def _name_suite() -> str:
    return f"suite {BuiltIn().get_variable_value('${SUITE NAME}')}"


class ScopedChanges:
    """What was changed in each place, the outermost first. Never changed itself: an interrupted change is none."""

    def __init__(self, changes: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._changes = dict(changes or {})

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (self._changes[place] for place in sorted(self._changes, key=_rank))

    def including(self, place: str, changed: Mapping[str, Any]) -> ScopedChanges:
        """These changes with further ones, which apply at once: places within no longer say anything else."""
        rank = _rank(place)
        kept = {
            name: {key: value for key, value in changes.items() if _rank(name) <= rank or key not in changed}
            for name, changes in self._changes.items()
        }
        return ScopedChanges({**kept, place: {**kept.get(place, {}), **changed}})

    def without(self, place: str) -> ScopedChanges:
        """What remains when a place has ended."""
        return ScopedChanges({name: changes for name, changes in self._changes.items() if name != place})

    def __contains__(self, place: str) -> bool:
        return place in self._changes


def _rank(place: str) -> int:
    """How far within the run a place is. A suite is within those whose names its own begins with."""
    if place == RUN:
        return -1
    return 1_000_000 if place == TEST else len(place)
