"""One end in a process of its own, which says by how much its memory grew at the most, in bytes.

`serve SCHEME` prints its URL, and goes on until a line comes. `echo URL SIZE` sends a message and takes its echo.
`flood ROLE SCHEME` has a peer send up to 1 GiB to an end that no test reads.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from pathlib import Path

from connection.ends import tls_pair
from peers.raw import BINARY, RawEnd, frame, tcp_pair
from RobotWebSocketLibrary import RobotWebSocketLibrary
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.terms import Limits, Terms

INBOX = 32 * 1024 * 1024
GIB = 1024 * 1024 * 1024


class Growth:
    """What the process takes more than now, at its peak."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
        self._before = self._peak()

    def __str__(self) -> str:
        return str(self._peak() - self._before)

    def _peak(self) -> int:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def serve(scheme: str) -> None:
    library = RobotWebSocketLibrary()
    server = library.start_websocket_server(tls=scheme == "wss", max_message_size=GIB)
    print(server.url, flush=True)  # noqa: T201
    growth = Growth()
    sys.stdin.readline()
    print(growth)  # noqa: T201
    library.close()


def echo(url: str, size: str) -> None:
    library = RobotWebSocketLibrary(max_message_size=GIB)
    library.open_websocket(url, verify=False)
    growth = Growth()
    library.send_binary_message(b"x" * int(size), timeout=60)
    assert len(library.wait_for_message(timeout=60)) == int(size)
    print(growth)  # noqa: T201
    library.close()


def flood(role: str, scheme: str) -> None:
    ours, theirs = tls_pair(role) if scheme == "wss" else tcp_pair()
    stream = ours if isinstance(ours, Stream) else Stream(ours)
    limits = Limits(GIB, InboxLimit(size=INBOX))
    growth = Growth()
    connection = Connection(stream, role, "main", Terms("ws://peer/"), limits)
    connection.start(b"")
    sent = send_until_blocked(RawEnd(theirs), frame(BINARY, bytes(65_536), masked=role == "server"))
    assert INBOX < sent < GIB, "nobody stops the peer"
    print(growth)  # noqa: T201
    connection.abort("the test has ended")
    theirs.close()


def send_until_blocked(peer: RawEnd, data: bytes) -> int:
    peer.socket.settimeout(3)
    sent = 0
    with suppress(socket.timeout):
        while sent < GIB:
            peer.send(data)
            sent += len(data)
    return sent


if __name__ == "__main__":
    {"serve": serve, "echo": echo, "flood": flood}[sys.argv[1]](*sys.argv[2:])
