"""What the server does with messages, by subprotocol: design section 4."""

import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from peers.clients import PATIENCE, answer_to, eventually, opened, request, websockets_client
from peers.raw import CLOSE, PING, TEXT, WireFrame, seconds_since
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.server.behaviors import ALIASES, BEHAVIORS, Behaviors
from server.conftest import Start

UNKNOWN = (
    "Unknown behavior 'loud': the test server knows echo, echo-broadcast, echo-broadcast-ping, time-broadcast, "
    "echo-server-close, silent."
)
MESSAGES = ["", "hello", "Grüße 🎉", b"", b"\x00\xff", "x" * 70_000]


@pytest.mark.parametrize("name", ["echo", "org.ietf.websocket.test-echo", None])
def test_echo_answers_each_message_with_itself(start: Start, name: str | None):
    with websockets_client(start(), subprotocols=[name] if name else None) as client:
        for message in MESSAGES:
            client.send(message)
        assert [client.recv(timeout=PATIENCE) for _ in MESSAGES] == MESSAGES
        assert client.subprotocol == name


def test_fragmented_message_comes_back_whole(start: Start):
    with websockets_client(start()) as client:
        client.send(["one ", "two ", "three"])
        assert client.recv(timeout=PATIENCE) == "one two three"


def test_long_message_is_echoed(start: Start):
    with websockets_client(start()) as client:
        message = bytes(range(256)) * 80_000  # 20 MB
        client.send(message)
        assert client.recv(timeout=PATIENCE) == message


def test_message_over_the_limit_fails_the_connection(start: Start):
    with opened(start(max_message_size=100)) as client:
        client.send_frame(TEXT, b"x" * 101)
        frame = client.receive_frame()
        assert (frame.opcode, frame.payload[:2]) == (CLOSE, (1009).to_bytes(2, "big"))


def test_broadcast_reaches_every_client_of_the_protocol_under_either_name(start: Start):
    server = start()
    with ExitStack() as stack:

        def client(name):
            return stack.enter_context(websockets_client(server, subprotocols=[name]))

        inside = [client(name) for name in ("echo-broadcast", "org.ietf.websocket.test-echo-broadcast") * 2]
        outside = [client(name) for name in ("echo", "echo-broadcast-ping", "time-broadcast", "silent")]
        inside[0].send("from the first")
        inside[1].send(b"from the second")
        for receiving in inside:
            received = {receiving.recv(timeout=PATIENCE) for _ in range(2)}
            assert received == {"from the first", b"from the second"}
        for other in outside:
            assert other.ping().wait(PATIENCE)  # what the server had sent before the pong would be here
            with pytest.raises(TimeoutError):
                other.recv(timeout=0)


@pytest.mark.parametrize("name", ["echo-broadcast-ping", "org.ietf.websocket.test-echo-broadcast-ping"])
def test_echo_broadcast_ping_broadcasts_and_pings(start: Start, name: str):
    server = start(ping_interval=0.05)
    with opened(server, Sec_WebSocket_Protocol=name) as first, opened(server, Sec_WebSocket_Protocol=name) as second:
        first.send_frame(TEXT, b"hello")
        for client in (first, second):
            seen = set()
            while seen != {PING, TEXT}:
                frame = client.receive_frame()
                assert frame in (WireFrame(PING, b""), WireFrame(TEXT, b"hello"))
                seen.add(frame.opcode)


def test_only_its_protocol_is_pinged(start: Start):
    server = start(ping_interval=0.01)
    with opened(server) as other, opened(server, Sec_WebSocket_Protocol="echo-broadcast-ping") as pinged:
        for _ in range(3):
            assert pinged.receive_frame().opcode == PING
        other.send_frame(TEXT, b"hello")
        assert other.receive_frame() == WireFrame(TEXT, b"hello")


def test_client_that_left_is_not_pinged_and_not_told_the_time(start: Start):
    server = start(ping_interval=0.01, time_interval=0.01)
    for name in ("echo-broadcast-ping", "time-broadcast") * 5:
        with opened(server, Sec_WebSocket_Protocol=name) as client:
            client.receive_frame()
    with opened(server, Sec_WebSocket_Protocol="echo-broadcast-ping") as client:
        assert client.receive_frame().opcode == PING
    assert list(server.notices) == []


def test_no_ping_comes_before_the_101(start: Start):
    usual = sys.getswitchinterval()
    server = start(ping_interval=0.0001)
    sys.setswitchinterval(1e-5)  # threads take turns as often as they can
    try:
        for _ in range(300):
            with opened(server, Sec_WebSocket_Protocol="echo-broadcast-ping") as client:
                assert client.receive_frame() == WireFrame(PING, b"")
    finally:
        sys.setswitchinterval(usual)


def test_whoever_has_the_101_is_in_the_next_broadcast(start: Start):
    server = start()
    with opened(server, Sec_WebSocket_Protocol="echo-broadcast") as sending:
        for number in range(200):
            with opened(server, Sec_WebSocket_Protocol="echo-broadcast") as receiving:
                message = str(number).encode()
                sending.send_frame(TEXT, message)
                assert receiving.receive_frame() == sending.receive_frame() == WireFrame(TEXT, message)


def test_test_broadcasts_to_the_clients_that_it_wants(start: Start):
    server = start(default_protocol="silent")
    with opened(server, "/a") as first, opened(server, "/a") as second, opened(server, "/b"):
        assert server.broadcast("hello", lambda client: client.request.path == "/a") == 2
        assert first.receive_frame() == second.receive_frame() == WireFrame(TEXT, b"hello")


