"""When an end does not read on, and when the heartbeat must not blame the peer. Here the test asks, not the thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from peers.raw import PONG, TEXT, RawEnd, frame, tcp_pair
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.pauses import ANSWERS_LIMIT, PONGS_LIMIT
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.terms import Limits, Terms

from .ends import Answering, until


class Unread:
    """A server's end that answers, which the reading thread does not know, and its peer."""

    def __init__(self, *, answers_count: bool = True) -> None:
        ours, theirs = tcp_pair()
        self.stream = Stream(ours)
        self.peer = RawEnd(theirs, masked=True)
        responder = Answering(lambda _, __: None) if answers_count else None
        limits = Limits(1024, inbox=InboxLimit(messages=1))
        self.connection = Connection(self.stream, "server", "main", Terms("ws://peer/"), limits, responder=responder)
        self.outbox = self.connection._outbox  # noqa: SLF001
        self.receiver = self.connection._serving._receiver  # noqa: SLF001
        self.pauses = self.connection._serving._pauses  # noqa: SLF001

    def close(self) -> None:
        self.stream.close()
        self.peer.close()

    def deliver(self) -> None:
        while self.outbox.pending:
            self.connection.push()
            self.peer.socket.recv(1 << 20)


@pytest.fixture
def unread() -> Iterator[Unread]:
    with closing(Unread()) as end:
        yield end


def hold_up(end: Unread) -> None:
    end.receiver.feed(2 * frame(TEXT, b"one is too many", masked=True))


def make_room(end: Unread) -> None:
    assert end.connection.inbox.take_first(1)
    end.receiver.go_on()


def be_deaf(end: Unread) -> None:
    end.connection.misbehavior.change(reads=False)


def listen(end: Unread) -> None:
    end.connection.misbehavior.restore()


def leave_answers(end: Unread) -> None:
    end.outbox.post([bytes(ANSWERS_LIMIT + 1)])


def leave_pongs(end: Unread) -> None:
    for _ in range(PONGS_LIMIT + 1):
        end.connection._sender.post_control(PONG, b"")  # noqa: SLF001


Step = Callable[[Unread], None]
HELD_UP: tuple[tuple[Step, Step], ...] = ((hold_up, make_room), (leave_answers, Unread.deliver))
REASONS = (*HELD_UP, (be_deaf, listen), (leave_pongs, Unread.deliver))


@pytest.mark.parametrize(("begin", "end"), REASONS)
def test_reading_pauses_as_long_as_there_is_a_reason(unread: Unread, begin: Step, end: Step):
    assert not unread.pauses.check()
    begin(unread)
    assert unread.pauses.check()
    assert unread.pauses.check()
    end(unread)
    assert not unread.pauses.check()


def test_whoever_writes_learns_that_reading_waits_for_it(unread: Unread):
    unread.pauses.check()
    assert not unread.outbox.is_awaited
    leave_answers(unread)
    unread.pauses.check()
    assert unread.outbox.is_awaited


def test_what_a_test_sends_does_not_pause():
    with closing(Unread(answers_count=False)) as unread:
        leave_answers(unread)
        assert not unread.pauses.check()


@pytest.mark.parametrize("begin", [leave_answers, leave_pongs])
def test_closing_reads_on_although_answers_wait(unread: Unread, begin: Step):
    begin(unread)
    unread.connection._closing.note_sent(1000, "")  # noqa: SLF001
    assert not unread.pauses.check()


def test_end_of_tcp_is_read_although_the_end_is_deaf(unread: Unread):
    be_deaf(unread)
    unread.stream.shutdown()
    assert not unread.pauses.check()


@pytest.mark.parametrize(("begin", "end"), HELD_UP)
def test_peer_is_excused_during_a_pause_and_once_after_it(unread: Unread, begin: Step, end: Step):
    assert not unread.pauses.excuse_peer()
    begin(unread)
    unread.pauses.check()
    assert unread.pauses.excuse_peer()
    assert unread.pauses.excuse_peer(), "it goes on"
    end(unread)
    unread.pauses.check()
    assert unread.pauses.excuse_peer(), "its pong had no time since"
    assert not unread.pauses.excuse_peer()


def test_peer_of_a_deaf_end_is_excused_only_if_something_has_arrived(unread: Unread):
    be_deaf(unread)
    unread.pauses.check()
    assert unread.pauses.excuse_peer(), "it has just become deaf"
    assert not unread.pauses.excuse_peer()
    unread.peer.send_frame(TEXT, b"hello")
    until(unread.stream.has_arrived, "something has arrived")
    assert unread.pauses.excuse_peer()
