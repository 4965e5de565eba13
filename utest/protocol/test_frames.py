from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets import frames as independent

from RobotWebSocketLibrary.errors import ProtocolError
from RobotWebSocketLibrary.protocol.frame_reader import RUN, FrameReader
from RobotWebSocketLibrary.protocol.frames import LARGE, Frame, Frames, LongFrame, Opcode, serialize, serialize_all

from .pieces import KEY, byte_by_byte, cut, each, read_frames, wire

pytestmark = pytest.mark.usefixtures("masks")

TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION

# RFC 6455 section 5.7

EXAMPLES = {
    "single-frame unmasked text": ("81 05 48 65 6c 6c 6f", [Frame(TEXT, b"Hello")]),
    "single-frame masked text": ("81 85 37 fa 21 3d 7f 9f 4d 51 58", [Frame(TEXT, b"Hello")]),
    "fragmented unmasked text": (
        "01 03 48 65 6c 80 02 6c 6f",
        [Frame(TEXT, b"Hel", fin=False), Frame(CONTINUATION, b"lo")],
    ),
    "unmasked ping": ("89 05 48 65 6c 6c 6f", [Frame(Opcode.PING, b"Hello")]),
    "masked pong": ("8a 85 37 fa 21 3d 7f 9f 4d 51 58", [Frame(Opcode.PONG, b"Hello")]),
    "256 bytes of binary": ("82 7e 01 00" + "a5" * 256, [Frame(BINARY, b"\xa5" * 256)]),
    "64 KiB of binary": ("82 7f 00 00 00 00 00 01 00 00" + "5a" * 65_536, [Frame(BINARY, b"\x5a" * 65_536)]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_of_the_rfc_is_read(name: str):
    digits, frames = EXAMPLES[name]
    read = read_frames([bytes.fromhex(digits)], masked="masked" in name.split())
    assert read.frames == frames
    assert read.between_frames


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "masked" not in name.split()])
def test_example_of_the_rfc_is_written(name: str):
    digits, frames = EXAMPLES[name]
    assert b"".join(serialize(frame, masked=False) for frame in frames) == bytes.fromhex(digits)


# Masking, section 5.3


