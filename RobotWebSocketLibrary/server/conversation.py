"""How the test server answers the messages of one client: with scripted replies, or as its behavior does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from math import inf
from typing import Any

from ..connection.backlog import Backlog
from ..connection.connection import Connection
from ..connection.failed_replies import describe_error
from ..connection.kept_messages import as_message, measure
from ..connection.receiver import describe_failed_reply
from ..deadline import Deadline
from ..errors import AnswerError, ConnectionClosedError, WebSocketError
from ..protocol.http import Request
from ..protocol.messages import Message, Messages
from ..threads import start
from .behaviors import CLOSE_TIMEOUT, Behavior, Peers
from .replies import Replies, Rule

UNSENT = 1024 * 1024
"""After so many bytes of replies, the next message waits until the client has taken them."""


class Conversation:
    """One client and the answers that it gets.

    - The reading thread hands messages over with `answer`, and the behavior answers there at once. It never waits.
    - Scripted replies run code of the test. They are made in a thread of this client's own, which may wait for its
      client, but for no other one.
    - Messages are answered in their order: while that thread runs, all go through it (`Backlog`).
    - Delayed replies are made in that thread too, and the reading thread sends them.
    - `_ended` is only ever set to true: from then on no message is answered.
    """

    def __init__(
        self,
        replies: Replies,
        request: Request,
        subprotocol: str | None,
        behavior: Behavior,
        peers: Peers,
    ) -> None:
        self.holds_reading = behavior.answer is not None and not behavior.relays
        self._takes_time = behavior.takes_time
        self._replies = replies
        self._request = request
        self._subprotocols = (None, subprotocol)
        self._answer_as_usual = behavior.answer
        self._peers = peers
        self._backlog: Backlog[Messages] = Backlog(self._reply_to_batch, at_rest=behavior.at_rest)
        self._unsent = 0
        self._ended = False

    @property
    def busy(self) -> bool:
        return self._backlog.busy

    @property
    def behind(self) -> bool:
        """So many messages wait for replies that reading from the client pauses."""
        return self._backlog.behind

    def answer(self, connection: Connection, messages: Messages) -> None:
        """Answers messages in their order. The behavior of the client does it until there are any replies."""
        if self._backlog.busy or self._replies.rules or self._takes_time():
            self._backlog.add(connection, messages, len(messages), measure(messages))
        elif self._answer_as_usual is not None:
            try:  # noqa: SIM105 - runs for every message, and `suppress` takes 0.5 µs
                self._answer_as_usual(connection, messages, self._peers)
            except ConnectionClosedError:  # it is closing: what still comes cannot be answered
                pass

    def _reply_to_batch(self, connection: Connection, messages: Messages) -> None:
        try:
            self._reply_to_all(connection, messages)
            connection.push()
        except ConnectionClosedError:  # it is closing: what still comes cannot be answered
            pass
        except Exception as error:
            self._ended = True
            connection.fail_reply(describe_failed_reply(error))

    def _reply_to_all(self, connection: Connection, messages: Messages) -> None:
        """Replies to what a rule matches. Unmatched messages that follow one another go to the behavior together."""
        unmatched: list[Any] = []
        try:
            for data in messages:
                left: Any = data
                while left is not None:
                    if self._ended:
                        return
                    message = as_message(left)
                    rule = self._find_rule(message)
                    if rule is None:
                        unmatched.append(left)
                        break
                    before, unmatched = unmatched, []
                    self._leave(connection, before)
                    connection.push()  # making this reply may take long, and nothing before it waits for it
                    self._reply(connection, rule, self._make_replies(rule, message))
                    left = rule.leave(message)
        finally:  # they go to the behavior even if a reply has failed
            self._leave(connection, unmatched)

    def _find_rule(self, message: Message) -> Rule | None:
        with self._keep_failure(message):
            rule = self._replies.find(message, self._fits)
        if rule is None and self._replies.rules:  # they may have been removed while this thread was at work
            self._replies.keep_unmatched(message)
        return rule

    def _make_replies(self, rule: Rule, message: Message) -> Sequence[str | bytes]:
        with self._keep_failure(message):
            return rule.make_replies(message)

    @contextmanager
    def _keep_failure(self, message: Message) -> Iterator[None]:
        """Keeps a failure of code of the test for its next keyword."""
        try:
            yield
        except BaseException as error:  # it may even call `sys.exit`
            self._replies.keep_failure(message, error)
            raise AnswerError(describe_error(error)) from error

    def _fits(self, rule: Rule) -> bool:
        return self._request.asks_for(rule.path) and rule.subprotocol in self._subprotocols

    def _leave(self, connection: Connection, messages: list[Any]) -> None:
        """Leaves messages to the behavior."""
        if messages and self._answer_as_usual is not None:
            self._answer_as_usual(connection, messages, self._peers)

    def _reply(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes]) -> None:
        if rule.delay:
            self._replies.delays.add(rule.delay, partial(self._reply_late, connection, rule, replies))
            return
        for reply in _cut_last(rule, replies):
            self._send(connection, reply)
        self._end(connection, rule, replies)

    def _send(self, connection: Connection, reply: str | bytes) -> None:
        """Sends without waiting, unless the client does not take what it has asked for."""
        self._unsent += len(reply)
        if self._unsent < UNSENT:
            connection.post([reply])  # type: ignore[arg-type]
            return
        self._unsent = 0
        connection.send(reply, Deadline(inf))  # blocks this client's thread until the client takes it or leaves

    def _reply_late(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes]) -> None:
        with suppress(ConnectionClosedError):  # the client has left in the meantime
            for reply in _cut_last(rule, replies):
                connection.post([reply])  # type: ignore[arg-type]
            connection.push()
            self._end(connection, rule, replies, warns=True)

    def _end(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes], *, warns: bool = False) -> None:
        """Ends the connection if the rule says so."""
        if rule.drop:
            self._ended = True
            start(f"dropping {connection.name}", _drop, connection, replies[-1:])
        if rule.close_code is not None:
            self._ended = True
            connection.begin_close(rule.close_code, "", Deadline(CLOSE_TIMEOUT), warns=warns)


def _cut_last(rule: Rule, replies: Sequence[str | bytes]) -> Sequence[str | bytes]:
    """Cuts off the last reply of a rule that drops the connection: `_drop` sends it, just before TCP ends."""
    return replies[:-1] if rule.drop else replies


def _drop(connection: Connection, last: Sequence[str | bytes]) -> None:
    """Ends TCP when the last reply has left. It waits for the client, so it runs in a thread of its own."""
    with suppress(WebSocketError):
        for reply in last:
            connection.send(reply, Deadline(CLOSE_TIMEOUT))
    connection.drop()
