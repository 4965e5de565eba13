"""A connection in the reading thread: it costs nothing while nothing happens, and its TCP ends in every case."""

from __future__ import annotations

import gc
import os
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import ref

import pytest

from leaks import reading_threads
from peers.raw import AT_ONCE, BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd, frame, seconds_since, tcp_pair
from RobotWebSocketLibrary.connection import reading_thread, serving
from RobotWebSocketLibrary.connection.connection import Connection, Limits, Terms
from RobotWebSocketLibrary.connection.heartbeat import HeartbeatTimes
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.receiver import READS
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.tls_stream import TlsStream
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.frames import Frame, Opcode
from RobotWebSocketLibrary.protocol.messages import Messages

from .ends import LIMIT, Answering, Ends, anything, soon, text_of, tls_pair, until
from .interrupting import InterruptionError

LARGE = 8 * 1024 * 1024
OBSERVED = 0.3
"""Seconds for which a test watches a thread that has nothing to do."""
MOMENTS = 5
"""On a busy machine what has just happened takes longer. A thread that never rests takes time in each moment."""


class Busy(Answering):
    """An end whose answer is being made until a test says that it is ready."""

    def __init__(self) -> None:
        super().__init__(self.begin)
        self.connection: Connection | None = None

    def begin(self, connection: Connection, _: Messages) -> None:
        self.busy = True
        self.connection = connection

    def finish(self) -> None:
        self.busy = False
        assert self.connection is not None
        self.connection.look()


def cpu_seconds() -> float:
    """Processor time of the reading thread."""
    (thread,) = reading_threads()
    assert thread.ident is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


def cpu_of_a_moment() -> float:
    time.sleep(OBSERVED / 3)  # what has just happened is dealt with
    before = cpu_seconds()
    time.sleep(OBSERVED)
    return cpu_seconds() - before


def idle(ends: Ends, tls: bool) -> None:
    ends.open(tls=tls)


def deaf(ends: Ends, tls: bool) -> None:
    connection, peer = ends.open(tls=tls)
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"unheard")


def deaf_and_left(ends: Ends, tls: bool) -> None:
    connection, peer = ends.open(tls=tls)
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"unheard")
    peer.close()


def deaf_and_reset(ends: Ends, tls: bool) -> None:
    connection, peer = ends.open(tls=tls)
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"unheard")
    peer.reset()


def held(ends: Ends, tls: bool) -> None:
    _, peer = ends.open(tls=tls, inbox=InboxLimit(messages=1))
    for _ in range(3):
        peer.send_frame(TEXT, b"too many")


def held_and_left(ends: Ends, tls: bool) -> None:
    _, peer = ends.open(tls=tls, inbox=InboxLimit(messages=1))
    for _ in range(3):
        peer.send_frame(TEXT, b"too many")
    peer.close()


def slow(ends: Ends, tls: bool) -> None:
    connection, _ = ends.open(tls=tls)
    connection.misbehavior.change(send_delay=3600)
    connection.send("not yet", soon())


def slow_and_left(ends: Ends, tls: bool) -> None:
    connection, peer = ends.open(tls=tls)
    connection.misbehavior.change(send_delay=3600, reads=False)
    connection.send("never", soon())
    peer.close()


def full(ends: Ends, tls: bool) -> None:
    """The peer takes nothing."""
    connection, _ = ends.open(tls=tls)
    connection.post(["x" * LARGE])
    connection.push()


def full_of_answers(ends: Ends, tls: bool) -> None:
    _, peer = ends.open("server", tls=tls, responder=Answering(lambda end, messages: end.post(messages * 100)))
    peer.socket.settimeout(0.2)
    try:
        for _ in range(1000):
            peer.send_frame(BINARY, bytes(100_000))
    except TimeoutError:
        pass


def unanswered_close(ends: Ends, tls: bool) -> None:
    connection, peer = ends.open(tls=tls)
    connection.misbehavior.change(answers_close=False)
    peer.send_close()


def waiting_close(ends: Ends, tls: bool) -> None:
    """An answer is being made, the peer's close frame waits for it, and the peer has ended its direction."""
    _, peer = ends.open("server", tls=tls, responder=Busy())
    peer.send_frame(TEXT, b"question")
    peer.send_close()
    peer.send_frame(TEXT, b"behind the close frame")
    socket.socket.shutdown(peer.socket, socket.SHUT_WR)


