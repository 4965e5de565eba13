"""What large messages and floods take of memory, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from memory_of_an_end import INBOX
from peers.raw import PATIENCE

MIB = 1024 * 1024
MESSAGE = 64 * MIB
END = [sys.executable, str(Path(__file__).with_name("memory_of_an_end.py"))]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the peak of a process, and forgets it")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_large_echo_takes_four_times_its_message_at_either_end(scheme: str):
    serving = subprocess.Popen([*END, "serve", scheme], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert serving.stdin is not None
    assert serving.stdout is not None
    try:
        client = subprocess.run(
            [*END, "echo", serving.stdout.readline().strip(), str(MESSAGE)],
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE,
            check=True,
        )
        server, _ = serving.communicate("\n", timeout=PATIENCE)
    finally:
        serving.kill()
        serving.wait()
        serving.stdin.close()
        serving.stdout.close()
    assert MESSAGE < int(client.stdout) < 4 * MESSAGE
    assert MESSAGE < int(server) < 4 * MESSAGE


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("role", ["client", "server"])
def test_flood_that_nobody_reads_takes_little_more_than_the_inbox_may_hold(role: str, scheme: str):
    flooded = subprocess.run(
        [*END, "flood", role, scheme], capture_output=True, text=True, timeout=4 * PATIENCE, check=True
    )
    assert INBOX < int(flooded.stdout) < INBOX + 16 * MIB
