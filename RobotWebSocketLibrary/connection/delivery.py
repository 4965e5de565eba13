"""Where messages that arrived go: into the inbox, and to what this end answers by itself."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..deadline import WakeUp
from ..errors import format_count
from ..protocol.messages import Message, Messages
from .closing import Closing
from .inbox import Inbox
from .incoming import Batch

if TYPE_CHECKING:
    from .automatic_replies import AutomaticReplies


class Responder(Protocol):
    """What an end does by itself with messages that arrived. The reading thread calls it, so it never waits.

    At an end of a proxy it gets fragmented ones with their lengths.
    """

    holds_reading: bool
    """The peer is not read on while it does not take its answers."""

    @property
    def busy(self) -> bool:
        """It still answers messages from before. A close frame waits for that."""

    @property
    def behind(self) -> bool:
        """So much waits to be answered that reading pauses."""

    def answer(self, connection: Any, messages: Sequence[Any]) -> None:
        """Answers messages of one type that arrived together, now or a little later."""


class Delivery:
    """Puts messages into the inbox, and has them answered. The reading thread alone calls it.

    What does not fit into a full inbox is held, and reading pauses: nothing is dropped while a test may still take
    messages. Once our close frame was sent nobody may, so what does not fit is counted, and a notice says how many.
    What `automatic` answers never gets there. Whoever changes that holds `sieving`.
    At an end of a proxy nothing is held: the inbox forgets its oldest messages. There the messages are on their way
    before a test can see them.
    """

    def __init__(
        self,
        inbox: Inbox,
        closing: Closing,
        responder: Responder | None,
        *,
        answer: Callable[[Sequence[Any]], None] | None,
        changed: WakeUp,
        notices: deque[str],
        relays: bool = False,
    ) -> None:
        self.automatic: AutomaticReplies | None = None
        self.sieving = _thread.allocate_lock()
        self.answers_count = responder is not None and responder.holds_reading
        self._inbox = inbox
        self._closing = closing
        self._responder = responder
        self._relays = relays
        self._answer = answer
        self._changed = changed
        self._notices = notices
        self._held: Batch | None = None
        self._not_kept = 0
        self._warned = False

    @property
    def holds(self) -> bool:
        """Messages wait for room in the inbox."""
        return self._held is not None

    @property
    def is_held_up(self) -> bool:
        """Messages wait for room in the inbox, or for an answer."""
        if self._held is not None or (self._responder is not None and self._responder.behind):
            return True
        return self.automatic is not None and self.automatic.behind

    @property
    def is_answering(self) -> bool:
        return self._is_responding or (self.automatic is not None and self.automatic.busy)

    @property
    def holds_close(self) -> bool:
        """The peer's close frame has to wait: answers leave before ours, and a proxy passes on messages first."""
        if self._closing.sent_status is None:
            return self.is_answering
        return self._relays and self._is_responding

    def look(self) -> None:
        """Looks at what the test's thread has found for automatic replies."""
        if self.automatic is not None:
            self.automatic.look()

    def deliver(self, batch: Batch) -> bool:
        """Delivers messages in their order. Returns False where the inbox has no room for all: the rest is held."""
        with self.sieving:
            if self.automatic is not None:
                batch = self.automatic.sieve(batch)
            messages, size, assembled = batch
            arrived = messages if assembled is None else [assembled]
            if self._relays:
                self._pass_on(arrived, size)
                return True
            if self._inbox.add(arrived, size):
                if self._answer is not None and messages:
                    self._answer(messages)
                return True
            return self._deliver_each(batch)

    @property
    def _is_responding(self) -> bool:
        return self._responder is not None and self._responder.busy

    def _deliver_each(self, batch: Batch) -> bool:
        for at, message in enumerate(batch.messages):
            if not self._deliver_one(batch.assembled or Message.of(message)):  # type: ignore[arg-type]
                self._hold(batch, at)
                return False
            if self._closing.tcp_is_lost:
                break
        return True

    def resume(self) -> bool:
        """Delivers what is held, as far as there is room now. Returns whether nothing is held any more."""
        held, self._held = self._held, None
        self._inbox.room_is_awaited = False
        return held is None or self.deliver(held)

    def finish(self) -> None:
        """Says how many messages were not kept."""
        self._held = None
        if self.automatic is not None:
            self.automatic.stop()
        if self._not_kept:
            count = format_count(self._not_kept, "message")
            self._notices.append(f"{count} read while the connection closed could not be kept: the inbox was full")

    def _pass_on(self, messages: Sequence[Any], size: int) -> None:
        if self._answer is not None and messages:
            self._answer(messages)
        self._inbox.add(messages, size)
        if self._inbox.dropped and not self._warned:
            self._warned = True
            count = format_count(len(self._inbox), "message")
            self._notices.append(f"the inbox is full ({count} that no test has taken), and forgets the oldest ones")

    def _deliver_one(self, message: Message) -> bool:
        if self._inbox.add([message], message.size):
            self._reply([message.data])  # type: ignore[arg-type]
        elif self._closing.began:
            self._not_kept += 1
        else:
            self._inbox.room_is_awaited = True  # before the last look: whoever takes after it asks for another one
            if not self._inbox.add([message], message.size):
                return False
            self._inbox.room_is_awaited = False
            self._reply([message.data])  # type: ignore[arg-type]
        return True

    def _hold(self, batch: Batch, start: int) -> None:
        rest = batch.messages[start:]
        size = batch.size if start == 0 else sum(Message.of(message).size for message in rest)
        self._held = Batch(rest, size, batch.assembled)
        self._warn_once()
        self._changed.set()  # a wait that finds the inbox full fails at once

    def _reply(self, messages: Messages) -> None:
        if self._answer is not None:
            self._answer(messages)

    def _warn_once(self) -> None:
        if not self._warned and not self._closing.began:
            self._warned = True
            count = format_count(len(self._inbox), "message")
            self._notices.append(f"reading paused: the inbox is full ({count} that no test has taken)")