def closing_unanswered(ends: Ends, tls: bool) -> None:
    connection, _ = ends.open(tls=tls)
    connection.begin_close(1000, "", soon())


def heartbeating(ends: Ends, tls: bool) -> None:
    ends.open(tls=tls, heartbeat=HeartbeatTimes(3600, 3600))


STATES = (
    idle,
    deaf,
    deaf_and_left,
    deaf_and_reset,
    held,
    held_and_left,
    slow,
    slow_and_left,
    full,
    full_of_answers,
    unanswered_close,
    waiting_close,
    closing_unanswered,
    heartbeating,
)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no clock of a thread")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("state", STATES)
def test_connection_for_which_nothing_happens_takes_no_time(state: Callable[..., None], tls: bool, ends: Ends):
    ends.open()  # another one keeps the thread, also where this one ends
    for _ in range(3):
        state(ends, tls)
    until(lambda: any(thread.ident for thread in reading_threads()), "it is read")
    assert any(cpu_of_a_moment() < OBSERVED / 10 for _ in range(MOMENTS))


def test_connection_that_nobody_could_read_is_closed(monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object) -> None:
        raise InterruptionError

    ours, theirs = tcp_pair()
    connection = Connection(Stream(ours), "client", "main", Terms("ws://peer/"), Limits(LIMIT))
    with monkeypatch.context() as patched:
        patched.setattr(reading_thread, "start", interrupt)
        with pytest.raises(InterruptionError):
            connection.start()
    began = time.monotonic()
    connection.abort("opening it was interrupted")
    assert time.monotonic() - began < AT_ONCE
    assert connection.state == "closed"
    with RawEnd(theirs) as peer:
        assert peer.receive_rest() == b""


@pytest.mark.parametrize("strikes", ["before", "after"])
def test_connection_whose_start_was_interrupted_is_ended_by_abort(strikes: str, monkeypatch: pytest.MonkeyPatch):
    """`after`: the reading thread has been asked to look."""
    ours, theirs = tcp_pair()
    connection = Connection(Stream(ours), "client", "main", Terms("ws://peer/"), Limits(LIMIT))
    attention = connection._attention  # noqa: SLF001
    ask = attention.ask

    def struck() -> None:
        if strikes == "after":
            ask()
        raise InterruptionError

    with monkeypatch.context() as patched:
        patched.setattr(attention, "ask", struck)
        with pytest.raises(InterruptionError):
            connection.start()
    connection.abort("opening it was interrupted")
    assert connection.state == "closed"
    with RawEnd(theirs) as peer:
        assert peer.receive_rest() == b""


def test_defect_of_ours_ends_the_connection_and_says_so(ends: Ends, monkeypatch: pytest.MonkeyPatch):
    shown: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: shown.append(failure.exc_type))
    (connection, peer), (other, other_peer) = ends.open(), ends.open()

    def fail() -> None:
        raise LookupError("a defect")

    monkeypatch.setattr(connection._serving, "_read", fail)  # noqa: SLF001
    peer.send_frame(TEXT, b"?")
    status = connection.waits.wait_for_close(soon())
    assert (status.code, str(connection._closing)) == (  # noqa: SLF001
        1006,
        "connection lost: an error in RobotWebSocketLibrary (1006)",
    )
    other_peer.send_frame(TEXT, b"!")
    assert text_of(other) == "!"
    assert shown == [LookupError]


@pytest.fixture
def short_linger(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(serving, "LINGER", 0.2)
    return 0.2


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("role", ["client", "server"])
def test_peer_that_keeps_tcp_open_has_a_moment_for_it(role: str, tls: bool, ends: Ends, short_linger: float):
    connection, peer = ends.open(role, tls=tls)
    began = time.monotonic()
    peer.send_close()
    assert peer.receive_frame().opcode == CLOSE
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.clean) == (1000, True)
    assert short_linger <= seconds_since(began) < AT_ONCE


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_peer_that_goes_on_sending_is_read_to_its_end(tls: bool, ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open("server", tls=tls)
    peer.send_close()

    def flood() -> None:
        try:
            for _ in range(200):
                peer.send_frame(BINARY, bytes(100_000))
            socket.socket.shutdown(peer.socket, socket.SHUT_WR)
        except OSError:  # it took longer than the moment that it has
            pass

    threads.append(threading.Thread(target=flood, daemon=True))
    threads[0].start()
    assert peer.receive_frame().opcode == CLOSE
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.clean) == (1000, True)
    assert len(connection.inbox) == 0


