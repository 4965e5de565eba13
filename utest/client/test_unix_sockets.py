"""A server of the package websockets behind a Unix socket."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.server import Server, ServerConnection, unix_serve

from client.conftest import Opening
from peers.websockets_peers import EventLoop
from RobotWebSocketLibrary.client.dialing import DialingError
from RobotWebSocketLibrary.connection.stream import Stream

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Python has no Unix sockets here")


async def answer(connection: ServerConnection) -> None:
    assert connection.request is not None
    await connection.send(f"{connection.request.path} {connection.request.headers['Host']}")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[str]:
    where = str(tmp_path / "s")

    async def start() -> Server:
        return await unix_serve(answer, where, compression=None)

    async def stop(server: Server) -> None:
        server.close()
        await server.wait_closed()

    loop = EventLoop()
    try:
        server = loop.run(start())
        yield where
        loop.run(stop(server))
    finally:
        loop.stop()


def test_connection_is_opened_and_used(opening: Opening, path: str):
    opened = opening(f"ws+unix:{path}:/chat?a=1", proxy="environment")
    stream: Stream = opened.stream
    received = opened.received or stream.receive()
    assert b"/chat?a=1 localhost" in received


def test_socket_on_which_nobody_listens(opening: Opening, tmp_path: Path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    with pytest.raises(DialingError, match=r"connection refused \(nobody listens on this socket\)\.$"):
        opening(f"ws+unix:{path}")


def test_socket_that_does_not_exist(opening: Opening, tmp_path: Path):
    url = f"ws+unix:{tmp_path / 's'}"
    with pytest.raises(DialingError, match=f"^Could not connect to '{re.escape(url)}:/': no such file or directory"):
        opening(url)


def test_server_that_accepts_nobody(opening: Opening, tmp_path: Path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(0)
        waiting = []
        try:
            for _ in range(5):  # the system keeps a few
                connecting = socket.socket(socket.AF_UNIX)
                waiting.append(connecting)
                connecting.setblocking(False)
                connecting.connect_ex(str(path))
            with pytest.raises(DialingError, match=r": no answer in 100 milliseconds\.$"):
                opening(f"ws+unix:{path}", timeout=0.1)
        finally:
            for connecting in waiting:
                connecting.close()
