import gc
import itertools
import time
import tracemalloc
import zlib
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidHeaderFormat, NegotiationError
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame as IndependentFrame
from websockets.frames import Opcode as IndependentOpcode
from websockets.headers import build_extension, parse_extension

from RobotWebSocketLibrary.errors import ProtocolError
from RobotWebSocketLibrary.protocol.deflate import (
    NAME,
    OFFER,
    OUTPUT_BLOCK,
    TAIL,
    DeflateParameters,
    Deflater,
    Inflater,
    accept_offer,
    check_answer,
)
from RobotWebSocketLibrary.protocol.http import HttpError

LIMIT = 1_000_000
CPU_SECONDS = 2.0
DEFAULTS = DeflateParameters()
# "Hello", section 7.2.3.1
HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")

# Offers, as a server sees them: sections 5.1 and 7.1


@pytest.mark.parametrize(
    ("offer", "agreed", "answer"),
    [
        ("", DEFAULTS, ""),
        ("; client_max_window_bits", DEFAULTS, ""),
        ("; server_no_context_takeover", DeflateParameters(True), "; server_no_context_takeover"),
        ("; client_no_context_takeover", DeflateParameters(False, True), "; client_no_context_takeover"),
        ("; server_max_window_bits=10", DeflateParameters(server_max_window_bits=10), "; server_max_window_bits=10"),
        ("; client_max_window_bits=10", DeflateParameters(client_max_window_bits=10), "; client_max_window_bits=10"),
        ("; server_max_window_bits=8", DeflateParameters(server_max_window_bits=8), "; server_max_window_bits=8"),
        ("; client_max_window_bits=8", DeflateParameters(client_max_window_bits=8), "; client_max_window_bits=8"),
        (
            "; client_max_window_bits=9; server_max_window_bits=14; server_no_context_takeover",
            DeflateParameters(True, False, 14, 9),
            "; server_no_context_takeover; server_max_window_bits=14; client_max_window_bits=9",
        ),
        ('; server_max_window_bits="15"', DEFAULTS, "; server_max_window_bits=15"),
        (r'; server_max_window_bits="1\2"', DeflateParameters(False, False, 12), "; server_max_window_bits=12"),
        ("\t;  server_max_window_bits = 11 ", DeflateParameters(False, False, 11), "; server_max_window_bits=11"),
        (";client_max_window_bits", DEFAULTS, ""),
    ],
)
def test_offer_is_accepted(offer: str, agreed: DeflateParameters, answer: str):
    assert accept_offer(NAME + offer) == (agreed, NAME + answer)


INVALID_PARAMETERS = [
    *(
        f"{side}_max_window_bits={bits}"
        for side in ("server", "client")
        for bits in ("7", "16", "abc", '""', "08", "+9", "-9", "9.0", "1_0", "0x9", "115", '"0x9"', '" 9"', "٩", "")
    ),
    "server_max_window_bits",
    "server_max_window_bits=9; server_max_window_bits=9",
    "server_max_window_bits=9; server_max_window_bits=10",
    "client_max_window_bits=9; client_max_window_bits=9",
    "client_max_window_bits; client_max_window_bits=9",
    "server_no_context_takeover; server_no_context_takeover",
    "client_no_context_takeover; client_no_context_takeover",
    "server_no_context_takeover=true",
    "client_no_context_takeover=1",
    'client_no_context_takeover=""',
    "mode=9",
    "client_no_context_takeover; mode",
    "Server_No_Context_Takeover",
    "",
    "; server_no_context_takeover",
    "server_no_context_takeover;",
    "server_max_window_bits==9",
    'server_max_window_bits="9',
    'server_max_window_bits=9"',
    'server_max_window_bits="9"9',
    "server_max_window_bits=9 9",
    "server_max_window_bits 9",
    "=9",
]


@pytest.mark.parametrize("parameters", INVALID_PARAMETERS)
def test_offer_is_declined(parameters: str):
    assert accept_offer(f"{NAME}; {parameters}") is None


@pytest.mark.parametrize(
    "header", ["", " , ,", "x-webkit-deflate-frame", "Permessage-Deflate", f"x-{NAME}", f"{NAME}x"]
)
def test_no_offer_is_no_offer(header: str):
    assert accept_offer(header) is None


