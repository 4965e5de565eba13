"""Runs conversation.robot with RFSwarm on this machine: server, manager and agents, all without a window.

Prints what was measured, and exits with 1 where a keyword has failed or no robot has started. `invoke load` calls it in
an environment of its own; with --help it names its options.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import closing, contextmanager
from importlib.util import find_spec
from math import ceil
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
SHORTEST = 10
"""Seconds: RFSwarm starts no robot for a shorter run or ramp-up."""
OVERHEAD = 150
"""Seconds that RFSwarm takes besides, at most: it starts robots late, and collects results in the end."""
PATIENCE = 20
"""Seconds for a port to be open, and for a process to end."""


def main() -> int:
    options = read_options()
    check_tkinter()
    folder = HERE / "results" / time.strftime("%Y%m%d-%H%M%S")
    (folder / "results").mkdir(parents=True)
    with Processes(folder) as processes:
        url = options.url or start_server(processes)
        scenario = write_scenario(folder, url, options)
        manager = start_manager(processes, scenario, options)
        wait_for_manager(manager, options, url)
    return report(folder)


def check_tkinter() -> None:
    if find_spec("_tkinter") is None:
        print("RFSwarm needs tkinter, also without a window. In Debian: apt-get install python3-tk")
        sys.exit(2)


def read_options(what: str = __doc__) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=what.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--robots", type=int, default=10, help="virtual users (default: 10)")
    parser.add_argument("--seconds", type=read_seconds, default=60, help="of full load (default: 60)")
    parser.add_argument(
        "--ramp-up", type=read_seconds, default=SHORTEST, help="seconds until all robots run (default: 10)"
    )
    parser.add_argument(
        "--agents", type=int, default=1, help="agents, each a process with robots of its own (default: 1)"
    )
    parser.add_argument("--url", help="server under test; the library's own is started where none is given")
    return parser.parse_args()


def read_seconds(text: str) -> int:
    if not text.isdigit() or int(text) < SHORTEST:
        raise argparse.ArgumentTypeError(f"RFSwarm starts no robot for less than {SHORTEST} seconds.")
    return int(text)


class Processes:
    """What is started here, and ended in the end, whatever happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._started):
            process.terminate()
        for process in self._started:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, *command: object) -> subprocess.Popen[bytes]:
        """Starts a process that writes into a log of its own. RFSwarm keeps settings in HOME, which is this folder."""
        surroundings = {**os.environ, "HOME": str(self.folder), "DISPLAY": ""}
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                list(map(str, command)), stdout=log, stderr=log, cwd=self.folder, env=surroundings
            )
        self._started.append(process)
        return process


def start_server(processes: Processes) -> str:
    port = find_free_port()
    processes.start("server", sys.executable, "-m", "RobotWebSocketLibrary", "serve", "--port", port)
    wait_for_port(port, "The test server")
    return f"ws://127.0.0.1:{port}/"


def write_scenario(folder: Path, url: str, options: argparse.Namespace) -> Path:
    """The scenario of this folder with the options of this run, beside a copy of the suite."""
    shutil.copy(HERE / "conversation.robot", folder)
    scenario = ConfigParser()
    scenario.optionxform = str  # type: ignore[assignment, method-assign]
    scenario.read(HERE / "scenario.rfs", "utf-8")
    robots = scenario["1"]
    robots["robots"], robots["rampup"], robots["run"] = map(str, (options.robots, options.ramp_up, options.seconds))
    robots["robotoptions"] += f" -v URL:{url}"
    path = folder / "scenario.rfs"
    with path.open("w", encoding="utf-8") as file:
        scenario.write(file)
    return path


def start_manager(processes: Processes, scenario: Path, options: argparse.Namespace) -> subprocess.Popen[bytes]:
    """Starts the manager, and the agents that run its robots."""
    port, folder = find_free_port(), processes.folder
    unseen = ("-n", "-r", "-a", options.agents, "-s", scenario, "-d", folder / "results", "-i", folder / "manager.ini")
    manager = processes.start("manager", PROGRAMS / "rfswarm-manager", *unseen, "-e", "127.0.0.1", "-p", port)
    wait_for_port(port, "RFSwarm's manager")
    for number in range(1, options.agents + 1):
        name = f"agent{number}"
        (folder / name).mkdir()
        place = ("-i", folder / f"{name}.ini", "-d", folder / name, "-a", name)
        robot = ("-m", f"http://127.0.0.1:{port}/", "-r", PROGRAMS / "robot")
        processes.start(name, PROGRAMS / "rfswarm-agent", *place, *robot)
    return manager


def wait_for_manager(manager: subprocess.Popen[bytes], options: argparse.Namespace, target: str) -> None:
    seconds = options.ramp_up + options.seconds
    print(f"{options.robots} robots for {seconds} s against {target}; RFSwarm takes up to {OVERHEAD} s more.")
    sys.stdout.flush()
    try:
        manager.wait(seconds + OVERHEAD)
    except subprocess.TimeoutExpired:
        print("RFSwarm's manager has not ended in time.", file=sys.stderr)


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def wait_for_port(port: int, who: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{who} has not opened port {port} in {PATIENCE} seconds.")


def report(folder: Path) -> int:
    """Prints a line for each keyword, and returns the exit code."""
    databases = [file for file in folder.glob("results/*/*.db") if file.stem != "PreRun"]
    if not databases:
        print(f"RFSwarm has started no robot: {folder / 'manager.log'} may say why.", file=sys.stderr)
        return 1
    with open_results(databases[0]) as results:
        rows = list(results)
    if not rows:
        print(f"No robot has begun before the run ended: --seconds 60 may help. {folder} has logs.", file=sys.stderr)
        return 1
    print(f"{'keyword':30}{'passed':>9}{'failed':>9}{'mean':>9}{'50 %':>9}{'90 %':>9}{'99 %':>9}{'longest':>9}  ms")
    for name, milliseconds, failed in rows:
        figures = "".join(f"{figure:9.1f}" for figure in sum_up(milliseconds))
        print(f"{name[:29]:30}{len(milliseconds):9}{failed:9}{figures}")
    print(f"All results are in {databases[0]}.")
    return int(any(failed for _, _, failed in rows) or not any(milliseconds for _, milliseconds, _ in rows))


@contextmanager
def open_results(database: Path) -> Iterator[Iterator[tuple[str, list[float], int]]]:
    """The keywords in the order in which they were used first: milliseconds of those that passed, and failures."""
    with closing(sqlite3.connect(database)) as connection:
        yield _read_results(connection)


def _read_results(connection: sqlite3.Connection) -> Iterator[tuple[str, list[float], int]]:
    names = connection.execute("SELECT result_name FROM Results GROUP BY result_name ORDER BY min(rowid)").fetchall()
    for (name,) in names:
        query = "SELECT result, elapsed_time FROM Results WHERE result_name = ?"
        measured = connection.execute(query, (name,)).fetchall()
        passed = sorted(seconds * 1000 for result, seconds in measured if result == "PASS")
        yield re.sub(r"^.*\.", "", name), passed, sum(result != "PASS" for result, _ in measured)


def sum_up(ordered: list[float]) -> list[float]:
    """Mean, percentiles by the nearest rank, and the longest."""
    if not ordered:
        return []
    ranks = (ordered[max(1, ceil(len(ordered) * share / 100)) - 1] for share in (50, 90, 99))
    return [sum(ordered) / len(ordered), *ranks, ordered[-1]]


if __name__ == "__main__":
    sys.exit(main())
