"""Keywords for what the rules of a proxy hold, and for the rules themselves."""

from __future__ import annotations

from robot.api.deco import keyword
from robot.utils import DotDict

from ..errors import WebSocketError, format_count
from ..proxy.message_rules import Course, To
from ..proxy.proxy import WebSocketProxy
from ..report.outcome import log_outcome
from ..server.server import WebSocketServer
from ..session.registry import Registry
from ..session.reply_failures import raise_reply_failures


class HeldMessageKeywords:
    """Lets held messages go, and shows and removes rules."""

    def __init__(self, servers: Registry[WebSocketServer]) -> None:
        self._servers = servers

    @keyword(tags=["Proxy"])
    def release_messages(
        self,
        count: int | None = None,
        *,
        to: To = To.BOTH,
        path: str | None = None,
        subprotocol: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> int:
        """Lets held messages go, the oldest first, each with those that wait behind it up to the next held one.

        The rule of `Hold Messages` stays, and holds the next messages that match. Fails if fewer messages are held than
        ``count`` says.

        Args:
            count: How many held messages to release. All by default.
            to: ``CLIENT`` or ``TARGET``: only messages on their way to that side.
            path: Only for clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only for clients with this subprotocol.
            server: Alias or object of the proxy. The current server by default.

        Returns:
            How many held messages were released.

        Example:
        | `Start WebSocket Server`
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Hold Messages`    contains    price    to=TARGET
        | `Open WebSocket`    ${websocket.server.url}
        | ${app} =    `Wait For Client`
        | `Send Text Message`    price: 5
        | `Wait For Message`    ==    price: 5    connection=${app}
        | `Release Messages`    1
        | `Wait For Message`    ==    price: 5    timeout=2s
        """
        if count is not None and count < 1:
            raise WebSocketError(f"The argument 'count' is {count}; it must be at least 1.")
        proxy = find_proxy(self._servers, server)
        released = proxy.release(count, Course(to, path, subprotocol))
        if count is not None and released < count:
            raise WebSocketError(
                f"Could not release {format_count(count, 'message')} of '{proxy.url}': {_describe_held(released)}."
            )
        log_outcome("Released held messages.")
        return released

    @keyword(tags=["Proxy"])
    def remove_message_rules(self, *, server: WebSocketServer | str | None = None) -> None:
        """Removes all rules of a proxy that drop, delay, replace or hold messages.

        What is held or delayed goes on at once, in its order: nothing that was held is ever lost.

        Args:
            server: Alias or object of the proxy. The current server by default.

        Example:
        | `Start WebSocket Server`
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Hold Messages`
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | `Remove Message Rules`
        | `Wait For Message`    ==    hello    timeout=2s
        """
        find_proxy(self._servers, server).remove_rules()
        log_outcome("Removed the message rules.")

    @keyword(tags=["Proxy"])
    def get_message_rules(self, *, server: WebSocketServer | str | None = None) -> list[DotDict]:
        """Returns the rules of a proxy, in the order in which they are tried.

        | ``text``  | the rule, such as ``Drop Messages  contains  secret`` |
        | ``count`` | how many messages it has matched |
        | ``held``  | how many messages it holds now |

        Args:
            server: Alias or object of the proxy. The current server by default.

        Returns:
            A list of the rules.

        Example:
        | `Start WebSocket Server`
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Drop Messages`    contains    secret
        | ${rules} =    `Get Message Rules`
        | Should Be Equal As Integers    ${rules[0].count}    0
        """
        proxy = find_proxy(self._servers, server)
        proxy.wait_for_rules()
        log_outcome("Got the message rules.")
        rules = proxy.rules
        return [
            DotDict(text=rule.text, count=rule.count, held=rules.count_held(rule))  # type: ignore[no-untyped-call]
            for rule in rules.rules
        ]


def find_proxy(servers: Registry[WebSocketServer], server: WebSocketServer | str | None) -> WebSocketProxy:
    found = servers.find(server)
    if not isinstance(found, WebSocketProxy):
        raise WebSocketError(
            f"The server '{found.url}' is not a proxy, so it passes no messages on: `Start WebSocket Proxy` starts one."
        )
    raise_reply_failures(found)
    return found


def _describe_held(released: int) -> str:
    """How many messages were held, where that was fewer than were asked for."""
    if not released:
        return "no message is held"
    return f"only {format_count(released, 'message')} {'is' if released == 1 else 'are'} held, and released now"