@pytest.mark.parametrize("size", [0, 1, 125, 126, LARGE - 1, LARGE, LARGE + 1, 2 * LARGE, 3 * LARGE + 3])
def test_payload_of_any_size_is_masked(size: int):
    payload = (bytes(range(251)) * (size // 251 + 1))[:size]
    written = serialize(Frame(BINARY, payload), masked=True)
    key = written[len(written) - size - 4 : len(written) - size]
    assert written == wire(0x82, payload, key)
    assert serialize_all(BINARY, [payload], masked=True)[: -size - 4] == written[: -size - 4]


def test_masking_with_zeros_changes_nothing():
    assert read_frames([wire(0x81, b"Hello", bytes(4))], masked=True).frames == [Frame(TEXT, b"Hello")]


def test_masking_key_is_new_for_each_frame():
    keys = {serialize(Frame(TEXT, b"Hello"), masked=True)[2:6] for _ in range(20)}
    assert len(keys) > 1


# Frames in a row, which are read and written together


@given(
    st.lists(st.sampled_from([(0x81, 0), (0x81, 5), (0x82, 5), (0x89, 5), (0x01, 125), (0x81, 126)]), max_size=40),
    st.integers(min_value=1, max_value=7),
    st.lists(st.integers(min_value=0, max_value=4000), max_size=3),
    st.booleans(),
)
def test_frames_in_a_row_are_read_as_one_by_one(
    kinds: list[tuple[int, int]], times: int, cuts: list[int], masked: bool
):
    firsts = [kind for kind in kinds for _ in range(times)]
    frames = [
        Frame(first & 0x0F, bytes([number % 251]) * size, first >= 0x80) for number, (first, size) in enumerate(firsts)
    ]
    data = b"".join(serialize(frame, masked=masked) for frame in frames)
    assert read_frames(cut(data, [min(at, len(data)) for at in cuts]), masked=masked).frames == frames


@pytest.mark.parametrize("key", [None, KEY], ids=["client", "server"])
@pytest.mark.parametrize("count", [RUN - 1, RUN, RUN + 1, 3 * RUN])
def test_many_frames_in_a_row_are_read(count: int, key: bytes | None):
    payloads = [b"%05d" % number for number in range(count)]
    reader = FrameReader(masked=key is not None, max_payload=5)
    assert list(reader.feed(b"".join(wire(0x81, payload, key) for payload in payloads))) == [Frames(TEXT, payloads)]


@pytest.mark.parametrize("key", [None, KEY], ids=["client", "server"])
def test_violation_behind_frames_in_a_row_is_named(key: bytes | None):
    read = read_frames([wire(0x81, b"Hello", key) * 10 + wire(0x83, b"Hello", key)], masked=key is not None)
    assert read.frames == [Frame(TEXT, b"Hello")] * 10
    assert read.error == (1002, "reserved opcode 0x3")


def test_first_bytes_of_what_was_refused_are_kept_as_they_came():
    reader = FrameReader(masked=True, max_payload=5)
    with pytest.raises(ProtocolError, match="reserved opcode"):
        list(reader.feed(wire(0x81, b"Hello", KEY) + b"\x83\xfe" + bytes(range(30))))
    assert reader.refused == b"\x83\xfe" + bytes(range(14))


@given(st.lists(st.sampled_from([b"", b"a", b"Hello", bytes(125), bytes(126)])), st.booleans())
def test_frames_in_a_row_are_written_as_one_by_one(payloads: list[bytes], masked: bool):
    frames = [Frame(BINARY, payload) for payload in payloads]
    written = serialize_all(BINARY, payloads, masked=masked)
    assert read_frames([written], masked=masked).frames == frames
    if not masked:
        assert written == b"".join(serialize(frame, masked=False) for frame in frames)


# Serializing, section 5.2


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (0, "82 00"),
        (1, "82 01"),
        (125, "82 7d"),
        (126, "82 7e 00 7e"),
        (127, "82 7e 00 7f"),
        (65_535, "82 7e ff ff"),
        (65_536, "82 7f 00 00 00 00 00 01 00 00"),
    ],
)
def test_length_is_written_in_the_shortest_form(size: int, header: str):
    payload = bytes(size)
    assert serialize(Frame(BINARY, payload), masked=False) == bytes.fromhex(header) + payload
    written = serialize(Frame(BINARY, payload), masked=True)
    assert read_frames([written], masked=True).frames == [Frame(BINARY, payload)]
    assert written[1] == 0x80 | bytes.fromhex(header)[1]


@pytest.mark.parametrize(
    ("length", "header"),
    [(3, "81 03"), (200, "81 7e 00 c8"), (1 << 62, "81 7f 40 00 00 00 00 00 00 00")],
)
def test_another_length_than_that_of_the_payload_can_be_declared(length: int, header: str):
    assert serialize(Frame(TEXT, b"Hello"), masked=False, length=length) == bytes.fromhex(header) + b"Hello"


@pytest.mark.parametrize(
    ("frame", "first"),
    [
        (Frame(TEXT, b"", rsv=4), 0xC1),
        (Frame(TEXT, b"", rsv=2), 0xA1),
        (Frame(TEXT, b"", rsv=1), 0x91),
        (Frame(BINARY, b"", fin=False, rsv=7), 0x72),
        (Frame(0xF, b"", fin=False), 0x0F),
    ],
)
def test_illegal_frames_can_be_written(frame: Frame, first: int):
    assert serialize(frame, masked=False) == bytes([first, 0])


# Terms with the codec of another library

data_frames = st.tuples(st.sampled_from([CONTINUATION, TEXT, BINARY]), st.binary(max_size=300), st.booleans())
control_frames = st.tuples(st.sampled_from([Opcode.CLOSE, Opcode.PING, Opcode.PONG]), st.binary(max_size=125))
legal_frames = (data_frames | control_frames).map(lambda fields: Frame(*fields))


