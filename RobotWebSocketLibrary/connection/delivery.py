"""Where messages that arrived go: into the inbox, and to what this end answers by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..deadline import WakeUp
from ..errors import format_count
from ..protocol.messages import Message, Messages
from .closing import Closing
from .inbox import Inbox
from .incoming import Batch
from .outbox import Outbox
from .pauses import Pauses


@dataclass(frozen=True)
class Responder:
    """What an end does by itself with messages of one type that arrived together.

    With `holds_reading` the peer is not read on while it does not take the answers.
    """

    answer: Callable[[Any, Messages], None]
    holds_reading: bool = True


class Delivery:
    """Puts messages into the inbox, and has them answered.

    The reader alone calls it. A full inbox pauses reading: nothing is dropped while a test may still take messages.
    Behind our own close frame what does not fit is counted, and a notice says how many they were.
    """

    def __init__(
        self,
        inbox: Inbox,
        outbox: Outbox,
        closing: Closing,
        pauses: Pauses,
        answer: Callable[[Messages], None] | None,
        *,
        changed: WakeUp,
        notices: deque[str],
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._closing = closing
        self._pauses = pauses
        self._answer = answer
        self._changed = changed
        self._notices = notices
        self._not_kept = 0
        self._warned = False

    def deliver(self, batch: Batch) -> None:
        """Delivers messages in their order, and waits where the inbox has no room for them."""
        kept = batch.messages if batch.assembled is None else [batch.assembled]
        if self._inbox.add(kept, batch.size):
            self._reply(batch.messages)
            return
        for message in kept:
            self._deliver_one(message if isinstance(message, Message) else Message.of(message))
            if self._closing.tcp_is_lost:
                return

    def finish(self) -> None:
        """Says how many messages were not kept."""
        if self._not_kept:
            count = format_count(self._not_kept, "message")
            self._notices.append(f"{count} that came after our close frame could not be kept: the inbox was full")

    def _deliver_one(self, message: Message) -> None:
        if self._inbox.full:
            self._warn_once()
            self._changed.set()  # a wait that finds the inbox full fails at once
            self._outbox.push()
            self._pauses.while_full()
        if self._inbox.add([message], message.size):
            self._reply([message.data])  # type: ignore[arg-type]
        else:
            self._not_kept += 1

    def _reply(self, messages: Messages) -> None:
        if self._answer is not None:
            self._answer(messages)

    def _warn_once(self) -> None:
        if not self._warned and not self._closing.began:
            self._warned = True
            count = format_count(len(self._inbox), "message")
            self._notices.append(f"reading paused: the inbox is full with {count} that no test has taken")
