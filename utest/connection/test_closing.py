from __future__ import annotations

import pytest

from RobotWebSocketLibrary.connection.closing import Closing
from RobotWebSocketLibrary.protocol.close import CloseStatus

from .ends import soon


def fields(status: CloseStatus | None) -> tuple[int, str, str, bool]:
    assert status is not None
    return status.code, status.reason, status.initiator, status.clean


def test_open_connection():
    closing = Closing("client")
    assert (closing.state, closing.status, closing.began, closing.unanswered) == ("open", None, False, False)
    assert str(closing) == "the connection is open"


def test_our_close_frame_is_answered():
    closing = Closing("client")
    closing.note_sent(1000, "bye", soon())
    assert (closing.state, closing.began, closing.unanswered) == ("closing", True, True)
    assert str(closing) == "the connection is closing"
    closing.note_received(1000, "")
    assert not closing.unanswered
    closing.note_finished()
    assert closing.state == "closed"
    assert fields(closing.status) == (1000, "", "client", True)
    assert str(closing) == "closed with 1000 (normal closure)"


@pytest.mark.parametrize(("role", "peer"), [("client", "server"), ("server", "client")])
def test_peer_closes(role: str, peer: str):
    closing = Closing(role)
    closing.note_received(4005, "why\x1b")
    assert closing.state == "closing"
    assert fields(closing.status) == (4005, "why\x1b", peer, True)
    assert str(closing) == rf"the {peer} closed the connection with 4005 (private use) why\x1b"


def test_lost_connection_has_no_initiator():
    closing = Closing("client")
    closing.note_lost("connection lost: the cable was cut")
    assert closing.tcp_is_lost
    assert fields(closing.status) == (1006, "", "none", False)
    assert str(closing) == "connection lost: the cable was cut"


def test_close_frame_without_an_answer():
    closing = Closing("server")
    closing.note_sent(1001, "see you", soon())
    closing.note_lost("the connection was reset")
    assert closing.unanswered
    assert fields(closing.status) == (1006, "", "server", False)
    assert str(closing) == "the client did not answer our close frame 1001 (going away) see you"


def test_our_end_fails_the_connection():
    closing = Closing("client")
    closing.note_failed(1002, "protocol error by the server: reserved opcode 0x3")
    assert fields(closing.status) == (1002, "protocol error by the server: reserved opcode 0x3", "client", False)
    assert str(closing) == "protocol error by the server: reserved opcode 0x3"


def test_first_end_that_is_reported_counts():
    closing = Closing("client")
    closing.note_received(1001, "")
    closing.note_failed(1002, "too late")
    closing.note_lost("too late")
    assert fields(closing.status) == (1001, "", "server", True)


def test_close_frame_that_was_too_late_changes_nothing():
    closing = Closing("client")
    closing.note_received(1001, "")
    closing.note_finished()
    closing.note_sent(1000, "", soon())
    assert closing.state == "closed"
    assert fields(closing.status) == (1001, "", "server", True)


@pytest.mark.parametrize(
    ("role", "clean", "first"),
    [("server", True, True), ("server", False, True), ("client", True, False), ("client", False, True)],
)
def test_server_or_whoever_fails_the_connection_ends_tcp_first(role: str, clean: bool, first: bool):
    closing = Closing(role)
    if clean:
        closing.note_received(1000, "")
    else:
        closing.note_failed(1002, "wrong")
    assert closing.server_closes_first is first
