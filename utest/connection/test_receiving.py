"""What a connection makes of the bytes of its peer."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from peers.raw import AT_ONCE, BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd, WireFrame, frame, seconds_since
from RobotWebSocketLibrary import deadline as deadline_module
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.kept_messages import read_data
from RobotWebSocketLibrary.connection.pauses import ANSWERS_LIMIT
from RobotWebSocketLibrary.connection.search import take_from
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import (
    ConnectionClosedError,
    InboxFullError,
    MessageTimeoutError,
    WaitError,
    WebSocketError,
)
from RobotWebSocketLibrary.protocol.messages import Message

from .ends import LIMIT, Answering, Ends, Matching, anything, lines, soon, text_of, until

Both = tuple[Connection, RawEnd]


def test_messages_arrive_in_their_order(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send(frame(TEXT, "på".encode()) + frame(BINARY, b"\0\xff") + frame(TEXT) + frame(BINARY))
    assert [text_of(connection) for _ in range(4)] == ["på", b"\0\xff", "", b""]


def test_message_that_came_behind_the_handshake_arrives(ends: Ends):
    connection, _ = ends.open(received=frame(TEXT, b"welcome"))
    assert text_of(connection) == "welcome"


@pytest.mark.parametrize("role", ["client", "server"])
def test_fragments_are_joined_around_control_frames(role: str, ends: Ends):
    connection, peer = ends.open(role)
    peer.send_frame(TEXT, b"Hel", fin=False)
    peer.send_frame(PING, b"there?")
    peer.send_frame(0x0, b"l", fin=False)
    peer.send_frame(0x0, b"o")
    assert text_of(connection) == "Hello"
    assert peer.receive_frame() == WireFrame(PONG, b"there?", masked=role == "client")


def test_waiting_ends_at_the_deadline_and_says_how_the_connection_stands(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send(frame(TEXT, b"half")[:4])
    began = time.monotonic()
    with pytest.raises(MessageTimeoutError) as failure:
        connection.waits.wait_for_message(Deadline(0.2), Matching(anything, "text message"))
    assert str(failure.value).startswith("No text message from 'main' in 200 milliseconds; the connection is open, and")
    assert 0.2 <= seconds_since(began) < AT_ONCE
    peer.send(frame(TEXT, b"half")[4:])
    assert text_of(connection) == "half"


@pytest.mark.parametrize(
    ("arrived", "told"),
    [
        (b"", ", and nothing has arrived"),
        (frame(TEXT, b"half")[:1], ", and the server is in the middle of a frame's header"),
        (frame(TEXT, b"half")[:4], ", and the server is in the middle of a frame (2 of 4 bytes)"),
        (frame(TEXT, b"half", fin=False), ", and the server is in the middle of a message (4 bytes so far)"),
        (frame(PING, b"?"), ""),
        (frame(TEXT, b"another"), ""),
    ],
)
def test_failed_wait_says_what_has_come_so_far(connection_and_peer: Both, arrived: bytes, told: str):
    connection, peer = connection_and_peer
    peer.send(arrived)
    told = f"No text from 'main' in 10 milliseconds; the connection is open{told}."
    until(lambda: text_of_failed_wait(connection) == told, told)


def text_of_failed_wait(connection: Connection) -> str:
    with pytest.raises(MessageTimeoutError) as failure:
        connection.waits.wait_for_message(Deadline(0.01), Matching(lambda _: False, "text"))
    return str(failure.value)


def test_message_wakes_the_waiting_thread_at_once(
    connection_and_peer: Both, threads: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(deadline_module, "SLICE", PATIENCE)  # so nobody looks again without being woken
    connection, peer = connection_and_peer
    times = []
    for _ in range(5):
        sending = threading.Timer(0.02, lambda: (times.append(time.monotonic()), peer.send_frame(TEXT, b"now")))
        threads.append(sending)
        sending.start()
        text_of(connection)
        times.append(time.monotonic())
    assert max(after - before for before, after in zip(times[::2], times[1::2], strict=True)) < AT_ONCE


def test_message_that_does_not_match_stays(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_frame(TEXT, b"other")
    peer.send_frame(TEXT, b"wanted")
    assert (
        connection.waits.wait_for_message(soon(), Matching(lambda message: message.data == "wanted")).data == "wanted"
    )
    with pytest.raises(MessageTimeoutError):
        connection.waits.wait_for_message(Deadline(0.01), Matching(lambda message: message.data == "wanted"))
    assert text_of(connection) == "other"


def test_wait_takes_its_message_and_leaves_the_others_in_their_order(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send(b"".join(frame(TEXT, text.encode()) for text in ("one", "wanted", "two", "wanted", "three")))
    for _ in range(2):
        assert (
            connection.waits.wait_for_message(soon(), Matching(lambda message: message.data == "wanted")).data
            == "wanted"
        )
    assert [text_of(connection) for _ in range(3)] == ["one", "two", "three"]


def test_wait_looks_at_each_message_once(connection_and_peer: Both, threads: list[threading.Thread]):
    connection, peer = connection_and_peer
    count = 10_000
    asked = []

    def wanted(message: Message) -> bool:
        asked.append(message.data)
        return message.data == "wanted"

    def talk() -> None:
        for number in range(50):
            peer.send_frame(TEXT, b"later %d" % number)
        peer.send_frame(TEXT, b"wanted")

    peer.send(b"".join(frame(TEXT, b"%d" % number) for number in range(count)))
    until(lambda: len(connection.inbox) == count, "all have arrived")
    threads.append(threading.Timer(0.05, talk))
    threads[0].start()
    assert connection.waits.wait_for_message(soon(), Matching(wanted)).data == "wanted"
    assert asked == [*map(str, range(count)), *(f"later {number}" for number in range(50)), "wanted"]


def test_wait_ends_at_its_deadline_while_messages_flood_in(ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open(inbox=InboxLimit(messages=1000))
    looked, over, pause = threading.Event(), threading.Event(), threading.Event()

    def flood() -> None:
        looked.wait(PATIENCE)
        with suppress(OSError):
            while not over.is_set():
                peer.send_frame(TEXT, b"other")

    def slow(_: Message) -> bool:
        looked.set()
        pause.wait(0.02)
        return False

    threads.append(threading.Thread(target=flood, daemon=True))
    threads[0].start()
    peer.send_frame(TEXT, b"first")
    began = time.monotonic()
    with pytest.raises(WaitError):
        connection.waits.wait_for_message(Deadline(0.3), Matching(slow))
    took = time.monotonic() - began
    over.set()
    connection.abort("the test has ended")
    assert 0.28 <= took < AT_ONCE, "to look at all that the inbox holds takes longer"


def test_several_messages_are_taken_at_once_or_not_at_all(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send(frame(TEXT, b"one") + frame(BINARY, b"two"))
    with pytest.raises(MessageTimeoutError) as failure:
        connection.waits.wait_for_messages(Deadline(0.1), 3)
    assert str(failure.value) == "Only 2 of 3 messages from 'main' in 100 milliseconds; the connection is open."
    peer.send(frame(TEXT, b"three") + frame(TEXT, b"four"))
    assert read_data(connection.waits.wait_for_messages(soon(), 3)) == ["one", b"two", "three"]
    peer.send_close(4000)
    with pytest.raises(ConnectionClosedError) as closed:
        connection.waits.wait_for_messages(soon(), 2)
    assert str(closed.value) == (
        "Only 1 of 2 messages from 'main': the server closed the connection with 4000 (private use)."
    )
    assert text_of(connection) == "four"


def test_several_messages_that_the_inbox_cannot_hold(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(size=5))
    peer.send(frame(TEXT, b"one") + frame(TEXT, b"two") + frame(TEXT, b"three"))
    with pytest.raises(InboxFullError) as failure:
        connection.waits.wait_for_messages(soon(), 3)
    assert str(failure.value) == "Only 2 of 3 messages from 'main': the inbox is full (2 messages)."


def test_full_inbox_ends_each_wait_at_once(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(messages=1))
    peer.send(frame(TEXT, b"one"))
    began = time.monotonic()
    with pytest.raises(InboxFullError):
        connection.waits.wait_for_message(soon(), Matching(lambda _: False))
    assert time.monotonic() - began < AT_ONCE


def test_wait_for_a_ping_in_vain_says_nothing_of_messages(connection_and_peer: Both):
    connection, _ = connection_and_peer
    with pytest.raises(MessageTimeoutError) as failure:
        connection.waits.wait_for_ping(Deadline(0.01))
    assert str(failure.value) == "No ping from 'main' in 10 milliseconds; the connection is open."


def test_message_that_must_not_come_is_found_and_stays(connection_and_peer: Both, threads: list[threading.Thread]):
    connection, peer = connection_and_peer
    peer.send_frame(TEXT, b"other")
    assert connection.waits.watch_for_message(Deadline(0.1), Matching(lambda message: message.data == "bad")) is None
    threads.append(threading.Timer(0.05, lambda: peer.send_frame(TEXT, b"bad")))
    threads[0].start()
    found = connection.waits.watch_for_message(soon(), Matching(lambda message: message.data == "bad"))
    assert found is not None
    assert [text_of(connection), text_of(connection)] == ["other", "bad"]


def test_end_and_a_full_inbox_say_nothing_about_what_does_not_come(ends: Ends):
    connection, peer = ends.open()
    peer.send(frame(TEXT, b"bad"))
    peer.send_close()
    connection.waits.wait_for_close(soon())
    assert connection.waits.watch_for_message(soon(), anything) is not None
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.watch_for_message(soon(), Matching(lambda _: False))
    assert str(failure.value) == (
        "Cannot check that no message comes from 'main': the server closed the connection with 1000 (normal closure)."
    )
    connection, peer = ends.open(inbox=InboxLimit(messages=1))
    peer.send(frame(TEXT, b"one"))
    with pytest.raises(InboxFullError) as failure:
        connection.waits.watch_for_message(soon(), Matching(lambda _: False))
    assert str(failure.value) == "Cannot check that no message comes from 'main': the inbox is full (1 message)."


def test_pings_are_answered_and_kept(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_frame(PING, b"one")
    peer.send_frame(PING)
    assert [peer.receive_frame() for _ in range(2)] == [
        WireFrame(PONG, b"one", masked=True),
        WireFrame(PONG, b"", masked=True),
    ]
    assert [connection.waits.wait_for_ping(soon()), connection.waits.wait_for_ping(soon())] == [b"one", b""]
    with pytest.raises(MessageTimeoutError, match="No ping from 'main' in 10 milliseconds; the connection is open"):
        connection.waits.wait_for_ping(Deadline(0.01))


def test_pong_has_its_round_trip(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send_control(PING, b"there?")
    assert peer.receive_frame() == WireFrame(PING, b"there?", masked=True)
    peer.send_frame(PONG, b"unsolicited")
    peer.send_frame(PONG, b"there?")
    pong = connection.waits.wait_for_pong(soon())
    assert pong.body == b"there?"
    assert pong.round_trip is not None
    assert 0 < pong.round_trip < PATIENCE
    assert connection.waits.wait_for_pong(soon(), b"unsolicited").round_trip is None


def test_lost_pong_is_missed(connection_and_peer: Both):
    connection, peer = connection_and_peer
    with pytest.raises(WebSocketError, match="Cannot wait for a pong from 'main': no ping was sent and no body"):
        connection.waits.wait_for_pong(soon())
    connection.send_control(PING, b"first")
    connection.send_control(PING, b"second")
    peer.send_frame(PONG, b"first")
    with pytest.raises(MessageTimeoutError, match="No pong from 'main' in 50 milliseconds; the connection is open"):
        connection.waits.wait_for_pong(Deadline(0.05))
    assert connection.waits.wait_for_pong(soon(), b"first").round_trip is not None


def test_flood_of_pings_is_answered_and_messages_are_delivered(connection_and_peer: Both):
    connection, peer = connection_and_peer
    count = 20_000

    def flood() -> None:
        for number in range(0, count, 100):
            peer.send(b"".join(frame(PING, b"%d" % (number + each)) for each in range(100)))
        peer.send_frame(TEXT, b"after the flood")

    flooding = threading.Thread(target=flood, daemon=True)
    flooding.start()
    assert [peer.receive_frame().payload for _ in range(count)] == [b"%d" % number for number in range(count)]
    flooding.join(PATIENCE)
    assert text_of(connection) == "after the flood"


def test_peer_that_does_not_read_its_pongs_is_not_read(connection_and_peer: Both):
    connection, peer = connection_and_peer
    sent = send_until_blocked(peer, frame(PING, bytes(125)) * 1000)
    assert connection.state == "open"
    assert {peer.receive_frame().opcode for _ in range(sent * 1000)} == {PONG}


def test_other_errors_of_the_system_are_told_as_they_are(ends: Ends):
    connection, peer = ends.open(tls=True)
    peer.send_frame(TEXT, b"before")
    assert text_of(connection) == "before"
    raw = socket.socket(fileno=peer.socket.detach())
    raw.sendall(b"this is no TLS record, and long enough to be taken for one")
    raw.close()
    connection.waits.wait_for_close(soon())
    with pytest.raises(ConnectionClosedError, match=r"connection lost: \[SSL.*\(1006\)\.$"):
        connection.waits.wait_for_message(soon(), anything)


def test_sixteen_megabytes_in_small_fragments_are_joined_in_linear_time(ends: Ends):
    connection, peer = ends.open(max_message_size=16 * LIMIT)
    piece = frame(0x0, b"x" * 4096, fin=False)

    def send() -> None:
        peer.send(frame(BINARY, fin=False))
        for _ in range(64):
            peer.send(piece * 64)
        peer.send(frame(0x0))

    sending = threading.Thread(target=send, daemon=True)
    began = time.process_time()  # that of other programs does not count
    sending.start()
    assert len(text_of(connection)) == 64 * 64 * 4096
    assert time.process_time() - began < 5
    sending.join(PATIENCE)


# A full inbox


def test_full_inbox_pauses_reading_and_drops_nothing(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(messages=10))
    count = 2000

    def flood() -> None:
        for number in range(count):
            peer.send_frame(BINARY, b"%d" % number + bytes(10_000))

    flooding = threading.Thread(target=flood, daemon=True)
    flooding.start()
    until(lambda: len(connection.inbox) == 10, "the inbox is full")
    with pytest.raises(InboxFullError) as failure:
        connection.waits.wait_for_message(soon(), Matching(lambda _: False, "other message"))
    assert str(failure.value) == "No other message from 'main': the inbox is full (10 messages)."
    until(lambda: bool(connection.notices), "reading pauses")
    for number in range(count):
        assert text_of(connection) == b"%d" % number + bytes(10_000)
    flooding.join(PATIENCE)
    assert list(connection.notices) == ["reading paused: the inbox is full (10 messages that no test has taken)"], (
        "one warning, however often reading paused"
    )


def test_peer_is_slowed_down_by_a_full_inbox(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(size=100_000))
    assert send_until_blocked(peer, frame(BINARY, bytes(50_000))) > 2
    assert len(connection.inbox) == 2
    assert connection.state == "open"


def test_pings_are_answered_before_reading_pauses(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(messages=1))
    peer.send(frame(TEXT, b"first") + frame(PING, b"there?") + frame(TEXT, b"second"))
    assert peer.receive_frame() == WireFrame(PONG, b"there?", masked=True)
    assert [text_of(connection), text_of(connection)] == ["first", "second"]


def test_full_inbox_does_not_hold_up_the_closing_handshake(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(messages=2))
    peer.send(b"".join(frame(TEXT, b"%d" % number) for number in range(5)))
    until(lambda: bool(connection.notices), "reading has paused")
    connection.begin_close(1000, "", soon())
    assert peer.receive_frame().opcode == CLOSE
    peer.send_close()
    peer.close()
    status = connection.finish_close(soon())
    assert status is not None
    assert status.clean
    assert [text_of(connection), text_of(connection)] == ["0", "1"]
    assert take_from(connection.inbox, anything) is None
    assert connection.notices[-1] == "3 messages read while the connection closed could not be kept: the inbox was full"
    assert len(connection.notices) == 2


def send_until_blocked(peer: RawEnd, data: bytes) -> int:
    """Sends the same bytes until nobody reads them, the last ones in part; returns how often they left whole."""
    sent = 0
    peer.socket.settimeout(2)  # a reader that waits for its turn on a busy machine does not take so long
    with suppress(TimeoutError):
        while True:
            peer.send(data)
            sent += 1
    peer.socket.settimeout(PATIENCE)
    return sent


# Ends that answer by themselves


def test_server_answers_each_message(ends: Ends):
    connection, peer = ends.open("server", responder=Answering(Connection.post))
    peer.send_frame(TEXT, b"one")
    peer.send_frame(BINARY, b"two")
    assert [peer.receive_frame() for _ in range(2)] == [WireFrame(TEXT, b"one"), WireFrame(BINARY, b"two")]
    assert [text_of(connection), text_of(connection)] == ["one", b"two"]


def test_answer_that_fails_ends_the_connection(ends: Ends):
    def fail(_: Connection, __: Message) -> None:
        raise ValueError("no idea\x1b")

    connection, peer = ends.open("server", responder=Answering(fail))
    peer.send_frame(TEXT, b"?")
    close = peer.receive_frame()
    assert close.payload[:2] == (1011).to_bytes(2, "big")
    peer.close()
    assert connection.waits.wait_for_close(soon()).code == 1011
    assert text_of(connection) == "?"
    with pytest.raises(ConnectionClosedError, match="No message from 'main': a reply failed: 'ValueError"):
        connection.waits.wait_for_message(soon(), anything)


def test_peer_that_does_not_read_its_answers_is_not_read(ends: Ends):
    connection, peer = ends.open("server", keep_last=10, responder=Answering(Connection.post))
    sent = send_until_blocked(peer, frame(BINARY, bytes(100_000), masked=True))
    assert len(connection.inbox) == 10
    for _ in range(sent):
        assert peer.receive_frame() == WireFrame(BINARY, bytes(100_000))
    assert sent * 100_000 > ANSWERS_LIMIT


def test_traffic_tells_what_was_on_the_wire(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send("hello", soon())
    peer.send_frame(TEXT, b"welcome")
    text_of(connection)
    connection.send_control(PING, b"1")
    peer.send_close(4005, b"why")
    connection.waits.wait_for_close(soon())
    assert lines(connection) == [
        "> 'hello'",
        "< 'welcome'",
        "> ping '1'",
        "< close 4005 (private use) why",
        "> close 4005 (private use) why",
    ]


def test_system_that_fails_while_messages_are_delivered_loses_the_connection(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
):
    connection, peer = ends.open()

    def fail(_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(connection._serving._receiver._incoming, "feed", lambda _: map(fail, [0]))  # noqa: SLF001
    peer.send_frame(TEXT, b"x")
    until(lambda: connection.state == "closed", "it has ended")
    with pytest.raises(ConnectionClosedError, match=r"connection lost: Too many open files \(1006\)"):
        connection.send("too late", soon())
