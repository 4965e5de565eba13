"""The server's ends of connections, as a test gets them."""

import threading

import pytest

from peers.raw import TEXT
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import MessageTimeoutError
from RobotWebSocketLibrary.server import server as server_module
from RobotWebSocketLibrary.server.server import Client, WebSocketServer
from server.clients import PATIENCE, close_of, eventually, opened, websockets_client, within
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
    with pytest.raises(MessageTimeoutError) as failure:
        wait(server, timeout=0.01)
    assert str(failure.value) == f"No client connected to '{server.url}' in 10 milliseconds."


def test_other_clients_stay_for_later(start: Start):
    server = start()
    with opened(server, "/a"), opened(server, "/b"):
        assert wait(server, "/b").request.path == "/b"
        with pytest.raises(MessageTimeoutError) as failure:
            wait(server, "/c", timeout=0)
        assert str(failure.value) == (
            f"No client connected to '{server.url}' in 0 seconds; 1 others wait to be asked for."
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
    with pytest.raises(MessageTimeoutError) as failure, within(3):
        wait(server)
    timer.join()
    assert str(failure.value) == f"No client can connect to '{server.url}': the server was stopped."


def test_client_that_came_before_the_stop_is_still_handed_out(start: Start):
    server = start()
    with websockets_client(server) as client:
        client.send("hello")
        assert client.recv(timeout=PATIENCE) == "hello"
    server.stop()
    message = wait(server, timeout=0).connection.take_message(lambda _: True)
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
    assert connection.wait_for_close(Deadline(PATIENCE)).code == 4001
    for number in range(2000):
        message = connection.take_message(lambda _: True)
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
        taken = [connection.take_message(lambda _: True) for _ in range(2500)]
        assert [message and message.data for message in taken] == [str(number) for number in range(500, 3000)]
        assert connection.take_message(lambda _: True) is None


def test_closed_clients_that_nobody_asks_for_are_forgotten(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_module, "KEPT_CLIENTS", 3)
    server = start()
    with opened(server, "/open"):
        for number in range(5):
            with opened(server, f"/{number}") as client:
                client.send_close()
                close_of(client)
            eventually(lambda: len(server.clients) == 1)
        assert wait(server).request.path == "/open"  # an open one stays, and whoever came behind it
        assert wait(server).request.path == "/0"
        with opened(server, "/5"), opened(server, "/6"):
            paths = [wait(server).request.path for _ in range(3)]
    assert paths == ["/4", "/5", "/6"]