@pytest.mark.parametrize(
    ("header", "agreed"),
    [
        (f"{NAME}; server_max_window_bits=16, {NAME}; server_max_window_bits=9, {NAME}", (False, False, 9, 15)),
        (f"{NAME}; mode, {NAME}; mode; mode, {NAME}; client_no_context_takeover", (False, True, 15, 15)),
        (f"{NAME}, {NAME}; server_max_window_bits=9", (False, False, 15, 15)),
        (f"x-webkit-deflate-frame; a=b, {NAME}; server_max_window_bits=9", (False, False, 9, 15)),
        (f",, {NAME} ,", (False, False, 15, 15)),
        (f'x; a="; {NAME}; mode,", {NAME}; server_no_context_takeover', (True, False, 15, 15)),
        (rf'x; a="\", {NAME}; mode"; b, {NAME}; server_no_context_takeover', (True, False, 15, 15)),
        (f"x y; =, {NAME}", (False, False, 15, 15)),
    ],
)
def test_first_offer_that_can_be_accepted_is(header: str, agreed: tuple[bool, bool, int, int]):
    accepted = accept_offer(header)
    assert accepted is not None
    assert accepted[0] == DeflateParameters(*agreed)


@pytest.mark.parametrize("end", ["", "\\", '"', ","])
@pytest.mark.parametrize("filling", ['"', '\\"', '"\\"', " ", ";", "; a", ";a=", 'a"', ",", "\t=", '; a="" '])
def test_odd_header_is_read_in_linear_time(filling: str, end: str):
    begin = time.process_time()
    assert accept_offer(f"x; a={filling * 50_000}{end}") is None
    assert time.process_time() - begin < CPU_SECONDS


# Answers, as our client sees them: sections 5.1 and 7.1


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [
        ("", DEFAULTS),
        ("; server_no_context_takeover; client_no_context_takeover", DeflateParameters(True, True)),
        ("; server_max_window_bits=8; client_max_window_bits=8", DeflateParameters(False, False, 8, 8)),
        ('; client_max_window_bits="9"', DeflateParameters(False, False, 15, 9)),
        (" ,", DEFAULTS),
    ],
)
def test_answer_is_accepted(answer: str, agreed: DeflateParameters):
    assert check_answer(NAME + answer) == agreed


@pytest.mark.parametrize("parameters", [*INVALID_PARAMETERS, "client_max_window_bits"])
def test_answer_with_invalid_parameters_is_refused(parameters: str):
    with pytest.raises(HttpError) as refused:
        check_answer(f"{NAME}; {parameters}")
    reason = f"the server chose compression with parameters that are not valid: '{NAME}; {parameters}'"
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("x", "the server chose an extension that was not offered: 'x'"),
        (",", "the server chose an extension that was not offered: ','"),
        (f"x, {NAME}", f"the server chose an extension that was not offered: 'x, {NAME}'"),
        (f"{NAME}x\x1b", rf"the server chose an extension that was not offered: '{NAME}x\x1b'"),
        (f"{NAME}, {NAME}", f"the server chose compression more than once: '{NAME}, {NAME}'"),
        (f"{NAME}, {NAME}; x", f"the server chose compression more than once: '{NAME}, {NAME}; x'"),
    ],
)
def test_answer_is_refused(answer: str, reason: str):
    with pytest.raises(HttpError) as refused:
        check_answer(answer)
    assert refused.value.reason == reason


# Negotiation with websockets

VALUES = ["", "=7", "=8", "=9", "=12", "=15", "=16", "=08", '="10"', '="1\\1"', '=""', "=abc", "=", "= 13", '="9']
PARAMETERS = st.tuples(
    st.sampled_from(
        ["server_no_context_takeover", "client_no_context_takeover"] * 2
        + ["server_max_window_bits", "client_max_window_bits"] * 3
        + ["mode", " ", ""]
    ),
    st.sampled_from(["", "", *VALUES]),
).map("".join)
HEADERS = st.lists(PARAMETERS, max_size=4).map(lambda parameters: "; ".join([NAME, *parameters]))


