"""The files that a throw-away certificate needs for a while."""

import gc
import os
import tempfile
from pathlib import Path

import pytest

from RobotWebSocketLibrary.server.pem_file import PemFile


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_only_its_owner_can_read_it(folder: Path):
    file = PemFile(b"a key")
    assert list(folder.iterdir()) == [file.path]
    assert file.path.read_bytes() == b"a key"
    assert os.name == "nt" or file.path.stat().st_mode & 0o777 == 0o600
    file.remove()
    assert list(folder.iterdir()) == []


def test_it_goes_with_the_last_one_who_knows_it(folder: Path):
    file = PemFile(b"a key")
    assert list(folder.iterdir()) == [file.path]
    del file
    gc.collect()
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_leaves_it_to_its_parent():
    file = PemFile(b"a key")
    child = os.fork()
    if child == 0:
        file.remove()
        del file
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0) == (child, 0)
    assert file.path.exists()
    file.remove()


def test_a_file_that_another_program_holds_is_removed_at_the_end(monkeypatch: pytest.MonkeyPatch, folder: Path):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "it is being used by another process")

    file = PemFile(b"a key")
    with monkeypatch.context() as windows:
        windows.setattr(Path, "unlink", refuse)
        file.remove()
    assert list(folder.iterdir()) == [file.path]
    del file
    gc.collect()
    assert list(folder.iterdir()) == []


def test_nothing_is_removed_that_was_not_made(monkeypatch: pytest.MonkeyPatch, folder: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "missing"))
    with pytest.raises(FileNotFoundError):
        PemFile(b"a key")
    gc.collect()  # a failure would be an unraisable exception, which pytest reports