@given(legal_frames, st.booleans())
def test_our_frames_are_read_by_websockets(frame: Frame, masked: bool):
    assert parsed_independently(serialize(frame, masked=masked), masked) == frame


@given(st.lists(legal_frames, max_size=5), st.booleans())
def test_frames_of_websockets_are_read_by_us(frames: list[Frame], masked: bool):
    data = b"".join(
        independent.Frame(independent.Opcode(frame.opcode), frame.payload, frame.fin).serialize(mask=masked)
        for frame in frames
    )
    assert read_frames([data], masked=masked).frames == frames


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536, 200_001])
def test_frames_of_any_length_agree_with_websockets(size: int, masked: bool):
    payload = bytes(range(256)) * (size // 256 + 1)
    frame = Frame(BINARY, payload[:size])
    theirs = independent.Frame(independent.Opcode.BINARY, frame.payload)
    assert parsed_independently(serialize(frame, masked=masked), masked) == frame
    assert read_frames([theirs.serialize(mask=masked)], masked=masked, limit=size).frames == [frame]


def parsed_independently(data: bytes, masked: bool) -> Frame:
    position = 0

    def read_exact(size: int) -> Generator[None, None, bytes]:
        nonlocal position
        position += size
        return data[position - size : position]
        yield  # a generator, as the parser wants it

    parser = independent.Frame.parse(read_exact, mask=masked)
    with pytest.raises(StopIteration) as parsed:
        next(parser)
    frame = parsed.value.value
    assert position == len(data)
    return Frame(frame.opcode, bytes(frame.data), frame.fin, frame.rsv1 << 2 | frame.rsv2 << 1 | frame.rsv3)


# What the peer may not send, sections 5.1, 5.2 and 5.5: the first bytes of a frame, without the mask bit

NOT_NEGOTIATED = "(compression was not negotiated)"
VIOLATIONS = [
    ("c1 00", f"RSV1 set on a text frame {NOT_NEGOTIATED}"),
    ("a1 00", f"RSV2 set on a text frame {NOT_NEGOTIATED}"),
    ("91 00", f"RSV3 set on a text frame {NOT_NEGOTIATED}"),
    ("e1 00", f"RSV1 and RSV2 set on a text frame {NOT_NEGOTIATED}"),
    ("f2 00", f"RSV1 and RSV2 and RSV3 set on a binary frame {NOT_NEGOTIATED}"),
    ("41 00", f"RSV1 set on a text frame {NOT_NEGOTIATED}"),
    ("c0 00", f"RSV1 set on a continuation frame {NOT_NEGOTIATED}"),
    ("90 00", f"RSV3 set on a continuation frame {NOT_NEGOTIATED}"),
    ("c8 00", f"RSV1 set on a close frame {NOT_NEGOTIATED}"),
    ("a9 00", f"RSV2 set on a ping frame {NOT_NEGOTIATED}"),
    ("9a 00", f"RSV3 set on a pong frame {NOT_NEGOTIATED}"),
    *((f"8{digit:x} 00", f"reserved opcode 0x{digit:X}") for digit in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    ("03 00", "reserved opcode 0x3"),
    ("fb 7f", "reserved opcode 0xB"),
    ("08 00", "a fragmented close frame"),
    ("09 00", "a fragmented ping frame"),
    ("0a 00", "a fragmented pong frame"),
    ("88 7e", "a close frame with more than 125 bytes"),
    ("89 7e", "a ping frame with more than 125 bytes"),
    ("8a 7f", "a pong frame with more than 125 bytes"),
    ("81 7e 00 00", "the length 0 is not written in the shortest form"),
    ("82 7e 00 7d", "the length 125 is not written in the shortest form"),
    ("00 7f 00 00 00 00 00 00 00 05", "the length 5 is not written in the shortest form"),
    ("82 7f 00 00 00 00 00 00 ff ff", "the length 65535 is not written in the shortest form"),
    ("82 7f 80 00 00 00 00 00 00 00", "the highest bit of a 64-bit length is set"),
    ("81 7f ff ff ff ff ff ff ff ff", "the highest bit of a 64-bit length is set"),
]


@pytest.mark.parametrize("key", [None, KEY], ids=["client", "server"])
@pytest.mark.parametrize(("digits", "reason"), VIOLATIONS, ids=[digits for digits, _ in VIOLATIONS])
def test_violation_is_named_behind_the_last_good_frame(digits: str, reason: str, key: bytes | None):
    first, second, *rest = bytes.fromhex(digits)
    broken = bytes([first, second if key is None else 0x80 | second, *rest])
    good = wire(0x81, b"Hello", key)
    read = read_frames([good + broken + good], masked=key is not None)
    assert read.frames == [Frame(TEXT, b"Hello")]
    assert read.error == (1002, reason)


def test_masked_frame_from_a_server_is_a_violation():
    assert read_frames([wire(0x81, b"Hello", KEY)]).error == (1002, "a masked frame from a server")


def test_unmasked_frame_from_a_client_is_a_violation():
    assert read_frames([wire(0x81, b"Hello")], masked=True).error == (1002, "an unmasked frame from a client")


@pytest.mark.parametrize("digits", ["83 00", "c1 05", "09 00", "89 7e", "81 85"])
def test_violation_is_found_in_the_first_two_bytes(digits: str):
    first, second = byte_by_byte(bytes.fromhex(digits))
    assert read_frames([first]).error is None
    assert read_frames([first, second]).error is not None


# RSV1 with compression, RFC 7692 section 6


@pytest.mark.parametrize("first", [0xC1, 0x41, 0xC2, 0x42])
def test_rsv1_begins_a_compressed_message(first: int):
    reader = FrameReader(masked=False, max_payload=10, compression=True)
    assert each(reader.feed(wire(first, b"Hello"))) == [Frame(first & 0x0F, b"Hello", first >= 0x80, rsv=4)]


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (0xC0, "RSV1 set on a continuation frame (not allowed on this frame)"),
        (0xC9, "RSV1 set on a ping frame (not allowed on this frame)"),
        (0xA1, "RSV2 set on a text frame (not allowed on this frame)"),
    ],
)
def test_reserved_bits_stay_a_violation_with_compression(first: int, reason: str):
    reader = FrameReader(masked=False, max_payload=10, compression=True)
    with pytest.raises(ProtocolError) as violation:
        list(reader.feed(wire(first)))
    assert str(violation.value) == reason


