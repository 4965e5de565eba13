import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.http11 import Request as IndependentRequest
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri
from websockets.utils import accept_key

from RobotWebSocketLibrary.protocol.deflate import OFFER, DeflateParameters
from RobotWebSocketLibrary.protocol.handshake import (
    RESERVED_HEADERS,
    check_compression,
    check_switch,
    compute_accept,
    make_switch,
)
from RobotWebSocketLibrary.protocol.headers import Headers
from RobotWebSocketLibrary.protocol.http import (
    HeadReader,
    HttpError,
    Request,
    Response,
    read_request,
    read_response,
    serialize_response,
)

# The example of RFC 6455 section 1.3
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

GOOD_REQUEST = {
    "Host": "server.example.com",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}
GOOD_ANSWER = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": ACCEPT}


def request(changes: dict[str, str | None] | None = None, method: str = "GET", version: str = "HTTP/1.1") -> Request:
    return Request(method, "/chat", changed(GOOD_REQUEST, changes or {}), version)


def answer(changes: dict[str, str | None] | None = None) -> Response:
    return Response(101, "Switching Protocols", changed(GOOD_ANSWER, changes or {}))


def changed(good: dict[str, str], changes: dict[str, str | None]) -> Headers:
    """Headers in which some have another value, or none."""
    return Headers((name, value) for name, value in (good | changes).items() if value is not None)


def test_accept_value_is_that_of_the_rfc():
    assert compute_accept(KEY) == ACCEPT


@given(st.text())
def test_accept_value_agrees_with_websockets(key: str):
    assert compute_accept(key) == accept_key(key)


# The answer, as a client checks it: section 4.1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Upgrade": "WebSocket"},
        {"Connection": "keep-alive, UPGRADE"},
        {"Sec-WebSocket-Extensions": ""},
        {"Server": "ours"},
    ],
)
def test_answer_opens_the_connection(changes: dict[str, str | None]):
    assert check_switch(request(), answer(changes)) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Upgrade": None}, "the header 'Upgrade' of the answer is missing, expected 'websocket'"),
        ({"Upgrade": "h2c"}, "the header 'Upgrade' of the answer is 'h2c', expected 'websocket'"),
        ({"Upgrade": "websockets"}, "the header 'Upgrade' of the answer is 'websockets', expected 'websocket'"),
        ({"Connection": None}, "the header 'Connection' of the answer is missing, expected 'upgrade'"),
        ({"Connection": "close"}, "the header 'Connection' of the answer is 'close', expected 'upgrade'"),
        (
            {"Sec-WebSocket-Accept": None},
            f"the header 'Sec-WebSocket-Accept' of the answer is missing, expected '{ACCEPT}'",
        ),
        (
            {"Sec-WebSocket-Accept": ACCEPT.lower()},
            f"the header 'Sec-WebSocket-Accept' of the answer is '{ACCEPT.lower()}', expected '{ACCEPT}'",
        ),
        (
            {"Sec-WebSocket-Accept": "*HTML*\x1b"},
            rf"the header 'Sec-WebSocket-Accept' of the answer is '*HTML*\x1b', expected '{ACCEPT}'",
        ),
        (
            {"sec-websocket-accept": ACCEPT},
            f"the header 'Sec-WebSocket-Accept' of the answer is '{ACCEPT}, {ACCEPT}', expected '{ACCEPT}'",
        ),
        (
            {"Sec-WebSocket-Protocol": "chat"},
            "the server chose the subprotocol 'chat', but the client offered: none",
        ),
    ],
)
def test_answer_is_refused(changes: dict[str, str | None], reason: str):
    with pytest.raises(HttpError) as refused:
        check_switch(request(), answer(changes))
    assert refused.value.reason == reason


@pytest.mark.parametrize("chosen", [None, ""])
def test_server_need_not_choose_compression(chosen: str | None):
    for offered in ({"Sec-WebSocket-Extensions": OFFER}, {}):
        assert check_compression(request(offered), answer({"Sec-WebSocket-Extensions": chosen})) is None


def test_server_chooses_from_the_compression_that_was_offered():
    chosen = answer({"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits=10"})
    agreed = check_compression(request({"Sec-WebSocket-Extensions": OFFER}), chosen)
    assert agreed == DeflateParameters(client_max_window_bits=10)


