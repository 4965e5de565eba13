"""Ports, hosts, and running out of files."""

import errno
import os
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import websockets.sync.client

from peers.clients import (
    PATIENCE,
    answers_pings,
    eventually,
    opened,
    raw_client,
    request,
    websockets_client,
)
from peers.raw import TEXT, RawEnd, WireFrame, port_without_listener
from RobotWebSocketLibrary.connection.connection import Connection
from RobotWebSocketLibrary.errors import WebSocketError
from RobotWebSocketLibrary.server import listener
from RobotWebSocketLibrary.server.outage import NewAttempts, OpenConnections, Suspension
from server.conftest import Start


def test_free_port_is_chosen_and_known(start: Start):
    server = start()
    assert server.port > 0
    assert server.url == f"ws://127.0.0.1:{server.port}/"
    assert repr(server) == f"<WebSocketServer '{server.url}': 0 clients>"
    assert server.ca_file is None


def test_given_port_is_used(start: Start):
    port = start().port
    with pytest.raises(WebSocketError):
        start(port=port)
    with port_without_listener() as free:
        assert start(port=free).port == free


@pytest.mark.parametrize(
    ("host", "shown"),
    [("localhost", "localhost"), ("0.0.0.0", "127.0.0.1"), ("", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],
)
def test_hosts(start: Start, host: str, shown: str):
    server = start(host=host)
    assert server.host == host
    assert server.url == f"ws://{shown}:{server.port}/"
    with websockets_client(server, "chat?x=1") as client:
        client.send("hello")
        assert client.recv(timeout=PATIENCE) == "hello"
    with opened(server) as client:
        assert answers_pings(client)


def to_both(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
    """What `getaddrinfo` says where a name has two addresses."""
    assert host == "localhost"
    return [(None, None, None, "", (address, 0)) for address in ("::1", "127.0.0.1", "::1")]


def connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True


def test_each_address_of_a_host_is_listened_on(start: Start, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", to_both)
        server = start(host="localhost")
    addresses = ("127.0.0.1", "::1")
    for address in addresses:
        with websockets.sync.client.connect(
            f"ws://[{address}]:{server.port}" if ":" in address else f"ws://{address}:{server.port}", proxy=None
        ) as client:
            client.send(address)
            assert client.recv(timeout=PATIENCE) == address
    if sys.platform == "linux":
        server.outage.suspend(Suspension(NewAttempts.REFUSE, "test"), OpenConnections.CLOSE, 1012)
        assert [connects(address, server.port) for address in addresses] == [False, False]
        server.outage.resume()
        assert [connects(address, server.port) for address in addresses] == [True, True]
    server.stop()
    assert [connects(address, server.port) for address in addresses] == [False, False]


def test_address_that_this_machine_lacks_is_left_out(start: Start, monkeypatch: pytest.MonkeyPatch):
    def lacking(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(None, None, None, "", (address, 0)) for address in ("192.0.2.1", "127.0.0.1")]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", lacking)
        server = start(host="localhost")
    assert connects("127.0.0.1", server.port)


def test_port_that_is_in_use_on_the_second_address(start: Start, monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with monkeypatch.context() as patched:
            patched.setattr(socket, "getaddrinfo", to_both)
            with pytest.raises(WebSocketError, match=f"port {port} of 'localhost' is in use"):
                start(host="localhost", port=port)
        assert not connects("::1", port)


def test_another_port_is_chosen_where_one_is_in_use_on_the_second_address(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    bind, taken = listener.Listener.server_bind, []

    def in_use_once(self: listener.Listener) -> None:
        if self.address_family == socket.AF_INET and not taken:
            taken.append(self.server_address[1])
            raise OSError(errno.EADDRINUSE, "in use")
        bind(self)

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", to_both)
        patched.setattr(listener.Listener, "server_bind", in_use_once)
        server = start(host="localhost")
    assert taken
    assert connects("127.0.0.1", server.port)
    assert connects("::1", server.port)


def test_port_in_use(start: Start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WebSocketError) as failure:
            start(port=port)
    assert str(failure.value) == (
        f"Could not start a server: port {port} of '127.0.0.1' is in use; with port 0 a free one is chosen."
    )


def test_port_that_windows_keeps(start: Start, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise OSError(10013, "An attempt was made to access a socket in a way forbidden by its access permissions")

    monkeypatch.setattr(listener.Listener, "server_bind", refuse)
    with pytest.raises(WebSocketError) as failure:
        start(port=50000)
    assert str(failure.value) == (
        "Could not start a server: Windows reserves port 50000 of '127.0.0.1': another program has it for "
        "itself, or 'netsh interface ipv4 show excludedportrange protocol=tcp' lists it; with port 0 a free one is "
        "chosen."
    )


def test_port_is_for_this_server_alone_on_windows(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_KEEPALIVE, raising=False)
    asked: list[tuple[int, ...]] = []
    set_option = socket.socket.setsockopt

    def note(changed: socket.socket, *option: int) -> None:
        asked.append(option)
        set_option(changed, *option)

    monkeypatch.setattr(socket.socket, "setsockopt", note)
    start()
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in asked
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0) not in asked
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(WebSocketError, match="is in use"):
        start(port=other.getsockname()[1])
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0) in asked  # tried again without it, in vain


@pytest.mark.parametrize("port", [-1, 65536])
def test_port_that_does_not_exist(start: Start, port: int):
    with pytest.raises(WebSocketError) as failure:
        start(port=port)
    assert str(failure.value) == f"Could not start a server: the port {port} is not between 0 and 65535."


@pytest.mark.parametrize("host", ["nosuch.invalid", "x..y", "two words", "nul\0", "::zz", "ä" * 70])
def test_unknown_host(start: Start, host: str):
    with pytest.raises(WebSocketError) as failure:
        start(host=host)
    assert str(failure.value) == f"Could not start a server: the host name '{host}' could not be resolved."


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("maxclient=1", "'maxclient=1' is not a host name, and no argument is called 'maxclient': write max_clients="),
        ("\x1b=1", r"'\x1b=1' is not a host name, and no argument is called '\x1b'"),
    ],
)
def test_argument_that_does_not_exist_is_not_a_host(start: Start, host: str, told: str):
    with pytest.raises(WebSocketError) as failure:
        start(host=host)
    assert str(failure.value) == f"Could not start a server: {told}."


def test_address_of_another_machine(start: Start):
    with pytest.raises(WebSocketError) as failure:
        start(host="192.0.2.1", port=8765)
    assert str(failure.value) == (
        "Could not start a server on port 8765 of '192.0.2.1': cannot assign requested address."
    )


@contextmanager
def no_more_files() -> Iterator[None]:
    """Every file descriptor of this process is taken."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_client_that_comes_when_files_have_run_out_waits_until_there_are_some(start: Start):
    server = start()
    with socket.socket() as connecting, opened(server) as before:
        connecting.settimeout(PATIENCE)
        late = RawEnd(connecting, masked=True)
        with no_more_files():
            connecting.connect(("127.0.0.1", server.port))
            late.send(request())
            eventually(lambda: server.notices)
            before.send_frame(TEXT, b"still served")
            assert before.receive_frame() == WireFrame(TEXT, b"still served")
            connecting.settimeout(0.3)
            with pytest.raises(TimeoutError):
                late.receive(1)
            connecting.settimeout(PATIENCE)
        assert late.receive_head().startswith(b"HTTP/1.1 101 ")
        assert answers_pings(late)
    assert list(server.notices) == ["the server could not accept a client: Too many open files"]


@pytest.mark.parametrize("error", [ConnectionResetError(), OSError(errno.ENOTCONN, "Socket is not connected")])
def test_client_that_leaves_the_backlog_is_no_notice(start: Start, monkeypatch: pytest.MonkeyPatch, error: OSError):
    accept, left = socketserver.TCPServer.get_request, []

    def leave_first(self: socketserver.TCPServer) -> object:
        if left:
            return accept(self)
        left.append(self)
        raise error

    monkeypatch.setattr(socketserver.TCPServer, "get_request", leave_first)
    server = start()
    with opened(server) as client:
        assert answers_pings(client)
    assert left
    assert list(server.notices) == []


def count_threads_of_clients(port: int) -> int:
    return sum(thread.name.endswith(f"of port {port}") for thread in threading.enumerate())


def test_clients_beyond_the_limit_of_handshakes_wait_in_the_backlog(start: Start, monkeypatch: pytest.MonkeyPatch):
    server = start()
    monkeypatch.setattr(server._listener._listeners[0], "_limit", 5)  # noqa: SLF001 - a thousand clients would need many files
    with ExitStack() as clients:
        half_open = [clients.enter_context(raw_client(server)) for _ in range(20)]
        eventually(lambda: count_threads_of_clients(server.port) == 5)
        late = clients.enter_context(raw_client(server))
        late.send(request())
        late.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.receive(1)
        assert count_threads_of_clients(server.port) == 5
        late.socket.settimeout(PATIENCE)
        for client in half_open:
            client.socket.close()
        assert late.receive_head().startswith(b"HTTP/1.1 101 ")
        assert answers_pings(late)


def test_silent_attempts_that_keep_others_waiting_are_a_notice(start: Start, monkeypatch: pytest.MonkeyPatch):
    server = start()
    monkeypatch.setattr(server._listener._listeners[0], "_limit", 5)  # noqa: SLF001
    monkeypatch.setattr(listener, "FULL_PATIENCE", 0.05)
    server.outage.suspend(Suspension(NewAttempts.SILENT, "test"), OpenConnections.CLOSE, 1012)
    with ExitStack() as clients:
        silent = [clients.enter_context(raw_client(server)) for _ in range(5)]
        for client in silent:
            client.send(request())
        eventually(lambda: server.notices)
        server.outage.resume()
        late = clients.enter_context(raw_client(server))
        late.send(request())
        silent[0].socket.close()
        assert late.receive_head().startswith(b"HTTP/1.1 101 ")
    assert list(server.notices) == ["5 clients are in their opening handshake, so further clients wait"]


def test_client_for_whom_no_thread_can_be_made_is_dropped(start: Start, monkeypatch: pytest.MonkeyPatch):
    server = start()

    def no_thread(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_thread)
        with raw_client(server) as client:
            port = client.socket.getsockname()[1]
            assert client.receive_rest() == b""
    with opened(server) as client:
        assert answers_pings(client)
    assert list(server.notices) == [
        f'the server could not serve 127.0.0.1:{port}: RuntimeError("can\'t start new thread")'
    ]


def test_fault_of_ours_while_a_client_is_served_is_a_notice(start: Start, monkeypatch: pytest.MonkeyPatch):
    server = start()

    def fault(request: socket.socket, _: str) -> None:
        request.close()
        raise ValueError("a fault of ours")

    monkeypatch.setattr(server._listener._listeners[0], "_handle", fault)  # noqa: SLF001
    with raw_client(server) as client:
        port = client.socket.getsockname()[1]
        eventually(lambda: server.notices)
    assert list(server.notices) == [f"the server could not serve 127.0.0.1:{port}: ValueError('a fault of ours')"]


def test_client_whose_connection_nobody_can_read_is_dropped(start: Start, monkeypatch: pytest.MonkeyPatch):
    server = start()

    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "start", no_thread)
        with raw_client(server) as client:
            port = client.socket.getsockname()[1]
            client.send(request())
            assert client.receive_head().startswith(b"HTTP/1.1 101 ")
            assert client.receive_rest() == b""
            eventually(lambda: server.notices)
    with opened(server) as client:
        assert answers_pings(client)
    who = f"'{server.url} (client 127.0.0.1:{port})'"
    assert list(server.notices) == [f'the server could not serve {who}: RuntimeError("can\'t start new thread")']
