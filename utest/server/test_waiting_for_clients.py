"""The server's ends of connections, as a test gets them."""

import re
import threading

import pytest

from connection.ends import anything
from peers.clients import (
    PATIENCE,
    answer_to,
    answers_pings,
    at_once,
    close_of,
    eventually,
    opened,
    request,
    websockets_client,
)
from peers.raw import TEXT
from RobotWebSocketLibrary.connection.inbox import InboxLimit
from RobotWebSocketLibrary.connection.search import take_from
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WaitError
from RobotWebSocketLibrary.server import clients as clients_module
from RobotWebSocketLibrary.server.clients import Client
from RobotWebSocketLibrary.server.server import WebSocketServer
from server.conftest import Start


def wait(server: WebSocketServer, path: str | None = None, timeout: float = PATIENCE) -> Client:
    return server.wait_for_client(Deadline(timeout), lambda client: path in (None, client.request.path), "client")


def test_clients_are_handed_out_once_in_their_order(start: Start):
    server = start()
    for number in range(3):
        with opened(server, f"/{number}"):
            pass
    eventually(lambda: not server.clients)
    assert [wait(server).request.path for _ in range(3)] == ["/0", "/1", "/2"]
    with pytest.raises(WaitError) as failure:
        wait(server, timeout=0.01)
    sentence, returned = str(failure.value).split("\n")
    assert sentence == f"No client connected to '{server.url}' in 10 milliseconds."
    assert re.sub(r":\d+", "", returned) == (
        "3 clients were returned before: '/0' from 127.0.0.1, '/1' from 127.0.0.1, '/2' from 127.0.0.1"
    )


def test_other_clients_stay_for_later(start: Start):
    server = start()
    with opened(server, "/a"), opened(server, "/b"):
        assert wait(server, "/b").request.path == "/b"
        with pytest.raises(WaitError) as failure:
            wait(server, "/c", timeout=0)
        assert str(failure.value) == (
            f"No client connected to '{server.url}' in 0 seconds.\n1 client for path '/a' waits"
        )
        assert wait(server).request.path == "/a"


def test_waiting_wakes_when_the_client_comes(start: Start):
    server = start()
    clients = []
    timer = threading.Timer(0.2, lambda: clients.append(opened(server, "/late")))
    timer.start()
    assert wait(server).request.path == "/late"
    timer.join()
    clients[0].close()


def test_waiting_for_a_client_of_a_stopped_server_fails_at_once(start: Start):
    server = start()
    timer = threading.Timer(0.2, server.stop)
    timer.start()
    with pytest.raises(WaitError) as failure, at_once():
        wait(server)
    timer.join()
    assert str(failure.value) == f"No client can connect to '{server.url}': the server was stopped."


def test_client_that_came_before_the_stop_is_still_handed_out(start: Start):
    server = start()
    with websockets_client(server) as client:
        client.send("hello")
        assert client.recv(timeout=PATIENCE) == "hello"
    server.stop()
    message = take_from(wait(server, timeout=0).connection.inbox, anything)
    assert message is not None
    assert message.data == "hello"


def test_messages_of_a_client_that_has_left_can_be_read(start: Start):
    server = start(default_protocol="silent")
    with opened(server) as client:
        for number in range(2000):
            client.send_frame(TEXT, str(number).encode())
        client.send_close(4001)
        close_of(client)
    connection = wait(server).connection
    assert connection.waits.wait_for_close(Deadline(PATIENCE)).code == 4001
    for number in range(2000):
        message = take_from(connection.inbox, anything)
        assert message is not None
        assert message.data == str(number)


def test_end_that_answers_by_itself_keeps_its_last_messages_until_it_is_handed_out(start: Start):
    server = start()
    with opened(server) as client:

        def send(numbers: range) -> None:
            for number in numbers:
                client.send_frame(TEXT, str(number).encode())
                assert client.receive_frame().payload == str(number).encode()

        send(range(1500))
        connection = wait(server).connection
        send(range(1500, 3000))
        taken = [take_from(connection.inbox, anything) for _ in range(2500)]
        assert [message and message.data for message in taken] == [str(number) for number in range(500, 3000)]
        assert take_from(connection.inbox, anything) is None


def leave_one_after_the_other(server: WebSocketServer, *paths: str, message: bytes = b"") -> None:
    before = len(server.clients)
    for path in paths:
        with opened(server, path) as client:
            if message:
                client.send_frame(TEXT, message)
                client.receive_frame()
            client.send_close()
            close_of(client)
        eventually(lambda: len(server.clients) == before)


