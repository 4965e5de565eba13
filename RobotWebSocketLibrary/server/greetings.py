"""What a server says first to each client that connects, once or again and again."""

from __future__ import annotations

import _thread
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ..connection.ticking import Ticking
from ..errors import ConnectionClosedError
from .clients import Client


@dataclass(frozen=True, eq=False)
class Greeting:
    """Messages for clients of a path and subprotocol. `every` is in seconds; 0 sends them once, behind the 101."""

    messages: tuple[str | bytes, ...]
    path: str | None = None
    subprotocol: str | None = None
    every: float = 0.0

    def concerns(self, client: Client) -> bool:
        return client.request.asks_for(self.path) and self.subprotocol in (None, client.subprotocol)

    def post(self, client: Client) -> None:
        for message in self.messages:
            client.connection.post([message])  # type: ignore[arg-type]

    def send(self, client: Client) -> None:
        with suppress(ConnectionClosedError):
            self.post(client)
            client.connection.push()


class Greetings:
    """The greetings of one server.

    - The test's thread adds, removes and stops. Admission greets, in the thread of a client, and the reading thread
      repeats and forgets.
    - `_greetings` is replaced as a whole. Who repeats changes under `_changing`, where nobody waits.
    - An interrupted call can be repeated: each step is harmless twice.
    """

    def __init__(self) -> None:
        self._greetings: tuple[Greeting, ...] = ()
        self._repeating: dict[Client, list[Ticking]] = {}
        self._changing = _thread.allocate_lock()

    def add(self, greeting: Greeting) -> None:
        self._greetings = (*self._greetings, greeting)

    def greet(self, client: Client) -> None:
        """Greets a client whose 101 was posted. Whoever called it writes both, once the test can find the client.

        What is repeated begins behind all that is said at once, however short the time between two greetings.
        """
        for greeting in sorted(self._greetings, key=lambda greeting: greeting.every > 0):
            if greeting.concerns(client):
                if greeting.every:
                    self._repeat(greeting, client)
                else:
                    greeting.post(client)

    def forget(self, client: Client) -> None:
        """The connection of a client has ended."""
        with self._changing:
            tickings = self._repeating.pop(client, [])
        for ticking in tickings:
            ticking.stop()

    def remove(self) -> None:
        """Greets nobody any more, and repeats nothing."""
        self._greetings = ()
        for client in list(self._repeating):
            self.forget(client)

    def _repeat(self, greeting: Greeting, client: Client) -> None:
        ticking = Ticking(greeting.every, partial(greeting.send, client))
        with self._changing:
            if greeting not in self._greetings:  # it was removed in the meantime
                return
            self._repeating.setdefault(client, []).append(ticking)
        ticking.start()
