"""The same bytes give the same frames, messages and errors, whatever pieces TCP delivers them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.protocol.frames import Frame, Opcode, serialize
from RobotWebSocketLibrary.protocol.messages import divide, encode_all

from .pieces import KEY, LIMIT, cut, many_cuts, read_frames, receive, wire

pytestmark = pytest.mark.usefixtures("masks")


def streams(key: bytes | None) -> dict[str, bytes]:
    """Streams by what is in them; a key makes them those of a client."""
    bit = 0 if key is None else 0x80
    other_key = KEY if key is None else None
    hello, ping = wire(0x81, b"Hello", key), wire(0x89, b"ping", key)
    return {
        "nothing": b"",
        "text": hello,
        "empty text": wire(0x81, b"", key),
        "empty binary": wire(0x82, b"", key),
        "many small messages": (hello + wire(0x82, b"\0\xff", key) + wire(0x81, b"", key)) * 20,
        "125 bytes": wire(0x82, bytes(125), key) + hello,
        "126 bytes": wire(0x82, bytes(126), key) + hello,
        "65,535 bytes": wire(0x82, b"\xa5" * 65_535, key) + hello,
        "65,536 bytes": wire(0x82, b"\x5a" * 65_536, key) + hello,
        "control frames": ping + wire(0x8A, bytes(125), key) + wire(0x88, b"\x03\xe8bye", key),
        "fragments": wire(0x01, b"Hel", key) + wire(0x80, b"lo", key) + hello,
        "fragments around a ping": wire(0x02, b"\0", key) + ping + wire(0x00, b"\1", key) + ping + wire(0x80, b"", key),
        "empty fragments": wire(0x01, b"", key) + wire(0x00, b"", key) * 5 + wire(0x80, b"", key) + hello,
        "a character over three fragments": wire(0x01, b"\xe2", key)
        + wire(0x00, b"\x82", key)
        + wire(0x80, b"\xac", key),
        "texts of many languages": wire(0x81, "κόσμε €uro 𝄞 שלום".encode(), key) * 3,
        "no end of a header": hello + wire(0x82, bytes(70_000), key)[:7],
        "no end of a payload": hello + wire(0x81, b"Hello", key)[:-2],
        "no end of a message": hello + wire(0x01, b"Hel", key) + ping,
        "RSV1": hello + wire(0xC1, b"Hello", key),
        "reserved opcode": hello + wire(0x83, b"Hello", key),
        "fragmented ping": hello + wire(0x09, b"", key),
        "long ping": hello + wire(0x89, bytes(126), key),
        "length not in shortest form": hello + bytes([0x82, bit | 126, 0, 125]),
        "highest bit of the length": hello + bytes([0x82, bit | 127, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        "wrong masking": hello + wire(0x81, b"Hello", other_key),
        "lone continuation": hello + wire(0x80, b"Hello", key),
        "unfinished lone continuation": hello + wire(0x80, b"Hello", key)[:-1],
        "text in text": wire(0x01, b"Hel", key) + hello,
        "invalid text in text": wire(0x01, b"Hel", key) + wire(0x81, b"\xff\xff", key),
        "invalid text in binary": wire(0x02, b"Hel", key) + wire(0x81, b"\xff\xff", key),
        "invalid UTF-8": hello + wire(0x81, b"He\xffo", key) + hello,
        "invalid UTF-8 over fragments": wire(0x01, b"\xce\xba\xe1\xbd", key) + wire(0x80, b"\xb9\xf4\x90\x80\x80", key),
        "half a character": wire(0x81, b"Hell\xe2\x82", key),
        "half a character in fragments": wire(0x01, b"Hell", key) + wire(0x80, b"\xe2\x82", key),
        "invalid UTF-8 in an unfinished frame": hello + wire(0x81, b"He\xff-----", key)[:-3],
        "binary is no text": wire(0x82, b"\xff\xfe", key) + wire(0x02, b"\xff", key) + wire(0x80, b"\xfe", key),
        "too large": hello + wire(0x82, bytes(LIMIT + 1), key)[:20],
        "too large in fragments": hello + wire(0x02, bytes(LIMIT - 5), key) + wire(0x80, bytes(6), key),
    }


@pytest.mark.parametrize("key", [None, KEY], ids=["client", "server"])
@pytest.mark.parametrize("name", streams(None))
def test_cuts_change_nothing(name: str, key: bytes | None):
    data, masked = streams(key)[name], key is not None
    frames, received = read_frames([data], masked=masked), receive([data], masked=masked)
    for pieces in many_cuts(data):
        assert read_frames(pieces, masked=masked) == frames
        assert receive(pieces, masked=masked) == received


first_bytes = st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A]) | st.integers(0, 255)
payloads = st.binary(max_size=200) | st.text(max_size=60).map(str.encode)


@st.composite
def damaged_streams(draw: st.DrawFn) -> tuple[bytes, bytes | None]:
    """Frames of which most are legal, cut off somewhere, with some octets replaced."""
    key = draw(st.none() | st.binary(min_size=4, max_size=4))
    frames = draw(st.lists(st.tuples(first_bytes, payloads), max_size=8))
    data = bytearray(b"".join(wire(first, payload, key) for first, payload in frames))
    if data:
        del data[draw(st.integers(1, len(data))) :]
        for position in draw(st.lists(st.integers(0, len(data) - 1), max_size=2)):
            data[position] = draw(st.integers(0, 255))
    return bytes(data), key


@given(damaged_streams(), st.lists(st.integers(0, 2_000), max_size=12))
def test_cuts_change_nothing_in_damaged_streams(stream: tuple[bytes, bytes | None], positions: list[int]):
    data, key = stream
    masked = key is not None
    pieces = cut(data, {min(position, len(data)) for position in positions})
    assert read_frames(pieces, masked=masked, limit=500) == read_frames([data], masked=masked, limit=500)
    assert receive(pieces, masked=masked, limit=500) == receive([data], masked=masked, limit=500)


@given(st.binary(max_size=100), st.booleans(), st.lists(st.integers(0, 100), max_size=12))
def test_cuts_change_nothing_in_noise(data: bytes, masked: bool, positions: list[int]):
    pieces = cut(data, {min(position, len(data)) for position in positions})
    assert receive(pieces, masked=masked) == receive([data], masked=masked)


@given(
    st.lists(st.tuples(st.text() | st.binary(), st.none() | st.integers(1, 9), st.booleans()), max_size=6),
    st.booleans(),
    st.lists(st.integers(0, 300), max_size=12),
)
def test_every_message_arrives_as_it_was_sent(
    sent: list[tuple[str | bytes, int | None, bool]], masked: bool, positions: list[int]
):
    data = b""
    for message, fragment_size, pinged in sent:
        opcode, [payload] = encode_all([message])
        for frame in divide(Frame(opcode, payload), fragment_size):
            data += serialize(frame, masked=masked)
            data += serialize(Frame(Opcode.PING, b"between"), masked=masked) if pinged else b""
    received = receive(cut(data, {min(position, len(data)) for position in positions}), masked=masked)
    assert [message.data for message in received.messages] == [message for message, _, _ in sent]
    assert received.in_progress is None
    assert received.error is None
