import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.errors import ProtocolError, WebSocketError
from RobotWebSocketLibrary.protocol.frame_reader import FrameReader
from RobotWebSocketLibrary.protocol.frames import Frame, Frames, Opcode
from RobotWebSocketLibrary.protocol.messages import (
    FRAGMENT_LIMIT,
    DividedMessage,
    Message,
    MessageAssembler,
    divide,
    divide_at,
    encode_all,
    encode_text,
    spread,
)

from .pieces import LIMIT, Error, byte_by_byte, receive, wire

TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION


def assemble(*frames: Frame, limit: int = LIMIT) -> list[Message]:
    assembler = MessageAssembler(limit)
    return [message for frame in frames if (message := assembler.add(frame)) is not None]


# Messages from frames


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([Frame(TEXT, b"Hello")], Message("Hello", 5)),
        ([Frame(BINARY, b"\0\xff")], Message(b"\0\xff", 2)),
        ([Frame(TEXT, b"")], Message("", 0)),
        ([Frame(BINARY, b"")], Message(b"", 0)),
        ([Frame(TEXT, "€".encode())], Message("€", 3)),
        ([Frame(TEXT, b"Hel", fin=False), Frame(CONTINUATION, b"lo")], Message("Hello", 5, 2)),
        ([Frame(BINARY, b"\0", fin=False), Frame(CONTINUATION, b"\xff")], Message(b"\0\xff", 2, 2)),
        ([Frame(TEXT, b"\xe2\x82", fin=False), Frame(CONTINUATION, b"\xac")], Message("€", 3, 2)),
        ([Frame(BINARY, b"\xe2", fin=False), Frame(CONTINUATION, b"")], Message(b"\xe2", 1, 2)),
        ([Frame(TEXT, b"", fin=False), *[Frame(0, b"", fin=False)] * 3, Frame(0, b"")], Message("", 0, 5)),
    ],
)
def test_message_is_assembled(frames: list[Frame], message: Message):
    assert assemble(*frames) == [message]
    assert type(assemble(*frames)[0].data) is type(message.data)


def test_one_message_after_the_other_is_assembled():
    fragmented = [Frame(TEXT, b"Hel", fin=False), Frame(CONTINUATION, b"lo")]
    messages = assemble(*fragmented, Frame(BINARY, b"\0"), *fragmented, Frame(TEXT, b"bye"))
    assert [message.data for message in messages] == ["Hello", b"\0", "Hello", "bye"]


def test_message_in_progress_is_told():
    assembler = MessageAssembler(10)
    assert (assembler.in_progress, assembler.room) == (None, 10)
    assembler.add(Frame(TEXT, b"", fin=False))
    assert (assembler.in_progress, assembler.room) == (0, 10)
    assembler.add(Frame(CONTINUATION, b"Hel", fin=False))
    assert (assembler.in_progress, assembler.room) == (3, 7)
    assembler.add(Frame(CONTINUATION, b"lo"))
    assert (assembler.in_progress, assembler.room) == (None, 10)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([Frame(CONTINUATION, b"lo")], "a continuation frame without a message to continue"),
        ([Frame(CONTINUATION, b"lo", fin=False)], "a continuation frame without a message to continue"),
        (
            [Frame(TEXT, b"Hel", fin=False), Frame(CONTINUATION, b"lo"), Frame(CONTINUATION, b"!")],
            "a continuation frame without a message to continue",
        ),
        ([Frame(TEXT, b"", fin=False), Frame(TEXT, b"")], "a new message before the fragmented one has ended"),
        ([Frame(TEXT, b"", fin=False), Frame(BINARY, b"")], "a new message before the fragmented one has ended"),
        (
            [Frame(BINARY, b"", fin=False), Frame(BINARY, b"", fin=False)],
            "a new message before the fragmented one has ended",
        ),
    ],
)
def test_fragments_out_of_order_are_a_violation(frames: list[Frame], reason: str):
    with pytest.raises(ProtocolError) as violation:
        assemble(*frames)
    assert (violation.value.code, str(violation.value)) == (1002, reason)


# Invalid UTF-8, section 8.1: a text, the offset of what is wrong, and the octets after which that is certain