@given(HEADERS)
def test_offer_is_judged_as_websockets_does(header: str):
    accepted = accept_offer(header)
    if accepted is not None and accepted[0].server_max_window_bits == 8:
        return  # which is where the two differ: websockets declines what zlib cannot compress with
    assert (None if accepted is None else accepted[1]) == independent_answer(header)


def independent_answer(header: str) -> str | None:
    try:
        [(_, parameters)] = parse_extension(header)
        answered, _ = ServerPerMessageDeflateFactory().process_request_params(parameters, [])
    except (InvalidHeaderFormat, NegotiationError):
        return None
    return build_extension([(NAME, answered)])


@given(HEADERS)
def test_answer_is_judged_as_websockets_does(header: str):
    try:
        agreed = check_answer(header)
    except HttpError:
        agreed = None
    if agreed is not None and agreed.client_max_window_bits == 8:
        return
    assert agreed == independently_agreed(header)


def independently_agreed(header: str) -> DeflateParameters | None:
    try:
        [(_, parameters)] = parse_extension(header)
        agreed = ClientPerMessageDeflateFactory().process_response_params(parameters, [])
    except (InvalidHeaderFormat, NegotiationError):
        return None
    return DeflateParameters(
        agreed.remote_no_context_takeover,
        agreed.local_no_context_takeover,
        agreed.remote_max_window_bits,
        agreed.local_max_window_bits,
    )


@pytest.mark.parametrize(("offer", "keeps_context"), [(0, True), (1, False)])
def test_websockets_understands_our_offers(offer: int, keeps_context: bool):
    name, parameters = parse_extension(OFFER)[offer]
    factory = ServerPerMessageDeflateFactory(server_max_window_bits=11, client_max_window_bits=12)
    answered, _ = factory.process_request_params(parameters, [])
    agreed = check_answer(build_extension([(name, answered)]))
    assert agreed == DeflateParameters(False, not keeps_context, 11, 12)


# Messages: the examples of section 7.2.3


def inflater(window_bits: int = 15, *, keeps_context: bool = True) -> Inflater:
    return Inflater(window_bits, keeps_context=keeps_context)


def inflate(*fragments: bytes, limit: int = LIMIT) -> bytes:
    """Inflates the fragments of one message."""
    return inflate_next(inflater(), *fragments, limit=limit)


def inflate_next(receiver: Inflater, *fragments: bytes, limit: int = LIMIT) -> bytes:
    pieces, size = [], 0
    for left, fragment in zip(reversed(range(len(fragments))), fragments, strict=True):
        pieces.append(receiver.inflate(fragment, limit, size=size, last=not left))
        size += len(pieces[-1])
    return b"".join(pieces)


def whole(payload: bytes, *, level: int = -1, flush: int = zlib.Z_SYNC_FLUSH, window_bits: int = 15) -> bytes:
    """What zlib makes of a payload, tail and all."""
    compressor = zlib.compressobj(level, wbits=-window_bits)
    return compressor.compress(payload) + compressor.flush(flush)


@pytest.mark.parametrize(
    ("fragments", "message"),
    [
        (["f2 48 cd c9 c9 07 00"], b"Hello"),
        (["f2 48 cd", "c9 c9 07 00"], b"Hello"),
        (["", "f2 48 cd", "", "c9 c9 07 00", ""], b"Hello"),
        (["00 05 00 fa ff 48 65 6c 6c 6f 00"], b"Hello"),  # not compressed
        (["f3 48 cd c9 c9 07 00 00"], b"Hello"),  # BFINAL
        (["f3 48 cd c9 c9 07 00", "00"], b"Hello"),
        (["f3 48 cd c9 c9 07 00"], b"Hello"),  # and nothing behind it
        (["f3 48 cd c9 c9 07 00", ""], b"Hello"),
        (["f2 48 05 00 00 00 ff ff", "cb c9 c9 07 00"], b"Hello"),
        (["f3 48", "cd c9 c9 07", "00 00"], b"Hello"),
        (["f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00"], b"HelloHello"),
        (["01 05 00 fa ff 48 65 6c 6c 6f 01"], b"Hello"),  # BFINAL also on the block that ends with the tail
        (["f2 48 05 00 00 00 ff ff ca c9 c9 07 00"], b"Hello"),  # two blocks
        (["f2 48 05 00 00 00 ff ff", "ca c9 c9 07 00"], b"Hello"),
        (["00"], b""),
        (["", "00"], b""),
        (["00", ""], b""),
        (["00 00 00 ff ff", "00"], b""),
        (["02 00"], b""),  # an empty block of fixed codes before the tail's
        (["03 00 00"], b""),  # and a final one
    ],
)
def test_message_is_inflated(fragments: list[str], message: bytes):
    receiver = inflater()
    assert inflate_next(receiver, *map(bytes.fromhex, fragments)) == message
    assert inflate_next(receiver, HELLO) == b"Hello"  # nothing is left over


