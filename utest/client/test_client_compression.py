"""permessage-deflate of the client (RFC 7692), against an independent server and against scripts."""

from __future__ import annotations

from itertools import product

import pytest
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from connection.ends import anything, lines, until
from peers.raw import PATIENCE, RawEnd
from peers.scripted import serving, switch, until_client_leaves
from peers.websockets_peers import echo_server
from RobotWebSocketLibrary.connection.heartbeat import HeartbeatTimes
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import HandshakeError
from RobotWebSocketLibrary.protocol.deflate import OFFER, DeflateParameters

from .conftest import Opening
from .connected import connected

MESSAGES = ["", "hello", "Grüße 🎉" * 1000, b"", b"\x00\xff", "x" * 70_000, bytes(range(256)) * 400]
LINE = "Sec-WebSocket-Extensions: "
NOT_VALID = "the server chose compression with parameters that are not valid: "


@pytest.mark.parametrize(
    "parameters",
    [
        DeflateParameters(*flags, server_bits, client_bits)
        for flags in product([False, True], repeat=2)
        for server_bits, client_bits in ((15, 15), (9, 15), (15, 9), (15, 8))
    ],
    ids=str,
)
def test_messages_come_back_whatever_the_server_chose(parameters: DeflateParameters):
    chosen = ServerPerMessageDeflateFactory(
        parameters.server_no_context_takeover,
        parameters.client_no_context_takeover,
        None if parameters.server_max_window_bits == 15 else parameters.server_max_window_bits,
        None if parameters.client_max_window_bits == 15 else parameters.client_max_window_bits,
    )
    with echo_server(extensions=[chosen]) as url, connected(url, compression=True) as connection:
        assert connection.compression == parameters
        for fragment_size in (None, 1000):
            for message in MESSAGES:
                connection.send(message, Deadline(PATIENCE), fragment_size)
        for message in MESSAGES * 2:
            received = connection.waits.wait_for_message(Deadline(PATIENCE), anything)
            assert received.data == message
            assert received.compressed_size is not None
            assert len(set(message)) != 1 or received.compressed_size < 1000


def test_server_may_decline():
    with echo_server() as url, connected(url, compression=True) as connection:
        assert connection.compression is None
        connection.send("hello", Deadline(PATIENCE))
        received = connection.waits.wait_for_message(Deadline(PATIENCE), anything)
        assert received == ("hello", 5, 1, None)


def test_nothing_is_offered_unless_it_is_asked_for():
    with echo_server(compression="deflate") as url, connected(url) as connection:
        assert connection.compression is None


def test_offer_is_on_the_wire():
    requests = []

    def script(end: RawEnd) -> None:
        requests.append(switch(end, LINE + "permessage-deflate; client_max_window_bits=9"))
        until_client_leaves(end)

    with serving(script) as server, connected(server.url, compression=True) as connection:
        assert connection.compression == DeflateParameters(client_max_window_bits=9)
    assert f"{LINE}{OFFER}\r\n".lower().encode() in requests[0].lower()


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ("x-webkit-deflate-frame", "the server chose an extension that was not offered: 'x-webkit-deflate-frame'"),
        (
            "permessage-deflate, x",
            "the server chose an extension that was not offered: 'permessage-deflate, x'",
        ),
        (
            "permessage-deflate; client_max_window_bits",
            f"{NOT_VALID}'permessage-deflate; client_max_window_bits'",
        ),
        (
            "permessage-deflate; server_max_window_bits=16",
            f"{NOT_VALID}'permessage-deflate; server_max_window_bits=16'",
        ),
        (
            "permessage-deflate, permessage-deflate",
            "the server chose compression more than once: 'permessage-deflate, permessage-deflate'",
        ),
    ],
)
def test_choice_that_was_not_offered_fails_the_handshake(chosen: str, reason: str, opening: Opening):
    def script(end: RawEnd) -> None:
        switch(end, LINE + chosen)
        until_client_leaves(end)

    with serving(script) as server:
        with pytest.raises(HandshakeError) as failure:
            opening(server.url, compression=True)
        assert failure.value.reason == reason
        assert failure.value.response.status == 101


def test_heartbeat_is_answered_by_an_independent_server():
    times = HeartbeatTimes(interval=0.01, timeout=PATIENCE)
    size = 5_000_000
    with (
        echo_server(max_size=size) as url,
        connected(url, heartbeat=times, max_message_size=size) as connection,
    ):
        connection.send("x" * size, Deadline(PATIENCE))
        assert connection.waits.wait_for_message(Deadline(PATIENCE), anything).size == size
        until(lambda: any(line.startswith("< pong 'heartbeat ") for line in lines(connection)), "it was answered")
        assert connection.state == "open"
