"""What a test waits for at one end of a connection: messages, pings, pongs and the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from ..deadline import Deadline, WakeUp
from ..errors import (
    ConnectionClosedError,
    InboxFullError,
    MessageTimeoutError,
    NotClosedError,
    WebSocketError,
    format_count,
)
from ..protocol.close import CloseStatus
from ..protocol.messages import Message
from .attention import Attention
from .closing import Closing
from .inbox import Inbox, Place, Wanted
from .incoming import Incoming
from .kept_messages import Kept
from .misbehavior import Misbehavior
from .pieces import PieceSearch
from .pings import Pings, Pong
from .relay import Relay
from .search import Search
from .traffic import Traffic

Found = TypeVar("Found")


class Waits:
    """The waits of one connection.

    - The test's thread alone waits and takes. The reader only adds, and sets `changed` afterwards.
    - A wait looks first, then sleeps until something has changed, and looks again, until its one deadline.
    - What came before the connection ended is still found: a wait notes the end before it looks.
    - After each slice in which nothing changed it asks the reading thread to look: an exception of a signal handler may
      have struck whoever changed something and was about to ask.
    - Taking is the last step. An exception of a signal handler that strikes before it loses nothing. What strikes
      behind it is for the caller, who puts back what was taken (`Inbox.put_back`, `Pings.put_back`).
    - A sentence is made only when a wait has failed.
    """

    def __init__(
        self,
        name: str,
        *,
        closing: Closing,
        inbox: Inbox,
        pings: Pings,
        misbehavior: Misbehavior,
        incoming: Incoming,
        traffic: Traffic,
        changed: WakeUp,
        attention: Attention,
        relay: Relay | None = None,
    ) -> None:
        self._name = name
        self._closing = closing
        self._inbox = inbox
        self._pings = pings
        self._misbehavior = misbehavior
        self._incoming = incoming
        self._traffic = traffic
        self._changed = changed
        self._attention = attention
        self._relay = relay
        self._source = "from" if relay is None else relay.source

    def wait_for_message(self, deadline: Deadline, wanted: Wanted, *, start: Place | None = None) -> Message:
        """Waits for a message that matches, from a place in the inbox on, and leaves the others there."""
        found = self._wait(deadline, Search(self._inbox, wanted, deadline, start).take, self._is_full)
        return self._fail(deadline, f"No {wanted}", of_messages=True) if found is None else found

    def find_message(self, deadline: Deadline, search: Search) -> Message | None:
        """Waits for a message that stays in the inbox. None is no failure here."""
        return self._wait(deadline, search.find, self._is_full)

    def wait_for_messages(self, deadline: Deadline, count: int) -> list[Kept]:
        """Waits until there are so many messages, and takes them all at once."""
        found = self._wait(deadline, lambda: len(self._inbox) >= count or None, self._is_full)
        if found is None:
            self._fail(deadline, f"Only {len(self._inbox):,} of {count:,} messages", of_messages=True)
        return self._inbox.take_first(count)

    def wait_for_piece(self, deadline: Deadline, search: PieceSearch) -> Any:
        """Waits for a piece of what messages of one type hold, and takes it."""
        found = self._wait(deadline, search.take, self._is_full)
        return self._fail(deadline, search.describe_missing(), of_messages=True) if found is None else found

    def watch_for_message(self, deadline: Deadline, unwanted: Wanted) -> Message | None:
        """Waits for a message that must not come. Returns the one that did, which stays in the inbox."""
        found = self._wait(deadline, Search(self._inbox, unwanted, deadline).find, self._is_full)
        if found is None:
            self._check_that_messages_can_come(f"Cannot check that no message comes {self._source}")
        return found

    def wait_for_ping(self, deadline: Deadline) -> bytes:
        """Waits for a ping that no wait has returned yet, and returns its body."""
        found = self._wait(deadline, self._pings.take_ping)
        return self._fail(deadline, "No ping") if found is None else found

    def wait_for_pong(self, deadline: Deadline, body: bytes | None = None) -> Pong:
        """Waits for the pong with that body, or for that of the last ping sent."""
        wanted = self._pings.last_body if body is None else body
        if wanted is None:
            raise WebSocketError(f"Cannot wait for a pong from '{self._name}': no ping was sent and no body was given.")
        found = self._wait(deadline, lambda: self._pings.take_pong(wanted))
        return self._fail(deadline, "No pong") if found is None else found

    def wait_for_close(self, deadline: Deadline) -> CloseStatus:
        """Waits until the connection has ended, however it ends."""
        self.wait_until_closed(deadline)
        if self._closing.state != "closed" or self._closing.status is None:
            raise NotClosedError(self._name, deadline, self._describe_unended())
        return self._closing.status

    def wait_until_closed(self, deadline: Deadline) -> None:
        """Waits for the end of TCP, or until the deadline."""
        while self._closing.state != "closed" and not deadline.expired:
            self._wait_for_change(deadline)

    def wait_for_status(self, deadline: Deadline) -> None:
        """Waits until it is known how the connection ends, or until the deadline."""
        self._wait(deadline, lambda: self._closing.status)

    def _wait(
        self, deadline: Deadline, find: Callable[[], Found | None], is_hopeless: Callable[[], bool] = bool
    ) -> Found | None:
        while True:
            over = self._closing.status is not None  # looked at first: `find` sees what came before
            found = find()
            if found is not None or over or deadline.expired:
                return found
            if is_hopeless():
                return find()  # it may have come since
            self._wait_for_change(deadline)

    def _wait_for_change(self, deadline: Deadline) -> None:
        if not self._changed.wait(deadline.slice):
            self._attention.ask()

    def _is_full(self) -> bool:
        return self._inbox.full

    def _fail(self, deadline: Deadline, missing: str, *, of_messages: bool = False) -> NoReturn:
        self._check_that_messages_can_come(f"{missing} {self._source}")
        heard = self._describe_silence() if of_messages else self._describe_deafness()
        state = str(self._closing) if self._relay is None else self._relay.state
        raise MessageTimeoutError(f"{missing} {self._source}", self._name, deadline, f"{state}{heard}")

    def _describe_unended(self) -> str:
        if self._inbox.full and not self._closing.began:
            return f"the inbox is full ({format_count(len(self._inbox), 'message')}), so reading is paused"
        return self._closing.describe_unended()

    def _describe_silence(self) -> str:
        """What has come so far where no message has, to continue a sentence."""
        if position := self._incoming.describe_position():
            return f", and the {self._closing.peer} is{position}"
        return self._describe_deafness() or ("" if self._traffic.has_received else ", and nothing has arrived")

    def _describe_deafness(self) -> str:
        return "" if self._misbehavior.reads else ", and this end was told not to read"

    def _check_that_messages_can_come(self, action: str) -> None:
        if self._closing.status is not None:
            raise ConnectionClosedError(action, self._name, str(self._closing))
        if self._inbox.full:
            raise InboxFullError(action, self._name, len(self._inbox))
