"""A server that speaks first, to clients that know nothing of the library."""

from __future__ import annotations

import pytest

from peers.clients import eventually, opened, websockets_client
from peers.raw import BINARY, TEXT, RawEnd
from RobotWebSocketLibrary.connection.ticking import Ticking
from RobotWebSocketLibrary.server.greetings import Greeting
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start


def received(client: RawEnd, count: int) -> list[tuple[int, bytes]]:
    frames = [client.receive_frame() for _ in range(count)]
    return [(frame.opcode, frame.payload) for frame in frames]


def says_nothing_first(client: RawEnd) -> bool:
    client.send_frame(TEXT, b"hello")
    return received(client, 1) == [(TEXT, b"hello")]


def test_each_client_is_greeted_once_before_anything_else(start: Start):
    server = start()
    server.greetings.add(Greeting(("0{}", b"\x00")))
    server.greetings.add(Greeting(("second",)))
    for _ in range(2):
        with opened(server) as client:
            client.send_frame(TEXT, b"hello")
            assert received(client, 4) == [(TEXT, b"0{}"), (BINARY, b"\x00"), (TEXT, b"second"), (TEXT, b"hello")]


def test_greeting_arrives_together_with_the_101(start: Start):
    server = start()
    server.greetings.add(Greeting(("o",)))
    with websockets_client(server) as client:
        assert client.recv() == "o"


@pytest.mark.parametrize(
    ("greeting", "greeted"),
    [
        (Greeting(("o",), path="/chat"), [True, False, True]),
        (Greeting(("o",), path="/*"), [True, True, True]),
        (Greeting(("o",), subprotocol="echo"), [False, False, True]),
        (Greeting(("o",), path="/room", subprotocol="echo"), [False, False, False]),
    ],
)
def test_greeting_is_for_a_path_and_a_subprotocol(greeting: Greeting, greeted: list[bool], start: Start):
    server = start()
    server.greetings.add(greeting)
    asked = [("/chat", {}), ("/room", {}), ("/chat", {"Sec_WebSocket_Protocol": "echo"})]
    for (path, fields), expected in zip(asked, greeted, strict=True):
        with opened(server, path, **fields) as client:
            assert (received(client, 1) == [(TEXT, b"o")]) if expected else says_nothing_first(client)


def test_clients_that_are_connected_already_are_not_greeted(start: Start):
    server = start()
    with opened(server) as client:
        server.greetings.add(Greeting(("o",)))
        assert says_nothing_first(client)


def test_greeting_comes_again_and_again_until_the_connection_ends(start: Start):
    server = start()
    server.greetings.add(Greeting(("h", "i"), every=0.01))
    with opened(server) as client, opened(server) as other:
        for end in (client, other):
            assert received(end, 6) == [(TEXT, b"h"), (TEXT, b"i")] * 3
        client.close()
        eventually(lambda: len(server.greetings._repeating) == 1)  # noqa: SLF001
        assert received(other, 4) == [(TEXT, b"h"), (TEXT, b"i")] * 2


def test_what_is_said_at_once_comes_before_what_is_repeated(start: Start, monkeypatch: pytest.MonkeyPatch):
    server = start()
    server.greetings.add(Greeting(("h",), every=3600))
    server.greetings.add(Greeting(("o",)))
    monkeypatch.setattr(Ticking, "start", lambda ticking: ticking._action())  # noqa: SLF001 - no time passes
    with opened(server) as client:
        assert received(client, 2) == [(TEXT, b"o"), (TEXT, b"h")]


def repeats(server: WebSocketServer) -> bool:
    return bool(server.greetings._repeating)  # noqa: SLF001


def test_removed_greetings_stop(start: Start):
    server = start()
    server.greetings.add(Greeting(("h",), every=0.01))
    server.greetings.add(Greeting(("o",)))
    with opened(server) as client:
        assert received(client, 3) == [(TEXT, b"o"), (TEXT, b"h"), (TEXT, b"h")]
        server.greetings.remove()
        assert not repeats(server)
        client.send_frame(TEXT, b"the end")
        while received(client, 1) != [(TEXT, b"the end")]:
            pass
        assert says_nothing_first(client)


def test_greeting_that_is_removed_while_a_client_connects_is_not_repeated(start: Start):
    server = start()
    greeting = Greeting(("h",), every=3600)
    with opened(server) as client:
        server.greetings._repeat(greeting, server.clients[0])  # noqa: SLF001 - removed since admission has looked
        assert not repeats(server)
        assert says_nothing_first(client)


def test_nothing_is_repeated_behind_the_end_of_a_connection(start: Start):
    server = start()
    with opened(server):
        [client] = server.clients
    eventually(lambda: not server.clients)
    Greeting(("too late",)).send(client)


def test_stopped_server_repeats_nothing(start: Start):
    server = start()
    server.greetings.add(Greeting(("h",), every=0.01))
    with opened(server) as client:
        assert received(client, 1) == [(TEXT, b"h")]
        server.stop()
        assert not repeats(server)
