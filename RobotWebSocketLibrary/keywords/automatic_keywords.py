"""Keywords for what one end of a connection does by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api.deco import keyword

from ..connection.automatic_replies import AutomaticReply
from ..errors import WebSocketError
from ..matching.operators import Operator
from ..matching.outgoing import read_outgoing
from ..matching.reply_rules import check_times, make_matcher, make_records, make_replier
from ..report.outcome import log_outcome
from ..session.durations import read_seconds
from ..session.handover import Handover
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import WebSocket
from .misplaced_arguments import warn_of_arguments


class AutomaticKeywords:
    """Heartbeats of an application, and other messages that are answered or sent while the test does other things."""

    def __init__(self, settings: Settings, connections: Registry[WebSocket], handover: Handover) -> None:
        self._settings = settings
        self._connections = connections
        self._handover = handover

    @keyword(tags=["Message"])
    def add_automatic_reply(
        self,
        operator: Operator,
        expected: Any,
        *replies: Any,
        json_path: str | None = None,
        inside: str | None = None,
        delay: timedelta = timedelta(0),
        times: int | None = None,
        connection: WebSocket | str | None = None,
    ) -> None:
        r"""Adds replies that this end of a connection sends by itself when a message matches, see `Automatic replies`.

        A message that is answered does not get into the inbox. Those that are there already are answered, and taken
        out. If several replies match a message, those that were added first are used.

        Args:
            operator: How to compare: ``==``, ``!=``, ``contains``, ``not contains``, ``starts``, ``ends`` or
                ``matches``, see `Waiting for one message among many`.
            expected: What to compare messages with. With ``json_path`` it has a type, see `JSON`.
            replies: What to send, in this order, one in each cell, as with `Add Server Reply`. Without any, the message
                gets no answer, and only stays out of the inbox. A text that looks like ``delay=2s`` must be written
                ``delay\=2s``.
            json_path: Compares the value at this JSONPath, in messages that are JSON, instead of the whole message.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            delay: How long the replies wait before they go out. Nothing else waits for them.
            times: How often they are sent. Not limited by default.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Add Server Greeting`    {"type": "ping", "n": 5}
        | `Open WebSocket`    ${websocket.server.url}
        | VAR    &{pong}    type=pong    n={$.n}
        | `Add Automatic Reply`    ==    ping    ${pong}    json_path=$.type
        | ${peer} =    `Wait For Client`
        | `Wait For Json Message`    $.n    ==    ${5}    timeout=2s    connection=${peer}
        | `Should Not Receive Message`    within=50ms
        """
        websocket = self._connections.find(connection)
        check_times(times)
        wrapper = self._settings.find_wrapper(inside, json_path)
        rule = AutomaticReply(
            make_matcher(operator, expected, json_path, wrapper),
            make_replier(replies, operator, expected, json_path, wrapper),
            make_records(operator, expected, json_path, wrapper).leave,
            delay=read_seconds(delay, "delay"),
            times=times,
        )
        websocket.connection.check_open("Cannot add an automatic reply to")
        self._handover.take_from(websocket.connection.inbox)
        websocket.connection.automatic.add(rule)
        own = "json_path", "inside", "delay", "times", "connection"
        warn_of_arguments(replies, "Add Automatic Reply", "reply", *own)
        log_outcome("Added an automatic reply.")

    @keyword(tags=["Message"])
    def send_messages_every(
        self, interval: timedelta, *messages: Any, connection: WebSocket | str | None = None
    ) -> None:
        r"""Sends messages again and again while the test does other things, for the first time after one interval.

        It ends with `Remove Automatic Replies`, and with the connection.

        Args:
            interval: Time from one sending to the next, such as ``25s``.
            messages: What to send, one in each cell: text, bytes, a dictionary or a list (sent as JSON). A text that
                looks like ``connection=5`` must be written ``connection\=5``.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Messages Every`    50ms    {"type": "heartbeat"}
        | `Wait For Messages`    2    timeout=5s
        """
        websocket = self._connections.find(connection)
        seconds = read_seconds(interval, "interval")
        if not seconds:
            raise WebSocketError("The argument 'interval' is 0 seconds; it must be longer.")
        if not messages:
            raise WebSocketError("`Send Messages Every` needs at least one message.")
        outgoing = [read_outgoing(message, "message") for message in messages]
        websocket.connection.check_open("Cannot send to")
        websocket.connection.automatic.send_every(seconds, outgoing)
        warn_of_arguments(messages, "Send Messages Every", "message", "connection")
        log_outcome("Began to send messages again and again.")

    @keyword(tags=["Message"])
    def remove_automatic_replies(self, *, connection: WebSocket | str | None = None) -> None:
        """Ends all automatic replies of a connection, and what it sends again and again.

        Replies whose delay is not over yet are not sent.

        Args:
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Add Automatic Reply`    ==    hello    welcome
        | `Remove Automatic Replies`
        | `Send Text Message`    hello
        | ${message} =    `Wait For Message`    timeout=2s
        | Should Be Equal    ${message}    hello
        """
        self._connections.find(connection).connection.automatic.stop()
        log_outcome("Removed the automatic replies.")
