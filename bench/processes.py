"""Processes that are measured, or that others are measured against. They take lines and answer with lines."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from time import clock_gettime

HERE = Path(__file__).parent
PATIENCE = 600
"""Seconds after which a process that does not answer is ended."""
PROCESS_CLOCK = 2
"""Linux makes the number of a process's clock of this, see clock_getcpuclockid(3)."""


class Process:
    """A process that has been started."""

    def __init__(self, command: Sequence[str]) -> None:
        self._running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._command = command
        self._proc = Path("/proc", str(self._running.pid))

    def tell(self, line: str) -> None:
        assert self._running.stdin is not None
        self._running.stdin.write(f"{line}\n")
        self._running.stdin.flush()

    def read(self) -> str:
        """Waits for the next line that the process prints."""
        assert self._running.stdout is not None
        patience = Timer(PATIENCE, self._running.kill)
        patience.start()
        line = self._running.stdout.readline()
        patience.cancel()
        if not line:
            raise SystemExit(f"{' '.join(self._command)} ended without an answer.")
        return line.strip()

    def ask(self, line: str) -> str:
        self.tell(line)
        return self.read()

    @property
    def memory(self) -> float:
        """KiB of it that are in memory."""
        return read_memory(self._proc)

    @property
    def processor_seconds(self) -> float:
        """What it has taken of the processor, for itself and in the system: more precisely than /proc says."""
        return clock_gettime((~self._running.pid << 3) | PROCESS_CLOCK)

    def end(self) -> None:
        self._running.kill()
        self._running.communicate()


def read_memory(proc: Path = Path("/proc/self")) -> float:
    line = next(line for line in (proc / "status").read_text().splitlines() if line.startswith("VmRSS:"))
    return float(line.split()[1])


@contextmanager
def start(script: str, *arguments: object, program: str = sys.executable) -> Iterator[Process]:
    """Runs a script of this folder for as long as it is needed."""
    process = Process([program, str(HERE / script), *map(str, arguments)])
    try:
        yield process
    finally:
        process.end()


def run(script: str, *arguments: object) -> list[float]:
    """Runs a script of this folder and returns the numbers in the line that it prints."""
    with start(script, *arguments) as process:
        return [float(word) for word in process.read().split()]


@contextmanager
def start_server(name: str) -> Iterator[tuple[Process, str]]:
    """Runs one of the echo servers and yields it with its port."""
    script, program = ("node_server.js", "node") if name == "node ws" else ("servers.py", sys.executable)
    with start(script, name, program=program) as process:
        yield process, process.read()


def allow_many_files() -> None:
    """Raises the limit of open files as far as the system lets us; child processes inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
