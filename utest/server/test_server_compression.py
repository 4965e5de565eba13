"""permessage-deflate of the server (RFC 7692), for clients that offer it and for others."""

from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from connection.ends import anything
from peers.clients import PATIENCE, answer_to, answers_pings, opened, request, websockets_client
from peers.raw import CLOSE, PING, PONG, TEXT, WireFrame, frame
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.protocol.deflate import DeflateParameters
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start

OFFER = "permessage-deflate; client_max_window_bits"
HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")
"""`Hello`, compressed: the example of RFC 7692 section 7.2.3.1."""
HELLO_AGAIN = bytes.fromhex("f2 00 11 00 00")
RSV1 = 4
MESSAGES = ["", "hello", "Grüße 🎉" * 1000, b"", b"\x00\xff", "x" * 70_000, bytes(range(256)) * 8000]


def our_end(server: WebSocketServer) -> Connection:
    return server.wait_for_client(Deadline(PATIENCE), lambda _: True, "client").connection


def extensions_of(server: WebSocketServer, offer: str | None) -> str | None:
    """What the server answers to an offer."""
    _, answer = answer_to(server, request(Sec_WebSocket_Extensions=offer))
    fields = [line.partition(": ") for line in answer.split("\r\n")]
    return next((value for name, _, value in fields if name == "Sec-WebSocket-Extensions"), None)


@pytest.mark.parametrize(
    ("offer", "chosen"),
    [
        (None, None),
        ("", None),
        ("x-webkit-deflate-frame", None),
        ("permessage-deflate", "permessage-deflate"),
        (OFFER, "permessage-deflate"),
        ("permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"),
        ("permessage-deflate; server_max_window_bits=16, permessage-deflate", "permessage-deflate"),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-deflate; unknown", None),
        ('x; y="a, permessage-deflate"', None),
    ],
)
def test_server_chooses_the_first_offer_that_it_can_accept(start: Start, offer: str | None, chosen: str | None):
    assert extensions_of(start(), offer) == chosen


def test_server_without_compression_declines_it(start: Start):
    server = start(compression=False)
    assert extensions_of(server, OFFER) is None
    with websockets_client(server) as client:
        assert client.protocol.extensions == []
        assert our_end(server).compression is None
        client.send("hello")
        assert client.recv(timeout=PATIENCE) == "hello"


def test_server_without_compression_refuses_compressed_messages(start: Start):
    with opened(start(compression=False), Sec_WebSocket_Extensions=OFFER) as client:
        client.send_frame(TEXT, HELLO, rsv=RSV1)
        assert client.receive_frame()[:2] == (
            CLOSE,
            b"\x03\xeaprotocol error by the client: RSV1 set on a text frame (compression was not negotiated)",
        )


@pytest.mark.parametrize("name", ["echo", "echo-broadcast", "echo-server-close"])
@pytest.mark.parametrize("server_takeover", [True, False])
@pytest.mark.parametrize("client_takeover", [True, False])
@pytest.mark.parametrize("bits", [None, 9, 15])
def test_messages_come_back_whatever_was_agreed(
    start: Start, name: str, server_takeover: bool, client_takeover: bool, bits: int | None
):
    offer = ClientPerMessageDeflateFactory(not server_takeover, not client_takeover, bits, bits or True)
    with websockets_client(start(), compression=None, extensions=[offer], subprotocols=[name]) as client:
        assert len(client.protocol.extensions) == 1
        for _ in range(2):
            for message in MESSAGES:
                client.send(message)
        assert [client.recv(timeout=PATIENCE) for _ in MESSAGES * 2] == MESSAGES * 2


def test_test_can_tell_what_was_agreed_and_whether_a_message_was_compressed(start: Start):
    server = start(default_protocol="silent")
    with opened(server, Sec_WebSocket_Extensions="permessage-deflate; client_no_context_takeover") as client:
        connection = our_end(server)
        assert connection.compression == DeflateParameters(client_no_context_takeover=True)
        client.send_frame(TEXT, HELLO, rsv=RSV1)
        client.send_frame(TEXT, b"Hello")
        deadline = Deadline(PATIENCE)
        received = [connection.waits.wait_for_message(deadline, anything) for _ in range(2)]
        assert received == [("Hello", 5, 1, 7), ("Hello", 5, 1, None)]


def test_batch_of_compressed_messages_is_echoed_in_order(start: Start):
    with opened(start(), Sec_WebSocket_Extensions=OFFER) as client:
        client.send(
            frame(TEXT, HELLO, rsv=RSV1, masked=True)
            + frame(TEXT, b"plain", masked=True) * 2
            + frame(PING, b"there?", masked=True)
            + frame(TEXT, HELLO_AGAIN, rsv=RSV1, masked=True)
        )
        assert client.receive_frame() == WireFrame(PONG, b"there?")
        first, *_, last = [client.receive_frame() for _ in range(4)]
        assert first == WireFrame(TEXT, HELLO, rsv=RSV1)
        assert last.rsv == RSV1
        assert len(last.payload) < len(HELLO), "the server's context is kept"


def test_broadcast_reaches_clients_that_compress_and_clients_that_do_not(start: Start):
    server = start(default_protocol="echo-broadcast")
    with ExitStack() as stack:
        clients = [
            stack.enter_context(websockets_client(server, compression="deflate" if number % 2 else None))
            for number in range(6)
        ]
        for client in clients:
            client.send(f"hello from {client.id}" * 10)
        wanted = {f"hello from {client.id}" * 10 for client in clients}
        for client in clients:
            assert {client.recv(timeout=PATIENCE) for _ in clients} == wanted


def test_zip_bomb_ends_only_its_own_connection(start: Start):
    server = start(max_message_size=1000)
    with opened(server) as other, websockets_client(server) as client:
        client.send(bytes(1000))
        assert client.recv(timeout=PATIENCE) == bytes(1000)
        client.send(bytes(100_000))
        with pytest.raises(ConnectionClosedError, match="1009"):
            client.recv(timeout=PATIENCE)
        assert client.close_reason == (
            "the client sent a message of at least 1,001 bytes, over the limit of 1,000 bytes ('max_message_size')"
        )
        assert answers_pings(other)
