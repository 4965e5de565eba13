"""How long most things took, and how long the slowest one."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

PERCENTILES = (50, 90, 99)


def summarize(seconds: Sequence[float]) -> dict[str, float]:
    """`p50`, `p90`, `p99` and `maximum`: so many of a hundred took no longer (nearest rank)."""
    ordered = sorted(seconds)
    ranks = {f"p{share}": ordered[max(1, ceil(len(ordered) * share / 100)) - 1] for share in PERCENTILES}
    return {**ranks, "maximum": ordered[-1]}
