from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from peers.raw import PATIENCE, RawEnd, tcp_pair
from RobotWebSocketLibrary.connection.outbox import GATHER, SHARE, Outbox
from RobotWebSocketLibrary.connection.stream import Stream, wait_for
from RobotWebSocketLibrary.deadline import Deadline

from .ends import Asked, soon, until
from .interrupting import InterruptedSocket, InterruptionError

LARGE = 8 * 1024 * 1024
"""Bytes that no socket buffer takes at once."""

Made = tuple[Outbox, Stream, RawEnd]


@pytest.fixture
def made() -> Iterator[Made]:
    yield from outbox_over(Stream)


def outbox_over(kind: type[Stream], connected: type[socket.socket] = socket.socket) -> Iterator[Made]:
    ours, theirs = tcp_pair()
    stream = kind(connected(fileno=ours.detach()))
    outbox = Outbox(stream)
    with RawEnd(theirs) as peer:
        yield outbox, stream, peer
    stream.shutdown()
    outbox.end()
    stream.close()


def write_rest(outbox: Outbox, stream: Stream, deadline: Deadline) -> bool:
    """Writes as the reading thread does, until nothing is left; returns whether it could."""
    while not outbox.empty and not deadline.expired:
        wait_for(stream._socket, deadline.slice, writing=True)  # noqa: SLF001
        outbox.write_more()
    return outbox.empty and outbox.broken is None


@contextmanager
def writing(outbox: Outbox, stream: Stream) -> Iterator[None]:
    """Writes what is left in a thread of its own for as long as the block lasts."""
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            write_rest(outbox, stream, Deadline(0.1))
            over.wait(0.001)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(PATIENCE)


def test_nothing_is_written_before_the_outbox_is_pushed(made: Made):
    outbox, _, peer = made
    sending = outbox.post([b"hello"])
    assert sending is not None
    assert (outbox.pending, outbox.empty, sending.done) == (5, False, False)
    peer.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.socket.recv(1)


def test_messages_leave_in_their_order(made: Made):
    outbox, _, peer = made
    sendings = [outbox.post([b"one ", b"two "]), outbox.post([b"three"])]
    outbox.push()
    assert peer.receive(13) == b"one two three"
    assert all(sending is not None and sending.done for sending in sendings)
    assert (outbox.pending, outbox.empty) == (0, True)


def test_control_frames_go_before_data(made: Made):
    outbox, _, peer = made
    outbox.post([b"data"])
    assert outbox.post_control(b"ping")
    outbox.push()
    assert peer.receive(8) == b"pingdata"


def test_control_frames_go_between_the_frames_of_a_message_on_its_way(made: Made):
    outbox, stream, peer = made
    sending = outbox.post([b"a" * LARGE, b"b" * LARGE])
    outbox.push()
    outbox.post_control(b"ping")
    assert sending is not None
    assert not sending.done
    with writing(outbox, stream):
        assert peer.receive(2 * LARGE + 4) == b"a" * LARGE + b"ping" + b"b" * LARGE
        until(lambda: sending.done, "the message has left")