@pytest.mark.parametrize("name", ["time-broadcast", "org.ietf.websocket.test-time-broadcast"])
def test_time_broadcast_tells_the_time(start: Start, name: str):
    with websockets_client(start(time_interval=0.02), subprotocols=[name]) as client:
        client.send("is not answered")
        times = [client.recv(timeout=PATIENCE) for _ in range(3)]
    assert times == sorted(times)
    for told in times:
        assert len(told) == len("2026-01-31T12:00:00.000Z")
        assert told.endswith("Z")
        assert abs(datetime.fromisoformat(told) - datetime.now(UTC)) < timedelta(minutes=1)


def test_interval_of_zero_means_never(start: Start):
    server = start(ping_interval=0, time_interval=0)
    with websockets_client(server, subprotocols=["time-broadcast"]) as client, pytest.raises(TimeoutError):
        client.recv(timeout=0.05)


@pytest.mark.parametrize("name", ["echo-server-close", "org.ietf.websocket.test-echo-server-close"])
@pytest.mark.parametrize("word", ["bye", "close"])
def test_echo_server_close_echoes_first_and_then_closes(start: Start, name: str, word: str):
    with opened(start(), Sec_WebSocket_Protocol=name) as client:
        client.send_frame(TEXT, b"hello")
        client.send_frame(TEXT, word.encode())
        assert [client.receive_frame()[:2] for _ in range(3)] == [
            (TEXT, b"hello"),
            (TEXT, word.encode()),
            (CLOSE, (1000).to_bytes(2, "big")),
        ]
        client.send_close(1000)
        assert client.receive_rest() == b""


@pytest.mark.parametrize("message", ["Bye", "bye bye", b"bye", b"close", ""])
def test_echo_server_close_stays_for_other_messages(start: Start, message: str | bytes):
    with websockets_client(start(), subprotocols=["echo-server-close"]) as client:
        for _ in range(2):
            client.send(message)
            assert client.recv(timeout=PATIENCE) == message


def test_silent_never_answers_messages_but_pings(start: Start):
    with websockets_client(start(), subprotocols=["silent"]) as client:
        client.send("hello")
        assert client.ping().wait(PATIENCE)
        with pytest.raises(TimeoutError):
            client.recv(timeout=0)


def test_further_names_get_a_behavior(start: Start):
    server = start(protocols={"ocpp1.6": "silent", "chat": "org.ietf.websocket.test-echo-broadcast"})
    with (
        websockets_client(server, subprotocols=["ocpp1.6"]) as silent,
        websockets_client(server, subprotocols=["chat"]) as chat,
        websockets_client(server, subprotocols=["echo-broadcast"]) as other,
    ):
        assert (silent.subprotocol, chat.subprotocol) == ("ocpp1.6", "chat")
        other.send("to everybody")
        assert chat.recv(timeout=PATIENCE) == other.recv(timeout=PATIENCE) == "to everybody"
        silent.send("hello")
        assert silent.ping().wait(PATIENCE)
        with pytest.raises(TimeoutError):
            silent.recv(timeout=0)


@pytest.mark.parametrize("default", ["silent", "org.ietf.websocket.test-echo-server-close", "mine"])
def test_default_protocol_is_for_clients_without_a_subprotocol(start: Start, default: str):
    server = start(protocols={"mine": "echo-server-close"}, default_protocol=default)
    with websockets_client(server) as client:
        assert client.subprotocol is None
        eventually(lambda: server.clients)
        expected = "silent" if default == "silent" else "echo-server-close"
        assert server.clients[0].behavior is BEHAVIORS[expected]


def test_first_known_subprotocol_is_returned_as_offered(start: Start):
    server = start(protocols={"OCPP1.6": "echo"})
    status, answer = answer_to(server, request(Sec_WebSocket_Protocol="unknown, ocpp1.6 ,OCPP1.6, echo"))
    assert status == 101
    assert "\r\nSec-WebSocket-Protocol: OCPP1.6\r\n" in answer


def test_no_subprotocol_is_returned_where_none_was_offered(start: Start):
    status, answer = answer_to(start(), request())
    assert status == 101
    assert "Sec-WebSocket-Protocol" not in answer


def test_only_unknown_subprotocols_are_refused_with_the_supported_ones(start: Start):
    status, answer = answer_to(start(protocols={"mine": "echo"}), request(Sec_WebSocket_Protocol="chat, ECHO"))
    assert status == 400
    for name in (*BEHAVIORS, *ALIASES, "mine"):
        assert name in answer


@pytest.mark.parametrize(
    ("protocols", "default", "expected"),
    [
        ({"mine": "loud"}, "echo", UNKNOWN),
        ({"mine": "echo", "other": "mine"}, "loud", UNKNOWN),
        (
            {"two words": "echo"},
            "echo",
            "Invalid subprotocol 'two words': it has no spaces, commas or control characters.",
        ),
    ],
)
def test_protocols_that_cannot_be_served_are_refused(protocols: dict[str, str], default: str, expected: str):
    with pytest.raises(WebSocketError) as failure:
        Behaviors(protocols, default)
    assert str(failure.value) == expected


def test_ticker_keeps_its_pace(start: Start):
    begun = time.monotonic()
    with opened(start(ping_interval=0.1), Sec_WebSocket_Protocol="echo-broadcast-ping") as client:
        for _ in range(5):
            client.receive_frame()
        assert seconds_since(begun) >= 0.5
