"""Robot's timeouts and Ctrl-C may strike at any point of the test's thread, any number of times."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from peers.raw import AT_ONCE, PATIENCE, TEXT, RawEnd, tcp_pair
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.errors import ConnectionClosedError
from storm_runs import run_storm

from .ends import Ends, anything, soon, text_of
from .interrupting import InterruptedSocket, InterruptionError, interrupted, interruptions
from .storms import STORMS

UTEST = Path(__file__).parent.parent


def test_interrupted_wait_ends_at_once_and_leaves_the_connection_usable(connection_and_peer: tuple[Connection, RawEnd]):
    connection, peer = connection_and_peer
    with interruptions():
        for wait in (
            lambda: connection.waits.wait_for_message(soon(), anything),
            lambda: connection.waits.wait_for_messages(soon(), 2),
            lambda: connection.waits.watch_for_message(soon(), anything),
            lambda: connection.waits.wait_for_ping(soon()),
            lambda: connection.waits.wait_for_pong(soon(), b"?"),
            lambda: connection.waits.wait_for_close(soon()),
        ):
            began = time.monotonic()
            assert interrupted(wait, 0.05)
            assert time.monotonic() - began < 0.05 + AT_ONCE
    connection.send("still here", soon())
    assert peer.receive_frame().payload == b"still here"
    peer.send_frame(TEXT, b"so am I")
    assert text_of(connection) == "so am I"


class WindowsStream(Stream):
    """On Windows the shutdown of our own socket wakes no reader, who finds the end of the stream if he looks."""

    def shutdown(self) -> None:
        self.ended = True

    def receive_now(self) -> bytes | None:
        return b"" if self.ended else super().receive_now()


@pytest.mark.parametrize("stream", [Stream, WindowsStream])
def test_torn_write_ends_the_connection_and_says_so(stream: type[Stream], ends: Ends):
    ours, theirs = tcp_pair()
    connection = ends.connection(stream(InterruptedSocket(fileno=ours.detach())), "client")
    peer = ends.peer(theirs, "client")
    with pytest.raises(InterruptionError):
        connection.send("torn", soon())
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.wait_for_message(soon(), anything)
    assert str(failure.value) == "No message from 'main': connection lost: a write was interrupted (1006)."
    with pytest.raises(ConnectionClosedError, match="Cannot send to 'main': connection lost: a write was interrupted"):
        connection.send("more", soon())
    began = time.monotonic()
    connection.begin_close(1000, "", soon())
    status = connection.finish_close(soon())
    assert time.monotonic() - began < PATIENCE / 2
    assert status is not None
    assert status.code == 1006
    assert len(peer.receive_rest()) == 3


@pytest.mark.parametrize("name", STORMS)
def test_storm_of_interruptions(name: str):
    run_storm("connection.storms", name)