AUTOBAHN_6_4 = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"
INVALID_TEXTS = [
    (b"\xff", 0, 1),
    (b"\xfe\xff", 0, 1),
    (b"abc\xff", 3, 4),
    (b"\x80", 0, 1),
    (b"Hello\xbf!", 5, 6),
    (b"\xc0\x80", 0, 1),  # overlong
    (b"\xc1\xbf", 0, 1),
    (b"\xe0\x80\x80", 0, 2),
    (b"\xf0\x80\x80\x80", 0, 2),
    (b"\xed\xa0\x80", 0, 3),  # surrogates: certain after two octets, but Python's decoder looks at all three
    (b"\xed\xbf\xbf", 0, 3),
    (b"\xf4\x90\x80\x80", 0, 2),  # over U+10FFFF
    (b"\xf5\x80\x80\x80", 0, 1),
    (b"\xf8\x88\x80\x80\x80", 0, 1),  # five octets
    (b"\xc3(", 0, 2),  # a character that the next one interrupts
    (b"\xe2\x82(", 0, 3),
    (b"\xf0\x9d\x84(", 0, 4),
    ("ä".encode() + b"\xc3(", 2, 4),
    (AUTOBAHN_6_4 + b"\xf4\x90\x80\x80edited", 11, 13),
]
HALF_CHARACTERS = [(b"\xc3", 0), (b"Hell\xe2\x82", 4), (b"\xf0\x9d\x84", 0), ("€".encode() + b"\xed\x9f", 3)]


@pytest.mark.parametrize(("text", "offset"), [*((text, offset) for text, offset, _ in INVALID_TEXTS), *HALF_CHARACTERS])
def test_invalid_text_is_refused_with_its_offset(text: bytes, offset: int):
    with pytest.raises(ProtocolError) as invalid:
        assemble(Frame(TEXT, text))
    assert (invalid.value.code, str(invalid.value)) == (1007, f"invalid UTF-8 in a text message at byte {offset}")


@pytest.mark.parametrize(("text", "offset"), [*((text, offset) for text, offset, _ in INVALID_TEXTS), *HALF_CHARACTERS])
def test_invalid_text_is_refused_however_it_is_fragmented(text: bytes, offset: int):
    for size in range(1, len(text) + 1):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        fragments = [Frame(CONTINUATION if at else TEXT, piece, fin=False) for at, piece in enumerate(pieces)]
        with pytest.raises(ProtocolError) as invalid:
            assemble(*fragments, Frame(CONTINUATION, b""))
        assert (invalid.value.code, str(invalid.value)) == (1007, f"invalid UTF-8 in a text message at byte {offset}")


@pytest.mark.parametrize("before", [b"", wire(0x01, b"Hello ") + wire(0x89, b"ping")], ids=["alone", "fragment"])
@pytest.mark.parametrize(("text", "offset", "certain"), INVALID_TEXTS)
def test_invalid_text_is_refused_within_its_frame(text: bytes, offset: int, certain: int, before: bytes):
    first, start = (0x00, len("Hello ")) if before else (0x81, 0)
    header, rest = wire(first, text + b"-" * 100)[:2], b"-" * 100
    assert receive([before, header, *byte_by_byte(text[: certain - 1])]).error is None
    refused = (1007, f"invalid UTF-8 in a text message at byte {start + offset}")
    assert receive([before, header, *byte_by_byte(text[:certain])]).error == refused
    assert receive([before + header + text[:certain]]).error == refused
    assert receive([before + header + text + rest]).error == refused


@pytest.mark.parametrize(("text", "offset"), HALF_CHARACTERS)
def test_half_a_character_is_refused_at_the_end_of_the_message(text: bytes, offset: int):
    stream = wire(0x81, text)
    assert receive(byte_by_byte(stream[:-1])).error is None
    assert receive(byte_by_byte(stream)).error == (1007, f"invalid UTF-8 in a text message at byte {offset}")
    assert receive([wire(0x01, text)]).error is None


@given(st.binary(max_size=30))
def test_text_is_what_python_decodes(payload: bytes):
    received = receive(byte_by_byte(wire(0x81, payload)))
    assert ([message.data for message in received.messages], received.error) == decoded(payload)


def decoded(payload: bytes) -> tuple[list[str], Error | None]:
    try:
        return [payload.decode()], None
    except UnicodeDecodeError as error:
        return [], (1007, f"invalid UTF-8 in a text message at byte {error.start}")


def test_binary_frame_is_not_checked_while_it_arrives():
    assert receive(byte_by_byte(wire(0x82, b"\xff\xfe"))).messages == [Message(b"\xff\xfe", 2)]
    fragments = wire(0x02, b"\xff") + wire(0x80, b"\xfe\xff")
    assert receive(byte_by_byte(fragments)).messages == [Message(b"\xff\xfe\xff", 3, 2)]


