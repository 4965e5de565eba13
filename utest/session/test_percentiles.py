from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.session.percentiles import summarize


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([1.0], (1, 1, 1, 1)),
        ([2.0, 1.0], (1, 2, 2, 2)),
        ([float(number) for number in range(1, 101)], (50, 90, 99, 100)),
        ([float(number) for number in range(1000, 0, -1)], (500, 900, 990, 1000)),
    ],
)
def test_nearest_rank(seconds: list[float], expected: tuple[float, ...]):
    assert tuple(summarize(seconds).values()) == expected


@given(st.lists(st.floats(0, 100), min_size=1))
def test_so_many_took_no_longer(seconds: list[float]):
    found = summarize(seconds)
    for name, share in (("p50", 50), ("p90", 90), ("p99", 99)):
        assert sum(each <= found[name] for each in seconds) * 100 >= share * len(seconds)
