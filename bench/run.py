"""Compares the library with its peers, in ratios of one interleaved run: `invoke bench`.

Each side of each comparison is a process of its own. The rounds of the two alternate, because machines are noisy; the
ratio is the median of the rounds. Above 1 the library is faster, except for the round trip, which is its share of time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ROUND_TRIPS = 5_000
FLOOD = 200_000
CONNECTIONS, FLIGHT, ECHO_ROUNDS = 10, 16, 250


@contextmanager
def server(*command: str) -> Iterator[str]:
    """Runs a server for as long as it is needed, and yields its port."""
    running = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        yield running.stdout.readline().strip()
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def words(*command: str) -> list[str]:
    """What a process prints."""
    return subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True).stdout.split()


def seconds(*command: str) -> float:
    return float(words(*command)[0])


def client(subject: str, count: int) -> Callable[[], float]:
    def measure() -> float:
        with server(str(HERE / "peer.py"), "serve") as port:
            return seconds(str(HERE / "subjects.py"), subject, port, str(count))

    return measure


def echo_server(subject: str) -> Callable[[], float]:
    def measure() -> float:
        with server(str(HERE / "subjects.py"), subject) as port:
            return seconds(str(HERE / "peer.py"), "load", port, str(CONNECTIONS), str(FLIGHT), str(ECHO_ROUNDS))

    return measure


COMPARISONS = {
    "round trip of 125 B text: time, websocket-client = 1 (goal: at most 1.0)": (
        client("library_round_trip", ROUND_TRIPS),
        client("websocket_client_round_trip", ROUND_TRIPS),
        lambda library, peer: library / peer,
    ),
    f"receiving {FLOOD:,} texts of 64 B: speed, websocket-client = 1 (goal: at least 8)": (
        client("library_receive", FLOOD),
        client("websocket_client_receive", FLOOD),
        lambda library, peer: peer / library,
    ),
    f"echo server, {CONNECTIONS} connections, {FLIGHT} in flight: speed, websockets sync = 1 (goal: at least 7)": (
        echo_server("library_echo_server"),
        echo_server("websockets_echo_server"),
        lambda library, peer: peer / library,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    for name, (library, peer, ratio) in COMPARISONS.items():
        ratios = sorted(ratio(library(), peer()) for _ in range(rounds))
        print(f"{median(ratios):6.2f}  {name}  [{ratios[0]:.2f} to {ratios[-1]:.2f}]", flush=True)


if __name__ == "__main__":
    main()
