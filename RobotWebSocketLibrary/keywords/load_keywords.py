"""Keywords that work on many connections at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from robot.api.deco import keyword
from robot.api.types import Secret
from robot.utils import DotDict

from ..byte_size import ByteSize
from ..client.opening_request import OpeningRequest
from ..client.url import WebSocketUrl, read_secret_url, read_url
from ..connection.search import Search
from ..connection.terms import Limits
from ..deadline import Deadline
from ..errors import WaitError, WebSocketError, format_count
from ..matching.operators import Operator
from ..matching.predicates import JsonPredicate, MessagePredicate, Predicate, read_expected
from ..report.outcome import log_outcome
from ..session.auto_close import Lifetime
from ..session.descriptors import make_room
from ..session.handover import Handover, Sources
from ..session.numbered import number_options, number_text
from ..session.opening_options import OpeningOptions
from ..session.percentiles import summarize
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import LiveWebSocket, WebSocket
from ..wall_clock import now
from .argument_types import split_names
from .several_ends import name_some

PORTS = 65_535
"""Those of one address. All requests are made before the first connection is opened, so their count needs a bound."""


class LoadKeywords:
    """Many connections, each for a user of its own."""

    def __init__(
        self,
        settings: Settings,
        connections: Registry[WebSocket],
        live: LiveWebSocket,
        lifetime: Lifetime,
        handover: Handover,
    ) -> None:
        self._settings = settings
        self._connections = connections
        self._live = live
        self._lifetime = lifetime
        self._handover = handover

    @keyword(name="Open WebSockets", tags=["Connection", "Load"])
    def open_websockets(
        self,
        url: str | Secret,
        count: int,
        *,
        alias: str | None = None,
        at_once: int = 16,
        subprotocols: list[str | Secret] | str | Secret = "",
        headers: dict[str, str | Secret | None] | None = None,
        cookies: dict[str, str | Secret] | None = None,
        origin: str | None = None,
        username: str | None = None,
        password: Secret | str | None = None,
        proxy: Secret | str | None = None,
        verify: Literal[True, False] | Path | None = None,
        client_certificate: Path | None = None,
        client_key: Path | None = None,
        client_key_password: Secret | str | None = None,
        compression: bool | None = None,
        ping_interval: timedelta | None = None,
        pong_timeout: timedelta | None = None,
        max_message_size: ByteSize | None = None,
        redirects: int | None = None,
        timeout: timedelta | None = None,
    ) -> list[WebSocket]:
        """Opens many connections at once. The current connection stays the current one.

        ``{n}`` in the URL, in cookies and in headers stands for the number of the connection, from 1 on: so each user
        has a token of its own. If one connection cannot be opened, all are closed, and the failure names the reasons.

        Args:
            url: Where to connect, see `Open WebSocket`.
            count: How many connections, at most 65,535.
            alias: Beginning of their aliases: ``user`` makes ``user1``, ``user2`` and so on.
            at_once: How many are being opened at the same time.
            subprotocols: This and the other options are those of `Open WebSocket`.
            timeout: How long each opening may take. The library's ``timeout`` by default.

        Returns:
            A list of the connections, in the order of their numbers.

        Example:
        | `Start WebSocket Server`
        | VAR    &{headers}    Authorization=Bearer token-{n}
        | @{users} =    `Open WebSockets`    ${websocket.server.url}user/{n}    50    alias=user    headers=${headers}
        | `Send Text Message`    hello    connection=user*
        | ${times} =    `Wait For Message On All`    ==    hello    connections=user*    timeout=2s
        | Should Be True    ${times.p90} < 1
        """
        given = OpeningOptions().replace_with(locals())
        from ..client.openings import Openings  # few runs open many

        _check_counts(count, at_once)
        options = given.with_user_of(_read_url(url, 1)).over(self._settings.options)
        names = split_names(subprotocols)
        requests = [number_options(options, n).make_request(_read_url(url, n), names) for n in range(1, count + 1)]
        requests[0].check()
        make_room(count * (2 if self._is_own(requests[0]) else 1))
        aliases = [None if alias is None else f"{alias}{number}" for number in range(1, count + 1)]
        limit = self._settings.message_limit(max_message_size)
        openings = Openings(
            requests,
            [name or str(request.url) for name, request in zip(aliases, requests, strict=True)],
            limits=Limits(limit, self._settings.inbox_limit, self._settings.traffic_limit),
            timeout=self._settings.deadline(timeout).remaining,
            heartbeat=options.read_heartbeat(self._settings.timeout),
        )
        openings.run(at_once)
        try:
            if openings.failures:
                raise _describe_failures(openings.failures, count)
            opened = [
                WebSocket(connection, self._live, handshake, alias=name)
                for name, (connection, handshake) in zip(aliases, _sort(openings.opened), strict=True)
            ]
            self._add(opened)
        except BaseException:
            openings.give_up()
            raise
        log_outcome("Opened WebSocket connections.")
        return opened

    @keyword(tags=["Waiting", "Load"])
    def wait_for_message_on_all(
        self,
        operator: Operator = None,  # type: ignore[assignment]
        expected: Any = None,
        *,
        json_path: str | None = None,
        inside: str | None = None,
        connections: list[WebSocket | str] | str | None = None,
        timeout: timedelta | None = None,
    ) -> DotDict:
        """Waits until a message has arrived on each of many connections, and takes one from each.

        If one connection gets none in time, it takes none from any. The failure names those that got nothing.

        Args:
            operator: How to compare, see `Waiting for one message among many`. Without it any message counts.
            expected: What to compare messages with. With ``json_path`` it has a type, see `JSON`.
            json_path: Compares the value at this JSONPath, in messages that are JSON.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            connections: Aliases, objects, or a pattern of aliases such as ``user*``. All open connections that
                `Open WebSocket` or `Open WebSockets` has opened, by default.
            timeout: How long to wait for all of them together. The library's ``timeout`` by default.

        Returns:
            A dictionary with ``count``, and with ``p50``, ``p90``, ``p99`` and ``maximum``: seconds from the last
            keyword that sent something, on any connection, until the messages arrived. Without such a keyword, from the
            beginning of this one.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Open WebSockets`    ${websocket.server.url}    20
        | `Broadcast Message`    news for all
        | ${times} =    `Wait For Message On All`    ==    news for all    timeout=5s
        | Should Be Equal As Integers    ${times.count}    20
        """
        begun = now()
        predicate = self._make_predicate(operator, expected, json_path, inside)
        websockets = self._choose(connections)
        deadline = self._settings.deadline(timeout)
        inboxes = [websocket.connection.inbox for websocket in websockets]
        self._handover.take_from(Sources(inboxes))
        searches = [Search(inbox, predicate, deadline) for inbox in inboxes]
        found = [
            websocket.connection.waits.find_message(deadline, search)
            for websocket, search in zip(websockets, searches, strict=True)
        ]
        if missing := [websocket for websocket, message in zip(websockets, found, strict=True) if message is None]:
            raise _describe_missing(missing, len(websockets), predicate, deadline)
        since = begun if self._settings.sent_at is None else self._settings.sent_at
        seconds = [_take(websocket, search, since) for websocket, search in zip(websockets, searches, strict=True)]
        log_outcome("Received a message on all connections.")
        return DotDict(count=len(seconds), **summarize(seconds))  # type: ignore[no-untyped-call]

    def _make_predicate(
        self, operator: Operator | None, expected: Any, json_path: str | None, inside: str | None
    ) -> Predicate:
        if operator is None and expected is not None:
            raise WebSocketError("The argument 'expected' needs an 'operator', such as '=='.")
        wrapper = self._settings.find_wrapper(inside, json_path)
        if json_path is None:
            return MessagePredicate(operator=operator, expected=read_expected(expected))
        return JsonPredicate(json_path, operator, expected, wrapper=wrapper)

    def _choose(self, connections: Sequence[WebSocket | str] | str | None) -> list[WebSocket]:
        if connections is not None:
            if not connections:
                raise WebSocketError("The argument 'connections' is empty; it must name at least one.")
            return self._connections.find_all(connections)
        found = [websocket for websocket in self._connections.items if websocket.state == "open"]
        if not found:
            self._connections.find(None)  # which says why there is none
            raise WebSocketError("There is no open WebSocket connection to wait for.")
        return found

    def _is_own(self, request: OpeningRequest) -> bool:
        """Whether the server is one of this run."""
        servers = self._connections.counterpart
        return servers is not None and any(server.port == request.url.port for server in servers.items)

    def _add(self, opened: Sequence[WebSocket]) -> None:
        owner, current = self._lifetime.owner, self._connections.current
        for websocket in opened:
            self._connections.add(websocket, owner, websocket.alias)
            self._connections.news.watch(websocket.connection.announcer, websocket)
        if current is None:
            self._connections.current = opened[-1]


def _read_url(url: str | Secret, number: int) -> WebSocketUrl:
    text = number_text(url, number)
    return read_secret_url(text.value) if isinstance(text, Secret) else read_url(text)


def _check_counts(count: int, at_once: int) -> None:
    for name, value in (("count", count), ("at_once", at_once)):
        if value < 1:
            raise WebSocketError(f"The argument '{name}' is {value:,}; it must be at least 1.")
        if value > PORTS:
            raise WebSocketError(f"The argument '{name}' is {value:,}; it must be at most {PORTS:,}.")


def _sort(opened: dict[int, Any]) -> list[Any]:
    return [opened[number] for number in sorted(opened)]


def _take(websocket: WebSocket, search: Search, since: float) -> float:
    """Takes the message that a search has found, and returns how long after that time it arrived."""
    message = search.take()
    assert message is not None
    websocket.note("received", message, message.data)
    assert websocket.received is not None
    arrived = websocket.received.time
    return max(0.0, (now() if arrived is None else arrived) - since)


def _describe_failures(failures: dict[int, str], count: int) -> WebSocketError:
    error = WebSocketError(f"{len(failures):,} of {count:,} connections could not be opened, and all were closed.")
    error.details = name_some([failures[number] for number in sorted(failures)])
    return error


def _describe_missing(missing: Sequence[WebSocket], count: int, predicate: Predicate, deadline: Deadline) -> WaitError:
    closed = sum(websocket.state == "closed" for websocket in missing)
    states = "all open" if not closed else "all closed" if closed == len(missing) else f"{closed:,} of them closed"
    named = ", ".join(f"'{websocket.connection.name}'" for websocket in missing[:3])
    more = f" and {len(missing) - 3:,} more" if len(missing) > 3 else ""
    received = f"{count - len(missing):,} of {format_count(count, 'connection')} received a {predicate} in {deadline}"
    return WaitError(f"{received}. Missing: {named}{more} ({states}).")
