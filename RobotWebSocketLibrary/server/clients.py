"""Who is connected to a test server, and who was not handed out to the test yet."""

from __future__ import annotations

import _thread
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ..connection.connection import Connection
from ..protocol.http import Exchange, Request
from .behaviors import Behavior

KEPT_CLIENTS = 1000
"""Closed connections that no test has asked for,"""
KEPT_CLIENTS_SIZE = 256 * 1024 * 1024
"""and bytes of the messages in their inboxes."""


@dataclass(frozen=True, eq=False)
class Client:
    """One accepted client: the server's end of its connection and the request that opened it."""

    connection: Connection
    handshake: Exchange
    behavior: Behavior

    @property
    def request(self) -> Request:
        return self.handshake.request

    @property
    def open(self) -> bool:
        return self.connection.state == "open"


ClientFilter = Callable[[Client], bool]


class Clients:
    """The clients of one server.

    Their threads add and remove them, the test's thread takes them, and nobody waits under `changing`. A client is
    admitted under it, too: no two take the last place, and whoever is here has its 101.
    """

    def __init__(self, limit: int | None = None, *, unattended: bool = False) -> None:
        self.changing = _thread.allocate_lock()
        self.served = 0
        self.closed = False
        self._limit = limit
        self._unattended = unattended
        self._connected: dict[Connection, Client] = {}
        self._arrived: dict[Connection, Client] = {}
        self._left: OrderedDict[Connection, int] = OrderedDict()
        self._left_size = 0

    def __len__(self) -> int:
        return len(self._connected)

    @property
    def connected(self) -> list[Client]:
        """Clients whose connections have not ended, in the order of their opening."""
        return list(self._connected.copy().values())

    @property
    def admitted(self) -> list[Client]:
        """The same, without one whose 101 is being sent at this moment."""
        with self.changing:
            return self.connected

    @property
    def waiting(self) -> int:
        """How many were not handed out yet."""
        return len(self._arrived)

    @property
    def full(self) -> bool:
        if self._limit is None or len(self._connected) < self._limit:
            return False
        return sum(client.connection.close_status is None for client in self.connected) >= self._limit

    def add(self, client: Client) -> None:
        """Adds a client. Whoever does holds `changing`."""
        self._connected[client.connection] = client
        self.served += 1
        if not self._unattended:
            self._arrived[client.connection] = client

    def remove(self, client: Client) -> None:
        """Removes a client whose connection has ended; where no test has asked for it, it is kept for a while."""
        connection = client.connection
        with self.changing:
            del self._connected[connection]
            if connection in self._arrived:
                connection.inbox.keep_all()  # which counts the bytes of what it has kept
                self._left[connection] = size = connection.inbox.size
                self._left_size += size
                self._forget_oldest()

    def take(self, matches: ClientFilter) -> Client | None:
        """Hands out the first client that matches and was not handed out yet."""
        arrived = list(self._arrived.copy().values())
        client = next((client for client in arrived if matches(client)), None)
        if client is not None:
            self._hand_out(client)
        return client

    def take_open(self, matches: ClientFilter) -> list[Client]:
        """Hands out all clients that match and are open, also those that were handed out before."""
        clients = [client for client in self.connected if client.open and matches(client)]
        for client in clients:
            self._hand_out(client)
        return clients

    def close(self) -> list[Client]:
        """Lets nobody in any more, and returns who is there."""
        with self.changing:
            self.closed = True
            return self.connected

    def _hand_out(self, client: Client) -> None:
        """A test has asked for a client, whose inbox keeps everything from now on."""
        with self.changing:
            client.connection.inbox.keep_all()
            self._left_size -= self._left.pop(client.connection, 0)
            self._arrived.pop(client.connection, None)

    def _forget_oldest(self) -> None:
        """Forgets whoever left first, wherever it stands: one that stays connected must not keep all others here."""
        while len(self._left) > KEPT_CLIENTS or (len(self._left) > 1 and self._left_size > KEPT_CLIENTS_SIZE):
            connection, size = self._left.popitem(last=False)
            self._left_size -= size
            del self._arrived[connection]
