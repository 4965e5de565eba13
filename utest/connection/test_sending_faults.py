"""Frames and bytes as a test wants them, legal or not."""

from __future__ import annotations

import threading

import pytest

from peers.raw import CLOSE, PATIENCE, PING, PONG, TEXT, RawEnd, WireFrame, frame, mask
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import ConnectionClosedError
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters
from RobotWebSocketLibrary.protocol.frames import Frame

from .ends import Ends, anything, lines, soon, text_of, until

Both = tuple[Connection, RawEnd]
LARGE = 16 * 1024 * 1024


@pytest.fixture(params=["client", "server"])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def own(role: str) -> bool:
    """Whether that end masks its frames."""
    return role == "client"


@pytest.mark.parametrize("opcode", range(16))
@pytest.mark.parametrize("fin", [True, False], ids=["fin", "fragment"])
def test_opcode_and_fin(role: str, opcode: int, fin: bool, ends: Ends):
    connection, peer = ends.open(role)
    connection.send_frame(Frame(opcode, b"hello", fin), own(role))
    assert peer.receive_frame() == WireFrame(opcode, b"hello", fin, masked=own(role))


@pytest.mark.parametrize("rsv", range(8))
def test_reserved_bits(role: str, rsv: int, ends: Ends):
    connection, peer = ends.open(role)
    connection.send_frame(Frame(TEXT, b"hello", rsv=rsv), own(role))
    first = peer.receive(1)[0]
    assert first == 0x81 | rsv << 4


@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
def test_mask(role: str, masked: bool, ends: Ends):
    connection, peer = ends.open(role)
    connection.send_frame(Frame(TEXT, b"hello"), masked)
    assert peer.receive_frame() == WireFrame(TEXT, b"hello", masked=masked)