def test_message_refers_to_the_one_before():
    receiver = inflater()
    assert receiver.inflate(HELLO, LIMIT, last=True) == b"Hello"
    assert receiver.inflate(bytes.fromhex("f2 00 11 00 00"), LIMIT, last=True) == b"Hello"


def test_message_does_not_refer_to_the_one_before_without_context_takeover():
    receiver = inflater(keeps_context=False)
    assert receiver.inflate(HELLO, LIMIT, last=True) == b"Hello"
    with pytest.raises(ProtocolError, match=r"^invalid compressed data$") as invalid:
        receiver.inflate(bytes.fromhex("f2 00 11 00 00"), LIMIT, last=True)
    assert invalid.value.code == 1007


def test_message_is_deflated():
    sender = Deflater(15, keeps_context=True)
    assert sender.deflate(b"Hello") == HELLO
    assert sender.deflate(b"Hello") == bytes.fromhex("f2 00 11 00 00")
    sender = Deflater(15, keeps_context=False)
    assert [sender.deflate(b"Hello") for _ in range(3)] == [HELLO] * 3


@pytest.mark.parametrize("keeps_context", [True, False])
def test_empty_message_is_one_byte(keeps_context: bool):
    sender = Deflater(15, keeps_context=keeps_context)
    assert [sender.deflate(b""), sender.deflate(b""), sender.deflate(b"Hello")[-1:], sender.deflate(b"")] == [b"\0"] * 4


@pytest.mark.parametrize(("window_bits", "able"), [(8, False), (9, True), (15, True)])
def test_window_of_eight_bits_cannot_be_deflated_with(window_bits: int, able: bool):
    assert Deflater(window_bits, keeps_context=True).able is able


def test_window_of_eight_bits_can_be_inflated_with():
    payload = b"0123456789" * 100
    assert inflater(8).inflate(whole(payload).removesuffix(TAIL), LIMIT, last=True) == payload


# Round trips, with websockets as the other end

TEXT, CONTINUATION = IndependentOpcode.TEXT, IndependentOpcode.CONT
MESSAGES = st.lists(st.binary() | st.text("ab{}:, ", max_size=2000).map(str.encode), max_size=6)
ALL_PARAMETERS = list(itertools.product([True, False], range(9, 16)))


@given(MESSAGES, st.booleans(), st.integers(9, 15))
def test_messages_are_inflated_as_they_were(messages: list[bytes], keeps_context: bool, window_bits: int):
    sender = Deflater(window_bits, keeps_context=keeps_context)
    receiver = inflater(window_bits, keeps_context=keeps_context)
    assert [receiver.inflate(sender.deflate(message), LIMIT, last=True) for message in messages] == messages


@given(MESSAGES, st.booleans(), st.integers(9, 15), st.integers(1, 20))
def test_messages_are_inflated_however_they_are_cut(
    messages: list[bytes], keeps_context: bool, window_bits: int, size: int
):
    sender = Deflater(window_bits, keeps_context=keeps_context)
    receiver = inflater(window_bits, keeps_context=keeps_context)
    for message in messages:
        payload = sender.deflate(message)
        fragments = [payload[at : at + size] for at in range(0, len(payload), size)]
        assert inflate_next(receiver, *fragments, limit=len(message)) == message


