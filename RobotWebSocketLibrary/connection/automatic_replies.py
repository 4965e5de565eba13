"""What one end does by itself because a test has said so: it answers messages, and sends others again and again."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from operator import is_
from typing import TYPE_CHECKING

from ..deadline import Deadline
from ..errors import AnswerError, ConnectionClosedError
from ..protocol.messages import Message
from .backlog import Backlog
from .delays import Delays
from .failed_replies import FailedReply, describe_error
from .inbox import LOOKED_AT_ONCE, Place
from .incoming import Batch
from .kept_messages import measure
from .receiver import describe_failed_reply
from .ticking import Ticking

if TYPE_CHECKING:
    from .connection import Connection


def leave_nothing(_: Message) -> None:
    """Most rules answer a message as a whole."""


@dataclass(eq=False)
class AutomaticReply:
    """Which messages get which replies. `matches` never waits, and `make_replies` may run code of the test.

    `leave` tells what of a message is left to other rules and to the inbox.
    """

    matches: Callable[[Message], bool]
    make_replies: Callable[[Message], Sequence[str | bytes]]
    leave: Callable[[Message], str | bytes | None] = leave_nothing
    delay: float = 0.0
    times: int | None = None

    def takes(self, message: Message) -> bool:
        """Whether it answers a message, which counts then."""
        if self.times == 0 or not self.matches(message):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class AutomaticReplies:
    """The automatic replies of one connection, and what it sends again and again.

    - The test's thread adds and removes. The reading thread lets through `sieve` what arrives, before the inbox gets
      it. Both hold `sieving` then, where nobody waits. So no message is missed that arrives meanwhile.
    - Replies run code of the test, so they are made in a thread of this connection's own (`Backlog`).
    - What the test's thread takes out of the inbox goes through `_found`, because only the reading thread hands over:
      an exception of a signal handler may strike the test's thread anywhere. What it took last can be put back.
    - A reply that fails, fails the connection, and a notice says why.
    - The end of the connection ends everything here.
    """

    def __init__(self, connection: Connection, sieving: _thread.LockType) -> None:
        self._connection = connection
        self._sieving = sieving
        self._rules: tuple[AutomaticReply, ...] = ()
        self._found: deque[tuple[AutomaticReply, Message]] = deque()
        self._backlog: Backlog[tuple[AutomaticReply, Message]] = Backlog(self._reply, self._come_to_rest)
        self._delays = Delays()
        self._tickings: list[Ticking] = []

    @property
    def busy(self) -> bool:
        return self._backlog.busy or bool(self._found)

    @property
    def behind(self) -> bool:
        return self._backlog.behind

    def add(self, rule: AutomaticReply) -> None:
        """Answers what matches from now on, and what waits in the inbox already."""
        try:
            position = 0 if self._connection.relay is not None else self._find_in_inbox(rule, 0)
            with self._sieving:  # nothing is added meanwhile, so the inbox of an end of a proxy drops nothing
                self._find_in_inbox(rule, position)
                self._rules = (*self._rules, rule)
        finally:
            self._connection.look()

    def send_every(self, interval: float, messages: Sequence[str | bytes]) -> None:
        """Sends messages after each interval of so many seconds."""
        ticking = Ticking(interval, partial(self._post, messages))
        self._tickings.append(ticking)
        ticking.start()
        self._stop_behind_the_end()

    def stop(self) -> None:
        """Answers and sends nothing more. What has matched without a delay is still answered."""
        with self._sieving:
            self._rules = ()
        self._delays.clear()
        for ticking in self._tickings:
            ticking.stop()
        self._tickings = []

    def look(self) -> None:
        """Hands over what the test's thread has found in the inbox."""
        while self._found:
            self._hand_over(*self._found.popleft())

    def sieve(self, batch: Batch) -> Batch:
        """The messages that nothing here answers. The others are on their way to their replies."""
        self.look()
        if not self._rules:
            return batch
        answered = [self._answer(batch.assembled or Message.of(data)) for data in batch.messages]
        left = [data for data in answered if data is not None]
        if len(left) == len(batch.messages) and all(map(is_, left, batch.messages)):
            return batch
        return Batch(left, measure(left))  # type: ignore[arg-type]

    def _find_in_inbox(self, rule: AutomaticReply, position: int) -> int:
        """Takes what matches out of the inbox, from a position on. Returns the position behind what is left."""
        inbox = self._connection.inbox
        while messages := inbox.peek(position, LOOKED_AT_ONCE):
            for message in messages:
                if not rule.takes(message):
                    position += 1
                elif (left := rule.leave(message)) is None:
                    inbox.remove(Place(position, inbox.dropped), message)
                    self._found.append((rule, message))
                else:
                    inbox.take_piece(message.data, [position], left, inbox.dropped)
                    self._found.append((rule, message))
                    position += 1
        return position

    def _answer(self, message: Message) -> str | bytes | None:
        """Answers a message, or what of it matches, and returns the rest."""
        for rule in self._rules:
            if rule.takes(message):
                self._hand_over(rule, message)
                left = rule.leave(message)
                if left is None:
                    return None
                message = Message.of(left)
        return message.data

    def _hand_over(self, rule: AutomaticReply, message: Message) -> None:
        self._backlog.add(self._connection, (rule, message), 1, message.size)

    def _reply(self, connection: Connection, matched: tuple[AutomaticReply, Message]) -> None:
        rule, message = matched
        try:
            replies = rule.make_replies(message)
        except BaseException as error:  # it may even call `sys.exit`
            connection.notices.append(f"an automatic reply {FailedReply.of(message, error).sentence}")
            connection.fail_reply(describe_failed_reply(AnswerError(describe_error(error))))
            return
        if rule.delay:
            self._delays.add(rule.delay, partial(self._post, replies))
            self._stop_behind_the_end()
            return
        with suppress(ConnectionClosedError):  # it is closing: what still comes cannot be answered
            for reply in replies:
                connection.send(reply, Deadline(inf))  # the peer takes what it has asked for, or leaves

    def _come_to_rest(self) -> None:
        """The other end of a proxy may have waited for this, to end as its own peer has."""
        if self._connection.relay is not None:
            self._connection.relay.follow_end()

    def _stop_behind_the_end(self) -> None:
        """Takes back what was added while the connection ended. How it ends is known before everything is stopped."""
        if self._connection.close_status is not None:
            self.stop()

    def _post(self, messages: Sequence[str | bytes]) -> None:
        """Sends without waiting, as long as the connection is open."""
        with suppress(ConnectionClosedError):
            for message in messages:
                self._connection.post([message])  # type: ignore[arg-type]
            self._connection.push()
