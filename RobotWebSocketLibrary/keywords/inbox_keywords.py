"""Keywords that take messages from the inbox without waiting."""

from __future__ import annotations

from robot.api.deco import keyword

from ..connection.kept_messages import read_data
from ..report.outcome import log_outcome
from ..session.handover import Handover
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket


class InboxKeywords:
    """All messages that have arrived."""

    def __init__(self, connections: Registry[WebSocket], handover: Handover) -> None:
        self._connections = connections
        self._handover = handover

    @keyword(tags=["Message"])
    def take_messages(self, *, connection: WebSocket | str | None = None) -> list[str | bytes]:
        """Takes all messages that have arrived, without waiting.

        Args:
            connection: Alias or object of the connection. The current one by default.

        Returns:
            The messages in their order, as a list of texts and bytes. The list is empty if nothing has arrived.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | @{messages} =    `Take Messages`
        | Should Be Empty    ${messages}
        """
        inbox = self._connections.find(connection).connection.inbox
        self._handover.take_from(inbox)
        messages = read_data(inbox.take_first(len(inbox)))
        log_outcome("Took all messages.")
        return messages

    @keyword(tags=["Message"])
    def clear_messages(self, *, connection: WebSocket | str | None = None) -> None:
        """Forgets all messages that have arrived. Those that come later are kept as always.

        Args:
            connection: Alias or object of the connection. The current one by default.

        Example:
        | `Open WebSocket`    ${websocket.server.url}
        | `Clear Messages`
        | `Send Text Message`    hello
        | `Wait For Message`    timeout=2s
        """
        inbox = self._connections.find(connection).connection.inbox
        self._handover.take_from(inbox)
        inbox.take_first(len(inbox))
        log_outcome("Cleared the messages.")
