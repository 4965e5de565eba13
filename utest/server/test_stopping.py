"""`stop`: every client gets 1001, and nothing is left."""

import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from leaks import left_since, resources, server_threads
from peers.certificates import TlsFiles
from peers.clients import (
    PATIENCE,
    at_once,
    close_of,
    eventually,
    opened,
    raw_client,
    request,
    sent_until_refused,
    websockets_client,
)
from peers.raw import AT_ONCE, CLOSE, TEXT, frame, port_without_listener
from RobotWebSocketLibrary.server import server as server_module
from RobotWebSocketLibrary.server.certificates import load_tls
from RobotWebSocketLibrary.server.scripted_responses import ScriptedResponse
from server.conftest import Start
from storm_runs import run_storm

UTEST = Path(__file__).parent.parent
GOING_AWAY = (1001).to_bytes(2, "big")
STOPPED_WITHIN = 3 * AT_ONCE
"""Seconds for 500 clients, on a machine that does much else; one after the other they would take a second each."""


def test_every_client_gets_1001(start: Start):
    server = start()
    names = ["echo", "echo-broadcast", "echo-broadcast-ping", "time-broadcast", "echo-server-close", "silent"]
    with ExitStack() as stack:
        clients = [stack.enter_context(websockets_client(server, subprotocols=[name])) for name in names]
        with at_once():
            server.stop()
    assert [client.close_code for client in clients] == [1001] * len(names)
    assert server.clients == []


def test_client_that_answers_ends_at_once(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_module, "STOP_SECONDS", PATIENCE)
    server = start()
    with websockets_client(server), at_once():
        server.stop()


def test_messages_on_their_way_arrive_before_the_close(start: Start):
    server = start()
    with websockets_client(server) as client:
        client.send("hello")
        eventually(lambda: server.clients and server.clients[0].connection.traffic.recorded >= 2)
        server.stop()
        assert client.recv(timeout=PATIENCE) == "hello"


@pytest.mark.parametrize("tls", [False, True])
def test_nothing_is_left_whatever_the_clients_do(start: Start, files: TlsFiles, tls: bool):
    server = start(tls=load_tls(files.together, None, None) if tls else None)
    clients = []
    half_open = [raw_client(server) for _ in range(5)]
    for client in half_open[1:3]:
        client.send(b"\x16\x03\x01\x02\x00\x01" if tls else b"GET / HTTP/1.1\r\nHost:")
    if not tls:
        half_open[3].send(b"refused\r\n\r\n")  # and does not read why
        idle = opened(server)
        stalled = opened(server, Sec_WebSocket_Protocol="echo-broadcast", receive_buffer=4096)
        flooding = opened(server)
        sent_until_refused(flooding, frame(TEXT, b"x" * 16_000, masked=True), pause=1)
        with opened(server, Sec_WebSocket_Protocol="echo-broadcast") as sending:
            for _ in range(5):
                sending.send_frame(TEXT, b"x" * 1_000_000)
        clients = [idle, stalled, flooding]
    eventually(lambda: len(server_threads(server.port)) >= 5)
    with at_once():
        server.stop()
    eventually(lambda: not server_threads(server.port))
    assert start(port=server.port).port == server.port
    if clients:
        assert close_of(clients[0]).payload == GOING_AWAY
    for client in (*half_open, *clients):
        client.close()


def test_client_that_floods_while_the_server_stops(start: Start):
    server = start()
    flooding = opened(server)
    flooding.socket.settimeout(0.05)

    def flood() -> None:
        message = frame(TEXT, b"x" * 1000, masked=True)
        while True:
            try:
                flooding.socket.send(message)
                flooding.socket.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return

    thread = threading.Thread(target=flood)
    thread.start()
    eventually(lambda: server.clients and server.clients[0].connection.traffic.recorded > 100)
    with at_once():
        server.stop()
    thread.join(PATIENCE)
    flooding.close()


