"""Compressed messages, against the `websockets` package's permessage-deflate and raw bytes (RFC 7692)."""

from __future__ import annotations

import random
import sys
import threading
import tracemalloc
import zlib
from itertools import product

import pytest

from peers.compressing import RSV1, IndependentEnd
from peers.raw import BINARY, CLOSE, PING, PONG, TEXT, RawEnd, WireFrame, frame, tcp_pair
from RobotWebSocketLibrary.connection.closing import Closing
from RobotWebSocketLibrary.connection.compression import Compression
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.outbox import Outbox, Sending
from RobotWebSocketLibrary.connection.sender import Sender
from RobotWebSocketLibrary.connection.stream import Stream
from RobotWebSocketLibrary.connection.traffic import Traffic
from RobotWebSocketLibrary.errors import ConnectionClosedError
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters

from .ends import LIMIT, Ends, anything, lines, soon, text_of

DEFAULTS = DeflateParameters()
HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")
"""`Hello`, compressed: the example of RFC 7692 section 7.2.3.1."""
HELLO_AGAIN = bytes.fromhex("f2 00 11 00 00")
"""`Hello` once more, which only refers to the first one: section 7.2.3.2."""
ALL_PARAMETERS = [
    DeflateParameters(*flags, server_bits, client_bits)
    for flags in product([False, True], repeat=2)
    for server_bits, client_bits in ((15, 15), (9, 15), (15, 9), (9, 10))
]


