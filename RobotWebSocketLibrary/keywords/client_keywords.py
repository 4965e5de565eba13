"""Keywords for the clients of the test server."""

from __future__ import annotations

from datetime import timedelta
from weakref import WeakKeyDictionary

from robot.api.deco import keyword
from robot.api.types import Secret

from ..connection.connection import Connection
from ..errors import format_count, quoted
from ..matching.hidden_values import hide_text
from ..protocol.messages import encode_text
from ..report.outcome import log_outcome
from ..secrecy import mask_url
from ..server.admission import LAST_MESSAGES
from ..server.clients import Asking, Client, ClientFilter
from ..server.server import WebSocketServer
from ..session.handover import Handover
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures
from ..session.settings import Settings
from ..session.websocket_variable import LiveWebSocket, WebSocket
from ..wall_clock import now
from .argument_types import Text


class ClientKeywords:
    """The server's ends of connections. Whichever keyword hands one out, it is the same object."""

    def __init__(
        self, settings: Settings, servers: Registry[WebSocketServer], live: LiveWebSocket, handover: Handover
    ) -> None:
        self._settings = settings
        self._servers = servers
        self._live = live
        self._handover = handover
        self._ends: WeakKeyDictionary[Client, WebSocket] = WeakKeyDictionary()

    @keyword(tags=["Server"])
    def wait_for_client(
        self,
        *,
        path: str | None = None,
        subprotocol: str | None = None,
        timeout: timedelta | None = None,
        server: WebSocketServer | str | None = None,
    ) -> WebSocket:
        """Waits for a client of the test server and returns the server's end of its connection.

        Every keyword that takes a ``connection`` works on this end too. Connections are returned in the order in which
        they were opened, each of them once. A connection that the client has already left is returned too: what the
        client sent is still there. The current connection does not change.

        If no client comes, the failure lists what came in this test instead: handshakes that were refused, with the
        reason and the remedy, TLS handshakes that failed, plain HTTP, other clients that wait, and clients that were
        returned before. On DEBUG level each attempt that failed has a line in the log.

        Args:
            path: Only a client that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only a client with this subprotocol.
            timeout: How long to wait. The library's ``timeout`` by default.
            server: Alias or object of the server. The current one by default.

        Returns:
            The server's end of the connection, with the attributes of `${websocket}` and the client's ``request``, as
            `Get Handshake Requests` describes it.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Open WebSocket`    ${websocket.server.url}chat
        | ${peer} =    `Wait For Client`    path=/chat
        | `Send Text Message`    question
        | ${message} =    `Wait For Message`    timeout=2s    connection=${peer}
        | Should Be Equal    ${message}    question
        """
        deadline = self._settings.deadline(timeout)
        listening = self._servers.find(server)
        raise_reply_failures(listening)
        what = _describe_wanted(path, subprotocol)
        self._handover.take_from(listening.arrivals)
        client = listening.wait_for_client(deadline, _make_filter(path, subprotocol), what)
        log_outcome("A client has connected.")
        return self._hand_out(client)

    @keyword(tags=["Server"])
    def get_clients(
        self,
        *,
        path: str | None = None,
        subprotocol: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> list[WebSocket]:
        """Returns the server's ends of all open connections, in the order in which they were opened.

        They are the same objects that `Wait For Client` returns. `Wait For Client` does not return them again. This
        keyword does not wait: a client whose side says that it is connected is in the list. From now on, each end keeps
        all messages that arrive.

        Args:
            path: Only clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only clients with this subprotocol.
            server: Alias or object of the server. The current one by default.

        Returns:
            A list of the server's ends.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Open WebSocket`    ${websocket.server.url}chat
        | `Open WebSocket`    ${websocket.server.url}news
        | ${clients} =    `Get Clients`
        | Length Should Be    ${clients}    2
        | `Send Text Message`    to the first    connection=${clients}[0]
        | ${chats} =    `Get Clients`    path=/chat
        | Should Be Equal    ${chats}[0]    ${clients}[0]
        """
        listening = self._servers.find(server)
        raise_reply_failures(listening)
        clients = listening.take_open_clients(_make_filter(path, subprotocol))
        log_outcome("Got the clients of a WebSocket server.")
        return list(map(self._hand_out, clients))

    @keyword(tags=["Server", "Message"])
    def broadcast_message(
        self,
        message: Text | bytes | Secret,
        *,
        path: str | None = None,
        subprotocol: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> int:
        """Sends a message to every open client of the test server. No client waits for another.

        The keyword does not wait until the clients have the message: one that reads slowly gets it later. A client that
        has more than 16 MiB waiting for it is disconnected.

        Args:
            message: Text, which can be JSON such as ``{"price": 5}``, or bytes for a binary message, such as
                ``${{b'\\x00\\xff'}}``. Text can be a `Secret`.
            path: Only clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only clients with this subprotocol.
            server: Alias or object of the server. The current one by default.

        Returns:
            The number of clients.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | ${first} =    `Open WebSocket`    ${websocket.server.url}
        | ${second} =    `Open WebSocket`    ${websocket.server.url}
        | ${count} =    `Broadcast Message`    hello, all of you
        | Should Be Equal As Integers    ${count}    2
        | `Wait For Message`    ==    hello, all of you    connection=${first}
        | `Wait For Message`    ==    hello, all of you    connection=${second}
        """
        outgoing = hide_text(message) if isinstance(message, Secret) else message
        if isinstance(outgoing, str):
            encode_text(outgoing, "text")
        broadcasting = self._servers.find(server)
        raise_reply_failures(broadcasting)
        self._settings.sent_at = now()
        count = broadcasting.broadcast(outgoing, _make_filter(path, subprotocol))
        log_outcome("Broadcast a message.")
        return count

    def _hand_out(self, client: Client) -> WebSocket:
        """The server's end of a connection."""
        if client not in self._ends:
            upstream = None
            if client.upstream is not None:
                upstream = WebSocket(client.upstream.connection, self._live, client.upstream.handshake)
                _note_forgotten(upstream.connection)
            self._ends[client] = WebSocket(client.connection, self._live, client.handshake, upstream=upstream)
            _note_forgotten(client.connection)
        return self._ends[client]


def _note_forgotten(connection: Connection) -> None:
    """Warns where messages are missing in the inbox that the test gets."""
    if forgotten := connection.inbox.forgotten:
        connection.notices.append(
            f"{format_count(forgotten, 'message')} had left its inbox before the test asked for it: "
            f"an end that answers by itself keeps its last {LAST_MESSAGES:,}, at most 16 MiB, "
            "until `Wait For Client` or `Get Clients` returns it"
        )


def _describe_wanted(path: str | None, subprotocol: str | None) -> str:
    """Which client a wait is for, for its failure."""
    for_path = f" for path {quoted(mask_url(path))}" if path else ""
    return f"client{for_path}" + (f" with subprotocol '{subprotocol}'" if subprotocol else "")


def _make_filter(path: str | None, subprotocol: str | None) -> ClientFilter:
    def matches(client: Asking) -> bool:
        asked = client.request is not None and client.request.asks_for(path)
        return asked and subprotocol in (None, client.subprotocol)

    return matches