def test_masking_is_checked_with_compression():
    reader = FrameReader(masked=True, max_payload=10, compression=True)
    with pytest.raises(ProtocolError, match=r"^an unmasked frame from a client$"):
        list(reader.feed(wire(0xC1)))


# Limits


def test_frame_may_be_as_large_as_the_limit():
    assert read_frames([wire(0x82, bytes(1_000))], limit=1_000).frames == [Frame(BINARY, bytes(1_000))]


@pytest.mark.parametrize(
    ("digits", "length"),
    [
        ("82 7f 00 00 00 00 04 00 00 01", "67,108,865"),
        ("82 7f 00 00 00 00 40 00 00 00", "1,073,741,824"),
        ("82 7f 7f ff ff ff ff ff ff ff", "9,223,372,036,854,775,807"),
    ],
)
def test_declared_length_over_the_limit_is_refused_before_its_payload_comes(digits: str, length: str):
    read = read_frames([bytes.fromhex(digits)], limit=64 * 1024 * 1024)
    assert read.error == (
        1009,
        f"a message of at least {length} bytes, over the limit of 67,108,864 bytes ('max_message_size')",
    )


def test_limit_is_for_data_frames_only():
    ping = Frame(Opcode.PING, bytes(125))
    assert read_frames([wire(0x89, bytes(125)) + wire(0x82)], limit=0).frames == [ping, Frame(BINARY, b"")]


