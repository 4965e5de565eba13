import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from leaks import left_since, resources
from peers.certificates import TlsFiles, tls_files
from peers.raw import PATIENCE
from runs import LIBRARY, Run, RunTests, run_suite, suite_of

# The same examples in each run, so that a red run means the change; `invoke fuzz` looks for others. How long an example
# takes tells how busy the machine is.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Gives the temp files of the run a folder that no other program writes to."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = None


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fails each test that leaves a thread, a socket or other file descriptor, or a temp file behind."""
    before = resources()
    yield
    left = left_since(before)
    if left:
        pytest.fail("\n".join(["The test left behind:", *left]), pytrace=False)


@pytest.fixture(scope="session")
def files() -> Iterator[TlsFiles]:
    """The TLS material as files."""
    with tls_files() as made:
        yield made


@pytest.fixture
def run_tests(tmp_path: Path) -> RunTests:
    """Runs tests, given as text by name, in one suite that imports the library."""

    def run_tests(tests: dict[str, str], settings: str = "", library: str = LIBRARY, **options: Any) -> Run:
        return run_suite(tmp_path, suite_of(tests, settings, library), **options)

    return run_tests


@pytest.fixture
def threads() -> Iterator[list[threading.Thread]]:
    """Threads of a test, joined after it."""
    started: list[threading.Thread] = []
    yield started
    for thread in started:
        thread.join(PATIENCE)
        assert not thread.is_alive(), thread