@pytest.mark.parametrize(
    ("offer", "chosen", "reason"),
    [
        (
            None,
            "permessage-deflate; x=1",
            "the server chose an extension that was not offered: 'permessage-deflate; x=1'",
        ),
        (
            OFFER,
            "x-webkit-deflate-frame",
            "the server chose an extension that was not offered: 'x-webkit-deflate-frame'",
        ),
        (
            OFFER,
            "permessage-deflate; x=1",
            "the server chose compression with parameters that are not valid: 'permessage-deflate; x=1'",
        ),
    ],
)
def test_extension_that_the_server_may_not_choose_is_refused(offer: str | None, chosen: str, reason: str):
    with pytest.raises(HttpError) as refused:
        check_compression(request({"Sec-WebSocket-Extensions": offer}), answer({"Sec-WebSocket-Extensions": chosen}))
    assert refused.value.reason == reason


@pytest.mark.parametrize("chosen", ["OCPP1.6", "chat", None])
def test_subprotocol_may_be_any_offered_one_or_none(chosen: str | None):
    offered = request({"Sec-WebSocket-Protocol": "chat, OCPP1.6"})
    assert check_switch(offered, answer({"Sec-WebSocket-Protocol": chosen})) == chosen


@pytest.mark.parametrize("chosen", ["ocpp1.6", "superchat", "", "chat, OCPP1.6"])
def test_subprotocol_that_was_not_offered_is_refused(chosen: str):
    offered = request({"Sec-WebSocket-Protocol": "chat, OCPP1.6"})
    with pytest.raises(HttpError) as refused:
        check_switch(offered, answer({"Sec-WebSocket-Protocol": chosen}))
    assert (
        refused.value.reason
        == f"the server chose the subprotocol '{chosen}', but the client offered: 'chat', 'OCPP1.6'"
    )


# The 101, as a server writes it: section 4.2.2


def test_switch_is_written():
    assert serialize_response(make_switch(request(), None)) == (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        b"\r\n"
    )


def test_switch_carries_the_subprotocol():
    assert make_switch(request(), "OCPP1.6").headers["Sec-WebSocket-Protocol"] == "OCPP1.6"


@pytest.mark.parametrize("subprotocol", [None, "OCPP1.6"])
def test_our_switch_passes_our_check(subprotocol: str | None):
    offered = request({"Sec-WebSocket-Protocol": "chat, OCPP1.6"})
    assert check_switch(offered, make_switch(offered, subprotocol)) == subprotocol


# Terms with another library


def test_client_of_websockets_is_answered():
    client = ClientProtocol(parse_uri("ws://server.example.com/chat?room=1"), subprotocols=["chat", "OCPP1.6"])
    client.send_request(client.connect())
    received = read_request(head_of(client.data_to_send()).lines)
    assert (received.target, received.headers.tokens("Sec-WebSocket-Protocol")) == ("/chat?room=1", ["chat", "OCPP1.6"])

    client.receive_data(serialize_response(make_switch(received, "OCPP1.6")))
    assert client.handshake_exc is None
    assert (client.state, client.subprotocol) == (State.OPEN, "OCPP1.6")


def test_server_of_websockets_is_understood():
    server = ServerProtocol(subprotocols=["OCPP1.6"])
    asked = request({"Sec-WebSocket-Protocol": "chat, OCPP1.6"})
    lines = [f"GET {asked.target} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.headers.fields), "", ""]
    server.receive_data("\r\n".join(lines).encode())
    [received] = server.events_received()
    assert isinstance(received, IndependentRequest)
    server.send_response(server.accept(received))
    assert check_switch(asked, read_response(head_of(server.data_to_send()).lines)) == "OCPP1.6"


def head_of(pieces: list[bytes]) -> HeadReader:
    head = HeadReader()
    assert head.feed(b"".join(pieces))
    return head


# What may not be given


def test_headers_that_the_handshake_writes_are_reserved():
    written = {*GOOD_REQUEST, *GOOD_ANSWER, "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"}
    assert {name.lower() for name in written} <= RESERVED_HEADERS