@given(MESSAGES, st.booleans(), st.integers(9, 15))
def test_websockets_inflates_our_messages(messages: list[bytes], keeps_context: bool, window_bits: int):
    sender = Deflater(window_bits, keeps_context=keeps_context)
    peer = independent(keeps_context, window_bits)
    payloads = [sender.deflate(message) for message in messages]
    frames = [IndependentFrame(TEXT, payload, rsv1=True) for payload in payloads]
    assert [bytes(peer.decode(frame).data) for frame in frames] == messages


@given(MESSAGES, st.booleans(), st.integers(9, 15))
def test_messages_of_websockets_are_inflated(messages: list[bytes], keeps_context: bool, window_bits: int):
    receiver, peer = inflater(window_bits, keeps_context=keeps_context), independent(keeps_context, window_bits)
    frames = [peer.encode(IndependentFrame(TEXT, message)) for message in messages]
    assert [receiver.inflate(bytes(frame.data), LIMIT, last=True) for frame in frames] == messages


@given(st.lists(MESSAGES.filter(bool), max_size=3), st.booleans(), st.integers(9, 15))
def test_fragments_of_websockets_are_inflated(messages: list[list[bytes]], keeps_context: bool, window_bits: int):
    receiver, peer = inflater(window_bits, keeps_context=keeps_context), independent(keeps_context, window_bits)
    for pieces in messages:
        final = len(pieces) - 1
        opcodes = [TEXT, *[CONTINUATION] * final]
        frames = [
            peer.encode(IndependentFrame(opcode, piece, fin=at == final))
            for at, (opcode, piece) in enumerate(zip(opcodes, pieces, strict=True))
        ]
        received = [receiver.inflate(bytes(frame.data), LIMIT, last=frame.fin) for frame in frames]
        assert received == pieces


@pytest.mark.parametrize(("keeps_context", "window_bits"), ALL_PARAMETERS)
def test_windows_are_those_of_websockets(keeps_context: bool, window_bits: int):
    """Messages that are larger than the window and refer almost as far back as it allows."""
    message = Random(window_bits).randbytes((1 << window_bits) - 300) * 3
    sender = Deflater(window_bits, keeps_context=keeps_context)
    receiver = inflater(window_bits, keeps_context=keeps_context)
    peer = independent(keeps_context, window_bits)
    for _ in range(2):
        payload = sender.deflate(message)
        assert len(payload) < len(message) / 2
        assert bytes(peer.decode(IndependentFrame(TEXT, payload, rsv1=True)).data) == message
        assert receiver.inflate(bytes(peer.encode(IndependentFrame(TEXT, message)).data), LIMIT, last=True) == message


def independent(keeps_context: bool, window_bits: int) -> PerMessageDeflate:
    return PerMessageDeflate(not keeps_context, not keeps_context, window_bits, window_bits)


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("flush", [zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_FINISH])
def test_other_ways_to_compress_are_inflated(level: int, flush: int):
    payload = Random(level).randbytes(20_000) * 10
    compressed = whole(payload, level=level, flush=flush)
    assert inflate(compressed + b"\0" if flush == zlib.Z_FINISH else compressed.removesuffix(TAIL)) == payload


# Data that is no compressed message


@pytest.mark.parametrize(
    "payload",
    ["ff", "06", "00 05 00 fa fe", "f2 00 11 00 00"],
    ids=["final block", "block type", "length", "distance"],
)
@pytest.mark.parametrize("last", [True, False])
def test_corrupted_data_is_refused(payload: str, last: bool):
    with pytest.raises(ProtocolError, match=r"^invalid compressed data$") as invalid:
        inflater().inflate(bytes.fromhex(payload), LIMIT, last=last)
    assert invalid.value.code == 1007


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "f2 48 cd c9",
        "00 05 00 fa ff 48 65",
        "f3 48 cd c9 c9 07",  # a final block without its end
        "f2 48 cd c9 c9 07 00 00 00 ff ff",  # the tail, sent
        "f2 48 cd c9 c9 07 00 07",
        "f2 48 cd c9 c9 07",
        "00 05 00 fa ff 48",  # the tail can be the four bytes that the block lacks,
        "01 05 00 fa ff 48",
        "00 01 00 fe ff",  # or more than it lacks
        "01 01 00 fe ff",
        "01 03 00 fc ff 48",
        "f3 48 cd",
        "63",
        "03",  # the tail can end a final block, and go on
        "04 c1 89 01 83 20 0c 00 c0",  # in the codes of a block
    ],
)
def test_incomplete_data_is_refused(payload: str):
    with pytest.raises(ProtocolError, match=r"^incomplete compressed data$") as invalid:
        inflate(bytes.fromhex(payload))
    assert invalid.value.code == 1007


