"""What the test server does with the messages of a client. Its subprotocol chooses.

The names of the behaviors are those of the load test tool PureLoad.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..connection.connection import Connection
from ..deadline import Deadline
from ..errors import ConnectionClosedError, WebSocketError, quoted
from ..protocol.close import CloseCode
from ..protocol.handshake import SUBPROTOCOL_RULE
from ..protocol.http import TOKEN, make_pattern
from ..protocol.messages import Messages

PING_INTERVAL = 10.0
"""Seconds between the pings of `echo-broadcast-ping`."""
TIME_INTERVAL = 5.0
"""Seconds between the messages of `time-broadcast`."""
CLOSE_TIMEOUT = 5.0
"""Seconds that a client may take to answer a close frame of the server: of `echo-server-close`, or of a reply."""
CLOSING_WORDS = ("bye", "close")
"""Messages behind which `echo-server-close` closes."""

Peers = Callable[[], Iterable[Connection]]
"""Finds the connections of all clients with the same behavior, under whichever of its names."""
Answer = Callable[[Connection, Messages, Peers], None]
"""Answers messages of one client, perhaps to all its peers."""


class Behavior(NamedTuple):
    """One behavior: how it answers messages, if at all, and what its clients get as time passes.

    One that `relays` passes them on to another end. While it `takes_time`, it works in a thread of its client's own,
    and is told when that thread is `at_rest`.
    """

    name: str
    answer: Answer | None = None
    sends_pings: bool = False
    sends_time: bool = False
    relays: bool = False
    takes_time: Callable[[], bool] = bool
    at_rest: Callable[[], object] = bool


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
        Behavior("echo-broadcast-ping", broadcast, sends_pings=True),
        Behavior("time-broadcast", sends_time=True),
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
    """The subprotocols that one server supports, and the behavior of each. Threads share it: it never changes.

    In the names that a test gives, `*` stands for any characters. Exact names go first, in the order of the client.
    """

    def __init__(self, further: Mapping[str, str], default: str) -> None:
        names = {name: name for name in BEHAVIORS} | ALIASES
        for name, behavior in further.items():
            if not TOKEN.fullmatch(name):
                raise WebSocketError(f"Invalid subprotocol {quoted(name)}: {SUBPROTOCOL_RULE}.")
            names[name] = names.get(behavior, behavior)
        for behavior in (*names.values(), names.get(default, default)):
            if behavior not in BEHAVIORS:
                raise WebSocketError(f"Unknown behavior '{behavior}': the test server knows {', '.join(BEHAVIORS)}.")
        self._by_name = {name: BEHAVIORS[behavior] for name, behavior in names.items()}
        self._patterns = [(re.compile(make_pattern(name)), self._by_name[name]) for name in names if "*" in name]
        self.default = self._by_name[default]

    @property
    def names(self) -> list[str]:
        return list(self._by_name)

    def choose(self, offered: Sequence[str]) -> tuple[str | None, Behavior] | None:
        """Chooses the subprotocol of a client and its behavior, or returns None when it offers only unknown ones."""
        if not offered:
            return None, self.default
        exact = ((name, self._by_name[name]) for name in offered if name in self._by_name)
        return next(exact, None) or self._choose_by_pattern(offered)

    def _choose_by_pattern(self, offered: Sequence[str]) -> tuple[str, Behavior] | None:
        pairs = (
            (name, behavior) for name in offered for pattern, behavior in self._patterns if pattern.fullmatch(name)
        )
        return next(pairs, None)


def send_to_all(connections: Iterable[Connection], messages: Messages) -> int:
    """Sends to each connection that is open, and returns how many they are. None waits for another."""
    count = 0
    for connection in connections:
        with suppress(ConnectionClosedError):
            connection.post(messages)
            connection.push()
            count += 1
    return count