def test_limit_that_is_lowered_between_two_frames_counts_for_the_second():
    reader = FrameReader(masked=False, max_payload=5)
    frames = reader.feed(wire(0x01, b"Hel") + wire(0x80, b"lo!"))
    assert next(frames) == Frames(TEXT, [b"Hel"], fin=False)
    reader.max_payload = 2
    with pytest.raises(ProtocolError) as violation:
        next(frames)
    assert violation.value.code == 1009


# Frames that are still arriving


@pytest.mark.parametrize("key", [None, KEY], ids=["client", "server"])
def test_payload_can_be_looked_at_while_it_arrives(key: bytes | None):
    header, payload = wire(0x01, b"Hello, world", key)[:-12], wire(0x01, b"Hello, world", key)[-12:]
    reader = FrameReader(masked=key is not None, max_payload=100)
    for piece in (header, payload[:3], payload[3:4], payload[4:9]):
        assert list(reader.feed(piece)) == []
    unfinished = reader.unfinished
    assert unfinished is not None
    assert (unfinished.opcode, unfinished.fin, unfinished.rsv) == (TEXT, False, 0)
    assert (unfinished.received, unfinished.missing, unfinished.size) == (9, 3, 12)
    assert b"".join(unfinished.pieces) == b"Hello, wo"
    [whole] = reader.feed(payload[9:])
    assert whole is unfinished
    assert whole.join() == Frame(TEXT, b"Hello, world", fin=False)
    assert reader.unfinished is None


@pytest.mark.parametrize(
    ("size", "head"), [(0, b""), (3, b"Hel"), (4, b"Hell"), (7, b"Hello, "), (99, b"Hello, world")]
)
def test_head_of_a_payload_is_read_from_as_many_pieces_as_it_needs(size: int, head: bytes):
    frame = LongFrame(0x81, 12, None, memoryview(b"Hel"))
    frame.add(b"lo, ")
    frame.add(b"world")
    assert frame.read_head(size) == head


def test_reader_knows_whether_it_is_between_frames():
    reader = FrameReader(masked=False, max_payload=100)
    assert reader.between_frames
    for piece, between in ((b"\x82", False), (b"\x03a", False), (b"bc", True)):
        list(reader.feed(piece))
        assert reader.between_frames is between


def test_feeding_nothing_changes_nothing():
    assert read_frames([b"", b"\x81", b"", b"\x05He", b"", b"llo", b""]).frames == [Frame(TEXT, b"Hello")]


def fails(first: int, length: int, *, compression: bool) -> bool:
    """Whether the header of a frame of that length is refused, where messages may have 10,000 bytes."""
    reader = FrameReader(masked=False, max_payload=10_000, compression=compression)
    try:
        list(reader.feed(bytes([first, 126]) + length.to_bytes(2, "big")))
    except ProtocolError as error:
        return error.code == 1009
    return False


@pytest.mark.parametrize(
    ("first", "compression", "longest"),
    [
        (0x82, False, 10_000),
        (0x82, True, 10_000),  # without RSV1 it is not compressed
        (0xC2, True, 10_074),
        (0x41, True, 10_074),
        (0x80, True, 10_074),  # it may continue a compressed message
        (0x80, False, 10_000),
    ],
)
def test_frame_that_could_not_be_compressed_may_be_a_little_longer(first: int, compression: bool, longest: int):
    assert not fails(first, longest, compression=compression)
    assert fails(first, longest + 1, compression=compression)


def test_limit_within_a_message_is_that_of_the_whole_message():
    reader = FrameReader(masked=False, max_payload=10_000)
    reader.max_payload = 4_000
    with pytest.raises(ProtocolError, match="a message of at least 10,001 bytes, over the limit of 10,000"):
        list(reader.feed(b"\x80\x7e" + (4_001).to_bytes(2, "big")))


@pytest.mark.parametrize("masked", [False, True])
def test_new_reader_is_between_frames(masked: bool):
    reader = FrameReader(masked=masked, max_payload=1)
    assert (reader.between_frames, reader.unfinished, reader.refused) == (True, None, b"")
