from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from peers.raw import AT_ONCE, PATIENCE, port_without_listener, seconds_since
from RobotWebSocketLibrary.client.dialing import HEAD_START, dial, resolve
from RobotWebSocketLibrary.deadline import Deadline
from RobotWebSocketLibrary.errors import WebSocketError


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def failure_of_dialing(host: str, port: int, timeout: float = PATIENCE) -> str:
    with pytest.raises(WebSocketError) as failure:
        dial(host, port, "'ws://peer/'", Deadline(timeout))
    return str(failure.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_connected_socket(host: str, listening: socket.socket):
    port = listening.getsockname()[1]
    with dial(host, port, "'ws://peer/'", Deadline(PATIENCE)) as connected:
        assert connected.getpeername()[1] == port


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_address_is_not_resolved(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("resolved"))
    assert [address for _, address in resolve(host, 80, "'ws://peer/'", Deadline(PATIENCE))] == [(host, 80)]


def test_refused_connection():
    with port_without_listener() as port:
        expected = f"Could not connect to 'ws://peer/': connection refused (nothing listens on port {port})."
        assert failure_of_dialing("127.0.0.1", port) == expected


def test_unknown_host_name():
    expected = "Could not connect to 'ws://peer/': the host name 'nosuch.invalid' could not be resolved."
    assert failure_of_dialing("nosuch.invalid", 80) == expected


def test_host_name_that_no_name_can_be():
    host = f"{'a' * 64}.example"
    expected = f"Could not connect to 'ws://peer/': the host name '{host}' could not be resolved."
    assert failure_of_dialing(host, 80) == expected


def test_resolution_that_takes_too_long(monkeypatch: pytest.MonkeyPatch):
    answered = threading.Event()

    def resolve(*_: object, **__: object) -> list[object]:
        answered.wait(PATIENCE)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    began = time.monotonic()
    failure = failure_of_dialing("slow.example", 80, 0.2)
    assert 0.2 <= seconds_since(began) < AT_ONCE
    answered.set()
    expected = "the host name 'slow.example' was not resolved in 200 milliseconds"
    assert failure == f"Could not connect to 'ws://peer/': {expected}."


@contextmanager
def crowded() -> Iterator[int]:
    """The port of a listener that answers nobody, because its backlog is full."""
    with ExitStack() as crowd:
        listening = crowd.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # more than the backlog takes
            member = crowd.enter_context(socket.socket())
            member.setblocking(False)
            member.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def test_server_that_does_not_accept():
    with crowded() as port:
        began = time.monotonic()
        failure = failure_of_dialing("127.0.0.1", port, 1)
        assert 1 <= seconds_since(began) < AT_ONCE
    assert failure == "Could not connect to 'ws://peer/': no answer in 1 second."


def addresses(*found: tuple[socket.AddressFamily, str, int]) -> list[object]:
    return [(family, socket.SOCK_STREAM, 6, "", (host, port)) for family, host, port in found]


def test_second_address_is_tried_when_the_first_refuses(listening: socket.socket, monkeypatch: pytest.MonkeyPatch):
    port = listening.getsockname()[1]
    with port_without_listener() as refusing:
        found = addresses((socket.AF_INET, "127.0.0.1", refusing), (socket.AF_INET, "127.0.0.1", port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with dial("two.example", port, "'ws://peer/'", Deadline(PATIENCE)) as connected:
            assert connected.getpeername() == ("127.0.0.1", port)


def test_an_address_that_does_not_answer_does_not_hold_up_the_next_one(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
):
    port = listening.getsockname()[1]
    with crowded() as silent:
        found = addresses((socket.AF_INET, "127.0.0.1", silent), (socket.AF_INET, "127.0.0.1", port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        began = time.monotonic()
        with dial("two.example", port, "'ws://peer/'", Deadline(PATIENCE)) as connected:
            assert connected.getpeername() == ("127.0.0.1", port)
        assert seconds_since(began) >= HEAD_START


def test_one_of_many_addresses_answers_at_once(listening: socket.socket, monkeypatch: pytest.MonkeyPatch):
    port = listening.getsockname()[1]
    found = addresses(*[(socket.AF_INET, "127.0.0.1", port)] * 2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with dial("two.example", port, "'ws://peer/'", Deadline(PATIENCE)) as connected, listening.accept()[0] as accepted:
        assert connected.getsockname() == accepted.getpeername()
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):  # the second address was not tried
            listening.accept()


def test_other_failures_are_told_in_the_words_of_the_system(monkeypatch: pytest.MonkeyPatch):
    found = addresses((socket.AF_INET, "255.255.255.255", 80))  # a broadcast address
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    failure = failure_of_dialing("everybody.example", 80)
    words = {"network is unreachable", "permission denied"}
    assert failure in {f"Could not connect to 'ws://peer/': {how}." for how in words}


def test_address_that_needs_its_interface(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(socket, "socket", refuse)
    assert failure_of_dialing("FE80::1", 80) == (
        "Could not connect to 'ws://peer/': a link-local address needs its interface, as in '[fe80::1%25eth0]'."
    )
    assert failure_of_dialing("::1", 80) == "Could not connect to 'ws://peer/': invalid argument."


def test_machine_without_free_descriptors(listening: socket.socket, monkeypatch: pytest.MonkeyPatch):
    def no_socket(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", no_socket)
    port = listening.getsockname()[1]
    assert failure_of_dialing("127.0.0.1", port) == "Could not connect to 'ws://peer/': too many open files."
