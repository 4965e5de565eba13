"""How the test server answers the messages of one client: with scripted replies, or as its behavior does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from math import inf
from typing import Any

from ..connection.connection import Connection
from ..deadline import Deadline
from ..errors import AnswerError, ConnectionClosedError, WebSocketError
from ..protocol.http import Request
from ..protocol.messages import Message, Messages
from ..threads import start
from .behaviors import CLOSE_TIMEOUT, Behavior, Peers
from .replies import Replies, Rule, describe_error

UNSENT = 1024 * 1024
"""Bytes of replies after which the server waits until the client has taken them, before it reads the next message."""


class Conversation:
    """One client and the answers that it gets.

    Its own thread answers and may wait for it, but for no other client. Delayed replies are made in that thread too,
    and go out in the thread of the delays, which waits for nobody. `_unsent` belongs to the client's thread. `_ended`
    is only ever set to true, by either thread: from then on no message is answered.
    """

    def __init__(
        self,
        replies: Replies,
        request: Request,
        subprotocol: str | None,
        behavior: Behavior,
        peers: Peers,
    ) -> None:
        self._replies = replies
        self._request = request
        self._subprotocols = (None, subprotocol)
        self._answer_as_usual = behavior.answer
        self._peers = peers
        self._unsent = 0
        self._ended = False

    def answer(self, connection: Connection, messages: Messages) -> None:
        """Answers messages in their order. The behavior of the client does it until there are any replies."""
        try:
            if self._replies.rules:
                self._reply_to_all(connection, messages)
            elif self._answer_as_usual is not None:
                self._answer_as_usual(connection, messages, self._peers)
        except ConnectionClosedError:  # it is closing: what still comes cannot be answered
            pass

    def _reply_to_all(self, connection: Connection, messages: Messages) -> None:
        """Replies to what a rule matches. Unmatched messages that follow one another go to the behavior together."""
        unmatched: list[Any] = []
        try:
            for data in messages:
                if self._ended:
                    return
                message = Message.of(data)
                made = self._make(message)
                if made is None:
                    unmatched.append(data)
                else:
                    before, unmatched = unmatched, []
                    self._leave(connection, before)
                    self._reply(connection, *made)
        finally:  # they go to the behavior even if a reply has failed
            self._leave(connection, unmatched)

    def _make(self, message: Message) -> tuple[Rule, Sequence[str | bytes]] | None:
        """Makes the replies to a message, and returns them with their rule, or None when no rule matches."""
        try:
            rule = self._replies.find(message, self._fits)
            if rule is not None:
                return rule, rule.make_replies(message)
        except BaseException as error:  # code of the test may even call `sys.exit`
            self._replies.keep_failure(message, error)
            raise AnswerError(describe_error(error)) from error
        self._replies.keep_unmatched(message)
        return None

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
        connection.send(reply, Deadline(inf))  # until it takes that or leaves; only its own thread waits

    def _reply_late(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes]) -> None:
        with suppress(ConnectionClosedError):  # the client has left in the meantime
            for reply in _cut_last(rule, replies):
                connection.post([reply])  # type: ignore[arg-type]
            connection.push()
            if deadline := self._end(connection, rule, replies):
                start(f"closing {connection.name}", connection.finish_close, deadline)  # its reader has no deadline

    def _end(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes]) -> Deadline | None:
        """Ends the connection if the rule says so. Returns the deadline for the answer to a close frame."""
        if rule.drop:
            self._ended = True
            start(f"dropping {connection.name}", _drop, connection, replies[-1:])
        if rule.close_code is None:
            return None
        self._ended = True
        deadline = Deadline(CLOSE_TIMEOUT)
        connection.begin_close(rule.close_code, "", deadline)
        return deadline


def _cut_last(rule: Rule, replies: Sequence[str | bytes]) -> Sequence[str | bytes]:
    """Cuts off the last reply where the connection is dropped: it goes out with the drop, which waits for it."""
    return replies[:-1] if rule.drop else replies


def _drop(connection: Connection, last: Sequence[str | bytes]) -> None:
    """Ends TCP when the last reply has left. It waits for the client, so it runs in a thread of its own."""
    with suppress(WebSocketError):
        for reply in last:
            connection.send(reply, Deadline(CLOSE_TIMEOUT))
    connection.drop()
