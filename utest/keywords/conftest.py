from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keywords.runs import LIBRARY, Run, run_suite, suite_of

RunTests = Callable[..., Run]


@pytest.fixture
def run_tests(tmp_path: Path) -> RunTests:
    """Runs tests, given as text by name, in one suite that imports the library."""

    def run_tests(tests: dict[str, str], settings: str = "", library: str = LIBRARY, **options: Any) -> Run:
        return run_suite(tmp_path, suite_of(tests, settings, library), **options)

    return run_tests
