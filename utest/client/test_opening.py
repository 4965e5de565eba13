"""Connections of the client, against an independent server too."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from connection.ends import anything
from leaks import reading_threads
from peers.certificates import TlsFiles, server_context
from peers.raw import PATIENCE, RawEnd, frame
from peers.scripted import serving, switch, until_client_leaves
from peers.websockets_peers import echo_server
from RobotWebSocketLibrary.client.opening import open_connection
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.connection.terms import Limits
from RobotWebSocketLibrary.deadline import Deadline
from storm_runs import run_storm

from .connected import connected

UTEST = Path(__file__).parent.parent


def soon() -> Deadline:
    return Deadline(PATIENCE)


def next_of(connection: Connection) -> str | bytes:
    return connection.waits.wait_for_message(soon(), anything).data


def test_connection_receives_from_the_first_byte_on():
    def script(end: RawEnd) -> None:
        switch(end, "Sec-WebSocket-Protocol: chat", behind=frame(0x1, b"welcome"))
        assert end.receive_frame().payload == b"thanks"
        end.send_close()

    with serving(script) as server, connected(server.url, subprotocols=["chat"]) as connection:
        assert (connection.name, connection.url, connection.subprotocol) == ("main", server.url, "chat")
        assert connection.state == "open"
        assert next_of(connection) == "welcome"
        connection.send("thanks", soon())
        assert connection.waits.wait_for_close(soon()).clean


def test_reader_has_a_name_and_stops_nobody_from_leaving():
    with echo_server() as url, connected(url) as connection:
        connection.send("hello", soon())
        assert next_of(connection) == "hello"
        (reader,) = reading_threads()
        assert reader.daemon


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_both_directions_at_once(secure: bool, files: TlsFiles, threads: list[threading.Thread]):
    count, rounds = 2000, 3
    context = server_context() if secure else None
    with echo_server(context, max_size=None) as url:
        for _ in range(rounds):
            with connected(url, tls=TlsOptions(verify=files.authority)) as connection:
                sending = threading.Thread(target=send_numbers, args=(connection, count), daemon=True)
                threads.append(sending)
                sending.start()
                for number in range(count):
                    assert next_of(connection) == f"{number}" + "x" * (number % 1000)
                connection.begin_close(1000, "", soon())
                status = connection.finish_close(soon())
                assert status is not None
                assert (status.code, status.clean) == (1000, True)


def send_numbers(connection: Connection, count: int) -> None:
    for number in range(count):
        connection.send(f"{number}" + "x" * (number % 1000), soon())


def test_large_messages_over_tls(files: TlsFiles):
    payload = bytes(range(256)) * 3000
    with (
        echo_server(server_context()) as url,
        connected(url, tls=TlsOptions(verify=files.authority)) as connection,
    ):
        for fragment_size in (None, 10_000):
            connection.send(payload, soon(), fragment_size)
            assert next_of(connection) == payload


def test_machine_that_can_start_no_thread_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("RobotWebSocketLibrary.connection.reading_thread.start", refuse)
    with (
        serving(lambda end: (switch(end), until_client_leaves(end))) as server,
        pytest.raises(RuntimeError, match="can't start new thread"),
        connected(server.url),
    ):
        pass


def test_storm_of_interruptions_while_opening_leaves_nothing_open():
    run_storm("client.opening_storm")


def test_handshake_tells_when_it_began_and_how_long_it_took():
    before = time.time()
    with echo_server() as url:
        connection, handshake = open_connection(
            OpeningRequest(read_url(url), headers={"X-A": "b"}),
            name="main",
            limits=Limits(100),
            deadline=Deadline(PATIENCE),
        )
        connection.abort("the test has ended")
    assert before <= handshake.started <= time.time()
    assert handshake.seconds is not None
    assert 0 < handshake.seconds < PATIENCE
    assert handshake.request.headers["X-A"] == "b"
    assert handshake.response.status == 101