@pytest.mark.parametrize("keeps_context", [True, False])
@pytest.mark.parametrize("level", [0, 9])
def test_message_that_lacks_its_end_is_refused(level: int, keeps_context: bool):
    compressed = whole(b"Hello world, hello you, hello world. " * 3, level=level).removesuffix(TAIL)
    for end in range(2, len(compressed)):
        with pytest.raises(ProtocolError) as invalid:
            inflater(keeps_context=keeps_context).inflate(compressed[:end], LIMIT, last=True)
        assert invalid.value.code == 1007


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=3), st.integers(0, 500), st.integers(8, 15))
def test_any_data_is_inflated_within_the_limit_or_refused(data: bytes, cuts: list[int], limit: int, window_bits: int):
    edges = [0, *sorted(cuts), len(data) + 200]
    fragments = [data[start:end] for start, end in itertools.pairwise(edges)]
    try:
        inflated = inflate_next(inflater(window_bits), *fragments, limit=limit)
    except ProtocolError as refused:
        code, inflated = refused.code, b""
    else:
        code = None
    assert code in (None, 1007, 1009)
    assert len(inflated) <= limit


# The limit

OVER = "a message of at least {:,} bytes, over the limit of {:,} bytes ('max_message_size')"


@pytest.mark.parametrize("difference", [-300, -1, 0, 1, 300])
@pytest.mark.parametrize("size", [OUTPUT_BLOCK, 3 * OUTPUT_BLOCK, 4])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_message_may_be_as_large_as_the_limit(size: int, level: int, difference: int):
    """Around the size of what is taken from zlib at once: runs of zeros leave it with more to give at any byte."""
    size = max(size + difference, 1)
    compressed = whole(bytes(size), level=level).removesuffix(TAIL)
    assert inflate(compressed, limit=size) == bytes(size)
    assert inflate(compressed, limit=size + 1) == bytes(size)
    with pytest.raises(ProtocolError) as refused:
        inflate(compressed, limit=size - 1)
    assert (refused.value.code, refused.value.reason) == (1009, OVER.format(size, size - 1))


def test_frame_brings_all_that_it_holds():
    """Also where its last byte stands for more than is taken from zlib at once."""
    for size in range(OUTPUT_BLOCK - 10, OUTPUT_BLOCK + 300):
        receiver, compressed = inflater(), whole(bytes(size))
        assert len(receiver.inflate(compressed, LIMIT, last=False)) == size
        assert receiver.inflate(b"\0", 0, last=True) == b""


@pytest.mark.parametrize("payload", ["00", "02 00", "03 00 00"])
def test_empty_message_needs_no_room(payload: str):
    assert inflate(bytes.fromhex(payload), limit=0) == b""


def peak_of(inflating: Callable[[], object]) -> int:
    """Bytes that were in use at once."""
    gc.collect()
    tracemalloc.start()
    try:
        inflating()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


MEBIBYTE = 1024 * 1024
ZEROS = whole(bytes(48 * MEBIBYTE), level=9).removesuffix(TAIL)


def test_bomb_is_refused_before_it_is_kept():
    def inflate_bomb() -> None:
        with pytest.raises(ProtocolError, match="over the limit of 33,554,432 bytes"):
            inflate(ZEROS, limit=32 * MEBIBYTE)

    assert peak_of(inflate_bomb) < 10 * MEBIBYTE