def test_small_frames_leave_in_one_write(made: Made):
    outbox, stream, peer = made
    stream.send_all(b"", soon())
    for _ in range(GATHER // 64):
        outbox.post([bytes(64)])
    outbox.push()
    assert peer.receive(GATHER) == bytes(GATHER)


def test_what_the_peer_does_not_take_at_once_follows(made: Made):
    outbox, stream, peer = made
    outbox.post([b"x" * LARGE])
    outbox.push()
    outbox.push()
    assert outbox.pending > 0
    assert outbox.begun
    with writing(outbox, stream):
        assert peer.receive(LARGE) == b"x" * LARGE
    assert (outbox.pending, outbox.begun) == (0, False)


def test_what_is_left_asks_for_the_reading_thread():
    for outbox, stream, peer in outbox_over(Stream):
        attention = Asked()
        asking = Outbox(stream, attention=attention)
        asking.post([b"small"])
        asking.push()
        assert (peer.receive(5), attention.count) == (b"small", 0)
        asking.post([b"x" * LARGE])
        asking.push()
        assert attention.count == 1
        assert outbox.empty


def test_nothing_follows_the_close_frame(made: Made):
    outbox, _, peer = made
    outbox.post([b"message "])
    assert outbox.post_last(b"close")
    assert outbox.sealed
    assert outbox.post([b"late"]) is None
    assert not outbox.post_control(b"late")
    assert not outbox.post_last(b"again")
    outbox.push()
    outbox.end()
    assert peer.receive(13) == b"message close"
    peer.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.socket.recv(1)


def test_urgent_close_frame_takes_the_place_of_messages_not_begun(made: Made):
    outbox, stream, peer = made
    begun = outbox.post([b"b" * LARGE])
    outbox.push()
    waiting = outbox.post([b"never sent"])
    assert outbox.post_last(b"close", urgent=True)
    assert outbox.pending < LARGE + 5
    with writing(outbox, stream):
        assert peer.receive(LARGE + 5) == b"b" * LARGE + b"close"
        until(lambda: outbox.empty, "the close frame has left")
    assert begun is not None
    assert begun.done
    assert waiting is not None
    assert not waiting.done


class HeldStream(Stream):
    """The first write lasts until a test goes on."""

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(connected)
        self.writes, self.goes_on = threading.Event(), threading.Event()

    def send(self, data: bytes | memoryview) -> int:
        self.writes.set()
        assert self.goes_on.wait(PATIENCE)
        return super().send(data)


@pytest.fixture
def held(threads: list[threading.Thread]) -> Iterator[tuple[Outbox, Asked, HeldStream, RawEnd]]:
    """An outbox on which a thread writes meanwhile, and one message that it writes."""
    for made, stream, peer in outbox_over(HeldStream):
        attention = Asked()
        outbox = Outbox(stream, attention=attention)
        outbox.post([b"first "])
        threads.append(threading.Thread(target=outbox.push, daemon=True))
        threads[0].start()
        assert stream.writes.wait(PATIENCE)
        yield outbox, attention, stream, peer
        stream.goes_on.set()
        threads[0].join(PATIENCE)
        assert made.empty


Held = tuple[Outbox, Asked, HeldStream, RawEnd]


def test_nobody_waits_for_a_thread_that_writes(held: Held, threads: list[threading.Thread]):
    outbox, attention, stream, peer = held
    outbox.post([b"second"])
    assert outbox.post_control(b"ping ")
    outbox.push()
    assert attention.count == 1
    outbox.write_more()
    assert outbox.is_awaited
    assert not outbox.empty
    stream.goes_on.set()
    threads[0].join(PATIENCE)
    assert peer.receive(17) == b"first ping second"
    assert (attention.count, outbox.is_awaited, outbox.empty) == (2, False, True)


def test_outbox_is_not_empty_while_its_last_bytes_are_being_written(held: Held, threads: list[threading.Thread]):
    outbox, _, stream, _ = held
    assert not outbox.empty
    assert not outbox._is_left or outbox.begun  # noqa: SLF001
    stream.goes_on.set()
    threads[0].join(PATIENCE)
    assert outbox.empty


def test_urgent_close_frame_comes_behind_what_the_peer_still_takes(held: Held, threads: list[threading.Thread]):
    outbox, _, stream, peer = held
    taken = outbox.post([b"taken "])
    assert outbox.post_last(b"close", urgent=True)
    stream.goes_on.set()
    threads[0].join(PATIENCE)
    assert peer.receive(17) == b"first taken close"
    assert taken is not None
    assert taken.done


def test_urgent_close_frame_replaces_what_the_peer_does_not_take(held: Held, threads: list[threading.Thread]):
    outbox, _, stream, peer = held
    outbox.post([b"b" * LARGE])
    never = outbox.post([b"never sent"])
    assert outbox.post_last(b"close", urgent=True)
    outbox.post_anything(b" more")
    stream.goes_on.set()
    threads[0].join(PATIENCE)
    assert outbox.pending < LARGE + 10
    with writing(outbox, stream):
        assert peer.receive(LARGE + 16) == b"first " + b"b" * LARGE + b"close more"
        until(lambda: outbox.empty, "all has left")
    assert never is not None
    assert not never.done


def test_bytes_of_any_kind_wait_like_frames(made: Made):
    outbox, _, _ = made
    outbox.post_anything(b"some")
    assert outbox.pending == 4
    outbox.push()
    assert outbox.pending == 0


def test_urgent_close_frame_that_has_begun_drops_nothing_behind_it(made: Made):
    outbox, stream, peer = made
    outbox.post_last(b"c" * LARGE, urgent=True)
    outbox.push()
    outbox.post_anything(b" more")
    outbox.push()
    with writing(outbox, stream):
        assert peer.receive(LARGE + 5) == b"c" * LARGE + b" more"


def test_reading_thread_writes_a_share_before_the_others_have_their_turn(made: Made):
    outbox, stream, peer = made
    outbox.post([b"x" * LARGE])
    reading = threading.Thread(target=peer.receive, args=(LARGE,), daemon=True)
    reading.start()
    turns = 0
    while not outbox.empty:
        left = outbox.pending
        wait_for(stream._socket, 1, writing=True)  # noqa: SLF001
        outbox.write_more()
        turns += 1
        assert left - outbox.pending <= SHARE
    reading.join(PATIENCE)
    assert turns >= LARGE / SHARE


def test_failed_write_breaks_the_outbox_for_good(made: Made):
    outbox, stream, _ = made
    stream.shutdown()
    sending = outbox.post([b"lost"])
    outbox.push()
    assert isinstance(outbox.broken, BrokenPipeError)
    assert (outbox.pending, outbox.empty) == (0, True)
    assert outbox.post([b"more"]) is None
    assert not outbox.post_control(b"more")
    assert sending is not None
    assert not sending.done


def test_peer_that_resets_breaks_what_is_left(made: Made):
    outbox, stream, peer = made
    outbox.post([b"x" * LARGE])
    outbox.push()
    peer.reset()
    assert not write_rest(outbox, stream, soon())
    assert isinstance(outbox.broken, OSError)


def test_end_gives_up_what_waits(made: Made):
    outbox, stream, _ = made
    outbox.post([b"x" * LARGE])
    outbox.push()
    stream.shutdown()
    outbox.end()
    assert outbox.broken is not None
    assert (outbox.pending, outbox.empty) == (0, True)


def test_threads_that_post_at_once_do_not_disturb_each_other(made: Made, threads: list[threading.Thread]):
    outbox, stream, peer = made
    size, count = 20_000, 300

    def send(sign: bytes) -> None:
        for _ in range(count):
            sending = outbox.post([sign * (size // 2), sign * (size // 2)])
            assert sending is not None
            outbox.push()
            until(lambda: sending.done or outbox.broken is not None, "the message has left")  # noqa: B023, called at once

    for sign in (b"a", b"b", b"c"):
        threads.append(threading.Thread(target=send, args=(sign,), daemon=True))
        threads[-1].start()
    with writing(outbox, stream):
        messages = {peer.receive(size) for _ in range(3 * count)}
    assert messages == {b"a" * size, b"b" * size, b"c" * size}
    assert outbox.broken is None


def test_torn_write_ends_the_stream_and_is_never_followed_by_another():
    for outbox, _, peer in outbox_over(Stream, InterruptedSocket):
        outbox.post([b"torn"])
        with pytest.raises(InterruptionError):
            outbox.push()
        assert outbox.torn
        assert str(outbox.broken) == "a write was interrupted"
        assert outbox.post([b"more"]) is None
        assert not outbox.post_control(b"more")
        outbox.push()
        assert peer.receive_rest() == b"tor"


class TwiceInterruptedStream(Stream):
    """A second exception strikes while the first is dealt with."""

    strikes = 1

    def shutdown(self) -> None:
        if self.strikes:
            self.strikes -= 1
            raise InterruptionError
        super().shutdown()


def test_torn_write_is_noticed_also_when_the_interruption_was_interrupted():
    for outbox, _, peer in outbox_over(TwiceInterruptedStream, InterruptedSocket):
        outbox.post([b"torn"])
        with pytest.raises(InterruptionError):
            outbox.push()
        outbox.push()  # the next write, of whatever thread, finds the stream torn
        assert outbox.torn
        assert peer.receive_rest() == b"tor"


def test_nothing_is_cut_where_the_close_frame_is_on_its_way_already(made: Made):
    outbox, stream, peer = made
    outbox.post_last(b"close", urgent=True)
    assert write_rest(outbox, stream, soon())
    assert peer.receive(5) == b"close"
    outbox._last = b"close"  # noqa: SLF001
    outbox._cut()  # noqa: SLF001
    assert outbox.empty
