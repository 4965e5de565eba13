"""Many openings at once, against an independent server."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from connection.interrupting import InterruptionError
from peers.clients import eventually
from peers.raw import PATIENCE, port_without_listener
from peers.scripted import Script, answering, serving, switch, until_client_leaves
from peers.websockets_peers import echo_server
from RobotWebSocketLibrary.client import openings as openings_module
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.openings import Openings
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.connection.terms import Limits
from RobotWebSocketLibrary.deadline import Deadline


def openings_of(urls: list[str]) -> Openings:
    requests = [OpeningRequest(read_url(url)) for url in urls]
    names = [f"user{number}" for number in range(len(urls))]
    return Openings(requests, names, limits=Limits(1000), timeout=PATIENCE, heartbeat=None)


@pytest.fixture
def url() -> Iterator[str]:
    with echo_server() as url:
        yield url


@pytest.mark.parametrize("at_once", [1, 4, 99])
def test_all_are_opened(url: str, at_once: int):
    openings = openings_of([f"{url}{number}" for number in range(20)])
    openings.run(at_once)
    assert openings.failures == {}
    for number, (connection, handshake) in openings.opened.items():
        assert connection.name == f"user{number}"
        assert handshake.request.path == f"/{number}"
        connection.send("hello", Deadline(PATIENCE))
    openings.give_up()
    assert {connection.state for connection, _ in openings.opened.values()} == {"closed"}


def test_failures_are_noted_and_the_others_are_opened(url: str):
    with port_without_listener() as port, serving(answering(b"HTTP/1.1 503 Busy\r\n\r\n")) as busy:
        openings = openings_of([url, f"ws://127.0.0.1:{port}/", busy.url])
        openings.run(2)
    assert sorted(openings.opened) == [0]
    assert openings.failures[1].startswith(f"Could not connect to 'ws://127.0.0.1:{port}/'")
    assert "503 Busy" in openings.failures[2]
    openings.give_up()


def test_fault_of_ours_is_a_failure(url: str, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(openings_module, "open_connection", fail)
    openings = openings_of([url])
    openings.run(1)
    assert openings.failures == {0: "Opening 'user0' failed: RuntimeError(\"can't start new thread\")."}


def test_interrupted_test_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch):
    """One connection is open, and the other one opens after the interruption."""
    goes_on, interrupted = threading.Event(), threading.Event()

    def switch_late(end) -> None:
        goes_on.wait(PATIENCE)
        switch(end)
        end.receive_rest()

    def switch_at_once(end) -> None:
        switch(end)
        end.receive_rest()

    scripts: tuple[Script, ...] = (switch_at_once, switch_late, until_client_leaves)
    with serving(*scripts) as server:
        openings = openings_of([server.url] * 3)

        def strike(_: object) -> None:
            eventually(lambda: openings.opened)
            interrupted.set()
            raise InterruptionError

        monkeypatch.setattr(openings, "_changed", threading.Event())
        monkeypatch.setattr(openings._changed, "wait", strike)  # noqa: SLF001
        with pytest.raises(InterruptionError):
            openings.run(1)
        goes_on.set()
        eventually(lambda: all(connection.state == "closed" for connection, _ in openings.opened.values()))
        eventually(lambda: not any(thread.name.startswith("opening ") for thread in threading.enumerate()))
        assert all(connection.state == "closed" for connection, _ in openings.opened.values())
        assert len(openings.opened) < 3
