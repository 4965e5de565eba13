"""What the test server does with messages, chosen by subprotocol. The names are PureLoad's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ..connection.connection import Connection
from ..deadline import Deadline
from ..errors import ConnectionClosedError, WebSocketError, quoted
from ..protocol.close import CloseCode
from ..protocol.frames import Opcode
from ..protocol.handshake import SUBPROTOCOL_RULE
from ..protocol.http import TOKEN
from ..protocol.messages import Messages

CLOSE_TIMEOUT = 5.0
"""Seconds that a client may take to answer the close frame of `echo-server-close`."""
CLOSING_WORDS = ("bye", "close")

Peers = Callable[[], Iterable[Connection]]
"""The clients of a protocol, under any of its names."""


@dataclass(frozen=True)
class Behavior:
    """One behavior: what answers messages, and what its clients get as time passes."""

    name: str
    answer: Callable[[Connection, Messages, Peers], None] | None = None
    pings: bool = False
    tells_time: bool = False


def echo(connection: Connection, messages: Messages, _: Peers) -> None:
    connection.post(messages)


def broadcast(_: Connection, messages: Messages, peers: Peers) -> None:
    send_to_all(peers(), messages)


def echo_then_close(connection: Connection, messages: Messages, _: Peers) -> None:
    last = next((at for at, message in enumerate(messages) if message in CLOSING_WORDS), None)
    connection.post(messages if last is None else messages[: last + 1])
    if last is not None:
        connection.begin_close(CloseCode.NORMAL_CLOSURE, "", Deadline(CLOSE_TIMEOUT))


BEHAVIORS = {
    behavior.name: behavior
    for behavior in (
        Behavior("echo", echo),
        Behavior("echo-broadcast", broadcast),
        Behavior("echo-broadcast-ping", broadcast, pings=True),
        Behavior("time-broadcast", tells_time=True),
        Behavior("echo-server-close", echo_then_close),
        Behavior("silent"),
    )
}
ALIASES = {
    "org.ietf.websocket.test-echo": "echo",
    "org.ietf.websocket.test-echo-broadcast": "echo-broadcast",
    "org.ietf.websocket.test-echo-broadcast-ping": "echo-broadcast-ping",
    "org.ietf.websocket.test-time-broadcast": "time-broadcast",
    "org.ietf.websocket.test-echo-server-close": "echo-server-close",
}


class Behaviors:
    """The names that one server supports, and what is behind each."""

    def __init__(self, further: Mapping[str, str], default: str) -> None:
        names = {name: name for name in BEHAVIORS} | ALIASES
        for name, behavior in further.items():
            if not TOKEN.fullmatch(name):
                raise WebSocketError(f"Invalid subprotocol {quoted(name)}: {SUBPROTOCOL_RULE}.")
            names[name] = names.get(behavior, behavior)
        for behavior in (*names.values(), names.get(default, default)):
            if behavior not in BEHAVIORS:
                raise WebSocketError(f"Unknown server protocol '{behavior}': there are {', '.join(BEHAVIORS)}.")
        self._by_name = {name: BEHAVIORS[behavior] for name, behavior in names.items()}
        self.default = self._by_name[default]

    @property
    def names(self) -> list[str]:
        return list(self._by_name)

    def choose(self, offered: Sequence[str]) -> tuple[str | None, Behavior] | None:
        """The subprotocol for a client and its behavior; None when it offers only unknown ones."""
        if not offered:
            return None, self.default
        return next(((name, self._by_name[name]) for name in offered if name in self._by_name), None)


def send_to_all(connections: Iterable[Connection], messages: Messages) -> int:
    """Sends to each that is open, none waits for another, and returns how many they are."""
    count = 0
    for connection in connections:
        with suppress(ConnectionClosedError):
            connection.post(messages)
            connection.push()
            count += 1
    return count


def ping_all(connections: Iterable[Connection]) -> None:
    for connection in connections:
        with suppress(ConnectionClosedError):
            connection.send_control(Opcode.PING, b"")


def current_time() -> str:
    """Now, as `2026-01-31T12:00:00.000Z`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
