"""What a keyword costs: `python bench/keywords.py`, or with names of rows for these alone.

Each side is a run of Robot Framework in a process of its own, measured whole, in processor seconds; the echo server is
another process. The rounds of two sides alternate, and a ratio is that of one round. Above 1 the library costs more.

The older library, `robotframework-websocketclient`, needs an environment of its own, with the same Robot Framework:

    python -m venv .venv-older
    .venv-older/bin/pip install robotframework==7.5 robotframework-websocketclient==1.3.0
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
OLDER_PYTHON = str(HERE.parent / ".venv-older" / "bin" / "python")
ECHOES, FEWER_ECHOES, OPENED = 10_000, 1_000, 1_000
TEXT = "x" * 125  # what peer.py echoes

OPEN = "Open WebSocket    ws://127.0.0.1:{port}/"
EXCHANGE = f"Send Text Message    {TEXT}", "Wait For Message    timeout=5s"
OLDER_OPEN = "${opened} =    Connect    ws://127.0.0.1:{port}/"
OLDER_EXCHANGE = f"Send    ${{opened}}    {TEXT}", "${echo} =    Recv    ${opened}"
STOP = "Evaluate    pathlib.Path($OUTPUT_DIR, 'seconds').write_text(str(time.process_time() - $start))"

Measure = Callable[[], float]


def run_robot(python: str, library: str, lines: Sequence[str]) -> float:
    """Runs a test of these lines, beside an echo server, and returns the processor seconds that it has taken.

    These are those of the whole process, unless the test has written down those of a part (`STOP`).
    """
    peer = subprocess.Popen([sys.executable, HERE / "peer.py", "serve"], stdout=subprocess.PIPE, text=True)
    assert peer.stdout is not None
    try:
        test = "\n    ".join(lines).replace("{port}", peer.stdout.readline().strip())
        imported = f"Library    {library}" if library else ""
        with TemporaryDirectory() as folder:
            suite = Path(folder, "suite.robot")
            suite.write_text(f"*** Settings ***\n{imported}\n*** Test Cases ***\nEcho\n    {test}\n", "utf-8")
            options = ["--outputdir", folder, "--pythonpath", str(HERE), "--console", "none"]
            whole = measure_process([python, "-m", "robot", *options, str(suite)])
            part = Path(folder, "seconds")
            return float(part.read_text("utf-8")) if part.exists() else whole
    finally:
        peer.kill()
        peer.wait()
        peer.stdout.close()


def measure_process(command: Sequence[str]) -> float:
    """Runs a command and returns the processor seconds, of user and system, that it has taken."""
    running = subprocess.Popen(command)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime


def repeat(count: int, *lines: str) -> list[str]:
    return [f"FOR    ${{n}}    IN RANGE    {count}", *(f"    {line}" for line in lines), "END"]


def echo(library: str) -> float:
    return run_robot(sys.executable, library, [OPEN, *repeat(ECHOES, *EXCHANGE)])


def echo_with_older_library() -> float:
    return run_robot(OLDER_PYTHON, "WebSocketClient", [OLDER_OPEN, *repeat(ECHOES, *OLDER_EXCHANGE)])


def echo_beside(*beside: str) -> float:
    """What the echoes alone take, beside other connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return run_robot(
        sys.executable,
        "RobotWebSocketLibrary",
        [*beside, OPEN, "${start} =    Evaluate    time.process_time()", *repeat(FEWER_ECHOES, *EXCHANGE), STOP],
    )


def do_nothing(library: str) -> float:
    return run_robot(sys.executable, library, ["No Operation"])


OURS = partial(echo, "RobotWebSocketLibrary")
ROWS: dict[str, tuple[str, Measure, Measure]] = {
    "older": (f"{ECHOES:,} echoes, the older library = 1", OURS, echo_with_older_library),
    "empty": (f"{ECHOES:,} echoes, empty keywords = 1", OURS, partial(echo, "empty_keywords")),
    "documented": (
        f"{ECHOES:,} echoes, empty keywords with our documentation = 1",
        OURS,
        partial(echo, "documented_keywords"),
    ),
    "open": (
        f"{FEWER_ECHOES:,} echoes beside {OPENED:,} open connections, beside none = 1",
        partial(echo_beside, *repeat(OPENED, OPEN)),
        echo_beside,
    ),
    "closed": (
        f"{FEWER_ECHOES:,} echoes beside {3 * OPENED:,} closed connections of the same test, beside none = 1",
        partial(echo_beside, *repeat(3 * OPENED, OPEN, "Drop Connection")),
        echo_beside,
    ),
    "import": (
        "a test that does nothing, without the library = 1",
        partial(do_nothing, "RobotWebSocketLibrary"),
        partial(do_nothing, ""),
    ),
}


def measure_row(name: str, rounds: int) -> list[float]:
    """Returns the ratios of so many rounds, the smallest first."""
    _, library, peer = ROWS[name]
    return sorted(library() / peer() for _ in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for name in arguments.rows or ROWS:
        ratios = measure_row(name, arguments.rounds)
        print(f"{median(ratios):6.2f}  {name}: {ROWS[name][0]}  [{ratios[0]:.2f} to {ratios[-1]:.2f}]", flush=True)


if __name__ == "__main__":
    main()
