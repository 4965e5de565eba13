"""Bodies of requests, in any pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RobotWebSocketLibrary.protocol.bodies import BodyReader, BodyTooLongError, join_chunks
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import HttpError

LIMIT = 1000
CHUNKED = Headers([("Transfer-Encoding", "chunked")])
CUTS = st.lists(st.integers(0, 60), max_size=5)


def length(size: object) -> Headers:
    return Headers([("Content-Length", str(size))])


def fed(headers: Headers, data: bytes, cuts: list[int]) -> tuple[bool, bytes]:
    """Whether the body was complete, and what it held."""
    reader = BodyReader(headers, LIMIT)
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    complete = reader.feed(b"")
    for start, end in zip([0, *ends], ends, strict=False):
        if not complete:
            complete = reader.feed(data[start:end])
    return complete, reader.content


@given(st.binary(max_size=60), CUTS)
def test_body_of_a_known_length(body: bytes, cuts: list[int]):
    assert fed(length(len(body)), body, cuts) == (True, body)


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=4), CUTS, st.sampled_from(["", ";name=value"]))
def test_body_in_chunks(chunks: list[bytes], cuts: list[int], extension: str):
    data = b"".join(f"{len(chunk):x}{extension}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    for trailers in (b"\r\n", b"Checksum: 1\r\n\r\n"):
        assert fed(CHUNKED, data + b"0\r\n" + trailers, cuts) == (True, b"".join(chunks))
    assert join_chunks(data + b"0\r\n\r\n") == b"".join(chunks)


def test_request_that_names_no_length_has_no_body():
    assert fed(Headers(), b"GET / HTTP/1.1\r\n", []) == (True, b"")


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        (length(5), b"four"),
        (CHUNKED, b""),
        (CHUNKED, b"4\r\nfour"),
        (CHUNKED, b"4\r\nfour\r\n"),
        (CHUNKED, b"4\r\nfour\r\n0\r\nChecksum: 1\r\n"),
    ],
)
def test_body_is_not_complete(headers: Headers, data: bytes):
    assert fed(headers, data, []) == (False, b"")


@pytest.mark.parametrize(
    ("headers", "data", "reason"),
    [
        (length("five"), b"", "it does not say clearly where its body ends"),
        (length("1" * 16), b"", "it does not say clearly where its body ends"),
        (
            Headers([("Content-Length", "1"), ("Content-Length", "2")]),
            b"",
            "it does not say clearly where its body ends",
        ),
        (
            Headers([("Content-Length", "1"), ("Transfer-Encoding", "chunked")]),
            b"",
            "it does not say clearly where its body ends",
        ),
        (Headers([("Transfer-Encoding", "gzip, chunked")]), b"", "it does not say clearly where its body ends"),
        (CHUNKED, b"four\r\n", "a chunk of the body has no size"),
        (CHUNKED, b"1" * 1100, "a chunk of the body has no size"),
        (CHUNKED, b"3\r\nfour\r\n", "a chunk of the body is longer than its size says"),
        (CHUNKED, b"0\r\n" + b"x" * 1100, "more than 1,024 bytes of fields behind the body"),
    ],
)
def test_body_that_breaks_http(headers: Headers, data: bytes, reason: str):
    with pytest.raises(HttpError) as failure:
        fed(headers, data, [])
    assert str(failure.value) == reason


@pytest.mark.parametrize(("headers", "data"), [(length(1001), b""), (CHUNKED, b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\n")])
def test_body_that_is_too_long(headers: Headers, data: bytes):
    with pytest.raises(BodyTooLongError) as failure:
        fed(headers, data, [])
    assert str(failure.value) == "its body is longer than 1,000 bytes"


def test_length_that_comes_twice_and_is_the_same():
    assert fed(Headers([("Content-Length", "2"), ("Content-Length", "2")]), b"ab", []) == (True, b"ab")