def test_ping_is_not_checked_while_it_arrives_between_fragments():
    stream = wire(0x01, b"Hel") + wire(0x89, b"\xff\xff") + wire(0x80, b"lo")
    assert receive(byte_by_byte(stream)).messages == [Message("Hello", 5, 2)]


def test_text_whose_header_came_alone_leaves_the_next_one_whole():
    first, second = wire(0x81, b"Hello"), wire(0x81, b"abcdef")
    pieces = [first[:2], first[2:], second[:4], second[4:6], second[6:]]
    assert [message.data for message in receive(pieces).messages] == ["Hello", "abcdef"]


def test_frame_that_has_been_checked_is_not_checked_again():
    reader, assembler = FrameReader(masked=False, max_payload=100), MessageAssembler(100)
    stream = wire(0x81, "Grüße".encode())
    assert list(reader.feed(stream[:-1])) == []
    assembler.check(reader.unfinished)
    assembler.check(reader.unfinished)
    [frame] = reader.feed(stream[-1:])
    assembler.check(reader.unfinished)
    assert assembler.add(frame) == Message("Grüße", 7)


# Limits


def test_message_may_be_as_large_as_the_limit():
    assert assemble(Frame(BINARY, bytes(6), fin=False), Frame(CONTINUATION, bytes(4)), limit=10) == [
        Message(bytes(10), 10, 2)
    ]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_message_over_the_limit_is_refused(opcode: Opcode):
    with pytest.raises(ProtocolError) as refused:
        assemble(Frame(opcode, bytes(999), fin=False), Frame(CONTINUATION, bytes(2), fin=False), limit=1_000)
    assert (refused.value.code, str(refused.value)) == (
        1009,
        "a message of at least 1,001 bytes, over the limit of 1,000 bytes ('max_message_size')",
    )


def test_limit_is_for_each_message():
    fragments = [Frame(BINARY, bytes(6), fin=False), Frame(CONTINUATION, bytes(4))]
    assert len(assemble(*fragments * 3, limit=10)) == 3


def test_frame_over_what_the_message_may_still_grow_is_refused_at_its_header():
    received = receive([wire(0x02, bytes(600)) + wire(0x80, bytes(500))[:4]], limit=1_000)
    assert received.error == (
        1009,
        "a message of at least 1,100 bytes, over the limit of 1,000 bytes ('max_message_size')",
    )


@pytest.mark.parametrize("payload", [b"", b"x"], ids=["empty", "tiny"])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_200_000_fragments_are_refused(opcode: Opcode, payload: bytes):
    stream = wire(opcode, payload) + wire(0x00, payload) * 199_999
    assert receive([stream], limit=200_000).error == (1009, "a message of more than 131,072 fragments")


def test_message_may_have_as_many_fragments_as_the_limit():
    most = wire(0x01, b"Hel") + wire(0x00) * (FRAGMENT_LIMIT - 2)
    assert receive([most + wire(0x80, b"lo")]).messages == [Message("Hello", 5, FRAGMENT_LIMIT)]
    assert receive([most + wire(0x00) + wire(0x80, b"lo")]).error is not None


# Linear time. Joined as they come, 8,192 pieces of 4 KiB are 128 GiB to copy: several times the seconds allowed here,
# which are some fifty times what is needed.

PIECE, PIECES, CPU_SECONDS = b"x" * 4096, 8192, 2.0


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_fragments_are_assembled_in_linear_time(opcode: Opcode):
    assembler = MessageAssembler(len(PIECE) * PIECES)
    begin = time.process_time()
    assembler.add(Frame(opcode, PIECE, fin=False))
    for _ in range(PIECES - 2):
        assembler.add(Frame(CONTINUATION, PIECE, fin=False))
    message = assembler.add(Frame(CONTINUATION, PIECE))
    assert time.process_time() - begin < CPU_SECONDS
    assert message is not None
    assert message[1:] == (len(PIECE) * PIECES, PIECES, None)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_pieces_of_a_frame_are_assembled_in_linear_time(opcode: Opcode):
    size = len(PIECE) * PIECES
    header = wire(0x80 | opcode)[:1] + bytes([127]) + size.to_bytes(8, "big")
    begin = time.process_time()
    received = receive([header, *[PIECE] * PIECES], limit=size)
    assert time.process_time() - begin < CPU_SECONDS
    assert [message.size for message in received.messages] == [size]


# Frames from messages


def frames_of_one(message: str | bytes, fragment_size: int | None) -> list[Frame]:
    opcode, [payload] = encode_all([message])
    return divide(Frame(opcode, payload), fragment_size)


