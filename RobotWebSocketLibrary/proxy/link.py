"""The two ends of a proxy's client, joined."""

from __future__ import annotations

from collections.abc import Callable

from ..client.opening_handshake import CompletedHandshake
from ..connection.connection import Connection
from ..connection.terms import Limits, Terms
from ..protocol.http import Exchange, Request
from ..server.behaviors import Behavior
from ..server.clients import Upstream
from ..server.conversation import Conversation
from ..server.replies import Replies
from .message_rules import MessageRules, To
from .passage import Passage

NAME = "proxy"
"""The behavior of a proxy's ends."""


class LinkedEnd:
    """What one end of a link does with what arrives (`arriving`), and when it may have room (`leaving`)."""

    def __init__(self, arriving: Passage, leaving: Passage, source: str, whither: str) -> None:
        self.source = source
        self._arriving = arriving
        self._leaving = leaving
        self._whither = whither

    def join(self, own: Connection, other: Connection) -> None:
        self._own = own
        self._other = other

    @property
    def behind(self) -> bool:
        return self._arriving.behind

    @property
    def state(self) -> str:
        if self._own.state == self._other.state == "open":
            return "both ends are open"
        return f"{self._own.how}, and at the other end {self._other.how}"

    def describe_passed(self) -> list[str]:
        """What became of the last messages that have arrived here."""
        return self._arriving.fates.describe(self._whither)

    def pass_ping(self, body: bytes) -> None:
        self._arriving.pass_ping(body)

    def pass_pong(self, body: bytes) -> None:
        """Passes a pong on, unless it answers a ping of the test."""
        if self._leaving.take_passed(body) or not self._own.pings.forget_own(body):
            self._arriving.pass_pong(body)

    def pass_close(self, payload: bytes) -> None:
        self._arriving.pass_close(payload)

    def pass_end(self, *, reset: bool) -> None:
        self._leaving.clear()
        self._arriving.end(reset=reset)

    def follow_end(self) -> None:
        self._arriving.follow_end()

    def settle(self) -> None:
        self._leaving.settle()


class ProxyLink:
    """Opens nothing by itself: the second end is there, and the first one follows.

    The thread of the client's handshake makes and joins it. Nothing is read before both ends are joined.
    """

    def __init__(self, completed: CompletedHandshake, handshake: Exchange, asked: Request, rules: MessageRules) -> None:
        self.stream = completed.stream
        self._completed = completed
        self._handshake = handshake
        self._up = Passage(To.TARGET, rules, asked)
        self._down = Passage(To.CLIENT, rules, asked)
        self.near_relay = LinkedEnd(self._up, self._down, "from", "target")
        self.far_relay = LinkedEnd(self._down, self._up, "from the target", "client")
        self.behavior = _make_behavior(self._up, rules)
        terms = Terms(str(completed.url), completed.subprotocol, completed.compression)
        self._terms = terms
        self._conversation = Conversation(
            Replies(), asked, completed.subprotocol, _make_behavior(self._down, rules), tuple
        )

    def make_far_end(self, limits: Limits) -> None:
        """Makes the connection to the target."""
        self._far = Connection(
            self.stream,
            "client",
            self._terms.url,
            self._terms,
            limits,
            responder=self._conversation,
            relay=self.far_relay,
        )

    def join(self, near: Connection) -> Upstream:
        """Joins the two ends."""

        def fail(how: str) -> None:
            for passage in (self._up, self._down):
                passage.stop()
            for end in (near, self._far):
                end.fail_reply(how)

        self._up.join(near, self._far, fail)
        self._down.join(self._far, near, fail)
        self.near_relay.join(near, self._far)
        self.far_relay.join(self._far, near)
        return Upstream(self._far, self._handshake)

    def start(self, on_end: Callable[[], None]) -> None:
        self._far.start(self._completed.received, on_end)

    def give_up(self) -> None:
        """Ends TCP of the second end: the client was not let in."""
        self.stream.close()


def _make_behavior(passage: Passage, rules: MessageRules) -> Behavior:
    return Behavior(NAME, passage.pass_on, relays=True, takes_time=rules.any, at_rest=passage.follow_end)