def test_tls_ended_by_both_sides_still_waits_for_the_end_of_tcp(ends: Ends, short_linger: float):
    """With the peer's "close notify" OpenSSL is done, and what follows is TCP alone."""
    connection, peer = ends.open("server", tls=True)
    began = time.monotonic()
    peer.socket.settimeout(AT_ONCE)
    peer.send_close()
    ending = threading.Thread(target=unwrap, args=(peer.socket,), daemon=True)
    ending.start()
    status = connection.waits.wait_for_close(soon())
    assert status.clean
    assert seconds_since(began) >= short_linger
    ending.join(PATIENCE)


def test_tls_ended_by_our_end_first_still_waits_for_the_end_of_tcp(ends: Ends, short_linger: float):
    """OpenSSL calls the peer's "close notify" an error then."""
    connection, peer = ends.open("server", tls=True)
    began = time.monotonic()
    peer.socket.settimeout(PATIENCE)
    peer.send_close()
    assert peer.receive_frame().opcode == CLOSE
    peer.socket.unwrap()
    assert connection.waits.wait_for_close(soon()).clean
    assert seconds_since(began) >= short_linger


@pytest.mark.parametrize("role", ["client", "server"])
def test_peer_that_resets_tcp_behind_the_close_frames_has_closed(role: str, ends: Ends):
    connection, peer = ends.open(role)
    peer.send_close()
    assert peer.receive_frame().opcode == CLOSE
    peer.reset()
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.clean) == (1000, True)


def unwrap(wrapped: Any) -> None:
    with suppress(OSError):
        wrapped.unwrap()


def test_missed_close_ends_the_connection_at_its_deadline(ends: Ends):
    connection, _ = ends.open()
    began = time.monotonic()
    connection.begin_close(1000, "", Deadline(0.2), warns=True)
    status = connection.waits.wait_for_close(soon())
    assert 0.2 <= seconds_since(began) < AT_ONCE
    assert status.code == 1006
    assert list(connection.notices) == ["the server did not answer the close frame in 200 milliseconds"]


def test_close_repeated_after_an_interruption_has_its_own_deadline(ends: Ends, monkeypatch: pytest.MonkeyPatch):
    connection, peer = ends.open()

    def interrupt(*_: object, **__: object) -> bool:
        raise InterruptionError

    with monkeypatch.context() as patched:
        patched.setattr(connection._sender, "_post_close", interrupt)  # noqa: SLF001
        with pytest.raises(InterruptionError):
            connection.begin_close(1000, "", Deadline(0.2))
    connection.look()
    until(lambda: connection._serving._close_timer is not None, "it was looked at")  # noqa: SLF001
    connection.begin_close(1000, "", soon())
    time.sleep(0.4)
    assert connection.state == "closing"
    assert peer.receive_frame().opcode == CLOSE
    peer.send_close()
    peer.close()
    assert connection.waits.wait_for_close(soon()).clean


def test_deadline_of_a_close_that_was_sent_as_a_frame_counts(ends: Ends):
    connection, _ = ends.open()
    connection.send_frame(Frame(Opcode.CLOSE, b"\x03\xe8"), True)
    connection.begin_close(1000, "", Deadline(0.1))
    assert connection.waits.wait_for_close(soon()).code == 1006


def test_slow_end_follows_each_change_of_its_delay(ends: Ends):
    connection, peer = ends.open()
    connection.misbehavior.change(send_delay=3600)
    for number in range(3):
        connection.send(f"{number}", soon())
    connection.misbehavior.change(send_delay=0.1)
    began = time.monotonic()
    assert peer.receive_frame().payload == b"0"
    assert peer.receive_frame().payload == b"1"
    assert seconds_since(began) >= 0.1
    connection.misbehavior.change(send_delay=3600)
    connection.misbehavior.change(send_delay=0)
    assert peer.receive_frame().payload == b"2"
    assert time.monotonic() - began < AT_ONCE
    connection.send("at once", soon())
    assert peer.receive_frame().payload == b"at once"


def test_waiting_close_is_answered_behind_the_answer(ends: Ends):
    busy = Busy()
    connection, peer = ends.open("server", responder=busy)
    peer.send_frame(TEXT, b"question")
    peer.send_close(1001)
    until(lambda: busy.busy, "the answer is being made")
    connection.post(["answer"])
    assert connection.state == "open"
    busy.finish()
    assert peer.receive_frame().payload == b"answer"
    assert peer.receive_frame()[:2] == (CLOSE, (1001).to_bytes(2, "big"))
    peer.close()
    assert connection.waits.wait_for_close(soon()).code == 1001


