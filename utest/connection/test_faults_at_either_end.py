"""What a peer can do wrong, to a client's and to a server's end, plain and over TLS."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from peers.raw import AT_ONCE, BINARY, CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError, MessageTimeoutError, WebSocketError
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters
from RobotWebSocketLibrary.protocol.messages import FRAGMENT_LIMIT

from .ends import LIMIT, FaultyPeer, anything, soon, text_of, until

CONTINUATION = 0x0
LARGE = 20_000_000


def failed_wait(connection: Connection) -> str:
    """Why nothing comes any more."""
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.wait_for_message(soon(), anything)
    return str(failure.value)


def beginning(threads: list[threading.Thread], run: Callable[[], object], delay: float = 0.0) -> threading.Thread:
    """A thread that ends with its test. Its peer may leave it in the middle."""

    def begin() -> None:
        with suppress(OSError):
            run()

    threads.append(threading.Timer(delay, begin))
    threads[-1].daemon = True
    threads[-1].start()
    return threads[-1]


# How connections are lost


def test_fin_without_a_close_frame_ends_a_wait_at_once(faulty: FaultyPeer):
    connection, peer = faulty.open()
    peer.send_frame(TEXT, b"before the end")
    peer.finish()
    assert text_of(connection) == "before the end"
    how = f"connection lost: the {faulty.name} closed TCP without a close frame (1006)"
    assert failed_wait(connection) == f"No message from 'main': {how}."
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.initiator, status.clean) == (1006, "none", False)


def test_rst_says_so(faulty: FaultyPeer):
    connection, peer = faulty.open()
    peer.send_frame(TEXT, b"before the end")
    assert text_of(connection) == "before the end"
    peer.reset()
    how = f"connection lost: the {faulty.name} reset the connection (1006)"
    assert failed_wait(connection) == f"No message from 'main': {how}."


def test_end_at_each_byte_says_how_far_the_message_came(faulty: FaultyPeer):
    first, second = faulty.frame(TEXT, b"Hello", fin=False), faulty.frame(CONTINUATION, b"0" * 200)
    for cut in range(41):
        connection, peer = faulty.open()
        peer.send((first + second)[:cut])
        peer.finish()
        where = place_of(cut, len(first), len(second))
        how = f"connection lost: the {faulty.name} closed TCP without a close frame{where} (1006)"
        assert failed_wait(connection) == f"No message from 'main': {how}.", cut


def place_of(cut: int, first: int, second: int) -> str:
    """Where the end of TCP is, within a fragment of 5 bytes and one of 200."""
    for size, header, behind in (
        (5, first - 5, ""),
        (200, second - 200, " in the middle of a message (5 bytes so far)"),
    ):
        if cut == 0:
            return behind
        if cut < header:
            return behind or " in the middle of a frame's header"
        if cut < header + size:
            return f" in the middle of a frame ({cut - header} of {size} bytes)"
        cut -= header + size
    raise AssertionError(cut)


def test_reset_in_the_middle_of_a_message_says_how_far_it_came(faulty: FaultyPeer):
    connection, peer = faulty.open()
    peer.send_frame(TEXT, b"Hello", fin=False)
    until(lambda: connection.traffic.recorded == 1, "the first frame has come")
    peer.reset()
    how = f"the {faulty.name} reset the connection in the middle of a message (5 bytes so far)"
    assert failed_wait(connection) == f"No message from 'main': connection lost: {how} (1006)."


# What the peer must not send


@pytest.mark.parametrize(
    ("frames", "code", "reason"),
    [
        ([(TEXT, b"x", {"rsv": 4})], 1002, "RSV1 set on a text frame (compression was not negotiated)"),
        ([(BINARY, b"x", {"rsv": 3})], 1002, "RSV2 and RSV3 set on a binary frame (compression was not negotiated)"),
        ([(0x3, b"x", {})], 1002, "reserved opcode 0x3"),
        ([(0xB, b"x", {})], 1002, "reserved opcode 0xB"),
        ([(TEXT, b"x", {"wrongly_masked": True})], 1002, "{masked} frame from a {peer}"),
        ([(PING, b"x", {"fin": False})], 1002, "a fragmented ping frame"),
        ([(PING, bytes(126), {})], 1002, "a ping frame with more than 125 bytes"),
        ([(CONTINUATION, b"x", {})], 1002, "a continuation frame without a message to continue"),
        (
            [(TEXT, b"x", {"fin": False}), (TEXT, b"y", {})],
            1002,
            "a new message before the fragmented one has ended",
        ),
        ([(TEXT, b"ab\xffcd", {})], 1007, "invalid UTF-8 in a text message at byte 2"),
        (
            [(TEXT, b"a\xc3", {"fin": False}), (CONTINUATION, b"x", {})],
            1007,
            "invalid UTF-8 in a text message at byte 1",
        ),
        ([(TEXT, b"ok\xff", {"length": 100})], 1007, "invalid UTF-8 in a text message at byte 2"),
        (
            [(BINARY, b"", {"length": LIMIT + 1})],
            1009,
            "a message of at least 1,048,577 bytes, over the limit of 1,048,",
        ),
        (
            [(BINARY, b"", {"length": 1 << 40})],
            1009,
            "a message of at least 1,099,511,627,776 bytes, over the limit of",
        ),
        (
            [(BINARY, bytes(LIMIT - 10), {"fin": False}), (CONTINUATION, bytes(11), {})],
            1009,
            "a message of at least 1,048,577 bytes, over the limit of",
        ),
        ([(CLOSE, b"\x03", {})], 1002, "a close frame with half a close code"),
        ([(CLOSE, b"\x03\xe7", {})], 1002, "a close frame with the code 999, which may not be sent"),
        ([(CLOSE, b"\x03\xec", {})], 1002, "a close frame with the code 1004, which may not be sent"),
        ([(CLOSE, b"\x03\xed", {})], 1002, "a close frame with the code 1005, which may not be sent"),
        ([(CLOSE, b"\x03\xee", {})], 1002, "a close frame with the code 1006, which may not be sent"),
        ([(CLOSE, b"\x03\xf7", {})], 1002, "a close frame with the code 1015, which may not be sent"),
        ([(CLOSE, b"\x03\xf8", {})], 1002, "a close frame with the code 1016, which may not be sent"),
        ([(CLOSE, b"\x0b\xb7", {})], 1002, "a close frame with the code 2999, which may not be sent"),
        ([(CLOSE, b"\x13\x88", {})], 1002, "a close frame with the code 5000, which may not be sent"),
        ([(CLOSE, b"\x03\xe8\xff", {})], 1007, "invalid UTF-8 in a close reason at byte 0"),
    ],
)
def test_peer_that_breaks_the_protocol_is_told_so(
    frames: list[tuple[int, bytes, dict[str, object]]], code: int, reason: str, faulty: FaultyPeer
):
    masked = "a masked" if faulty.role == "client" else "an unmasked"
    wrong = b"".join(faulty.frame(opcode, payload, **fields) for opcode, payload, fields in frames)
    assert_told_so(faulty, wrong, code, reason.format(masked=masked, peer=faulty.name))


@pytest.mark.parametrize(
    ("length", "reason"),
    [
        (b"\x7e\x00\x05", "the length 5 is not written in the shortest form"),
        (b"\x7f\x00\x00\x00\x00\x00\x00\xff\xff", "the length 65535 is not written in the shortest form"),
        (b"\x7f\x80\x00\x00\x00\x00\x00\x00\x00", "the highest bit of a 64-bit length is set"),
    ],
)
def test_length_that_no_frame_has(length: bytes, reason: str, faulty: FaultyPeer):
    mask_bit = 0x80 if faulty.role == "server" else 0
    wrong = b"\x81" + bytes([length[0] | mask_bit]) + length[1:] + (b"\0\0\0\0" if mask_bit else b"") + b"Hello"
    assert_told_so(faulty, wrong, 1002, reason)


def assert_told_so(faulty: FaultyPeer, wrong: bytes, code: int, reason: str) -> None:
    """The peer gets a close frame and the end of TCP; what came before is delivered, and nothing from behind."""
    connection, peer = faulty.open()
    peer.send(faulty.frame(TEXT, b"before") + wrong + faulty.frame(TEXT, b"behind"))
    close = peer.receive_frame()
    assert close.opcode == CLOSE
    assert int.from_bytes(close.payload[:2], "big") == code
    assert peer.receive_rest() == b""
    peer.close()
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.initiator, status.clean) == (code, faulty.role, False)
    assert text_of(connection) == "before"
    how = f"the {faulty.name} sent " if code == 1009 else f"protocol error by the {faulty.name}: "
    assert failed_wait(connection).startswith(f"No message from 'main': {how}{reason}")


def test_tcp_ends_soon_after_a_protocol_error_whatever_the_peer_does(faulty: FaultyPeer):
    connection, peer = faulty.open()
    began = time.monotonic()
    peer.send(faulty.frame(0x3))
    connection.waits.wait_for_close(soon())
    assert 0.9 < time.monotonic() - began < AT_ONCE, "the peer, which keeps TCP, may take a second to read why"


def test_tcp_ends_soon_after_a_protocol_error_also_when_the_peer_goes_on(
    faulty: FaultyPeer, threads: list[threading.Thread]
):
    connection, peer = faulty.open()

    def go_on() -> None:
        peer.send(faulty.frame(0x3))
        while True:
            peer.send(bytes(10_000))

    began = time.monotonic()
    beginning(threads, go_on)
    connection.waits.wait_for_close(soon())
    assert 0.9 < time.monotonic() - began < AT_ONCE


def test_bomb_is_refused(faulty: FaultyPeer):
    connection, peer = faulty.open(compression=DeflateParameters())
    deflating = zlib.compressobj(wbits=-15)
    bomb = (deflating.compress(bytes(100 * LIMIT)) + deflating.flush(zlib.Z_SYNC_FLUSH))[:-4]
    peer.send_frame(BINARY, bomb, rsv=4)
    assert peer.receive_frame().payload[:2] == (1009).to_bytes(2, "big")
    peer.close()
    assert connection.waits.wait_for_close(soon()).code == 1009
    assert failed_wait(connection).startswith(
        f"No message from 'main': the {faulty.name} sent a message of at least 1,048,"
    )


# Closing


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (4005, b"why", "4005 (private use) why"),
        (None, b"", "1005 (no status received)"),
        (3000, "på gensyn".encode(), "3000 (registered) på gensyn"),
        (1000, b"", "1000 (normal closure)"),
    ],
)
def test_close_of_the_peer_ends_a_wait_and_is_answered_with_the_same(
    code: int | None, reason: bytes, expected: str, faulty: FaultyPeer, threads: list[threading.Thread]
):
    connection, peer = faulty.open()
    beginning(threads, lambda: peer.send_close(code, reason), 0.05)
    assert (
        failed_wait(connection) == f"No message from 'main': the {faulty.name} closed the connection with {expected}."
    )
    assert peer.receive_frame().payload == (b"" if code is None else code.to_bytes(2, "big") + reason)
    peer.close()
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.initiator, status.clean) == (code or 1005, faulty.name, True)


def test_silent_peer_is_left_at_the_deadline(faulty: FaultyPeer):
    connection, peer = faulty.open()
    assert_left_at_the_deadline(connection)
    assert peer.receive_frame().opcode == CLOSE


def test_peer_that_goes_on_sending_is_left_at_the_deadline(faulty: FaultyPeer, threads: list[threading.Thread]):
    connection, peer = faulty.open()

    def go_on() -> None:
        while True:
            peer.send_frame(BINARY, bytes(1000))

    beginning(threads, go_on)
    assert_left_at_the_deadline(connection)


def test_peer_that_drips_is_left_at_the_deadline(faulty: FaultyPeer, threads: list[threading.Thread]):
    connection, peer = faulty.open()
    over = threading.Event()

    def drip() -> None:
        for byte in faulty.frame(BINARY, bytes(1000)):
            peer.send(bytes([byte]))
            if over.wait(0.02):
                return

    beginning(threads, drip)
    assert_left_at_the_deadline(connection)
    over.set()


def test_peer_that_does_not_read_is_left_at_the_deadline(faulty: FaultyPeer):
    connection, _ = faulty.open()
    connection.post([bytes(LARGE)])
    connection.push()
    assert_left_at_the_deadline(connection)


def assert_left_at_the_deadline(connection: Connection) -> None:
    began, deadline = time.monotonic(), Deadline(0.3)
    connection.begin_close(1000, "", deadline)
    status = connection.finish_close(deadline)
    assert status is not None
    assert (status.code, status.clean) == (1006, False)
    assert 0.29 <= time.monotonic() - began < AT_ONCE  # Windows counts in steps
    assert connection.state == "closed"


def test_peer_that_answers_but_keeps_tcp_is_left_after_a_second(faulty: FaultyPeer):
    connection, peer = faulty.open()
    began = time.monotonic()
    connection.begin_close(1000, "", soon())
    peer.receive_frame()
    peer.send_close()
    status = connection.finish_close(soon())
    assert status is not None
    assert status.clean
    assert time.monotonic() - began < AT_ONCE, "a wait in vain ends with the deadline of a minute"


def test_close_while_another_thread_waits(faulty: FaultyPeer, threads: list[threading.Thread]):
    for _ in range(20):
        connection, peer = faulty.open()
        told: list[str] = []
        waiting = beginning(threads, lambda: told.append(failed_wait(connection)))  # noqa: B023
        connection.begin_close(4001, "enough", soon())
        peer.receive_frame()
        peer.send_close(4001)
        peer.close()
        connection.finish_close(soon())
        waiting.join(PATIENCE)
        assert len(told) == 1
        assert "4001 (private use)" in told[0]


def test_closed_connection_says_how_it_ended(faulty: FaultyPeer):
    connection, peer = faulty.open()
    peer.send_close(4005, b"why")
    peer.receive_frame()
    peer.close()
    connection.waits.wait_for_close(soon())
    connection.begin_close(1000, "", soon())
    assert str(connection.finish_close(soon())) == "4005 (private use) why"
    how = f"the {faulty.name} closed the connection with 4005 (private use) why"
    with pytest.raises(ConnectionClosedError) as failure:
        connection.send("more", soon())
    assert str(failure.value) == f"Cannot send to 'main': {how}."
    assert failed_wait(connection) == f"No message from 'main': {how}."


# Peers that are slow, late or too fast


def test_fifty_frames_in_one_piece_arrive_without_new_bytes(faulty: FaultyPeer):
    connection, peer = faulty.open()
    peer.send(b"".join(faulty.frame(TEXT, b"%d" % number) for number in range(50)))
    assert [text_of(connection) for _ in range(50)] == [str(number) for number in range(50)]


def test_half_a_message_is_no_message_until_its_rest_has_come(faulty: FaultyPeer):
    connection, peer = faulty.open()
    whole = faulty.frame(TEXT, b"Hello ", fin=False) + faulty.frame(PING, b"?") + faulty.frame(CONTINUATION, b"there")
    for cut in range(1, len(whole)):
        peer.send(whole[:cut])
        with pytest.raises(MessageTimeoutError):
            connection.waits.wait_for_message(Deadline(0.002), anything)
        peer.send(whole[cut:])
        assert text_of(connection) == "Hello there"


def test_wait_in_vain_leaves_the_connection_as_it_was(faulty: FaultyPeer):
    connection, peer = faulty.open()
    with pytest.raises(MessageTimeoutError) as failure:
        connection.waits.wait_for_message(Deadline(0.05), anything)
    assert str(failure.value) == (
        "No message from 'main' in 50 milliseconds; the connection is open, and nothing has arrived."
    )
    peer.send_frame(TEXT, b"later")
    assert text_of(connection) == "later"


def test_peer_that_stops_reading_breaks_the_connection(faulty: FaultyPeer):
    connection, peer = faulty.open()
    began = time.monotonic()
    with pytest.raises(WebSocketError) as failure:
        connection.send(bytes(LARGE), Deadline(0.3))
    assert 0.29 <= time.monotonic() - began < AT_ONCE  # Windows counts in steps
    told = f" of {LARGE + (14 if faulty.role == 'client' else 10):,} bytes were sent in 300 milliseconds"
    assert str(failure.value).startswith("Cannot send to 'main': only ")
    assert str(failure.value).endswith(f"{told}; the connection is broken and was closed.")
    assert connection.state == "closed"
    with pytest.raises(ConnectionClosedError, match="Cannot send to 'main': connection broken: only "):
        connection.send("more", soon())
    received = rest_of(peer)
    assert received[:2] == bytes([0x82, 0x7F | (0x80 if faulty.role == "client" else 0)])
    assert len(received) < LARGE, "no second frame follows a part of one"


def rest_of(peer: RawEnd) -> bytes:
    """What comes until TCP ends, with or without an RST."""
    received = bytearray()
    with suppress(OSError):
        while piece := peer.socket.recv(1 << 20):
            received += piece
    return bytes(received)


def test_frames_of_one_message_follow_each_other_whoever_sends(faulty: FaultyPeer, threads: list[threading.Thread]):
    connection, peer = faulty.open()
    count, failures = 60, list[Exception]()

    def send(sign: str, size: int, fragment_size: int | None) -> None:
        try:
            for number in range(count):
                connection.send(f"{number:04}" + sign * size, soon(), fragment_size)
                connection.send_control(PING, sign.encode())
        except WebSocketError as error:
            failures.append(error)

    senders = (("a", 100_000, 10_000), ("b", 30_000, None), ("c", 5, 3))
    for sender in senders:
        beginning(threads, partial(send, *sender))
    messages = receive_messages(peer, 3 * count, 3 * count)
    for sign, size, _ in senders:
        assert [text for text in messages if text.endswith(sign)] == [f"{at:04}" + sign * size for at in range(count)]
    assert failures == []
    assert connection.state == "open"


def receive_messages(peer: RawEnd, count: int, pings: int) -> list[str]:
    """Joins fragments, and reads so many pings besides, wherever they come."""
    messages, message = [], b""
    while len(messages) < count or pings:
        received = peer.receive_frame()
        if received.opcode == PING:
            pings -= 1
            continue
        assert received.opcode == (CONTINUATION if message else TEXT)
        message += received.payload
        if received.fin:
            messages.append(message.decode())
            message = b""
    return messages


def test_empty_fragments_without_end_are_refused(faulty: FaultyPeer):
    connection, peer = faulty.open()
    peer.send(faulty.frame(TEXT, fin=False) + faulty.frame(CONTINUATION, fin=False) * FRAGMENT_LIMIT)
    assert peer.receive_frame().payload[:2] == (1009).to_bytes(2, "big")
    connection.abort("the test has seen enough")


def test_flood_of_pings_is_answered_and_messages_are_delivered(faulty: FaultyPeer):
    connection, peer = faulty.open()
    for number in range(0, 5_000, 100):  # one thread sends and receives: OpenSSL allows no two
        bodies = [b"%d" % (number + each) for each in range(100)]
        peer.send(b"".join(faulty.frame(PING, body) for body in bodies))
        assert [peer.receive_frame()[:2] for _ in bodies] == [(PONG, body) for body in bodies]
    peer.send_frame(TEXT, b"after the flood")
    assert text_of(connection) == "after the flood"


def test_only_the_pong_of_the_ping_answers_it(faulty: FaultyPeer):
    connection, peer = faulty.open()
    connection.send_control(PING, b"mine")
    peer.receive_frame()
    peer.send_frame(PONG, b"unsolicited")
    with pytest.raises(MessageTimeoutError):
        connection.waits.wait_for_pong(Deadline(0.05), b"mine")
    peer.send_frame(PONG, b"mine")
    assert connection.waits.wait_for_pong(soon(), b"mine").round_trip is not None
    assert connection.waits.wait_for_pong(soon(), b"unsolicited").round_trip is None


def test_full_inbox_pauses_reading_and_drops_nothing(faulty: FaultyPeer, threads: list[threading.Thread]):
    connection, peer = faulty.open(inbox=InboxLimit(messages=10))
    count = 500

    def flood() -> None:
        for number in range(count):
            peer.send_frame(BINARY, b"%d" % number + bytes(10_000))

    beginning(threads, flood)
    until(lambda: bool(connection.notices), "reading has paused")
    for number in range(count):
        assert text_of(connection) == b"%d" % number + bytes(10_000)
    assert list(connection.notices) == ["reading paused: the inbox is full (10 messages that no test has taken)"], (
        "one warning, however often reading paused"
    )