def test_client_that_connects_while_the_server_stops_is_not_left_behind(start: Start):
    server = start()
    ended = threading.Event()
    unexpected: list[bytes] = []

    def connect_again_and_again() -> None:
        while not ended.is_set():
            try:
                with raw_client(server) as client:
                    client.send(request())
                    client.receive_head()
                    frame = client.receive_frame()
                    if (frame.opcode, frame.payload) != (CLOSE, GOING_AWAY):
                        unexpected.append(frame.payload)
            except (OSError, EOFError):
                continue

    threads = [threading.Thread(target=connect_again_and_again) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: server.clients)
    with at_once():
        server.stop()
    ended.set()
    for thread in threads:
        thread.join(PATIENCE)
    eventually(lambda: not server_threads(server.port))
    assert unexpected == []


def test_client_that_was_accepted_last_is_dropped(start: Start):
    server = start()
    server.stop()
    ours, theirs = socket.socketpair()
    with ours, at_once():
        server._serve(theirs, "127.0.0.1:1")  # noqa: SLF001 - a thread that begins when `stop` is over
        assert ours.recv(1) == b""


def test_client_whose_request_comes_while_the_server_stops_is_dropped(start: Start):
    server = start()
    with raw_client(server) as client:
        client.send(b"GET / HTTP/1.1\r\n")
        eventually(lambda: server_threads(server.port)[1:])
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        eventually(lambda: server._clients.closed)  # noqa: SLF001 - from outside it shows only when it is too late
        with suppress(ConnectionError):
            client.send(request().partition(b"\r\n")[2])
            assert client.receive_rest() == b""
        stopping.join(PATIENCE)


def test_stopping_twice_is_harmless(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_module, "STOP_SECONDS", PATIENCE)
    server = start()
    server.stop()
    with at_once():
        server.stop()


def test_connecting_to_a_stopped_server_is_refused(start: Start):
    with port_without_listener() as port:
        server = start(port=port)
        server.stop()
        with pytest.raises(ConnectionRefusedError):
            raw_client(server)


def test_port_can_be_bound_again_at_once_though_the_server_closed_first(start: Start):
    with port_without_listener() as port:
        server = start(port=port)
        for _ in range(3):
            with websockets_client(server):
                server.stop()
            server = start(port=port)


def test_started_and_stopped_many_times_nothing_is_left(start: Start):
    before = threading.active_count()
    for number in range(50):
        server = start()
        with websockets_client(server) as client:
            if number % 2:
                client.send("hello")
            server.stop()
    end = time.monotonic() + PATIENCE
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_five_hundred_clients_of_every_kind_are_gone_in_time(start: Start):
    server = start(handshake_timeout=60)
    server.scripted_responses.set(ScriptedResponse(None), "/never")
    server.scripted_responses.set(ScriptedResponse(delay=3600), "/late")
    before = resources()
    with ExitStack() as stack:
        clients = [stack.enter_context(raw_client(server)) for _ in range(460)]
        for number, client in enumerate(clients):
            match number % 4:
                case 0:
                    client.send(b"GET / HTTP/1.1\r\n")
                case 1:
                    client.send(request("/never"))
                case 2:
                    client.send(request("/late"))
                case 3:
                    client.send(request())
        floods = [stack.enter_context(opened(server, "/flood", receive_buffer=4096)) for _ in range(40)]
        message = frame(TEXT, b"x" * 64_000, masked=True)
        for client in floods:
            client.socket.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    client.socket.send(message)
        eventually(lambda: (server.served, len(server.handshake_requests)) == (155, 385))
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < STOPPED_WITHIN
        for client in clients[3::4]:
            client.receive_head()
            assert close_of(client).payload == GOING_AWAY
    eventually(lambda: not server_threads(server.port))
    assert not left_since(before)
    assert server.clients == []
    assert start(port=server.port).port == server.port


def test_client_whose_answer_is_due_when_nobody_is_let_in_any_more_is_dropped(start: Start):
    server = start()
    server.scripted_responses.set(ScriptedResponse(delay=0.1))
    with raw_client(server) as client:
        client.send(request())
        eventually(lambda: server.handshake_requests)
        server._clients.close()  # noqa: SLF001 - as `stop` does, which this client's thread notices when it answers
        assert client.receive_rest() == b""
    assert server.served == 0


def test_storm_of_interruptions_leaves_servers_that_can_be_stopped():
    run_storm("server.server_storm")
