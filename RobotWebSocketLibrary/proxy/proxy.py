"""The intercepting proxy: a test server whose clients have a second end, which faces the real server."""

from __future__ import annotations

from ..client.websocket_client import load
from ..connection.failed_replies import REPLACEMENT, FailedReply
from ..deadline import Deadline
from ..server.clients import Client
from ..server.counted_notices import CountedNotices
from ..server.server import WebSocketServer
from ..server.server_options import ServerOptions
from .message_rules import Course, MessageRules
from .rewriting import find_origin
from .target import Target, TargetOptions

RULE_SECONDS = 5.0
"""Seconds to wait at most until rules have looked at the messages that have arrived, and until these have left."""


class WebSocketProxy(WebSocketServer):
    """A test server that asks its target about each client, and passes on between the two what neither test nor rule
    changes."""

    def __init__(self, options: ServerOptions, target: TargetOptions) -> None:
        load()
        self.rules = MessageRules()
        notices = CountedNotices()
        allowed = (*options.allowed_origins, find_origin(target.opening.url))
        asked = Target(target, options, self.rules, notices)
        super().__init__(options._replace(allowed_origins=allowed), asked, notices)
        self.target = str(target.opening.url)

    def __repr__(self) -> str:
        count = len(self.clients)
        return f"<WebSocketProxy '{self.url}' to '{self.target}': {count:,} {'client' if count == 1 else 'clients'}>"

    def take_failures(self) -> list[tuple[str, FailedReply]]:
        """Failures of replies, and of replacements."""
        failures = [(REPLACEMENT, failure) for failure in self.rules.take_failures()]
        return [*super().take_failures(), *failures]

    def release(self, count: int | None, course: Course) -> int:
        """Lets so many held messages go, the oldest first, or all; returns how many there were."""
        self.wait_for_rules()
        released = self.rules.release(count, course)
        self.rules.wait_until_left(Deadline(RULE_SECONDS))
        return released

    def remove_rules(self) -> None:
        """Removes all rules, and lets everything go that waits because of them."""
        self.rules.remove()
        self.wait_for_rules()
        self.rules.wait_until_left(Deadline(RULE_SECONDS))

    def wait_for_rules(self) -> None:
        """Waits until rules have looked at what has arrived: a test that has seen a message relies on its rule."""
        deadline = Deadline(RULE_SECONDS)
        for client in self.clients:
            while _is_being_judged(client) and not deadline.expired:
                self.rules.progress.wait(deadline.slice)

    def end(self, owner: str) -> None:
        """Removes the rules of an owner that ends, too."""
        super().end(owner)
        self.rules.remove(owner)

    def stop(self) -> None:
        """Lets everything go that rules hold, and stops like any server."""
        self.rules.remove()
        self.rules.wait_until_left(Deadline(RULE_SECONDS))
        super().stop()


def _is_being_judged(client: Client) -> bool:
    return client.connection.is_answering or (client.upstream is not None and client.upstream.connection.is_answering)