def test_memory_holds_a_message_once():
    receiver = inflater()
    assert peak_of(lambda: receiver.inflate(ZEROS, 64 * MEBIBYTE, last=True)) < 55 * MEBIBYTE
    text = b"".join(b"%d " % number for number in range(2_000_000))
    compressed = Deflater(15, keeps_context=True).deflate(text)
    assert peak_of(lambda: inflater().inflate(compressed, 64 * MEBIBYTE, last=True)) < 1.2 * len(text)


def test_limit_is_for_inflated_bytes():
    incompressible = Random(7692).randbytes(100_000)
    compressed = Deflater(15, keeps_context=True).deflate(incompressible)
    assert len(compressed) > len(incompressible)
    assert inflate(compressed, limit=len(incompressible)) == incompressible


def test_limit_is_for_each_message():
    sender, receiver = Deflater(15, keeps_context=True), inflater()
    for _ in range(5):
        assert len(receiver.inflate(sender.deflate(bytes(1000)), 1000, last=True)) == 1000


# Bombs: 1,000 bytes for each that was sent

BOMB = whole(bytes(MEBIBYTE)) * 512
BOMB_LIMIT = 4 * MEBIBYTE


@pytest.mark.parametrize("size", [len(BOMB), 1000, 100], ids=["one frame", "fragments", "small fragments"])
def test_bomb_is_stopped_at_the_limit(size: int):
    fragments = [BOMB[at : at + size] for at in range(0, len(BOMB), size)]
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError) as refused:
            inflate(*fragments, limit=BOMB_LIMIT)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (refused.value.code, refused.value.reason) == (1009, OVER.format(BOMB_LIMIT + 1, BOMB_LIMIT))
    assert peak < BOMB_LIMIT + MEBIBYTE * 5 // 4


# Linear time. The seconds allowed are many times what is needed.


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        (BOMB[: len(BOMB) // 8], 64 * MEBIBYTE),
        (whole(Random(1009).randbytes(16 * MEBIBYTE), level=1), 16 * MEBIBYTE),
        ((b"\x01\x90\x01\x6f\xfe" + bytes(400)) * 40_000, 40_000 * 400),
        (b"\x00\x00\x00\xff\xff" * 1_000_000, 0),
    ],
    ids=["bomb", "incompressible", "final blocks", "empty blocks"],
)
def test_frame_is_inflated_in_linear_time(payload: bytes, size: int):
    begin = time.process_time()
    inflated = inflater().inflate(payload + b"\0", size, last=True)
    assert time.process_time() - begin < CPU_SECONDS
    assert len(inflated) == size


def test_fragments_are_inflated_in_linear_time():
    payload, receiver = Deflater(15, keeps_context=True).deflate(Random(9).randbytes(130_000)), inflater()
    begin = time.process_time()
    pieces = [receiver.inflate(payload[at : at + 1], LIMIT, last=False) for at in range(len(payload))]
    pieces.append(receiver.inflate(b"", LIMIT, last=True))
    assert time.process_time() - begin < CPU_SECONDS
    assert len(b"".join(pieces)) == 130_000


def test_message_behind_a_final_block_must_be_complete_again():
    receiver = inflater()
    assert inflate_next(receiver, bytes.fromhex("f3 48 cd c9 c9 07 00")) == b"Hello"
    with pytest.raises(ProtocolError, match=r"^incomplete compressed data$"):
        inflate_next(receiver, b"")


OWN = "permessage-deflate; client_no_context_takeover"


@pytest.mark.parametrize(
    ("offers", "answer", "without_context"),
    [
        (OWN, NAME, True),
        (OWN, OWN, True),
        (OFFER, NAME, False),
        (OFFER, OWN, True),
        (f"{OWN}, x-other", NAME, True),
    ],
)
def test_client_keeps_to_what_it_has_announced(offers: str, answer: str, without_context: bool):
    assert check_answer(answer, offers).client_no_context_takeover is without_context


def test_window_of_a_client_that_did_not_offer_to_limit_it():
    with pytest.raises(HttpError, match=r"^the server chose compression with parameters that are not valid: "):
        check_answer(f"{NAME}; client_max_window_bits=10", NAME)
    assert check_answer(f"{NAME}; client_max_window_bits=10", OFFER).client_max_window_bits == 10
