"""What a row of the benchmark is: sides that take turns, what each took, and the goal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

OURS = "library"

Figures = Mapping[str, float]


class Took(NamedTuple):
    """Seconds by the clock, and the processor seconds of what is measured, which a busy machine disturbs less."""

    seconds: float
    processor: float


class Goal(NamedTuple):
    text: str
    is_reached: Callable[[Figures], bool]


def at_least(figure: float) -> Goal:
    return Goal(f"at least {figure:g}", lambda figures: figures[OURS] >= figure)


def at_most(figure: float) -> Goal:
    return Goal(f"at most {figure:g}", lambda figures: figures[OURS] <= figure)


def at_least_and_ahead(figure: float, other: str) -> Goal:
    return Goal(
        f"at least {figure:g}, ahead of {other}",
        lambda figures: figures[OURS] >= figure and (other not in figures or figures[OURS] > figures[other]),
    )


@dataclass(frozen=True)
class Row:
    """Sides by their names; one call of a side measures it once.

    A figure is how many times as fast as the reference a side is, where the unit is "speed"; its share of the time of
    the reference, where the unit is "time"; and what was measured, where there is no reference.
    """

    what: str
    sides: Mapping[str, Callable[[], float | Took]]
    unit: str = "speed"
    reference: str = ""
    goal: Goal | None = None
    rounds: int = 5

    @property
    def meaning(self) -> str:
        return f"{self.unit}, {self.reference} = 1" if self.reference else self.unit


@dataclass
class Result:
    """Figures of one row, by side: one for each round. `processor` has those of processor seconds, where known."""

    rounds: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)

    @property
    def figures(self) -> Figures:
        return {side: median(figures) for side, figures in self.rounds.items()}

    @property
    def processor_figures(self) -> Figures:
        return {side: median(figures) for side, figures in self.processor.items()}

    def add(self, row: Row, measured: Mapping[str, float | Took]) -> None:
        taken = {side: amount for side, amount in measured.items() if isinstance(amount, Took)}
        _add(self.rounds, row, {**measured, **{side: took.seconds for side, took in taken.items()}})
        _add(self.processor, row, {side: took.processor for side, took in taken.items()})


def measure(row: Row, rounds: int, left_out: set[str]) -> Iterator[tuple[int, str, Result]]:
    """Measures round after round; yields what comes next, with what is known so far."""
    sides = {name: side for name, side in row.sides.items() if name not in left_out}
    result = Result()
    for number in range(1, rounds + 1):
        measured = {}
        for name, side in sides.items():
            yield number, name, result
            measured[name] = side()
        result.add(row, measured)
    yield rounds, "", result


def judge(row: Row, figures: Figures) -> str:
    if row.goal is None:
        return ""
    return "reached" if row.goal.is_reached(figures) else "MISSED"


def _add(rounds: dict[str, list[float]], row: Row, measured: Mapping[str, float]) -> None:
    for side, amount in measured.items():
        rounds.setdefault(side, []).append(_compare(row, amount, measured.get(row.reference, amount)))


def _compare(row: Row, amount: float, reference: float) -> float:
    if not row.reference:
        return amount
    return reference / amount if row.unit == "speed" else amount / reference
