"""Answers before the answer, and answers without a body."""

from __future__ import annotations

import pytest

from peers.raw import TEXT, RawEnd, frame, switching
from peers.scripted import answering, serving, until_client_leaves
from RobotWebSocketLibrary.errors import HandshakeError

from .conftest import Opening

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


@pytest.mark.parametrize("pieces", [1, 10_000], ids=["byte by byte", "at once"])
@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints", b"199 "])
def test_interim_responses_are_read_over(status: bytes, pieces: int, opening: Opening):
    """RFC 9110 section 15.2."""

    def answer(end: RawEnd) -> None:
        request = end.receive_head()
        whole = b"HTTP/1.1 " + status + b"\r\n\r\n" + HINTS + switching(request, "X-A: one") + frame(TEXT, b"hello")
        for at in range(0, len(whole), pieces):
            end.send(whole[at : at + pieces])
        until_client_leaves(end)

    with serving(answer) as server:
        completed = opening(server.url)
        assert completed.response.status == 101
        assert completed.response.headers["x-a"] == "one"
        completed.stream.close()


def test_refusal_behind_an_interim_response(opening: Opening):
    refusal = HINTS + b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nwhy?"
    with serving(answering(refusal)) as server, pytest.raises(HandshakeError) as failure:
        opening(server.url)
    assert (failure.value.response.status, failure.value.response.body) == (403, b"why?")


def test_end_behind_an_interim_response(opening: Opening):
    with serving(answering(HINTS)) as server, pytest.raises(HandshakeError, match="the server ended the connection"):
        opening(server.url)


@pytest.mark.parametrize("status", [204, 304])
def test_nobody_waits_for_a_body_that_cannot_come(status: int, opening: Opening):
    """RFC 9112 section 6.3. The server keeps TCP open until its client has left."""
    left: list[bool] = []

    def answer(end: RawEnd) -> None:
        end.receive_head()
        end.send(b"HTTP/1.1 %d Nothing\r\nContent-Length: 5\r\n\r\n" % status)
        end.socket.settimeout(0.9)  # less than a client waits for a body
        until_client_leaves(end)
        left.append(True)

    with serving(answer) as server, pytest.raises(HandshakeError) as failure:
        opening(server.url)
    assert (failure.value.response.status, failure.value.response.body) == (status, b"")
    assert left == [True]


def test_folded_header_of_an_answer(opening: Opening):
    answer = b"HTTP/1.1 403 No\r\nX-A: one\r\n two\r\nContent-Length: 0\r\n\r\n"
    with serving(answering(answer)) as server, pytest.raises(HandshakeError) as failure:
        opening(server.url)
    assert failure.value.response.headers["x-a"] == "one two"
