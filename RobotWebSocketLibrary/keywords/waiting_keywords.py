"""Keywords that wait for messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api.deco import keyword

from ..connection.kept_messages import as_message, read_data
from ..connection.search import take_from
from ..deadline import Deadline
from ..errors import WebSocketError, quoted
from ..matching.operators import Operator
from ..matching.predicates import JsonPredicate, MessagePredicate, MessageType, Predicate, read_expected
from ..matching.wrappers import Wrapper
from ..protocol.messages import Message
from ..report.outcome import log_outcome
from ..session.handover import Handover
from ..session.registry import Registry
from ..session.settings import Settings
from ..session.websocket_variable import WebSocket
from .argument_types import Text
from .failed_waits import explaining

RECEIVED = "Received a message."
CHECKED = "Checked without waiting: no message was there. With 'timeout' this keyword waits."
FOR_SEVERAL = "use `Wait For Message On All` for several"
"""What a wait that is given several connections is told."""


class WaitingKeywords:
    """Messages that have arrived or are still to come: the first that matches, several, or none."""

    def __init__(self, settings: Settings, connections: Registry[WebSocket], handover: Handover) -> None:
        self._settings = settings
        self._connections = connections
        self._handover = handover

    @keyword(tags=["Message"])
    def wait_for_message(
        self,
        operator: Operator = None,  # type: ignore[assignment]
        expected: Text | bytes | None = None,
        *,
        timeout: timedelta | None = None,
        message_type: MessageType = MessageType.ANY,
        connection: WebSocket | str | None = None,
    ) -> str | bytes | None:
        r"""Takes the first message that matches; without ``operator`` and ``timeout`` it only checks, and never waits.

        The message may have arrived already, or is still to come. The others stay for later.

        Without ``operator`` and ``timeout`` this keyword never fails: it returns the first message that has arrived, or
        ``None``. Then ``${websocket.msgstate}`` is ``received`` or ``none``, or ``closed`` if nothing is there and
        nothing can come.

        Otherwise it waits. It fails if nothing that matches came in time, or at once if the connection has ended. The
        failure lists the messages that came instead, and why each did not match.

        Args:
            operator: How to compare, see `Waiting for one message among many`. Without it, any message matches.
            expected: What to compare with. For binary messages, ``\x00\xff`` stands for these bytes.
            timeout: How long to wait. With an operator, the library's ``timeout`` by default.
            message_type: ``TEXT`` or ``BINARY``: leaves messages of the other type for later waits. To wait for such a
                message, give ``timeout`` too.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The message: text for a text message, bytes for a binary one. ``${websocket.received}`` says how it came.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    first
        | `Send Text Message`    second
        | ${message} =    `Wait For Message`    contains    second    timeout=2s
        | Should Be Equal    ${message}    second
        | ${message} =    `Wait For Message`    timeout=2s
        | Should Be Equal    ${message}    first
        | `Wait For Message`
        | Should Be Equal    ${websocket.msgstate}    none
        """
        _check_pair(operator, expected)
        message: str | bytes | None = self._wait(
            connection, MessagePredicate(message_type, operator, expected), operator, timeout
        )
        return message

    @keyword(tags=["Message"])
    def wait_for_json_message(
        self,
        json_path: str = "$",
        operator: Operator = None,  # type: ignore[assignment]
        expected: Any = None,
        *,
        inside: str | None = None,
        timeout: timedelta | None = None,
        connection: WebSocket | str | None = None,
    ) -> Any:
        """Takes the first JSON message that matches; without ``operator`` and ``timeout`` it only checks.

        Messages that are not JSON, or have nothing at the path, do not match. If the path finds several values, it is
        enough that one of them satisfies the operator. All other messages stay for later. `Wait For Message` says what
        it means to only check.

        Values are compared with their types: ``1`` is text and ``${1}`` is a number. If only the type was wrong, the
        failure says so, and how to write the other one.

        Args:
            json_path: Where the value is, as JSONPath (RFC 9535), such as ``$.price`` or ``$.items[?@.id == 5]``.
            operator: How to compare, see `JSON`. Without it, any value at the path is enough.
            expected: What to compare with: text, ``${5}``, ``${True}``, ``${None}``, a list, or a dictionary.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            timeout: How long to wait. With an operator, the library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The whole message, a dictionary whose members are attributes, as in ``${message.price}``. Those with a name
            that Python knows already need brackets, which always work: ``${message}[items]``, ``${message}[from]``.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Json Message`    {"symbol": "ACME", "price": 17.5}
        | ${message} =    `Wait For Json Message`    $.symbol    ==    ACME    timeout=2s
        | Should Be Equal    ${message.price}    ${17.5}
        """
        _check_pair(operator, expected)
        wrapper = self._settings.find_wrapper(inside)
        predicate = JsonPredicate(json_path, operator, expected, wrapper=wrapper)
        return self._wait(connection, predicate, operator, timeout)

    @keyword(tags=["Message"])
    def wait_for_messages(
        self, count: int, *, timeout: timedelta | None = None, connection: WebSocket | str | None = None
    ) -> list[str | bytes]:
        """Waits until a number of messages have arrived, and takes all of them, or none.

        Args:
            count: How many messages, at least 1.
            timeout: How long to wait for the last of them. The library's ``timeout`` by default.
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The messages in their order, as a list of texts and bytes.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    first
        | `Send Text Message`    second
        | @{messages} =    `Wait For Messages`    2    timeout=2s
        | Should Be Equal    ${messages}[1]    second
        """
        websocket = self._connections.find(connection, FOR_SEVERAL)
        limit = websocket.connection.inbox.limit.messages
        if not 0 < count <= limit:
            raise WebSocketError(
                f"The argument 'count' is {count:,}; it must be from 1 to {limit:,}, the most that an inbox holds."
            )
        self._handover.take_from(websocket.connection.inbox)
        with explaining(websocket):
            messages = websocket.connection.waits.wait_for_messages(self._settings.deadline(timeout), count)
        data = read_data(messages)
        websocket.note("received", as_message(messages[-1]), data[-1])
        log_outcome("Received messages.")
        return data

    @keyword(tags=["Message"])
    def should_not_receive_message(
        self,
        operator: Operator = None,  # type: ignore[assignment]
        expected: Any = None,
        *,
        json_path: str | None = None,
        inside: str | None = None,
        within: timedelta | None = None,
        message_type: MessageType = MessageType.ANY,
        connection: WebSocket | str | None = None,
    ) -> None:
        """Fails if a message that matches has arrived, or arrives within a time. The message stays where it is.

        Also fails if the connection has ended, because then nothing can come, and the test would prove nothing.

        Args:
            operator: How to compare, as in `Wait For Message`, or with ``json_path`` as in `Wait For Json Message`.
                Without an operator, no message at all may come, or none that has something at the path.
            expected: What to compare with.
            json_path: Where the value to compare is in JSON messages, such as ``$.error``. Without it, whole
                messages are compared, JSON as text.
            inside: Pattern whose first group is the JSON within messages, see `JSON in a wrapper`.
            within: How long to wait. The library's ``timeout`` by default.
            message_type: ``TEXT`` or ``BINARY``: messages of the other type may come.
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Send Text Message`    welcome
        | `Should Not Receive Message`    contains    error    within=300ms
        | `Should Not Receive Message`    ==    ${404}    json_path=$.status    within=300ms
        """
        _check_pair(operator, expected)
        waiting = self._connections.find(connection).connection
        wrapper = self._settings.find_wrapper(inside, json_path)
        predicate = _make_predicate(operator, expected, json_path, wrapper, message_type)
        found = waiting.waits.watch_for_message(self._settings.deadline(within), predicate)
        if found is not None:
            raise WebSocketError(f"'{waiting.name}' received a {predicate}: {quoted(found.data)}.")
        log_outcome("Received no such message.")

    def _wait(
        self,
        connection: WebSocket | str | None,
        predicate: Predicate,
        operator: Operator | None,
        timeout: timedelta | None,
    ) -> Any:
        websocket = self._connections.find(connection, FOR_SEVERAL)
        self._handover.take_from(websocket.connection.inbox)
        if operator is None and timeout is None:
            value = _check_inbox(websocket, predicate)
        else:
            value = self._wait_for_match(websocket, predicate, self._settings.deadline(timeout))
        log_outcome(RECEIVED if websocket.msgstate == "received" else CHECKED)
        return value

    def _wait_for_match(self, websocket: WebSocket, predicate: Predicate, deadline: Deadline) -> Any:
        with explaining(websocket, predicate):
            message = websocket.connection.waits.wait_for_message(deadline, predicate)
        return _note_message(websocket, predicate, message)


def _make_predicate(
    operator: Operator | None,
    expected: Any,
    json_path: str | None,
    wrapper: Wrapper | None,
    message_type: MessageType,
) -> Predicate:
    if json_path is None:
        return MessagePredicate(message_type, operator, read_expected(expected))
    if message_type is not MessageType.ANY:
        raise WebSocketError("The arguments 'message_type' and 'json_path' exclude each other: JSON is text.")
    return JsonPredicate(json_path, operator, expected, wrapper=wrapper)


def _check_pair(operator: Operator | None, expected: object) -> None:
    if operator is None and expected is not None:
        raise WebSocketError("The argument 'expected' needs an 'operator', such as '=='.")


def _check_inbox(websocket: WebSocket, predicate: Predicate) -> Any:
    """Takes a message that has arrived, if one matches."""
    over = websocket.close is not None  # asked first: what came before the end is found below
    message = take_from(websocket.connection.inbox, predicate)
    if message is None:
        websocket.note("closed" if over else "none")
        return None
    return _note_message(websocket, predicate, message)


def _note_message(websocket: WebSocket, predicate: Predicate, message: Message) -> Any:
    value = predicate.read_value(message)
    websocket.note("received", message, value)
    return value
