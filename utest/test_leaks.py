import socket
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from leaks import left_since, resources

READS_PROC = pytest.mark.skipif(sys.platform != "linux", reason="file descriptors are found in /proc")


def test_nothing_is_left_by_a_test_that_cleans_up():
    before = resources()
    thread = threading.Thread(target=lambda: None)
    thread.start()
    with socket.create_server(("127.0.0.1", 0)), tempfile.NamedTemporaryFile():
        thread.join()
    assert left_since(before) == []


def test_thread_is_named_with_its_stack():
    before = resources()
    waits, release = threading.Event(), threading.Event()

    def wait_for_release():
        waits.set()
        release.wait()

    thread = threading.Thread(target=wait_for_release, name="reader of 'ws://peer'", daemon=True)
    thread.start()
    waits.wait()
    [left] = left_since(before, grace=0)
    release.set()
    thread.join()
    assert "reader of 'ws://peer'" in left
    assert "in wait_for_release" in left


def test_thread_that_ends_within_the_grace_is_not_left():
    before = resources()
    timer = threading.Timer(0.1, lambda: None)
    timer.start()
    assert left_since(before) == []


@READS_PROC
def test_socket_is_described_with_its_address():
    before = resources()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        [left] = left_since(before, grace=0)
        assert f"laddr={listener.getsockname()}" in left
        assert left.startswith(f"file descriptor {listener.fileno()}:")


@READS_PROC
def test_open_file_is_described_with_its_path(tmp_path: Path):
    before = resources()
    with (tmp_path / "frames.log").open("wb") as file:
        assert left_since(before, grace=0) == [f"file descriptor {file.fileno()}: {file.name}"]


def test_temp_file_is_named():
    before = resources()
    with tempfile.TemporaryDirectory() as folder:
        assert left_since(before, grace=0) == [f"temp file {folder}"]
