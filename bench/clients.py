"""Clients, each in a process of its own: `python bench/clients.py ACTION CLIENT PORT NUMBERS` prints what it took."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from time import perf_counter, process_time, sleep

from bare import connect, make_frame
from processes import allow_many_files, read_memory

TEXT = "x" * 125
PLENTY = 1 << 40
PATIENCE = 300


class Library:
    def __init__(self, url: str) -> None:
        from RobotWebSocketLibrary.client.opening import open_connection
        from RobotWebSocketLibrary.client.opening_request import OpeningRequest
        from RobotWebSocketLibrary.client.url import read_url
        from RobotWebSocketLibrary.connection.inbox import InboxLimit
        from RobotWebSocketLibrary.connection.terms import Limits
        from RobotWebSocketLibrary.deadline import Deadline
        from RobotWebSocketLibrary.matching.predicates import MessagePredicate

        limits = Limits(1 << 30, InboxLimit(PLENTY, PLENTY))
        request = OpeningRequest(read_url(url))
        self._connection, _ = open_connection(request, name=url, limits=limits, deadline=Deadline(PATIENCE))
        self._deadline, self._anything = Deadline, MessagePredicate()

    def send(self, message: str | bytes) -> None:
        self._connection.send(message, self._deadline(PATIENCE))

    def receive(self) -> object:
        return self._connection.waits.wait_for_message(self._deadline(PATIENCE), self._anything)

    def receive_many(self, count: int) -> None:
        """As `Wait For Messages` does it."""
        self._connection.waits.wait_for_messages(self._deadline(PATIENCE), count)

    def wait_for_inbox(self, count: int) -> None:
        while len(self._connection.inbox) < count:
            sleep(0.001)


class LibraryInPython(Library):
    """As where the extra `speedups` is not installed."""

    def __init__(self, url: str) -> None:
        sys.modules["websockets.speedups"] = None  # type: ignore[assignment]
        super().__init__(url)


class WebsocketClient:
    def __init__(self, url: str) -> None:
        import websocket

        self._connection = websocket.create_connection(url, skip_utf8_validation=True)
        self.receive = self._connection.recv

    def send(self, message: str | bytes) -> None:
        self._connection.send(message, 1 if isinstance(message, str) else 2)


class Websockets:
    def __init__(self, url: str) -> None:
        from websockets.sync.client import connect

        self._connection = connect(url, compression=None, ping_interval=None, max_size=None).__enter__()
        self.send, self.receive = self._connection.send, self._connection.recv


class Bare:
    """Sends as many bytes as a frame of a client has, from memory that is there already, and throws away what comes."""

    def __init__(self, url: str) -> None:
        address, _, path = url.removeprefix("ws://").partition("/")
        self._connected = connect(int(address.rpartition(":")[2]), f"/{path}")
        self._frames: dict[int, bytes] = {}

    def send(self, message: str | bytes) -> None:
        size = len(message)
        if size not in self._frames:
            self._frames[size] = bytes(len(make_frame(size)) + 4)
        self._connected.sendall(self._frames[size])

    def receive(self) -> object:
        return self._connected.recv(1 << 16)

    def receive_bytes(self, count: int) -> None:
        kept = bytearray(1 << 18)
        while count > 0:
            count -= self._connected.recv_into(kept)


class BareTexts(Bare):
    """The least that whoever wants the texts has to do: it decodes each, and keeps it or only the last."""

    def receive_texts(self, count: int, size: int, *, keep: int | None) -> None:
        texts: deque[str] = deque(maxlen=keep)
        frame, filled, buffer = len(make_frame(size)), 0, memoryview(bytearray(1 << 18))
        while count > 0:
            filled += self._connected.recv_into(buffer[filled:])
            whole = filled // frame
            texts.extend(str(buffer[end - size : end], "utf-8") for end in range(frame, whole * frame + 1, frame))
            filled -= whole * frame
            buffer[:filled] = buffer[whole * frame : whole * frame + filled]
            count -= whole


CLIENTS = {
    "library": Library,
    "library in Python": LibraryInPython,
    "websocket-client": WebsocketClient,
    "websockets": Websockets,
    "bare sockets": Bare,
    "bare sockets that decode": BareTexts,
}


def exchange(client: str, port: str, count: int) -> tuple[float, float]:
    """Sends a text and waits for its echo, so many times."""
    connection = CLIENTS[client](f"ws://127.0.0.1:{port}/")

    def exchange_all() -> None:
        for _ in range(count):
            connection.send(TEXT)
            connection.receive()

    return take_time(exchange_all)


def receive(client: str, port: str, count: int, size: int, how: str) -> tuple[float, float]:
    connection = CLIENTS[client](f"ws://127.0.0.1:{port}/flood?{count}&{size}")

    def receive_all() -> None:
        connection.send(TEXT)
        if isinstance(connection, BareTexts):
            connection.receive_texts(count, size, keep=1 if how == "one by one" else None)
        elif isinstance(connection, Bare):
            connection.receive_bytes(count * len(make_frame(size)))
        elif how == "one by one" or not isinstance(connection, Library):
            for _ in range(count):
                connection.receive()
        elif how == "many":
            connection.receive_many(count)
        else:
            connection.wait_for_inbox(count)

    return take_time(receive_all)


def send(client: str, port: str, count: int, size: int, kind: str) -> tuple[float, float]:
    """Until the other end has all of it."""
    total = (len(make_frame(size)) + 4) * count
    connection = CLIENTS[client](f"ws://127.0.0.1:{port}/discard?{total}")
    message = "x" * size if kind == "text" else os.urandom(size)

    def send_all() -> None:
        for _ in range(count):
            connection.send(message)
        connection.receive()

    return take_time(send_all)


def hold(client: str, port: str, count: int) -> tuple[float]:
    """The memory of one idle connection, in KiB."""
    allow_many_files()
    url = f"ws://127.0.0.1:{port}/"
    held = [CLIENTS[client](url)]
    before = read_memory()
    held.extend(CLIENTS[client](url) for _ in range(count))
    return ((read_memory() - before) / count,)


def take_time(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and processor seconds."""
    begin, processor = perf_counter(), process_time()
    action()
    return perf_counter() - begin, process_time() - processor


ACTIONS = {action.__name__: action for action in (exchange, receive, send, hold)}


def main() -> None:
    action, client, port, *others = sys.argv[1:]
    print(*ACTIONS[action](client, port, *(int(other) if other.isdigit() else other for other in others)), flush=True)
    os._exit(0)  # nobody closes these connections


if __name__ == "__main__":
    main()
