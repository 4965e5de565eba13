"""Outages of the test server, and how clients come back that know nothing of the library."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from contextlib import closing
from typing import Any

import pytest

from peers.clients import (
    answer_to,
    answers_pings,
    close_of,
    eventually,
    opened,
    raw_client,
    request,
    tls_client,
    websockets_client,
)
from peers.raw import CLOSE, PATIENCE
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WaitError, WebSocketError
from RobotWebSocketLibrary.server import connection_attempts, listener
from RobotWebSocketLibrary.server.certificates import make_throw_away_tls
from RobotWebSocketLibrary.server.connection_attempts import ConnectionAttempt
from RobotWebSocketLibrary.server.outage import NewAttempts, OpenConnections, Suspension
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start


def suspend(
    server: WebSocketServer,
    attempts: NewAttempts | int = NewAttempts.RESET,
    connections: OpenConnections = OpenConnections.CLOSE,
    code: int = 1012,
) -> None:
    server.outage.suspend(Suspension(attempts, "test"), connections, code)


def wait_for(server: WebSocketServer, count: int, path: str | None = None) -> list[ConnectionAttempt]:
    return server.outage.wait_for_attempts(Deadline(PATIENCE), count, path)


def outcomes(attempts: list[ConnectionAttempt]) -> list[tuple[str | None, str | None]]:
    return [(attempt.path, attempt.outcome) for attempt in attempts]


def test_open_connections_are_closed_with_the_code(start: Start):
    server = start()
    with opened(server) as client, opened(server) as other:
        suspend(server, code=4000)
        for end in (client, other):
            assert close_of(end).payload == (4000).to_bytes(2, "big")
    assert server.clients == []


def test_client_that_does_not_answer_the_close_frame_is_disconnected(start: Start):
    server = start()
    with opened(server) as client:
        suspend(server)
        assert server.clients == []
        assert client.receive_frame().opcode == CLOSE
        assert client.receive_rest() == b""


@pytest.mark.parametrize("how", [OpenConnections.DROP, OpenConnections.RESET])
def test_open_connections_end_without_a_close_frame(how: OpenConnections, start: Start):
    server = start()
    with opened(server) as client:
        suspend(server, connections=how)
        if how is OpenConnections.RESET:
            assert client.sees_reset()
        else:
            assert client.receive_rest() == b""


def test_open_connections_can_stay(start: Start):
    server = start()
    with opened(server) as client:
        suspend(server, connections=OpenConnections.KEEP)
        assert answers_pings(client)


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
def test_attempts_are_reset_when_their_request_has_come(tls: bool, start: Start):
    server = start(tls=make_throw_away_tls("127.0.0.1", None) if tls else None)
    suspend(server)
    context = ssl.create_default_context(cafile=server.ca_file) if tls else None
    with tls_client(server, context) if context else raw_client(server) as client:
        client.send(request("/feed?key=1"))
        assert client.sees_reset()
    assert outcomes(wait_for(server, 1, "/feed")) == [("/feed", "reset")]
    assert [(asked.request.target, asked.status) for asked in server.handshake_requests] == [("/feed?key=1", None)]


def test_attempts_get_a_status(start: Start):
    server = start()
    suspend(server, attempts=503)
    status, answer = answer_to(server, request("/feed"))
    assert status == 503
    assert answer.endswith("The server is suspended.\n")
    suspend(server, attempts=599)
    assert answer_to(server, request("/feed"))[0] == 599
    assert outcomes(wait_for(server, 1)) == [("/feed", "599")]
    assert [asked.status for asked in server.handshake_requests] == [503, 599]
    assert answer_to(server, b"GET /feed HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 599
    assert len(server.handshake_requests) == 2


def test_attempts_stay_without_an_answer_until_they_leave_or_the_server_stops(start: Start):
    server = start(handshake_timeout=0.2)
    suspend(server, attempts=NewAttempts.SILENT)
    with raw_client(server) as patient, raw_client(server) as impatient:
        patient.send(request("/patient"))
        impatient.send(request("/impatient"))
        wait_for(server, 2)
        patient.send(b"more")
        impatient.close()
        wait_for_end(server, "/impatient")
        patient.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            patient.receive_rest()
        server.stop()
        patient.socket.settimeout(PATIENCE)
        assert patient.receive_rest() == b""
    assert sorted(outcomes(server.outage.attempts.find(None))) == [("/impatient", "silent"), ("/patient", "silent")]


def wait_for_end(server: WebSocketServer, path: str) -> None:
    """Waits until an attempt has ended: it may not even be listed when its client leaves."""
    attempts = server.outage.attempts
    eventually(lambda: any(attempt.ended and attempt.asks_for(path) for attempt in attempts.of_test))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port that refuses TCP")
def test_tcp_is_refused_and_the_port_stays(start: Start):
    server = start()
    for _ in range(100):
        suspend(server, attempts=NewAttempts.REFUSE)
        with pytest.raises(ConnectionRefusedError):
            raw_client(server)
        with closing(socket.socket()) as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", server.port))
        server.outage.resume()
        with opened(server) as client:
            assert answers_pings(client)
    assert list(server.notices) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port that refuses TCP")
def test_server_that_refuses_tcp_can_be_suspended_in_another_way_and_stopped(start: Start):
    server = start()
    suspend(server, attempts=NewAttempts.REFUSE)
    suspend(server, attempts=NewAttempts.REFUSE)
    suspend(server, attempts=503)
    assert answer_to(server, request())[0] == 503
    suspend(server, attempts=NewAttempts.REFUSE)
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port that refuses TCP")
def test_client_in_its_handshake_is_reset_when_tcp_is_refused(start: Start):
    server = start()
    with raw_client(server) as client:
        client.send(request()[:10])
        eventually(lambda: server._listener._listeners[0]._in_handshake)  # noqa: SLF001
        suspend(server, attempts=NewAttempts.REFUSE)
        client.send(request()[10:])
        assert client.sees_reset()


def test_other_systems_cannot_refuse_tcp(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listener.sys, "platform", "win32")
    server = start()
    with pytest.raises(WebSocketError) as failure:
        suspend(server, attempts=NewAttempts.REFUSE)
    assert str(failure.value) == ("Cannot refuse TCP on this system without giving up the port (attempts=REFUSE).")


@pytest.mark.parametrize("status", [200, 299, 600])
def test_status_that_is_not_one_for_an_outage(status: int, start: Start):
    with pytest.raises(WebSocketError) as failure:
        suspend(start(), attempts=status)
    assert str(failure.value) == f"Cannot answer attempts with the status {status}: it must be from 300 to 599."


def test_resuming_lets_in_and_is_harmless_otherwise(start: Start):
    server = start()
    server.outage.resume()
    suspend(server)
    server.outage.resume()
    with opened(server) as client:
        assert answers_pings(client)


def test_suspension_ends_with_its_owner(start: Start):
    server = start()
    suspend(server, attempts=503)
    server.outage.end("another")
    assert answer_to(server, request())[0] == 503
    server.outage.end("test")
    with opened(server) as client:
        assert answers_pings(client)
    server.outage.end("test")


def test_websockets_comes_back_by_itself(start: Start):
    server = start()
    with websockets_client(server, "feed"):
        suspend(server)
    server.outage.resume()
    with websockets_client(server, "feed") as client:
        client.send("hello")
        assert client.recv() == "hello"
    [attempt] = wait_for(server, 1, "/feed")
    assert (attempt.path, attempt.outcome) == ("/feed", "accepted")


def test_attempts_are_in_the_order_in_which_the_clients_came():
    attempts = connection_attempts.ConnectionAttempts()
    first, second = attempts.begin("first"), attempts.begin("second")
    attempts.decide(second, "503")
    attempts.decide(first, "503")
    assert attempts.of_test == [first, second]


def test_delays_are_counted_from_the_end_of_what_was_before_on_the_path(monkeypatch: pytest.MonkeyPatch):
    clock = {"now": 0.0}
    monkeypatch.setattr(connection_attempts, "perf_counter", lambda: clock["now"])
    attempts = connection_attempts.ConnectionAttempts()
    made = []
    for began, ended in ((10.0, 11.0), (12.5, 12.75), (10.0, 11.0)):
        clock["now"] = began
        attempt = ConnectionAttempt(len(made), began=began)
        attempts.decide(attempt, "503")
        clock["now"] = ended
        attempts.end(attempt)
        made.append(attempt.delay)
    assert made == [None, 1.5, 0.0]


@pytest.mark.parametrize(("connections", "known"), [(OpenConnections.CLOSE, True), (OpenConnections.KEEP, False)])
def test_client_that_is_back_before_its_end_is_noticed(connections: OpenConnections, known: bool, start: Start):
    server = start()
    with opened(server, "/feed") as client:
        suspending = threading.Thread(target=suspend, args=(server, 503, connections), daemon=True)
        suspending.start()
        if known:
            assert client.receive_frame().opcode == CLOSE, "which nobody answers, so the connection lasts"
        else:
            suspending.join()
        assert answer_to(server, request("/feed"))[0] == 503
        [attempt] = wait_for(server, 1, "/feed")
        assert (attempt.delay is not None) is known
        client.socket.shutdown(socket.SHUT_RDWR)


def test_attempts_without_a_suspension_are_those_since_the_last_connection_has_ended(start: Start):
    server = start()
    for path in ("/feed", "/other"):
        with opened(server, path):
            pass
        wait_for_end(server, path)
    assert outcomes(server.outage.attempts.find("/feed")) == []
    with opened(server, "/feed?again"):
        [attempt] = wait_for(server, 1, "/feed")
        assert (attempt.outcome, attempt.delay is not None) == ("accepted", True)
        assert outcomes(wait_for(server, 1, "/feed?again")) == [("/feed", "accepted")]


def test_client_that_gives_up_has_no_path(start: Start):
    server = start()
    with raw_client(server):
        pass
    assert outcomes(wait_for(server, 1)) == [(None, "left")]
    assert server.outage.attempts.find("/") == []
    assert str(wait_for(server, 1)[0]) == "an attempt without a request left"


def test_missing_attempts_are_told_with_those_that_came(start: Start):
    server = start()
    with pytest.raises(WaitError) as failure:
        server.outage.wait_for_attempts(Deadline(0), 1, "/feed?token=abc")
    assert str(failure.value) == (
        f"No connection attempt came to '{server.url}' for path '/feed?token=***' in 0 seconds."
    )
    suspend(server, attempts=503)
    answer_to(server, request("/feed"))
    wait_for(server, 1)
    with pytest.raises(WaitError) as failure:
        server.outage.wait_for_attempts(Deadline(0), 2, None)
    assert str(failure.value) == (f"Only 1 of 2 connection attempts came to '{server.url}' in 0 seconds: '/feed' 503.")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port that refuses TCP")
def test_nobody_sees_attempts_while_tcp_is_refused(start: Start):
    server = start()
    suspend(server, attempts=NewAttempts.REFUSE)
    with pytest.raises(WaitError) as failure:
        wait_for(server, 1)
    assert str(failure.value) == (
        f"Cannot wait for connection attempts at '{server.url}': nobody sees them while TCP is refused "
        f"(attempts=REFUSE)."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port that refuses TCP")
def test_failure_says_that_attempts_may_have_been_refused(start: Start):
    server = start()
    suspend(server, attempts=NewAttempts.REFUSE)
    server.outage.resume()
    unseen = "The server was suspended with attempts=REFUSE, so attempts that were refused then are not counted."
    with pytest.raises(WaitError) as failure:
        server.outage.wait_for_attempts(Deadline(0), 1, None)
    assert str(failure.value) == f"No connection attempt came to '{server.url}' in 0 seconds. {unseen}"
    with opened(server, path="/feed"):
        wait_for(server, 1)
        with pytest.raises(WaitError) as failure:
            server.outage.wait_for_attempts(Deadline(0), 2, None)
    assert str(failure.value) == (
        f"Only 1 of 2 connection attempts came to '{server.url}' in 0 seconds: '/feed' accepted. {unseen}"
    )
    server.outage.end("test")
    assert server.outage.unseen == ""
    suspend(server, attempts=NewAttempts.REFUSE)
    server.outage.end("test")
    assert server.outage.unseen == ""


def test_nobody_comes_to_a_server_that_was_stopped(start: Start):
    server = start()
    server.stop()
    with pytest.raises(WaitError) as failure:
        wait_for(server, 1)
    assert str(failure.value) == f"No connection attempt can come to '{server.url}': the server was stopped."


def test_server_that_was_stopped_is_neither_suspended_nor_resumed(start: Start):
    server = start()
    suspend(server, attempts=NewAttempts.REFUSE if sys.platform == "linux" else NewAttempts.SILENT)
    server.stop()
    server.outage.resume()
    for attempts in (NewAttempts.REFUSE, NewAttempts.RESET, 503):
        with pytest.raises(WebSocketError) as failure:
            suspend(server, attempts=attempts)
        assert str(failure.value) == f"Cannot suspend '{server.url}': the server was stopped."


def test_only_the_last_paths_are_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection_attempts, "KEPT_ATTEMPTS", 2)
    kept: Any = connection_attempts.OrderedDict()
    for path in ("/a", "/b", "/a", "/c"):
        connection_attempts._put(kept, path, 0.0)  # noqa: SLF001
    assert list(kept) == ["/a", "/c"]