def test_clients_that_left_and_nobody_asks_for_are_forgotten_wherever_they_stand(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clients_module, "KEPT_CLIENTS", 3)
    server = start()
    with opened(server, "/first"):
        leave_one_after_the_other(server, "/0", "/1")
        with opened(server, "/second"):
            leave_one_after_the_other(server, "/2", "/3", "/4")
            paths = [wait(server).request.path for _ in range(5)]
    assert paths == ["/first", "/second", "/2", "/3", "/4"]


def test_client_that_was_asked_for_takes_no_place_of_those_that_left(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clients_module, "KEPT_CLIENTS", 2)
    server = start()
    leave_one_after_the_other(server, "/0", "/1")
    assert wait(server, "/1").request.path == "/1"
    leave_one_after_the_other(server, "/2")
    assert [wait(server).request.path for _ in range(2)] == ["/0", "/2"]
    with pytest.raises(WaitError):
        wait(server, timeout=0)


def test_messages_of_clients_that_left_are_bounded_in_bytes(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clients_module, "KEPT_CLIENTS_SIZE", 25)
    server = start()
    leave_one_after_the_other(server, "/0", "/1", "/2", message=b"ten bytes.")
    assert [wait(server).request.path for _ in range(2)] == ["/1", "/2"]
    leave_one_after_the_other(server, "/large", message=b"x" * 30)
    assert wait(server).connection.inbox.size == 30  # the last one stays, whatever it has
    leave_one_after_the_other(server, "/3", "/4", message=b"ten bytes.")
    assert [wait(server).request.path for _ in range(2)] == ["/3", "/4"]


def test_open_clients_are_handed_out_together_and_keep_all_from_then_on(start: Start):
    server = start()
    with opened(server, "/a") as first, opened(server, "/b"):
        for number in range(1100):
            first.send_frame(TEXT, str(number).encode())
            first.receive_frame()
        with opened(server, "/gone"):
            pass
        eventually(lambda: len(server.clients) == 2)
        waited = wait(server, "/b")
        clients = server.take_open_clients(lambda _: True)
        assert [client.request.path for client in clients] == ["/a", "/b"]
        assert clients[1] is waited
        assert server.take_open_clients(lambda client: client.request.path == "/a") == clients[:1]
        for number in range(500):
            first.send_frame(TEXT, str(number).encode())
            first.receive_frame()
        assert len(clients[0].connection.inbox) == 1500
        assert wait(server).request.path == "/gone"
        with pytest.raises(WaitError):
            wait(server, timeout=0)


def test_client_that_closes_is_not_open(start: Start):
    server = start()
    with opened(server):
        [client] = server.clients
        client.connection.begin_close(1000, "", Deadline(PATIENCE))
        assert server.take_open_clients(lambda _: True) == []


@pytest.mark.parametrize("protocol", ["echo", "silent"])
def test_unattended_server_keeps_nothing(start: Start, protocol: str):
    limit = InboxLimit(messages=2)
    server = start(unattended=True, default_protocol=protocol, inbox_limit=limit)
    with opened(server) as client:
        for _ in range(10):
            client.send_frame(TEXT, b"hello")
            if protocol == "echo":
                client.receive_frame()
        assert answers_pings(client)  # so all were read
        assert len(server.clients[0].connection.inbox) == 0
    eventually(lambda: not server.clients)
    assert (server.served, server.handshake_requests, server.news.take()) == (1, [], [])
    with pytest.raises(WaitError):
        wait(server, timeout=0)


def test_served_clients_are_counted_and_refused_ones_are_not(start: Start):
    server = start()
    with opened(server), opened(server):
        answer_to(server, request(Upgrade=None))
        answer_to(server, request(Origin="https://evil.example"))
    assert server.served == 2


def test_client_that_the_test_did_not_get_is_the_next_one_again(start: Start):
    server = start()
    with opened(server, "/first"), opened(server, "/second"):
        assert wait(server).request.path == "/first"
        server.arrivals.put_back()
        server.arrivals.put_back()
        assert [wait(server).request.path for _ in range(2)] == ["/first", "/second"]
        server.arrivals.confirm()
        server.arrivals.put_back()
        with pytest.raises(WaitError):
            wait(server, timeout=0)


def test_client_that_has_left_meanwhile_is_put_back_too(start: Start):
    server = start()
    with opened(server, "/left"):
        taken = wait(server)
    eventually(lambda: not server.clients)
    server.arrivals.put_back()
    assert wait(server) is taken
