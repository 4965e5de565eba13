"""Keywords for what the test server says first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api.deco import keyword

from ..errors import WebSocketError
from ..matching.outgoing import read_outgoing
from ..report.outcome import log_outcome
from ..server.greetings import Greeting
from ..server.server import WebSocketServer
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures
from .misplaced_arguments import warn_of_arguments


class GreetingKeywords:
    """A server that speaks first, as those of Socket.IO, SockJS or NATS do."""

    def __init__(self, servers: Registry[WebSocketServer]) -> None:
        self._servers = servers

    @keyword(tags=["Server"])
    def add_server_greeting(
        self,
        *messages: Any,
        path: str | None = None,
        subprotocol: str | None = None,
        every: timedelta | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        r"""Adds messages that the test server sends first to each client that connects from now on.

        They are sent once, directly after the opening handshake, also when an application connects again. With
        ``every`` they are sent after that time, and then again and again until the connection ends. Several greetings
        are sent in the order in which they were added.

        Args:
            messages: What to send, one in each cell: text, bytes, a dictionary or a list (sent as JSON). A text that
                looks like ``path=/chat`` must be written ``path\=/chat``.
            path: Only for clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only for clients with this subprotocol.
            every: Time between two greetings, such as ``25s``. By default there is only one, at once.
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Add Server Greeting`    {"type": "welcome"}    path=/chat
        | `Add Server Greeting`    {"type": "heartbeat"}    every=100ms
        | `Open WebSocket`    ${websocket.server.url}chat
        | `Wait For Json Message`    $.type    ==    welcome    timeout=2s
        | `Wait For Json Message`    $.type    ==    heartbeat    timeout=2s
        """
        if not messages:
            raise WebSocketError("`Add Server Greeting` needs at least one message.")
        seconds = 0.0 if every is None else read_seconds(every, "every")
        if every is not None and not seconds:
            raise WebSocketError("The argument 'every' is 0 seconds; leave it out to greet once.")
        greeting = Greeting(
            tuple(read_outgoing(message, "greeting") for message in messages), path, subprotocol, seconds
        )
        greeting_server = self._servers.find(server)
        raise_reply_failures(greeting_server)
        greeting_server.greetings.add(greeting)
        warn_of_arguments(messages, "Add Server Greeting", "greeting", "path", "subprotocol", "every", "server")
        log_outcome("Added a server greeting.")

    @keyword(tags=["Server"])
    def remove_server_greetings(self, *, server: WebSocketServer | str | None = None) -> None:
        """Removes all greetings of a test server, also those that are sent again and again.

        Args:
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Add Server Greeting`    welcome
        | `Remove Server Greetings`
        | `Open WebSocket`    ${websocket.server.url}
        | `Should Not Receive Message`    within=100ms
        """
        greeting_server = self._servers.find(server)
        raise_reply_failures(greeting_server)
        greeting_server.greetings.remove()
        log_outcome("Removed the server greetings.")
