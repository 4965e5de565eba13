"""Keywords that script what the test server replies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api.deco import keyword

from ..matching.operators import Operator
from ..matching.reply_rules import check_end, check_times, make_matcher, make_records, make_replier
from ..protocol.close import CloseCode
from ..report.outcome import log_outcome
from ..server.replies import Rule
from ..server.server import WebSocketServer
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures
from ..session.settings import Settings
from .misplaced_arguments import warn_of_arguments


class ReplyKeywords:
    """What the test server replies in addition to what its protocols do."""

    def __init__(self, settings: Settings, servers: Registry[WebSocketServer]) -> None:
        self._settings = settings
        self._servers = servers

    @keyword(tags=["Server"])
    def add_server_reply(
        self,
        operator: Operator,
        expected: Any,
        *replies: Any,
        json_path: str | None = None,
        inside: str | None = None,
        delay: timedelta = timedelta(0),
        times: int | None = None,
        path: str | None = None,
        subprotocol: str | None = None,
        close_code: CloseCode | int | None = None,
        drop: bool = False,
        server: WebSocketServer | str | None = None,
    ) -> None:
        r"""Adds replies that the test server sends when a message matches, see `Scripted replies`.

        They apply at once, also to clients that are connected already. If several match a message, the one that was
        added first is used. What happens to messages that match none depends on the subprotocol, as always.

        Args:
            operator: How to compare: ``==``, ``!=``, ``contains``, ``not contains``, ``starts``, ``ends`` or
                ``matches``, see `Waiting for one message among many`.
            expected: What to compare messages with. With ``json_path`` it has a type, see `JSON`.
            replies: What to send, in this order, one in each cell: text, bytes, a dictionary or a list (sent as JSON),
                or a Python callable. Without any, the message gets no answer at all. A text that looks like
                ``path=/chat`` must be written ``path\=/chat``. One like ``timeout=5s`` is sent as it is, because this
                keyword has no such argument, and a warning says so. Where the path of a token such as ``{$.id}`` finds
                nothing, the token becomes ``null`` as a value of its own in a dictionary or list, and nothing within a
                text.
            json_path: Compares the value at this JSONPath, in messages that are JSON, instead of the whole message.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            delay: How long the replies wait before they go out. Nothing else waits for them.
            times: How often they are sent. After that, the next replies that match are used. Not limited by default.
            path: Only for clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
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
        replying = self._servers.find(server)
        raise_reply_failures(replying)
        check_times(times)
        check_end(close_code, drop)
        wrapper = self._settings.find_wrapper(inside, json_path)
        replying.replies.add(
            Rule(
                make_matcher(operator, expected, json_path, wrapper),
                make_replier(replies, operator, expected, json_path, wrapper),
                make_records(operator, expected, json_path, wrapper).leave,
                delay=read_seconds(delay, "delay"),
                times=times,
                path=path,
                subprotocol=subprotocol,
                close_code=close_code,
                drop=drop,
            )
        )
        own = "json_path", "inside", "delay", "times", "path", "subprotocol", "close_code", "drop", "server"
        warn_of_arguments(replies, "Add Server Reply", "reply", *own)
        log_outcome("Added a server reply.")

    @keyword(tags=["Server"])
    def remove_server_replies(self, *, server: WebSocketServer | str | None = None) -> None:
        """Removes all replies of a test server, also those whose delay is not over yet.

        From now on, only the subprotocol decides what the server answers.

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
        replying = self._servers.find(server)
        replying.replies.remove()
        raise_reply_failures(replying)
        log_outcome("Removed the server replies.")

    @keyword(tags=["Server"])
    def get_unmatched_messages(self, *, server: WebSocketServer | str | None = None) -> list[str | bytes]:
        """Returns the messages for which the test server had no reply, in the order of their arrival.

        The list begins when the first reply is added, and ends with `Remove Server Replies`. The server keeps the last
        1,000 of these messages, or the last 16 MiB of them.

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
        replying = self._servers.find(server)
        raise_reply_failures(replying)
        log_outcome("Got the unmatched messages.")
        return replying.replies.unmatched
