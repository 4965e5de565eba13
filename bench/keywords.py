"""Rows of keywords: whole runs of Robot Framework, in processor seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from processes import HERE, start
from rows import Figures, Goal, Row, at_most

OLDER_PYTHON = HERE.parent / ".venv-older" / "bin" / "python"
"""The older library has an environment of its own: it is `WebSocketClient` there."""
OLDER = "older library"
ECHOES, CALLS, CLOSED, MANY = 10_000, 500, 10_000, 1_000
TEXT = "x" * 125  # what bare.py echoes

OPEN = "Open WebSocket    ws://127.0.0.1:{port}/"
SEND = f"Send Text Message    {TEXT}"
EXCHANGE = SEND, "Wait For Message    timeout=60s"
START = "Start WebSocket Server    default_protocol=silent"
OPEN_MANY = f"Open WebSockets    ${{{{ $websocket.server.url }}}}    {MANY}    timeout=60s"
OLDER_OPEN = "${opened} =    Connect    ws://127.0.0.1:{port}/"
OLDER_EXCHANGE = f"Send    ${{opened}}    {TEXT}", "${echo} =    Recv    ${opened}"
REPORT = "Evaluate    pathlib.Path($outputdir, 'took').write_text(str($end - $begin))    modules=pathlib"


def repeat(count: int, *lines: str) -> list[str]:
    return [f"FOR    ${{n}}    IN RANGE    {count}", *(f"    {line}" for line in lines), "END"]


def take_time(*lines: str, clock: str) -> list[str]:
    """Lines that note how long they take, by a clock of the module `time`."""
    return [
        f"${{begin}} =    Evaluate    time.{clock}()    modules=time",
        *lines,
        f"${{end}} =    Evaluate    time.{clock}()    modules=time",
        REPORT,
    ]


def run_robot(library: str, lines: Sequence[str], python: str | Path = sys.executable) -> tuple[float, float]:
    """Runs a test beside a server of bare sockets. The processor seconds of the run, and what its lines have noted."""
    with start("bare.py", "serve") as server, TemporaryDirectory() as folder:
        test = "\n    ".join(lines).replace("{port}", server.read())
        imported = f"Library    {library}" if library else ""
        suite = Path(folder, "suite.robot")
        suite.write_text(f"*** Settings ***\n{imported}\n*** Test Cases ***\nTest\n    {test}\n", "utf-8")
        options = ["--outputdir", folder, "--pythonpath", str(HERE), "--console", "none"]
        took = measure_process([str(python), "-m", "robot", *options, str(suite)])
        noted = Path(folder, "took")
        return took, float(noted.read_text()) if noted.exists() else 0


def measure_process(command: Sequence[str]) -> float:
    """Runs a command and returns the processor seconds, of user and system, that it has taken."""
    running = subprocess.Popen(command)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{' '.join(command)} failed.")
    return used.ru_utime + used.ru_stime


def echo(library: str) -> float:
    return run_robot(library, [OPEN, *repeat(ECHOES, *EXCHANGE)])[0]


def echo_with_older_library() -> float:
    return run_robot("WebSocketClient", [OLDER_OPEN, *repeat(ECHOES, *OLDER_EXCHANGE)], OLDER_PYTHON)[0]


def call_beside(*beside: str) -> float:
    """Processor seconds of a number of calls, beside other connections."""
    calls = take_time(*repeat(CALLS, SEND), clock="process_time")
    return run_robot("RobotWebSocketLibrary", [*beside, OPEN, *calls])[1]


def import_library(library: str, python: str | Path = sys.executable) -> float:
    """Processor seconds of the import beyond those of a run without it."""
    took, robot = (run_robot(name, ["No Operation"], python)[0] for name in (library, ""))
    return took - robot


def calling(*beside: str) -> dict[str, Callable[[], float]]:
    return {"library": partial(call_beside, *beside), "alone": call_beside}


def open_many() -> float:
    """Seconds of one keyword that opens many connections to a server of the same run."""
    return run_robot("RobotWebSocketLibrary", [START, *take_time(OPEN_MANY, clock="perf_counter")])[1]


def await_on_all() -> float:
    """Seconds of a broadcast to them, until it has arrived on all."""
    broadcast = take_time("Broadcast Message    hello", "Wait For Message On All    timeout=60s", clock="perf_counter")
    return run_robot("RobotWebSocketLibrary", [START, OPEN_MANY, *broadcast])[1]


def cost_is_reached(figures: Figures) -> bool:
    """At most what the older library costs; where Robot Framework alone costs more than 0.8 of it, 1.25 of that."""
    floor = figures["empty keywords"]
    return figures["library"] <= (1.25 * floor if floor > 0.8 else 1)


def rows() -> dict[str, Row]:
    return {
        "keywords": Row(
            f"a suite of {ECHOES:,} times (send, wait for the echo), processor time",
            {
                "library": partial(echo, "RobotWebSocketLibrary"),
                OLDER: echo_with_older_library,
                "empty keywords": partial(echo, "empty_keywords"),
                "empty keywords with our documentation": partial(echo, "documented_keywords"),
            },
            "time",
            OLDER,
            Goal("at most 1, or 1.25 of empty keywords where these take more than 0.8", cost_is_reached),
            rounds=3,
        ),
        **{
            f"keyword-beside-{count}": Row(
                f"one keyword beside {count:,} open connections, processor time",
                calling(*repeat(count, OPEN)),
                "time",
                "alone",
            )
            for count in (500, 1_000)
        },
        "keyword-beside-closed": Row(
            f"one keyword beside {CLOSED:,} closed connections of the same test, processor time",
            calling(*repeat(CLOSED, OPEN, "Drop Connection")),
            "time",
            "alone",
            rounds=3,
        ),
        "open-many-1000": Row(
            f"`Open WebSockets` with {MANY:,} connections to the own test server",
            {"library": open_many},
            "s",
            goal=at_most(3),
        ),
        "await-all-1000": Row(
            f"{MANY:,} connections: one broadcast, then `Wait For Message On All`",
            {"library": await_on_all},
            "s",
            goal=at_most(1),
        ),
        "import": Row(
            "import of the library beyond Robot Framework's own, processor time",
            {
                "library": partial(import_library, "RobotWebSocketLibrary"),
                OLDER: partial(import_library, "WebSocketClient", OLDER_PYTHON),
            },
            "s",
            goal=at_most(0.12),
            rounds=9,
        ),
    }


def find_missing() -> set[str]:
    return set() if OLDER_PYTHON.exists() else {OLDER}
