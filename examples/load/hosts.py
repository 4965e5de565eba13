"""Runs conversation.robot with RFSwarm over four hosts: the server, the manager and two agents.

Each host is a network namespace of Linux with an address of its own, and a bridge in one more joins them, so nothing
leaves this machine. It needs root, `ip` (in Debian: iproute2) and what run.py needs, and it removes what it has made.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from run import (
    HERE,
    PATIENCE,
    PROGRAMS,
    Processes,
    check_tkinter,
    read_options,
    report,
    wait_for_manager,
    write_scenario,
)

SERVER, MANAGER, AGENTS = "10.138.0.1", "10.138.0.2", ("10.138.0.3", "10.138.0.4")
SERVER_PORT, MANAGER_PORT = 8765, 8138
SWITCH = f"load-{os.getpid()}"


def main() -> int:
    options = read_options(__doc__)
    check_tkinter()
    folder = HERE / "results" / time.strftime("%Y%m%d-%H%M%S")
    (folder / "results").mkdir(parents=True)
    with make_hosts(SERVER, MANAGER, *AGENTS), Processes(folder) as processes:
        start_server(processes)
        manager = start_manager(processes, write_scenario(folder, f"ws://{SERVER}:{SERVER_PORT}/", options))
        for number, address in enumerate(AGENTS, 1):
            start_agent(processes, f"agent{number}", address)
        wait_for_manager(manager, options, f"ws://{SERVER}:{SERVER_PORT}/ over four hosts")
    return report(folder)


@contextmanager
def make_hosts(*addresses: str) -> Iterator[None]:
    """Makes a namespace for each address, and one with the bridge that joins them; removes them in the end."""
    made: list[str] = []
    try:
        add_namespace(SWITCH, made)
        run("ip", "-n", SWITCH, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", SWITCH, "link", "set", "bridge", "up")
        for address in addresses:
            add_namespace(name_host(address), made)
            connect(name_host(address), address)
        yield
    finally:
        for name in made:
            run("ip", "netns", "delete", name)


def add_namespace(name: str, made: list[str]) -> None:
    run("ip", "netns", "add", name)
    made.append(name)
    run("ip", "-n", name, "link", "set", "lo", "up")


def connect(host: str, address: str) -> None:
    """Joins a host to the bridge."""
    port = f"to-{address.rpartition('.')[2]}"
    run("ip", "-n", host, "link", "add", "uplink", "type", "veth", "peer", "name", port, "netns", SWITCH)
    run("ip", "-n", SWITCH, "link", "set", port, "master", "bridge", "up")
    run("ip", "-n", host, "address", "add", f"{address}/24", "dev", "uplink")
    run("ip", "-n", host, "link", "set", "uplink", "up")


def start_server(processes: Processes) -> None:
    serve = (sys.executable, "-m", "RobotWebSocketLibrary", "serve", "--host", "0.0.0.0", "--port", SERVER_PORT)
    processes.start("server", *at(SERVER), *serve)
    wait_for_port(SERVER, SERVER_PORT)


def start_manager(processes: Processes, scenario: Path) -> subprocess.Popen[bytes]:
    folder = processes.folder
    unseen = ("-n", "-r", "-a", len(AGENTS), "-s", scenario, "-d", folder / "results", "-i", folder / "manager.ini")
    listening = ("-e", "0.0.0.0", "-p", MANAGER_PORT)
    manager = processes.start("manager", *at(MANAGER), PROGRAMS / "rfswarm-manager", *unseen, *listening)
    wait_for_port(MANAGER, MANAGER_PORT)
    return manager


def start_agent(processes: Processes, name: str, address: str) -> None:
    folder = processes.folder
    (folder / name).mkdir()
    place = ("-i", folder / f"{name}.ini", "-d", folder / name, "-a", name)
    robot = ("-m", f"http://{MANAGER}:{MANAGER_PORT}/", "-r", PROGRAMS / "robot")
    processes.start(name, *at(address), PROGRAMS / "rfswarm-agent", *place, *robot)


def wait_for_port(address: str, port: int) -> None:
    """Waits on an agent's host, so that the way between the hosts is known to work too."""
    dial = f"import socket; socket.create_connection(({address!r}, {port}), 1).close()"
    asking = [*at(AGENTS[0]), sys.executable, "-c", dial]
    end = time.monotonic() + PATIENCE
    while subprocess.run(asking, stderr=subprocess.DEVNULL, check=False).returncode:
        if time.monotonic() > end:
            raise SystemExit(f"Nothing has opened port {port} of {address} in {PATIENCE} seconds.")
        time.sleep(0.1)


def at(address: str) -> tuple[str, ...]:
    """What runs a command on a host."""
    return ("ip", "netns", "exec", name_host(address))


def name_host(address: str) -> str:
    return f"{SWITCH}-{address.rpartition('.')[2]}"


def run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
