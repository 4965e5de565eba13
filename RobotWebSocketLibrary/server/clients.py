"""The clients of a test server: who is connected, and who was not handed out to the test yet."""

from __future__ import annotations

import _thread
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..connection.connection import Connection
from ..connection.news import News
from ..deadline import WakeUp
from ..protocol.http import Exchange, Request
from .behaviors import Behavior

KEPT_CLIENTS = 1000
"""The server keeps at most so many clients that have left and that no test has asked for."""
KEPT_CLIENTS_SIZE = 256 * 1024 * 1024
"""It keeps at most so many bytes of messages in the inboxes of those clients."""


@dataclass(frozen=True, eq=False)
class Upstream:
    """The second end of a proxy's client: the connection that was opened to the target for it."""

    connection: Connection
    handshake: Exchange


@dataclass(frozen=True, eq=False)
class Client:
    """One accepted client: the server's end of its connection and the request that opened it.

    On a proxy it has a second end.
    """

    connection: Connection
    handshake: Exchange
    behavior: Behavior
    upstream: Upstream | None = None

    @property
    def request(self) -> Request:
        return self.handshake.request

    @property
    def subprotocol(self) -> str | None:
        return self.connection.subprotocol

    @property
    def open(self) -> bool:
        return self.connection.state == "open"


class Asking(Protocol):
    """A client, or its attempt to connect, as a test asks for it."""

    @property
    def request(self) -> Request | None: ...

    @property
    def subprotocol(self) -> str | None: ...


ClientFilter = Callable[[Asking], bool]
"""Which clients a test asks for, such as those of one path."""


class Clients:
    """The clients of one server.

    Rules:

    - A client is in `_connected` from its 101 until its thread has read the end of its connection.
    - It is in `_arrived` as well until a test takes it, and stays there when it leaves. Then it is also in `_left`,
      with the bytes of its inbox; there the oldest is forgotten when they become too many.
    - Threads of clients call `add` and `remove`, the test's thread takes, and any thread may look. Everything changes
      under `changing`, where nobody waits. Who only looks works on a copy, which is made in one step.
    - Admission holds `changing` from the check for a free place until the 101 is written. So no two clients take the
      last place, and `admitted` returns nobody whose 101 is still being sent.
    - After `close` nobody is added any more.
    - An interrupt in the test's thread may strike while it hands a client out, or before the test has it. What it took
      last is put back then, so the next wait finds it again.
    """

    def __init__(self, limit: int | None = None, *, unattended: bool = False, announces: bool | None = None) -> None:
        self.changing = _thread.allocate_lock()
        self.arrived = WakeUp()
        self.served = 0
        self.news: News[Client] = News()
        self.upstream_news: News[Upstream] = News()
        self.closed = False
        self._limit = limit
        self._unattended = unattended
        self._announces = not unattended if announces is None else announces
        self._connected: dict[Connection, Client] = {}
        self._arrived: dict[Connection, Client] = {}
        self._left: OrderedDict[Connection, int] = OrderedDict()
        self._left_size = 0
        self._taken: Client | None = None

    def __len__(self) -> int:
        return len(self._connected)

    @property
    def connected(self) -> list[Client]:
        """Clients whose connections have not ended, in the order of their opening."""
        return list(self._connected.copy().values())

    @property
    def admitted(self) -> list[Client]:
        """Connected clients whose 101 has been sent."""
        with self.changing:
            return self.connected

    @property
    def waiting(self) -> list[Client]:
        """Clients that were not handed out yet."""
        return list(self._arrived.copy().values())

    @property
    def full(self) -> bool:
        """Whether every place is taken. Clients that have closed do not count."""
        if self._limit is None or len(self._connected) < self._limit:
            return False
        return sum(client.connection.close_status is None for client in self.connected) >= self._limit

    def add(self, client: Client) -> None:
        """Adds a client. The caller holds `changing`."""
        self._connected[client.connection] = client
        self.served += 1
        if not self._unattended:
            self._arrived[client.connection] = client
            self.arrived.set()
        if self._announces:
            self.news.watch(client.connection.announcer, client)
            if client.upstream is not None:
                self.upstream_news.watch(client.upstream.connection.announcer, client.upstream)

    def remove(self, client: Client) -> None:
        """Removes a client whose connection has ended. It is kept for a test that has not asked for it yet."""
        connection = client.connection
        with self.changing:
            del self._connected[connection]
            if self._announces:
                self.news.end(client)
            if connection in self._arrived:
                self._keep(connection)

    def end_upstream(self, upstream: Upstream) -> None:
        """The second end of a client has ended."""
        if self._announces:
            self.upstream_news.end(upstream)

    def find_connections(self, behavior: Behavior) -> list[Connection]:
        """Finds the connections of all clients with a behavior."""
        return [client.connection for client in self.connected if client.behavior is behavior]

    def take(self, wanted: ClientFilter) -> Client | None:
        """Takes the first client that is wanted and was not handed out yet."""
        client = next((client for client in self.waiting if wanted(client)), None)
        if client is not None:
            self._taken = client
            self._hand_out(client)
        return client

    def take_open(self, wanted: ClientFilter) -> list[Client]:
        """Takes all clients that are wanted and open, also those that were handed out before."""
        clients = [client for client in self.connected if client.open and wanted(client)]
        for client in clients:
            self._hand_out(client)
        return clients

    def put_back(self) -> None:
        """Hands the last client that a test has taken out again, as the first: the test did not get it."""
        with self.changing:
            taken, self._taken = self._taken, None
            if taken is not None:
                self._arrived = {taken.connection: taken, **self._arrived}
                if taken.connection not in self._connected:
                    self._keep(taken.connection)

    def confirm(self, _: str = "") -> None:
        """The test has the client that it took last."""
        self._taken = None

    def close(self) -> list[Client]:
        """Lets nobody in any more, and returns those who are connected."""
        with self.changing:
            self.closed = True
            self.arrived.set()  # who waits for a client would wait in vain
            return self.connected

    def _hand_out(self, client: Client) -> None:
        """Hands a client out to the test. Its inbox keeps everything from now on."""
        with self.changing:
            client.connection.inbox.keep_all()
            if client.upstream is not None:
                client.upstream.connection.inbox.keep_all()
            self._left_size -= self._left.pop(client.connection, 0)
            self._arrived.pop(client.connection, None)

    def _keep(self, connection: Connection) -> None:
        """Keeps a connection that has ended."""
        connection.inbox.keep_all()  # which counts the bytes of what it has kept
        self._left[connection] = size = connection.inbox.size
        self._left_size += size
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Forgets the clients that left first.

        The order of arrival does not count. Otherwise one client that stays connected would keep all later ones.
        """
        while len(self._left) > KEPT_CLIENTS or (len(self._left) > 1 and self._left_size > KEPT_CLIENTS_SIZE):
            connection, size = self._left.popitem(last=False)
            self._left_size -= size
            del self._arrived[connection]
