"""What leaves a connection, and what a peer that does not read can do to it."""

from __future__ import annotations

import threading

import pytest

from peers.raw import BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd, WireFrame, frame
from RobotWebSocketLibrary.connection.connection import OUTBOX_LIMIT, Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, NotClosedError

from .ends import Ends, anything, soon, text_of, until

Both = tuple[Connection, RawEnd]
LARGE = 20_000_000


@pytest.mark.parametrize(("role", "masked"), [("client", True), ("server", False)])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_each_end_sends_text_and_binary(role: str, masked: bool, tls: bool, ends: Ends):
    connection, peer = ends.open(role, tls=tls)
    connection.send("på", soon())
    connection.send(b"\0\xff", soon())
    connection.send("", soon())
    assert [peer.receive_frame() for _ in range(3)] == [
        WireFrame(TEXT, "på".encode(), masked=masked),
        WireFrame(BINARY, b"\0\xff", masked=masked),
        WireFrame(TEXT, b"", masked=masked),
    ]


def test_message_leaves_in_fragments(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send("abcde", soon(), fragment_size=2)
    assert [peer.receive_frame() for _ in range(3)] == [
        WireFrame(TEXT, b"ab", fin=False, masked=True),
        WireFrame(0x0, b"cd", fin=False, masked=True),
        WireFrame(0x0, b"e", masked=True),
    ]


def test_raw_bytes_leave_as_they_are(ends: Ends):
    connection, peer = ends.open("server")
    connection.post_raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    connection.post(["welcome"])
    connection.push()
    assert peer.receive_head() == b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    assert peer.receive_frame().payload == b"welcome"
    connection.push()  # with nothing to write


def test_large_message_arrives_at_a_slow_peer(connection_and_peer: Both, threads: list[threading.Thread]):
    connection, peer = connection_and_peer
    received: list[WireFrame] = []
    threads.append(threading.Thread(target=lambda: received.append(peer.receive_frame()), daemon=True))
    sending = threading.Thread(target=connection.send, args=(b"0123456789" * 200_000, soon()), daemon=True)
    threads.append(sending)
    for thread in reversed(threads):
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert received == [WireFrame(BINARY, b"0123456789" * 200_000, masked=True)]


def test_message_that_nobody_waits_for_follows_as_the_peer_reads(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.post([bytes(LARGE)])
    connection.push()
    connection.post(["next"])
    connection.push()
    assert len(peer.receive_frame().payload) == LARGE
    assert peer.receive_frame().payload == b"next"


def test_peer_that_never_reads_is_left_when_too_much_waits_for_it(ends: Ends):
    connection, _ = ends.open("server")
    piece = bytes(OUTBOX_LIMIT // 4)

    def post_many() -> None:
        for _ in range(8):
            connection.post([piece])
            connection.push()

    with pytest.raises(ConnectionClosedError) as failure:
        post_many()
    how = "the client did not read, and 16,777,216 bytes waited for it"
    assert str(failure.value) == f"Cannot send to 'main': {how}."
    assert connection.waits.wait_for_close(soon()).code == 1006


def test_reader_answers_pings_during_a_long_send_to_an_echo_peer(
    connection_and_peer: Both, threads: list[threading.Thread]
):
    connection, peer = connection_and_peer
    count, payload = 4, bytes(1_000_000)
    pongs: list[bytes] = []

    def echo() -> None:  # writes before it reads on, like an echo server that does not read meanwhile
        for number in range(count):
            while (received := peer.receive_frame()).opcode == PONG:
                pongs.append(received.payload)
            for each in range(500):
                peer.send_frame(PING, b"%d" % (500 * number + each))
            peer.send(frame(BINARY, received.payload))

    threads.append(threading.Thread(target=echo, daemon=True))
    threads[0].start()
    for _ in range(count):
        connection.send(payload, soon())
    assert [text_of(connection) == payload for _ in range(count)] == [True] * count
    threads[0].join(PATIENCE)
    while len(pongs) < 500 * count:
        pongs.append(peer.receive_frame().payload)
    assert pongs == [b"%d" % number for number in range(500 * count)]


def test_both_ends_may_send_large_messages_at_once(ends: Ends, threads: list[threading.Thread]):
    connection, peer = ends.open(max_message_size=LARGE)

    def send_then_read() -> None:
        peer.send(frame(BINARY, bytes(LARGE)))  # all of it, before anything is read
        assert len(peer.receive_frame().payload) == LARGE

    threads.append(threading.Thread(target=send_then_read, daemon=True))
    threads[0].start()
    connection.send(bytes(LARGE), soon())
    assert len(text_of(connection)) == LARGE


def test_failed_write_is_explained_by_what_the_peer_said_before_it_left(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_close(4005, b"enough")
    peer.close()
    failure = failure_of_sending(connection)
    assert failure == "Cannot send to 'main': the server closed the connection with 4005 (private use) enough."


def test_failed_write_is_told_while_messages_are_left_to_read(ends: Ends):
    connection, peer = ends.open(inbox=InboxLimit(messages=1))
    peer.send(frame(TEXT, b"first") + frame(TEXT, b"second"))
    until(lambda: bool(connection.notices), "reading has paused")
    peer.reset()
    expected = "Cannot send to 'main': connection lost: "
    assert failure_of_sending(connection).startswith(expected)
    assert connection.state == "open"
    with pytest.raises(ConnectionClosedError, match=expected):
        connection.send_control(PING, b"")
    with pytest.raises(ConnectionClosedError, match=expected):
        connection.post(["more"])
    assert [text_of(connection), text_of(connection)] == ["first", "second"]
    assert connection.waits.wait_for_close(soon()).code == 1006


def failure_of_sending(connection: Connection) -> str:
    """Sends until it fails: the first write to a peer that has left does not."""
    deadline = soon()
    while not deadline.expired:
        try:
            connection.send("?", deadline)
        except ConnectionClosedError as error:
            return str(error)
    return "it did not fail"


def test_nothing_is_sent_behind_a_close_frame(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.begin_close(1000, "", soon())
    with pytest.raises(ConnectionClosedError, match="Cannot send to 'main': the connection is closing"):
        connection.send("late", soon())
    with pytest.raises(ConnectionClosedError, match="Cannot send to 'main': the connection is closing"):
        connection.send_control(PING, b"")
    assert peer.receive_frame().opcode == CLOSE
    peer.close()
    connection.waits.wait_for_close(soon())


def test_closed_connection_says_how_it_ended(connection_and_peer: Both):
    connection, peer = connection_and_peer
    peer.send_close(1001, b"see you")
    peer.close()
    connection.waits.wait_for_close(soon())
    expected = "the server closed the connection with 1001 \\(going away\\) see you"
    with pytest.raises(ConnectionClosedError, match=f"Cannot send to 'main': {expected}"):
        connection.send("late", soon())
    with pytest.raises(ConnectionClosedError, match=f"Cannot send to 'main': {expected}"):
        connection.post([b"late"])
    with pytest.raises(ConnectionClosedError, match=f"Cannot send to 'main': {expected}"):
        connection.send_control(PONG, b"late")
    with pytest.raises(ConnectionClosedError, match=f"No message from 'main': {expected}"):
        connection.waits.wait_for_message(soon(), anything)


def test_waiting_sender_learns_that_the_peer_closes(connection_and_peer: Both, threads: list[threading.Thread]):
    connection, peer = connection_and_peer
    threads.append(threading.Timer(0.1, peer.send_close, [1001]))
    threads[0].start()
    with pytest.raises(ConnectionClosedError, match="Cannot send to 'main': the server closed the connection with"):
        connection.send(bytes(LARGE), soon())
    with pytest.raises(ConnectionClosedError):
        connection.send("more", Deadline(0.1))


def test_send_within_a_deadline_that_is_over_still_sends_what_is_taken_at_once(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send("quick", Deadline(0))
    assert peer.receive_frame().payload == b"quick"
    with pytest.raises(NotClosedError):
        connection.waits.wait_for_close(Deadline(0))