class HoldingStream(Stream):
    """Bytes lie ready that the selector knows nothing of, as OpenSSL may hold back what it has decrypted."""

    buffers = True

    def __init__(self, connected: socket.socket, ready: list[bytes]) -> None:
        super().__init__(connected)
        self.ready = ready
        self.turns: list[int] = []

    @property
    def holds_back(self) -> bool:
        return bool(self.ready)

    def receive_now(self) -> bytes | None:
        return self.ready.pop(0) if self.ready else super().receive_now()


def test_bytes_that_lie_ready_are_read_although_nothing_arrives(ends: Ends):
    count = 5 * READS
    ours, theirs = tcp_pair()
    stream = HoldingStream(ours, [frame(TEXT, b"%d" % number) for number in range(count)])
    connection = ends.connection(stream, "client")
    ends.peer(theirs, "client")
    assert [text_of(connection) for _ in range(count)] == [f"{number}" for number in range(count)]


def test_bytes_that_lie_ready_wait_while_reading_is_paused(ends: Ends):
    ours, theirs = tcp_pair()
    stream = HoldingStream(ours, [])
    connection = ends.connection(stream, "client")
    ends.peer(theirs, "client")
    connection.misbehavior.change(reads=False)
    time.sleep(0.05)
    stream.ready = [frame(TEXT, b"hello")]
    connection.look()
    time.sleep(0.05)
    assert len(connection.inbox) == 0
    connection.misbehavior.change(reads=True)
    assert text_of(connection) == "hello"


def receive_five(stream: TlsStream) -> bytes:
    try:
        return stream._socket.recv(5)  # noqa: SLF001, the rest of the record lies ready inside OpenSSL
    except ssl.SSLWantReadError:
        return b""


def test_tls_bytes_that_came_before_the_hand_over_are_read(ends: Ends):
    stream, wrapped = tls_pair()
    peer = ends.peer(wrapped, "client")
    peer.send(b"first" + frame(TEXT, b"one") + frame(TEXT, b"two"))
    until(lambda: receive_five(stream) == b"first", "the record has arrived")
    assert stream.holds_back
    connection = ends.connection(stream, "client")
    assert [text_of(connection), text_of(connection)] == ["one", "two"]


