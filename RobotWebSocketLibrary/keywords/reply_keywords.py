"""Keywords that script what the test server replies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api import logger
from robot.api.deco import keyword

from ..errors import WebSocketError
from ..matching.operators import Operator
from ..matching.reply_rules import check_end, check_times, matcher, replier
from ..protocol.close import CloseCode
from ..protocol.http import path_of
from ..server.replies import Rule
from ..server.server import WebSocketServer
from ..session.durations import seconds
from ..session.registry import Registry


class ReplyKeywords:
    """What the test server replies, beside what its protocols do."""

    def __init__(self, servers: Registry[WebSocketServer]) -> None:
        self._servers = servers

    @keyword(tags=["Server"])
    def add_server_reply(
        self,
        operator: Operator,
        expected: Any,
        *replies: Any,
        json_path: str | None = None,
        delay: timedelta = timedelta(0),
        times: int | None = None,
        path: str | None = None,
        subprotocol: str | None = None,
        close_code: CloseCode | int | None = None,
        drop: bool = False,
        server: WebSocketServer | str | None = None,
    ) -> None:
        r"""Adds replies that the test server sends when a message matches, see `Scripted replies`.

        They apply at once, also to clients that are connected already. Where several match a message, the one that was
        added first counts. Messages that match none are left to what the subprotocol does.

        Args:
            operator: How to compare: ``==``, ``!=``, ``contains``, ``not contains``, ``starts``, ``ends`` or
                ``matches``, see `Waiting for one message among many`.
            expected: What to compare messages with. With ``json_path`` it has a type, see `JSON`.
            replies: What to send, in this order, one in each cell: text, bytes, a dictionary or a list (sent as JSON),
                or a Python callable. Without any, the message gets no answer at all. A text that looks like
                ``path=/chat`` must be written ``path\=/chat``. One like ``timeout=5s``, which names no argument of this
                keyword, is a text.
            json_path: Compares the value at this JSONPath, in messages that are JSON, instead of the whole message.
            delay: How long the replies wait before they go out. Nothing else waits for them.
            times: How often they are sent; then the next ones that match are. Always, if not given.
            path: Only for clients that asked for this path, such as ``/chat``.
            subprotocol: Only for clients with this subprotocol.
            close_code: Closes the connection after the replies, with this code: a number or a name such as
                ``GOING_AWAY``. Codes that may be sent are 1000 to 1003, 1007 to 1014, and 3000 to 4999.
            drop: ``True`` ends TCP after the replies, without a close frame.
            server: Alias or object of the server. The current one by default.

        Example:
        | `Start WebSocket Server`    default_protocol=silent
        | `Add Server Reply`    ==    hello    welcome
        | `Add Server Reply`    matches    add (\\d+) to (\\w+)    {2} has {1} more    ask again
        | VAR    &{pong}    type=pong    answers={message}
        | `Add Server Reply`    ==    ping    ${pong}    json_path=$.type
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    add 5 to cart
        | `Wait For Message`    ==    cart has 5 more    timeout=2s
        | `Send Text Message`    {"type": "ping"}
        | `Wait For Json Message`    $.type    ==    pong    timeout=2s
        """
        replying = self._servers[server].replies
        check_times(times)
        check_end(close_code, drop)
        replying.add(
            Rule(
                matcher(operator, expected, json_path),
                replier(replies, operator, expected, json_path),
                delay=seconds(delay, "delay"),
                times=times,
                path=path_of(path),
                subprotocol=subprotocol,
                close_code=close_code,
                drop=drop,
            )
        )
        logger.info("Added a server reply.")

    @keyword(tags=["Server"])
    def remove_server_replies(self, *, server: WebSocketServer | str | None = None) -> None:
        """Removes all replies of a test server, also those whose delay is not over yet.

        From now on, messages are left to what the subprotocol does.

        Args:
            server: Alias or object of the server. The current one by default.

        Example:
        | `Add Server Reply`    ==    hello    welcome
        | `Remove Server Replies`
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | ${message} =    `Wait For Message`    timeout=2s
        | Should Be Equal    ${message}    hello
        """
        removing = self._servers.find(server)
        removing.replies.remove()
        check_replies(removing)
        logger.info("Removed the server replies.")

    @keyword(tags=["Server"])
    def get_unmatched_messages(self, *, server: WebSocketServer | str | None = None) -> list[str | bytes]:
        """Returns the messages for which the test server had no reply, in the order of their arrival.

        They begin where the first of its replies was added; after `Remove Server Replies`, they are those until then.
        The last 1,000 are kept, or 16 MiB of them.

        Args:
            server: Alias or object of the server. The current one by default.

        Returns:
            A list of the messages: text for a text message, bytes for a binary one.

        Example:
        | `Add Server Reply`    ==    hello    welcome
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hallo
        | `Wait For Message`    timeout=2s
        | @{unmatched} =    `Get Unmatched Messages`
        | Should Be Equal    ${unmatched}    ${{['hallo']}}
        """
        messages = self._servers[server].replies.unmatched
        logger.info("Got the unmatched messages.")
        return messages


def check_replies(server: WebSocketServer) -> None:
    """Fails when replies of a server have failed. That is told once; others than the first, in lines that follow."""
    failures = [f"A reply of the server '{server.url}' {failure}." for failure in server.replies.take_failures()]
    if failures:
        error = WebSocketError(failures[0])
        error.details = failures[1:]
        raise error