@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
@pytest.mark.parametrize(
    ("length", "field"),
    [
        (0, b"\x00"),
        (2, b"\x02"),
        (125, b"\x7d"),
        (126, b"\x7e\x00\x7e"),
        (65535, b"\x7e\xff\xff"),
        (65536, b"\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        (2**64 - 1, b"\x7f" + b"\xff" * 8),
    ],
)
def test_false_length(length: int, field: bytes, masked: bool, connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send_frame(Frame(TEXT, b"hello"), masked, length)
    head = peer.receive(1 + len(field))
    assert head == b"\x81" + bytes([field[0] | (0x80 if masked else 0)]) + field[1:]
    key = peer.receive(4) if masked else b""
    payload = peer.receive(5)
    assert (mask(payload, key) if masked else payload) == b"hello"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_raw_bytes_leave_as_they_are(role: str, tls: bool, ends: Ends):
    connection, peer = ends.open(role, tls=tls)
    connection.send_bytes(bytes(range(256)))
    assert peer.receive(256) == bytes(range(256))
    assert lines(connection)[0].startswith("! sent 256 raw bytes '\\x00\\x01")
    assert len(lines(connection)) == 1


def test_no_raw_bytes_are_sent_too(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send_bytes(b"")
    connection.send("next", soon())
    assert peer.receive_frame().payload == b"next"
    assert lines(connection)[0] == "! sent 0 raw bytes ''"


def test_frames_are_recorded_as_they_were_told(connection_and_peer: Both):
    connection, _ = connection_and_peer
    connection.send_frame(Frame(0x3, b"three"), True)
    connection.send_frame(Frame(TEXT, b"\xff", fin=False), False)
    connection.send_frame(Frame(CLOSE, b"\x03"), True)
    recorded = ["> opcode 0x3 'three'", "> '\ufffd' (to be continued)", "> close 3 (unknown)"]
    assert lines(connection) == recorded


def test_large_frame_follows_as_the_peer_takes_it(connection_and_peer: Both, threads: list[threading.Thread]):
    connection, peer = connection_and_peer
    received: list[WireFrame] = []
    connection.send_frame(Frame(2, bytes(LARGE)), True)
    connection.send_bytes(frame(TEXT, b"behind"))
    threads.append(
        threading.Thread(target=lambda: received.extend(peer.receive_frame() for _ in range(2)), daemon=True)
    )
    threads[0].start()
    threads[0].join(PATIENCE)
    assert received == [WireFrame(2, bytes(LARGE), masked=True), WireFrame(TEXT, b"behind")]


def test_nothing_is_compressed_and_the_compression_goes_on(ends: Ends):
    connection, peer = ends.open(compression=DeflateParameters())
    connection.send_frame(Frame(TEXT, b"plain", rsv=0b100), True)
    assert peer.receive_frame() == WireFrame(TEXT, b"plain", rsv=0b100, masked=True)
    connection.send("hello", soon())
    assert peer.receive_frame().rsv == 0b100


def test_pong_for_a_ping_that_was_sent_as_a_frame(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send_frame(Frame(PING, b"frame"), True)
    peer.send_frame(PONG, peer.receive_frame().payload)
    pong = connection.waits.wait_for_pong(soon())
    assert pong.body == b"frame"
    assert pong.round_trip is not None


def test_close_frame_of_a_test_is_the_only_one(role: str, ends: Ends):
    connection, peer = ends.open(role)
    connection.send_frame(Frame(CLOSE, b"\x0f\xa1why"), own(role))
    assert connection.state == "closing"
    assert peer.receive_frame() == WireFrame(CLOSE, b"\x0f\xa1why", masked=own(role))
    with pytest.raises(ConnectionClosedError, match="Cannot send to 'main': the connection is closing"):
        connection.send("late", soon())
    peer.send_close(4001)
    peer.finish()
    status = connection.waits.wait_for_close(soon())
    assert (status, status.initiator, status.clean) == ("4001 (private use)", role, True)
    assert peer.receive_rest() == b""


def test_closing_behind_a_close_frame_of_a_test_waits_for_its_answer(role: str, ends: Ends):
    connection, peer = ends.open(role)
    connection.send_frame(Frame(CLOSE, b"\x0f\xa1"), own(role))
    connection.begin_close(1000, "", soon())
    peer.receive_frame()
    peer.send_close(4001)
    peer.finish()
    assert peer.receive_rest() == b"", "no second close frame"
    assert connection.finish_close(soon()) == "4001 (private use)"
    assert [line[:7] for line in lines(connection)] == ["> close", "< close"]


def test_close_frame_of_a_test_that_gets_no_answer(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send_frame(Frame(CLOSE, b"\x03\xed"), True)  # 1005, which may not be sent
    deadline = Deadline(1)
    connection.begin_close(1000, "", deadline)
    status = connection.finish_close(deadline)
    assert status is not None
    assert (status.code, status.initiator, status.clean) == (1006, "client", False)
    assert list(connection.notices) == ["the server did not answer the close frame in 1 second"]
    with pytest.raises(ConnectionClosedError) as failure:
        connection.waits.wait_for_message(soon(), anything)
    how = "the server did not answer our close frame 1005 (no status received)"
    assert str(failure.value) == f"No message from 'main': {how}."
    assert peer.receive_frame().opcode == CLOSE
    assert peer.receive_rest() == b""


def test_any_number_of_close_frames_and_what_follows_them(role: str, ends: Ends):
    connection, peer = ends.open(role)
    connection.begin_close(1000, "", soon())
    connection.send_frame(Frame(CLOSE, b"\x0f\xa1"), own(role))
    connection.send_frame(Frame(TEXT, b"behind"), own(role))
    connection.send_bytes(b"raw")
    assert [peer.receive_frame().payload for _ in range(3)] == [b"\x03\xe8", b"\x0f\xa1", b"behind"]
    assert peer.receive(3) == b"raw"
    peer.send_close(1000)
    peer.finish()
    assert connection.waits.wait_for_close(soon()) == "1000 (normal closure)"


def test_peer_that_fails_the_connection_is_reported(role: str, ends: Ends):
    connection, peer = ends.open(role)
    connection.send_frame(Frame(0x3, b""), own(role))
    peer.receive_frame()
    peer.send_close(1002, b"reserved opcode")
    assert peer.receive_frame().opcode == CLOSE
    peer.close()
    status = connection.waits.wait_for_close(soon())
    assert (status, status.initiator) == ("1002 (protocol error) reserved opcode", "server" if own(role) else "client")


def test_protocol_error_of_the_peer_behind_a_close_frame_of_a_test(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.send_frame(Frame(CLOSE, b"\x03\xe8"), True)
    peer.send(b"\x83\x00")
    peer.receive_frame()
    peer.finish()
    assert peer.receive_rest() == b"", "no second close frame"
    assert connection.waits.wait_for_close(soon()).code == 1002


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_nothing_is_sent_on_a_closed_connection(tls: bool, ends: Ends):
    connection, peer = ends.open(tls=tls)
    peer.send_close(4005, b"why")
    peer.receive_frame()
    peer.close()
    connection.waits.wait_for_close(soon())
    seen = lines(connection)
    for send in (
        lambda: connection.send_frame(Frame(TEXT, b"late"), True),
        lambda: connection.send_frame(Frame(CLOSE, b""), True),
        lambda: connection.send_bytes(b"late"),
    ):
        with pytest.raises(ConnectionClosedError) as failure:
            send()
        how = "the server closed the connection with 4005 (private use) why"
        assert str(failure.value) == f"Cannot send to 'main': {how}."
    assert lines(connection) == seen
    status = connection.close_status
    assert status is not None
    assert status.initiator == "server"


def test_write_that_fails_is_told(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.misbehavior.change(reads=False)
    peer.send_frame(TEXT, b"so that the reader becomes deaf")
    until(lambda: not connection.inbox, "nothing was read")
    peer.reset()

    def send_until_it_fails() -> None:
        while True:
            connection.send_frame(Frame(TEXT, b"?"), True)

    with pytest.raises(ConnectionClosedError, match=r"^Cannot send to 'main': connection lost: .+\.$"):
        send_until_it_fails()


def test_pongs_come_between_raw_bytes_unless_told_otherwise(connection_and_peer: Both):
    connection, peer = connection_and_peer
    connection.misbehavior.change(answers_pings=False)
    connection.send_bytes(b"\x81\x85half")
    peer.send(frame(PING, b"?") + frame(TEXT, b"read"))
    assert text_of(connection) == "read"
    connection.send_bytes(b" of it")
    assert peer.receive(12) == b"\x81\x85half of it"
