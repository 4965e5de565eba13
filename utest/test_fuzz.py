"""The committed seeds of `invoke fuzz`: what each target takes, among it what once broke it."""

from pathlib import Path

import pytest

from fuzz.targets import TARGETS

SEEDS = Path(__file__).parent / "fuzz" / "seeds"


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_keep_all_promises(name: str):
    seeds = sorted((SEEDS / name).iterdir())
    assert seeds
    for seed in seeds:
        TARGETS[name](seed.read_bytes())
