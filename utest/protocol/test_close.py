import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets import frames as independent

from RobotWebSocketLibrary.errors import ProtocolError, WebSocketError
from RobotWebSocketLibrary.protocol.close import (
    REASON_LIMIT,
    CloseCode,
    CloseStatus,
    check_close_code,
    cut_reason,
    explain_code,
    is_sendable,
    read_any_close_payload,
    read_close_payload,
    write_close_payload,
)
from RobotWebSocketLibrary.protocol.frames import CONTROL_PAYLOAD_LIMIT

# Codes, section 7.4


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1000, "normal closure"),
        (1001, "going away"),
        (1002, "protocol error"),
        (1003, "unsupported data"),
        (1004, "unknown"),
        (1005, "no status received"),
        (1006, "abnormal closure"),
        (1007, "invalid payload data"),
        (1008, "policy violation"),
        (1009, "message too big"),
        (1010, "mandatory extension"),
        (1011, "internal error"),
        (1012, "service restart"),
        (1013, "try again later"),
        (1014, "bad gateway"),
        (1015, "TLS handshake"),
        (1016, "unknown"),
        (2999, "unknown"),
        (3000, "registered"),
        (3999, "registered"),
        (4000, "private use"),
        (4999, "private use"),
        (5000, "unknown"),
    ],
)
def test_code_is_put_into_words(code: int, words: str):
    assert explain_code(code) == words


@pytest.mark.parametrize("code", [0, 99, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])
def test_code_may_not_be_sent(code: int):
    assert not is_sendable(code)


def test_codes_that_may_be_sent_are_those_of_websockets():
    sendable = {code for code in range(65_536) if is_sendable(code)}
    assert sendable == {*map(int, independent.EXTERNAL_CLOSE_CODES), *range(3000, 5000)}


# Payloads of close frames, section 5.5.1


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        (b"", 1005, ""),
        (b"\x03\xe8", 1000, ""),
        (b"\x03\xe9see you", 1001, "see you"),
        (b"\x0f\xa5why", 4005, "why"),
        (b"\x0b\xb8", 3000, ""),
        (b"\x13\x87", 4999, ""),
        (b"\x03\xe8" + "grüße".encode(), 1000, "grüße"),
        (b"\x03\xe8" + b"x" * 123, 1000, "x" * 123),
    ],
)
def test_close_frame_is_read(payload: bytes, code: int, reason: str):
    assert read_close_payload(payload) == (code, reason)


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        (b"\x03", 1002, "a close frame with half a close code"),
        *(
            (bad.to_bytes(2, "big") + b"why", 1002, f"a close frame with the code {bad}, which may not be sent")
            for bad in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535)
        ),
        (b"\x03\xe8\xff", 1007, "invalid UTF-8 in a close reason at byte 0"),
        (b"\x03\xe8bye\xed\xa0\x80", 1007, "invalid UTF-8 in a close reason at byte 3"),
        (b"\x03\xe8bye\xe2\x82", 1007, "invalid UTF-8 in a close reason at byte 3"),
    ],
)
def test_close_frame_is_refused(payload: bytes, code: int, reason: str):
    with pytest.raises(ProtocolError) as refused:
        read_close_payload(payload)
    assert (refused.value.code, str(refused.value)) == (code, reason)


@given(st.sampled_from([1000, 1001, 1011, 3000, 4999]), st.text(max_size=30))
def test_close_frames_agree_with_websockets(code: int, reason: str):
    payload = write_close_payload(code, reason)
    assert payload == independent.Close(code, reason).serialize()
    assert read_close_payload(payload) == (code, reason)


# Our own reason


def test_longest_reason_fills_a_control_frame():
    assert len(write_close_payload(1000, "x" * REASON_LIMIT)) == CONTROL_PAYLOAD_LIMIT


@pytest.mark.parametrize(
    ("reason", "cut"),
    [
        ("", ""),
        ("bye", "bye"),
        ("x" * 123, "x" * 123),
        ("x" * 124, "x" * 123),
        ("x" * 122 + "ü", "x" * 122),
        ("€" * 42, "€" * 41),
        ("x" * 121 + "𝄞", "x" * 121),
    ],
)
def test_reason_is_cut_between_characters(reason: str, cut: str):
    assert cut_reason(reason) == cut


@given(st.text(max_size=200))
def test_no_more_of_a_reason_is_cut_than_must_be(reason: str):
    cut = cut_reason(reason)
    assert reason.startswith(cut)
    assert len(cut.encode()) <= REASON_LIMIT
    assert cut == reason or len(reason[: len(cut) + 1].encode()) > REASON_LIMIT


# How a connection closed


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (CloseStatus(1000), "1000 (normal closure)"),
        (CloseStatus(1000, "bye"), "1000 (normal closure) bye"),
        (CloseStatus(CloseCode.GOING_AWAY, "see you"), "1001 (going away) see you"),
        (CloseStatus(4005, "why"), "4005 (private use) why"),
        (CloseStatus(1006), "1006 (abnormal closure)"),
        (CloseStatus(1000, "*HTML* <b>\x1b[31m\n\0\u202e"), r"1000 (normal closure) *HTML* <b>\x1b[31m\n\x00\u202e"),
    ],
)
def test_close_status_is_its_text(status: CloseStatus, text: str):
    assert status == text
    assert str(status) == f"{status}" == text


def test_close_status_has_fields():
    status = CloseStatus(4005, "why\n", "server", clean=True)
    assert (status.code, status.reason, status.initiator, status.clean) == (4005, "why\n", "server", True)
    assert CloseStatus(1006).reason == ""
    assert CloseStatus(1006).initiator == "none"
    assert not CloseStatus(1006).clean


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda status: pickle.loads(pickle.dumps(status))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copy_of_a_close_status_keeps_the_fields(copied):
    status = copied(CloseStatus(4005, "why\n", "client", clean=True))
    assert status == r"4005 (private use) why\n"
    assert (status.code, status.reason, status.initiator, status.clean) == (4005, "why\n", "client", True)


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b"", (1005, "")),
        (b"\x03", (1005, "")),
        (b"\x03\xed", (1005, "")),
        (b"\x03\xe7why", (999, "why")),
        (b"\xff\xff\xff", (65_535, "\ufffd")),
        ((4000).to_bytes(2, "big") + "på".encode(), (4000, "på")),
    ],
)
def test_illegal_close_frame_is_shown(payload: bytes, shown: tuple[int, str]):
    assert read_any_close_payload(payload) == shown


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_close_code_that_may_not_be_sent_is_refused(code: int):
    with pytest.raises(WebSocketError) as failure:
        check_close_code(code)
    assert str(failure.value) == (
        f"The close code {code} may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999."
    )


@pytest.mark.parametrize("code", [1000, 1003, 1007, 1014, 3000, 4999])
def test_close_code_that_may_be_sent_passes(code: int):
    check_close_code(code)
