import tempfile
from collections.abc import Iterator

import pytest

from leaks import left_since, resources


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
