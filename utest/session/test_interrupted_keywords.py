"""Robot Framework's timeouts and Ctrl-C may strike a keyword at any point."""

import subprocess
import sys
from pathlib import Path

from peers.raw import PATIENCE

UTEST = Path(__file__).parent.parent


def test_the_next_call_of_a_keyword_mends_what_an_interruption_has_left():
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "session.keyword_storm"],
        cwd=UTEST,
        env={"PYTHONPATH": f"{UTEST.parent}"},
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