def deflated(payload: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.fixture
def compressing(ends: Ends) -> tuple[Connection, RawEnd]:
    """A client's connection that compresses, and the raw server's end behind it."""
    return ends.open(compression=DEFAULTS)


Both = tuple[Connection, RawEnd]


# Both ways


@pytest.mark.parametrize("parameters", ALL_PARAMETERS, ids=str)
@pytest.mark.parametrize("role", ["client", "server"])
def test_messages_are_compressed_both_ways(role: str, parameters: DeflateParameters, ends: Ends):
    connection, peer = ends.open(role, compression=parameters)
    other = IndependentEnd(peer, role, parameters)
    chance = random.Random(7692)
    words = [chance.randbytes(3).hex() for _ in range(300)]
    messages = ["på" * 100, "", b"", b"\0\xff" * 5000, *(" ".join(chance.choices(words, k=200)) for _ in range(20))]
    for message in messages:
        connection.send(message, soon())
        assert other.receive() == (message.encode() if isinstance(message, str) else message)
        other.send(message)
        assert text_of(connection) == message


def test_received_message_tells_its_sizes(compressing: Both):
    connection, peer = compressing
    peer.send_frame(TEXT, HELLO, rsv=RSV1)
    peer.send_frame(TEXT, HELLO_AGAIN[:2], rsv=RSV1, fin=False)
    peer.send_frame(0x0, HELLO_AGAIN[2:])
    peer.send_frame(TEXT, b"Hello")
    assert [connection.waits.wait_for_message(soon(), anything) for _ in range(3)] == [
        ("Hello", 5, 1, 7),
        ("Hello", 5, 2, 5),
        ("Hello", 5, 1, None),
    ]
    assert lines(connection) == [
        "< 'Hello' (compressed to 7 bytes)",
        "< 'H' (to be continued) (compressed to 2 bytes)",
        "< continuation 'ello' (compressed to 3 bytes)",
        "< 'Hello'",
    ]


def test_sent_message_tells_its_sizes(compressing: Both):
    connection, peer = compressing
    connection.send("Hello", soon())
    connection.send("Hello", soon(), 2)
    assert [peer.receive_frame() for _ in range(4)] == [
        WireFrame(TEXT, HELLO, True, RSV1, True),
        WireFrame(TEXT, HELLO_AGAIN[:2], False, RSV1, True),
        WireFrame(0x0, HELLO_AGAIN[2:4], False, 0, True),
        WireFrame(0x0, HELLO_AGAIN[4:], True, 0, True),
    ]
    assert lines(connection) == [
        "> 'Hello' (compressed to 7 bytes)",
        "> 'Hello' (to be continued) (compressed to 2 bytes)",
        "> continuation '' (to be continued) (compressed to 2 bytes)",
        "> continuation '' (compressed to 1 byte)",
    ]


@pytest.mark.parametrize(
    ("parameters", "again"),
    [
        (DEFAULTS, HELLO_AGAIN),
        (DeflateParameters(server_no_context_takeover=True), HELLO_AGAIN),
        (DeflateParameters(client_no_context_takeover=True), HELLO),
    ],
)
def test_client_keeps_its_context_unless_it_must_not(parameters: DeflateParameters, again: bytes, ends: Ends):
    connection, peer = ends.open(compression=parameters)
    for _ in range(2):
        connection.send("Hello", soon())
    assert [peer.receive_frame().payload for _ in range(2)] == [HELLO, again]


@pytest.mark.parametrize(
    ("parameters", "again"),
    [
        (DEFAULTS, HELLO_AGAIN),
        (DeflateParameters(client_no_context_takeover=True), HELLO_AGAIN),
        (DeflateParameters(server_no_context_takeover=True), HELLO),
    ],
)
def test_server_keeps_its_context_unless_it_must_not(parameters: DeflateParameters, again: bytes, ends: Ends):
    connection, peer = ends.open("server", compression=parameters)
    for _ in range(2):
        connection.send("Hello", soon())
    assert [peer.receive_frame().payload for _ in range(2)] == [HELLO, again]


def test_peer_without_context_may_not_refer_to_it(ends: Ends):
    connection, peer = ends.open(compression=DeflateParameters(server_no_context_takeover=True))
    peer.send_frame(TEXT, HELLO, rsv=RSV1)
    peer.send_frame(TEXT, HELLO_AGAIN, rsv=RSV1)
    assert peer.receive_frame().payload[:2] == (1007).to_bytes(2, "big")
    assert text_of(connection) == "Hello"


def test_smallest_window_leaves_our_messages_uncompressed(ends: Ends):
    """zlib cannot compress with 8 bits."""
    connection, peer = ends.open(compression=DeflateParameters(client_max_window_bits=8))
    connection.send("Hello", soon())
    assert peer.receive_frame() == WireFrame(TEXT, b"Hello", masked=True)
    peer.send_frame(TEXT, HELLO, rsv=RSV1)
    assert text_of(connection) == "Hello"
    assert lines(connection) == ["> 'Hello'", "< 'Hello' (compressed to 7 bytes)"]


def test_uncompressed_messages_come_between_compressed_ones(compressing: Both):
    connection, peer = compressing
    peer.send(
        frame(TEXT, b"plain") * 3
        + frame(TEXT, HELLO, rsv=RSV1)
        + frame(TEXT, b"pla", fin=False)
        + frame(0x0, b"in")
        + frame(TEXT, HELLO_AGAIN, rsv=RSV1) * 2
        + frame(BINARY, b"\xff")
    )
    received = [text_of(connection) for _ in range(8)]
    assert received == ["plain", "plain", "plain", "Hello", "plain", "Hello", "Hello", b"\xff"]


def test_control_frames_come_between_compressed_fragments(compressing: Both):
    connection, peer = compressing
    for at in range(len(HELLO)):
        peer.send_frame(0x0 if at else TEXT, HELLO[at : at + 1], fin=at == len(HELLO) - 1, rsv=0 if at else RSV1)
        peer.send_frame(PING, b"%d" % at)
        assert peer.receive_frame() == WireFrame(PONG, b"%d" % at, masked=True)
    assert connection.waits.wait_for_message(soon(), anything) == ("Hello", 5, 7, 7)


def test_half_a_compressed_frame_is_not_taken_for_text(compressing: Both):
    """What has arrived of a text is checked before its frame is complete, unless it is compressed."""
    connection, peer = compressing
    whole = frame(TEXT, deflated(b"first " * 100)[:9], rsv=RSV1, fin=False)
    whole += frame(0x0, deflated(b"first " * 100)[9:])
    for at in range(len(whole)):
        peer.send(whole[at : at + 1])
    assert text_of(connection) == "first " * 100


@pytest.mark.parametrize("flush", [zlib.Z_FINISH, zlib.Z_FULL_FLUSH])
def test_other_ends_of_compressed_data_are_understood(flush: int, compressing: Both):
    connection, peer = compressing
    compressor = zlib.compressobj(wbits=-15)
    data = compressor.compress(b"Hello") + compressor.flush(flush)
    for _ in range(2):
        peer.send_frame(TEXT, data + b"\0" if flush == zlib.Z_FINISH else data.removesuffix(b"\0\0\xff\xff"), rsv=RSV1)
        assert text_of(connection) == "Hello"


# What the peer must not send

INVALID = b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (frame(0x0, HELLO, rsv=RSV1), 1002, "RSV1 set on a continuation frame (not allowed on this frame)"),
        (
            frame(TEXT, HELLO[:3], rsv=RSV1, fin=False) + frame(0x0, HELLO[3:], rsv=RSV1),
            1002,
            "RSV1 set on a continuation frame (not allowed on this frame)",
        ),
        (frame(PING, HELLO, rsv=RSV1), 1002, "RSV1 set on a ping frame (not allowed on this frame)"),
        (frame(CLOSE, b"", rsv=RSV1), 1002, "RSV1 set on a close frame (not allowed on this frame)"),
        (frame(TEXT, HELLO, rsv=6), 1002, "RSV1 and RSV2 set on a text frame (not allowed on this frame)"),
        (frame(BINARY, HELLO, rsv=1), 1002, "RSV3 set on a binary frame (not allowed on this frame)"),
        (
            frame(TEXT, HELLO[:3], rsv=RSV1, fin=False) + frame(TEXT, INVALID),
            1002,
            "a new message before the fragmented one has ended",
        ),
        (
            frame(TEXT, b"Hel", fin=False) + frame(TEXT, INVALID, rsv=RSV1),
            1002,
            "a new message before the fragmented one has ended",
        ),
        (frame(0x0, INVALID), 1002, "a continuation frame without a message to continue"),
        (frame(TEXT, INVALID, rsv=RSV1), 1007, "invalid compressed data"),
        (frame(TEXT, HELLO[:2], rsv=RSV1), 1007, "incomplete compressed data"),
        (frame(TEXT, b"", rsv=RSV1), 1007, "incomplete compressed data"),
        (frame(TEXT, deflated(b"ab\xff"), rsv=RSV1), 1007, "invalid UTF-8 in a text message at byte 2"),
        (
            frame(TEXT, deflated(b"a\xc3x")[:3], rsv=RSV1, fin=False) + frame(0x0, deflated(b"a\xc3x")[3:]),
            1007,
            "invalid UTF-8 in a text message at byte 1",
        ),
        (
            frame(BINARY, deflated(bytes(LIMIT + 1)), rsv=RSV1),
            1009,
            "a message of at least 1,048,577 bytes, over the limit of 1,048,576 bytes ('max_message_size')",
        ),
        (
            frame(BINARY, b"", rsv=RSV1, length=LIMIT * 2),
            1009,
            "a message of at least 2,097,152 bytes, over the limit of 1,048,576 bytes ('max_message_size')",
        ),
        (
            frame(BINARY, bytes(LIMIT), fin=False) + frame(0x0, b"x"),
            1009,
            "a message of at least 1,048,577 bytes, over the limit of 1,048,576 bytes ('max_message_size')",
        ),
    ],
)
def test_peer_that_breaks_the_rules_is_told_so(data: bytes, code: int, reason: str, compressing: Both):
    connection, peer = compressing
    peer.send(frame(TEXT, b"before") + data)
    close = peer.receive_frame()
    assert (close.opcode, int.from_bytes(close.payload[:2], "big")) == (CLOSE, code)
    peer.close()
    status = connection.waits.wait_for_close(soon())
    assert (status.code, status.initiator, status.clean) == (code, "client", False)
    assert text_of(connection) == "before"
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.wait_for_message(soon(), anything)
    how = "the server sent " if code == 1009 else "protocol error by the server: "
    assert str(failure.value) == f"No message from 'main': {how}{reason}."