def test_flood_over_tls_leaves_the_others_their_turn(ends: Ends, threads: list[threading.Thread]):
    flooded, flooding = ends.open(tls=True)
    connection, peer = ends.open(tls=True)
    over = threading.Event()

    def flood() -> None:
        part = frame(BINARY, bytes(16_000)) * 20
        while not over.is_set():
            flooding.send(part)

    def take() -> None:
        while not over.is_set():
            flooded.waits.wait_for_message(soon(), anything)

    threads += [threading.Thread(target=target, daemon=True) for target in (flood, take)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        peer.send_frame(PING, b"?")
        assert peer.receive_frame().opcode == PONG
    assert connection.state == "open"
    over.set()
    threads[0].join(PATIENCE)  # OpenSSL takes one call at a time
    flooding.send(frame(BINARY, b""))


class WantsToWrite(Stream):
    """OpenSSL may have to write before it can read on."""

    def receive_now(self) -> bytes | None:
        self.wants_to_write = not self.wants_to_write
        return None if self.wants_to_write else super().receive_now()


def test_reading_that_needs_to_write_goes_on_when_it_can(ends: Ends):
    ours, theirs = tcp_pair()
    connection = ends.connection(WantsToWrite(ours), "client")
    peer = ends.peer(theirs, "client")
    peer.send_frame(TEXT, b"hello")
    assert text_of(connection) == "hello"


def test_write_of_another_thread_resumes_the_reading_that_paused_for_it(ends: Ends, monkeypatch: pytest.MonkeyPatch):
    """All that waits leaves at once, in another thread, when the reading thread has just decided to pause."""
    connection, peer = ends.open("server", responder=Answering(lambda end, messages: end.post(messages)))
    outbox, pauses = connection._outbox, connection._serving._pauses  # noqa: SLF001
    until(lambda: connection._serving.interest != 0, "it is read")  # noqa: SLF001
    waits = [True, True, False]
    monkeypatch.setattr(
        type(pauses), "_too_much_waits", property(lambda _: waits.pop(0) if len(waits) > 1 else waits[0])
    )
    connection.look()
    until(lambda: connection._serving.interest == 0, "reading has paused")  # noqa: SLF001
    assert outbox.is_awaited
    connection.push()
    peer.send_frame(TEXT, b"hello")
    assert peer.receive_frame().payload == b"hello"


def test_interrupted_take_does_not_leave_reading_paused(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(messages=1))
    for number in range(3):
        peer.send_frame(TEXT, b"%d" % number)
    until(lambda: connection.inbox.room_is_awaited, "reading has paused")
    del connection.inbox._messages[0]  # noqa: SLF001, and before anybody was asked an exception has struck
    assert [text_of(connection), text_of(connection)] == ["1", "2"]


def test_interrupted_push_is_mended_by_the_next_wait(ends: Ends):
    connection, peer = ends.open()
    connection.post(["posted, and an exception has struck"])
    with pytest.raises(Exception, match="No message"):
        connection.waits.wait_for_message(Deadline(0.3), anything)
    assert peer.receive_frame().payload == b"posted, and an exception has struck"


def test_connection_that_nobody_knows_any_more_ends(ends: Ends):
    """An exception of a signal handler may strike between opening it and keeping it."""
    ours, theirs = tcp_pair()
    peer = ends.peer(theirs, "client")
    connection = Connection(Stream(ours), "client", "main", Terms("ws://peer/"), Limits(LIMIT))
    connection.start()
    peer.send(frame(PING, b"?"))
    assert peer.receive_frame().opcode == PONG
    del connection
    gc.collect()
    assert peer.receive_rest() == b""


def test_no_line_of_python_runs_when_a_connection_is_forgotten(ends: Ends):
    """Python would throw an exception away that strikes there, such as a timeout of Robot Framework."""
    ours, theirs = tcp_pair()
    peer = ends.peer(theirs, "client")
    connection = Connection(Stream(ours), "client", "main", Terms("ws://peer/"), Limits(LIMIT))
    connection.start()
    called: list[str] = []
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_name) if event == "call" else None)
    try:
        del connection
    finally:
        sys.setprofile(None)
    assert called == []
    assert peer.receive_rest() == b""


def test_end_that_was_told_not_to_read_does_not_read_what_has_just_arrived(ends: Ends):
    connection, peer = ends.open()
    served = connection._serving  # noqa: SLF001
    connection.misbehavior.change(reads=False)
    until(lambda: served.interest == 0, "reading has paused")
    peer.send_frame(TEXT, b"unheard")
    until(connection._stream.has_arrived, "it is there")  # noqa: SLF001
    served.serve(reading_thread.READ)
    assert len(connection.inbox) == 0
    connection.misbehavior.restore()
    assert text_of(connection) == "unheard"


def test_thread_that_waits_keeps_nothing_of_a_connection_that_has_ended(ends: Ends):
    ends.open()  # it keeps the thread
    ours, theirs = tcp_pair()
    peer = ends.peer(theirs, "client")
    connection = Connection(Stream(ours), "client", "main", Terms("ws://peer/"), Limits(LIMIT))
    connection.start()
    peer.send_close()
    assert connection.waits.wait_for_close(soon()).clean
    traffic = ref(connection.traffic)
    del connection
    until(lambda: gc.collect() == 0 and traffic() is None, "nobody keeps what it has recorded")


def test_whatever_still_comes_to_a_connection_that_has_ended_changes_nothing(ends: Ends):
    connection, peer = ends.open(heartbeat=HeartbeatTimes(interval=PATIENCE, timeout=PATIENCE))
    ended = connection._serving  # noqa: SLF001
    peer.send_close()
    until(lambda: connection.state == "closed", "it has ended")
    until(lambda: ended._thread is None, "nobody reads it")  # noqa: SLF001
    before = connection.close_status
    ended.serve(reading_thread.READ | reading_thread.WRITE)
    ended.look()
    ended._finish()  # noqa: SLF001
    ended._stop_timers()  # noqa: SLF001
    ended._receiver.lose()  # noqa: SLF001
    ended.heartbeat._check_pong()  # noqa: SLF001
    ended.heartbeat._set_timer(0, lambda: pytest.fail("it ran"))  # noqa: SLF001
    assert before is not None
    assert connection.close_status == before
