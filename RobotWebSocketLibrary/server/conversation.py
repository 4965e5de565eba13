"""How the test server answers one client: with scripted replies, or as its protocol does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from .behaviors import CLOSE_TIMEOUT, Peers
from .replies import Replies, Rule, reason

UNSENT = 1024 * 1024
"""Bytes of replies after which a client has to take them before its next message is looked at."""

AnswerMaker = Callable[[Connection, Messages], None]
BehaviorAnswer = Callable[[Connection, Messages, Peers], None]


def answering(
    replies: Replies, request: Request, subprotocol: str | None, behavior: BehaviorAnswer | None, peers: Peers
) -> AnswerMaker:
    """What answers one client's messages: its protocol, and before it the replies, once there are any."""
    conversation = Conversation(replies, request, subprotocol, behavior, peers)

    def answer(connection: Connection, messages: Messages) -> None:
        try:
            if replies.rules:
                conversation.answer(connection, messages)
            elif behavior is not None:
                behavior(connection, messages, peers)
        except ConnectionClosedError:  # it is closing: what still comes can have no answer
            pass

    return answer


class Conversation:
    """One client, as replies see it.

    Its own thread answers. What has a delay is made there, too, and only goes out in the thread of the delays.
    """

    def __init__(
        self,
        replies: Replies,
        request: Request,
        subprotocol: str | None,
        behavior: BehaviorAnswer | None,
        peers: Peers,
    ) -> None:
        self._replies = replies
        self._request = request
        self._subprotocols = (None, subprotocol)
        self._behavior = behavior
        self._peers = peers
        self._unsent = 0
        self._ended = False

    def answer(self, connection: Connection, messages: Messages) -> None:
        """Answers in order; messages without a reply that follow one another are left to the protocol together."""
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
        finally:  # also before a reply that failed
            self._leave(connection, unmatched)

    def _make(self, message: Message) -> tuple[Rule, Sequence[str | bytes]] | None:
        """The rule for a message, and the replies; None where the message is the protocol's."""
        try:
            rule = self._replies.find(message, self._fits)
            if rule is not None:
                return rule, rule.replies(message)
        except BaseException as error:  # a script can call `sys.exit`, too
            self._replies.failed(message, error)
            raise AnswerError(reason(error)) from error
        self._replies.not_matched(message)
        return None

    def _fits(self, rule: Rule) -> bool:
        return self._request.asks_for(rule.path) and rule.subprotocol in self._subprotocols

    def _leave(self, connection: Connection, messages: list[Any]) -> None:
        if messages and self._behavior is not None:
            self._behavior(connection, messages, self._peers)

    def _reply(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes]) -> None:
        if rule.delay:
            self._replies.delays.add(rule.delay, partial(self._reply_late, connection, rule, replies))
            return
        for reply in _before_end(rule, replies):
            self._send(connection, reply)
        self._end(connection, rule, replies)

    def _send(self, connection: Connection, reply: str | bytes) -> None:
        """Sends without waiting, but for a client that does not take what it asked for."""
        self._unsent += len(reply)
        if self._unsent < UNSENT:
            connection.post([reply])  # type: ignore[arg-type]
            return
        self._unsent = 0
        connection.send(reply, Deadline(inf))  # until it does, or leaves: it is its own thread that waits

    def _reply_late(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes]) -> None:
        with suppress(ConnectionClosedError):  # the client has left meanwhile
            for reply in _before_end(rule, replies):
                connection.post([reply])  # type: ignore[arg-type]
            connection.push()
            if deadline := self._end(connection, rule, replies):
                start(f"closing {connection.name}", connection.finish_close, deadline)  # its reader knows no deadline

    def _end(self, connection: Connection, rule: Rule, replies: Sequence[str | bytes]) -> Deadline | None:
        """Ends the connection as the rule says. Returns until when the client may answer a close frame."""
        if rule.drop:
            self._ended = True
            start(f"dropping {connection.name}", _drop, connection, replies[-1:])
        if rule.close_code is None:
            return None
        self._ended = True
        deadline = Deadline(CLOSE_TIMEOUT)
        connection.begin_close(rule.close_code, "", deadline)
        return deadline


def _before_end(rule: Rule, replies: Sequence[str | bytes]) -> Sequence[str | bytes]:
    """The replies without the one behind which TCP is dropped."""
    return replies[:-1] if rule.drop else replies


def _drop(connection: Connection, last: Sequence[str | bytes]) -> None:
    """Ends TCP once the last reply has left. In a thread of its own, because it waits for the client."""
    with suppress(WebSocketError):
        for reply in last:
            connection.send(reply, Deadline(CLOSE_TIMEOUT))
    connection.drop()
