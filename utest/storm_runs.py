"""Storms of interruptions, each in a process of its own: an exception of a signal handler can break coverage's lock."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from peers.raw import PATIENCE

UTEST = Path(__file__).parent


def run_storm(module: str, *arguments: str) -> None:
    """Runs a module, and fails with all that it printed where it fails. It needs a timer that sends signals."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("This system has no timer that sends signals.")
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", module, *arguments],
        cwd=UTEST,
        env={"PYTHONPATH": f"{UTEST.parent}"},
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
