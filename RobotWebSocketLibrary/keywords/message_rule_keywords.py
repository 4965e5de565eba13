"""Keywords for what a proxy does with messages on their way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from robot.api.deco import keyword

from ..errors import quoted
from ..matching.operators import Operator
from ..matching.predicates import MessageType
from ..matching.reply_rules import check_times, make_matcher, make_replier
from ..protocol.messages import Message
from ..proxy.message_rules import Action, Course, MessageRule, To
from ..proxy.proxy import WebSocketProxy
from ..report.outcome import log_outcome
from ..server.server import WebSocketServer
from ..session.durations import read_seconds
from ..session.registry import Registry
from ..session.scopes import find_place
from ..session.settings import Settings
from .held_message_keywords import find_proxy

SHOWN_WIDTH = 60
"""Characters of an argument that the text of a rule shows."""
CELLS = "  "
"""What stands between the cells of a rule, as in a test."""


class MessageRuleKeywords:
    """Rules that drop, delay, replace or hold messages between an application and its real server."""

    def __init__(self, settings: Settings, servers: Registry[WebSocketServer]) -> None:
        self._settings = settings
        self._servers = servers

    @keyword(tags=["Proxy"])
    def drop_messages(
        self,
        operator: Operator = None,  # type: ignore[assignment]
        expected: Any = None,
        *,
        json_path: str | None = None,
        inside: str | None = None,
        message_type: MessageType = MessageType.ANY,
        to: To = To.BOTH,
        times: int | None = None,
        path: str | None = None,
        subprotocol: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        """Lets a proxy drop the messages that match: the other side never gets them, see `Intercepting proxy`.

        Args:
            operator: How to compare: ``==``, ``!=``, ``contains``, ``not contains``, ``starts``, ``ends`` or
                ``matches``. Without it, all messages match.
            expected: What to compare messages with. With ``json_path`` it has a type, see `JSON`.
            json_path: Compares the value at this JSONPath, in messages that are JSON, instead of the whole message.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            message_type: ``TEXT`` or ``BINARY``: only messages of this type.
            to: ``CLIENT`` or ``TARGET``: only messages on their way to that side.
            times: How many messages the rule is for. Not limited by default.
            path: Only for clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only for clients with this subprotocol.
            server: Alias or object of the proxy. The current server by default.

        Example:
        | `Start WebSocket Server`
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Drop Messages`    contains    secret    to=TARGET
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    a secret
        | `Send Text Message`    hello
        | `Wait For Message`    ==    hello    timeout=2s
        """
        proxy = find_proxy(self._servers, server)
        wrapper = self._settings.find_wrapper(inside, json_path)
        matches = make_matcher(operator, expected, json_path, wrapper, message_type=message_type, what="rule")
        text = _write_rule("Drop Messages", operator, expected, json_path=json_path)
        _add(proxy, MessageRule(Action.DROP, text, matches, Course(to, path, subprotocol), times))
        log_outcome("Added a rule that drops messages.")

    @keyword(tags=["Proxy"])
    def delay_messages(
        self,
        operator: Operator = None,  # type: ignore[assignment]
        expected: Any = None,
        *,
        delay: timedelta,
        json_path: str | None = None,
        inside: str | None = None,
        message_type: MessageType = MessageType.ANY,
        to: To = To.BOTH,
        times: int | None = None,
        path: str | None = None,
        subprotocol: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        """Lets a proxy delay the messages that match. Those behind them wait too, see `Intercepting proxy`.

        Args:
            operator: How to compare, see `Drop Messages`. Without it, all messages match.
            expected: What to compare messages with.
            delay: How long each message waits.
            json_path: Compares the value at this JSONPath, in messages that are JSON, instead of the whole message.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            message_type: ``TEXT`` or ``BINARY``: only messages of this type.
            to: ``CLIENT`` or ``TARGET``: only messages on their way to that side.
            times: How many messages the rule is for. Not limited by default.
            path: Only for clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only for clients with this subprotocol.
            server: Alias or object of the proxy. The current server by default.

        Example:
        | `Start WebSocket Server`
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Delay Messages`    delay=200ms    to=CLIENT
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    hello
        | `Wait For Message`    ==    hello    timeout=2s
        """
        proxy = find_proxy(self._servers, server)
        wrapper = self._settings.find_wrapper(inside, json_path)
        matches = make_matcher(operator, expected, json_path, wrapper, message_type=message_type, what="rule")
        text = _write_rule("Delay Messages", operator, expected, json_path=json_path)
        _add(
            proxy,
            MessageRule(
                Action.DELAY, text, matches, Course(to, path, subprotocol), times, delay=read_seconds(delay, "delay")
            ),
        )
        log_outcome("Added a rule that delays messages.")

    @keyword(tags=["Proxy"])
    def replace_messages(
        self,
        operator: Operator,
        expected: Any,
        replacement: Any,
        *,
        json_path: str | None = None,
        inside: str | None = None,
        message_type: MessageType = MessageType.ANY,
        to: To = To.BOTH,
        times: int | None = None,
        path: str | None = None,
        subprotocol: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        r"""Lets a proxy pass on something else in place of the messages that match, see `Intercepting proxy`.

        Args:
            operator: How to compare, see `Drop Messages`.
            expected: What to compare messages with.
            replacement: What the other side gets: text, bytes, a dictionary or a list (sent as JSON), or a Python
                callable, which gets the message and returns one of these, or ``None`` to drop it. The tokens of
                `Scripted replies`, such as ``{message}``, ``{1}`` and ``{$.id}``, work in it. A callable that raises an
                error closes both connections with 1011, and the next keyword that works on the proxy says why.
            json_path: Compares the value at this JSONPath, in messages that are JSON, instead of the whole message.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            message_type: ``TEXT`` or ``BINARY``: only messages of this type.
            to: ``CLIENT`` or ``TARGET``: only messages on their way to that side.
            times: How many messages the rule is for. Not limited by default.
            path: Only for clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only for clients with this subprotocol.
            server: Alias or object of the proxy. The current server by default.

        Example:
        | `Start WebSocket Server`
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Replace Messages`    matches    price: (\\d+)    price: {1}.99    to=CLIENT
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    price: 5
        | `Wait For Message`    ==    price: 5.99    timeout=2s
        """
        proxy = find_proxy(self._servers, server)
        wrapper = self._settings.find_wrapper(inside, json_path)
        matches = make_matcher(operator, expected, json_path, wrapper, message_type=message_type, what="rule")
        make = make_replier([replacement], operator, expected, json_path, wrapper, what="replacement")
        text = _write_rule("Replace Messages", operator, expected, replacement, json_path=json_path)
        _add(
            proxy,
            MessageRule(Action.REPLACE, text, matches, Course(to, path, subprotocol), times, replace=_take_only(make)),
        )
        log_outcome("Added a rule that replaces messages.")

    @keyword(tags=["Proxy"])
    def hold_messages(
        self,
        operator: Operator = None,  # type: ignore[assignment]
        expected: Any = None,
        *,
        json_path: str | None = None,
        inside: str | None = None,
        message_type: MessageType = MessageType.ANY,
        to: To = To.BOTH,
        times: int | None = None,
        path: str | None = None,
        subprotocol: str | None = None,
        server: WebSocketServer | str | None = None,
    ) -> None:
        """Lets a proxy hold the messages that match, and all behind them, see `Intercepting proxy`.

        `Release Messages` lets them go.

        Args:
            operator: How to compare, see `Drop Messages`. Without it, all messages match.
            expected: What to compare messages with.
            json_path: Compares the value at this JSONPath, in messages that are JSON, instead of the whole message.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            message_type: ``TEXT`` or ``BINARY``: only messages of this type.
            to: ``CLIENT`` or ``TARGET``: only messages on their way to that side.
            times: How many messages the rule is for. Not limited by default.
            path: Only for clients that asked for this path, such as ``/chat``; ``*`` stands for any characters.
            subprotocol: Only for clients with this subprotocol.
            server: Alias or object of the proxy. The current server by default.

        Example:
        | `Start WebSocket Server`
        | `Start WebSocket Proxy`    ${websocket.server.url}
        | `Hold Messages`    to=CLIENT
        | `Open WebSocket`    ${websocket.server.url}
        | ${app} =    `Wait For Client`
        | `Send Text Message`    hello
        | `Wait For Message`    ==    hello    connection=${app.upstream}
        | `Should Not Receive Message`    within=100ms
        | `Release Messages`
        | `Wait For Message`    ==    hello    timeout=2s
        """
        proxy = find_proxy(self._servers, server)
        wrapper = self._settings.find_wrapper(inside, json_path)
        matches = make_matcher(operator, expected, json_path, wrapper, message_type=message_type, what="rule")
        text = _write_rule("Hold Messages", operator, expected, json_path=json_path)
        _add(proxy, MessageRule(Action.HOLD, text, matches, Course(to, path, subprotocol), times))
        log_outcome("Added a rule that holds messages.")


def _add(
    proxy: WebSocketProxy,
    rule: MessageRule,
) -> None:
    check_times(rule.times, "rule")
    rule.owner = find_place()
    proxy.rules.add(rule)


def _take_only(make: Callable[[Message], list[str | bytes]]) -> Callable[[Message], str | bytes | None]:
    """What makes one replacement, or none."""
    return lambda message: next(iter(make(message)), None)


def _write_rule(name: str, operator: Operator | None, expected: Any, *further: Any, json_path: str | None) -> str:
    """The rule as a test has written it."""
    cells = [name]
    if operator is not None:
        cells += [operator.name, *(quoted(str(cell), SHOWN_WIDTH)[1:-1] for cell in (expected, *further))]
    if json_path is not None:
        cells.append(f"json_path={json_path}")
    return CELLS.join(cells)