@pytest.mark.parametrize(
    ("message", "fragment_size", "frames"),
    [
        ("Hello", None, [Frame(TEXT, b"Hello")]),
        (b"Hello", None, [Frame(BINARY, b"Hello")]),
        ("", None, [Frame(TEXT, b"")]),
        (b"", 1, [Frame(BINARY, b"")]),
        ("Hello", 5, [Frame(TEXT, b"Hello")]),
        ("Hello", 4, [Frame(TEXT, b"Hell", fin=False), Frame(CONTINUATION, b"o")]),
        (
            b"Hello",
            2,
            [Frame(BINARY, b"He", fin=False), Frame(CONTINUATION, b"ll", fin=False), Frame(CONTINUATION, b"o")],
        ),
        (
            "€",
            1,
            [Frame(TEXT, b"\xe2", fin=False), Frame(CONTINUATION, b"\x82", fin=False), Frame(CONTINUATION, b"\xac")],
        ),
    ],
)
def test_message_is_cut_into_frames(message: str | bytes, fragment_size: int | None, frames: list[Frame]):
    assert frames_of_one(message, fragment_size) == frames


@given(st.text() | st.binary(), st.none() | st.integers(1, 20))
def test_frames_of_a_message_assemble_to_it(message: str | bytes, fragment_size: int | None):
    frames = frames_of_one(message, fragment_size)
    assert all(len(frame.payload) <= fragment_size for frame in frames if fragment_size is not None)
    assert [received.data for received in assemble(*frames)] == [message]


def test_half_a_surrogate_pair_is_no_text():
    with pytest.raises(WebSocketError, match=r"Cannot send a text with half a surrogate pair \(position 1\)\."):
        encode_all(["\ud800"])


def test_whole_messages_are_taken_together_up_to_one_that_is_no_text():
    taken = MessageAssembler(LIMIT).decode_each(Frames(TEXT, ["på".encode(), b"", b"x\xff", b"behind"]))
    assert [next(taken), next(taken)] == [(["på"], 3), ([""], 0)]
    with pytest.raises(ProtocolError, match="invalid UTF-8 in a text message at byte 1"):
        next(taken)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Message.of("på\x1b"), r"Message('på\x1b', size=4, fragments=1)"),
        (Message(b"\xff", 1, 3, 9), r"Message('\xff', size=1, fragments=3, compressed_size=9)"),
        (Message.of("x" * 1_000_000), f"Message('{'x' * 200}…' (1,000,000 characters), size=1000000, fragments=1)"),
    ],
)
def test_text_of_a_message_is_short(message: Message, text: str):
    assert repr(message) == str(message) == text


def test_half_a_surrogate_pair_cannot_be_sent():
    assert encode_text("ä", "text") == b"\xc3\xa4"
    with pytest.raises(WebSocketError, match=r"^Cannot send a text with half a surrogate pair \(position 1\)\.$"):
        encode_text("\udc00", "text")


@pytest.mark.parametrize(
    ("size", "count", "lengths"),
    [(10, 1, [10]), (10, 3, [4, 3, 3]), (9, 3, [3, 3, 3]), (2, 3, [1, 1, 0]), (0, 2, [0, 0])],
)
def test_size_is_spread_over_fragments(size: int, count: int, lengths: list[int]):
    assert spread(size, count) == lengths


@given(st.binary(max_size=50), st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(0, 7))
def test_message_is_divided_at_given_lengths(payload: bytes, lengths: list[int], rsv: int):
    lengths = [*lengths, 0]
    payload = (payload * 100)[: sum(lengths)].ljust(sum(lengths), b"x")
    frames = divide_at(Frame(Opcode.BINARY, payload, True, rsv), lengths)
    assert [len(frame.payload) for frame in frames] == lengths
    assert b"".join(frame.payload for frame in frames) == payload
    assert [frame.opcode for frame in frames] == [Opcode.BINARY] + [Opcode.CONTINUATION] * (len(lengths) - 1)
    assert [frame.fin for frame in frames] == [False] * (len(lengths) - 1) + [True]
    assert [frame.rsv for frame in frames] == [rsv] + [0] * (len(lengths) - 1)


def test_lengths_of_fragments_go_with_a_message():
    message = Message("hello", 5, 2, 4)
    divided = DividedMessage.of_fragments(message, [2, 3])
    assert (divided, divided.lengths, type(divided)) == (message, [2, 3], DividedMessage)