# The limit


def test_limit_counts_all_fragments_inflated(compressing: Both):
    connection, peer = compressing
    data = deflated(bytes(LIMIT + 1))
    for at in range(0, len(data), 100):
        peer.send_frame(0x0 if at else BINARY, data[at : at + 100], rsv=0 if at else RSV1, fin=at + 100 >= len(data))
    assert peer.receive_frame().payload[:2] == (1009).to_bytes(2, "big")
    peer.close()
    limit = "a message of at least 1,048,577 bytes, over the limit of 1,048,576 bytes"
    assert limit in connection.waits.wait_for_close(soon()).reason


@pytest.mark.parametrize("fragment_size", [None, 100_000, 1000])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_incompressible_message_may_have_the_largest_size(level: int, fragment_size: int | None, ends: Ends):
    """Compressing makes it a little longer than the limit."""
    connection, peer = ends.open(compression=DEFAULTS)
    message = random.Random(7692).randbytes(LIMIT)
    compressor = zlib.compressobj(level, wbits=-15)
    data = (compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
    assert len(data) > LIMIT
    size = fragment_size or len(data)
    for at in range(0, len(data), size):
        peer.send_frame(0x0 if at else BINARY, data[at : at + size], rsv=0 if at else RSV1, fin=at + size >= len(data))
    assert text_of(connection) == message


@pytest.mark.parametrize("fragment_size", [None, 1000])
def test_incompressible_message_passes_between_our_ends(fragment_size: int | None, ends: Ends):
    ours, theirs = tcp_pair()
    client = ends.connection(Stream(ours), "client", compression=DEFAULTS)
    server = ends.connection(Stream(theirs), "server", compression=DEFAULTS)
    message = random.Random(7692).randbytes(LIMIT)
    client.send(message, soon(), fragment_size)
    received = server.waits.wait_for_message(soon(), anything)
    assert received.data == message
    assert received.compressed_size is not None
    assert received.compressed_size > received.size == LIMIT


def test_zip_bomb_is_refused_with_bounded_memory(compressing: Both):
    connection, peer = compressing
    bomb = deflated(bytes(500 * LIMIT))
    tracemalloc.start()
    try:
        peer.send_frame(BINARY, bomb, rsv=RSV1)
        assert peer.receive_frame().payload[:2] == (1009).to_bytes(2, "big")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * LIMIT + 3 * len(bomb)
    peer.close()
    assert connection.waits.wait_for_close(soon()).code == 1009


# Threads and interruptions


def test_threads_that_send_keep_the_order_of_their_messages_and_the_context(
    compressing: Both, threads: list[threading.Thread]
):
    connection, peer = compressing
    other = IndependentEnd(peer, "client", DEFAULTS)
    count = 200

    def send(name: int) -> None:
        for number in range(count):
            connection.send(f"message {number} of thread {name}", soon(), None if number % 3 else 5)

    switch_interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads += [threading.Thread(target=send, args=(name,), daemon=True) for name in range(4)]
        for thread in threads:
            thread.start()
        received = [other.receive().decode() for _ in range(4 * count)]
    finally:
        sys.setswitchinterval(switch_interval)
    for name in range(4):
        own = [message for message in received if message.endswith(f" of thread {name}")]
        assert own == [f"message {number} of thread {name}" for number in range(count)]


class InterruptedOutbox(Outbox):
    """An exception strikes before the message is posted."""

    interrupted = False

    def post(self, frames: list[bytes]) -> Sending | None:
        if self.interrupted:
            raise KeyboardInterrupt
        return super().post(frames)


def test_message_that_was_compressed_but_not_sent_does_no_harm():
    ours, theirs = tcp_pair()
    stream, closing, traffic = Stream(ours), Closing("client"), Traffic()
    outbox = InterruptedOutbox(stream)
    compression = Compression(DEFAULTS, "client", LIMIT)
    sender = Sender(outbox, closing, traffic, masked=True, compression=compression)
    with RawEnd(theirs) as peer:
        other = IndependentEnd(peer, "client", DEFAULTS)
        assert sender.post(["Hello, world"])
        outbox.interrupted = True
        with pytest.raises(KeyboardInterrupt):
            sender.post(["never sent, but compressed"])
        outbox.interrupted = False
        assert sender.post(["never sent, but compressed", "Hello, world"])
        outbox.push()
        received = [other.receive() for _ in range(3)]
        assert received == [b"Hello, world", b"never sent, but compressed", b"Hello, world"]
        begun = closing.sent_status
        sender.begin_close(1000, "", soon())
        assert begun is None
        assert sender.post(["too late"]) is None
        assert not sender.post(["too late"])
    stream.close()
    assert [str(record) for record in traffic.records][1:2] == [
        "> 'never sent, but compressed' (compressed to 28 bytes)"
    ]
