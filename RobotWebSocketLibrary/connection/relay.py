"""How the two ends of a proxy's link work together: what arrives at one of them leaves at the other one."""

from __future__ import annotations

from typing import Protocol

from ..deadline import Deadline
from ..protocol.frames import Opcode
from ..protocol.messages import DividedMessage, Messages
from .attention import Attention
from .closing import Closing
from .outbox import Outbox
from .sender import Sender
from .serving import Serving


class Relay(Protocol):
    """What one end does with whatever arrives beside messages. The reading thread calls it, so it never waits.

    `behind`, `pass_…` are about what arrives at this end. `settle` says that this end may have room for more.
    """

    source: str
    """How a sentence says where a message comes from, before the name of the end: `from`, `from the target`."""

    @property
    def behind(self) -> bool:
        """So much waits at the other end that reading pauses."""

    @property
    def state(self) -> str:
        """How both ends stand, to continue a sentence."""

    def describe_passed(self) -> list[str]:
        """What became of the last messages that have arrived here, in lines."""

    def pass_ping(self, body: bytes) -> None: ...

    def pass_pong(self, body: bytes) -> None: ...

    def pass_close(self, payload: bytes) -> None: ...

    def pass_end(self, *, reset: bool) -> None:
        """Nothing more comes from the peer. Asked more than once."""

    def follow_end(self) -> None:
        """Nothing is being answered any more: the end of the peer may have waited for it. For any thread."""

    def settle(self) -> None: ...


class Outlet:
    """Lets leave at one end what has arrived at the other, as the other end's peer has sent it.

    Any thread may call it. Nothing here waits, and nothing is bounded here: whoever passes on looks at `pending` first.
    """

    def __init__(
        self, outbox: Outbox, sender: Sender, closing: Closing, serving: Serving, attention: Attention
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._closing = closing
        self._serving = serving
        self._attention = attention

    @property
    def pending(self) -> int:
        """Bytes that wait for the peer."""
        return self._outbox.pending

    @property
    def unsent_control(self) -> int:
        """Control frames that wait for the peer."""
        return self._outbox.unsent_control

    @property
    def empty(self) -> bool:
        return self._outbox.empty

    def await_room(self) -> None:
        """Whoever writes from now on has the reading thread look afterwards."""
        self._outbox.is_awaited = True

    def post(self, messages: Messages) -> bool:
        """Adds messages of one type; returns False where nothing may follow any more. A close frame of the peer does
        not matter: the other direction goes on until its own one (RFC 6455 section 5.5.1)."""
        return self._sender.post(messages) is not None

    def post_divided(self, message: DividedMessage) -> bool:
        """Adds a message in as many fragments as it came in."""
        return self._sender.post_divided(message) is not None

    def post_control(self, opcode: Opcode, body: bytes) -> None:
        """Sends a ping or pong, before all messages."""
        self._sender.post_control(opcode, body)
        self._outbox.push()

    def post_close(self, payload: bytes) -> None:
        """Sends a close frame behind all messages. If it answers one of the peer, the connection has closed."""
        self._sender.pass_close(payload)
        self.push()
        self._attention.ask()

    def push(self) -> None:
        """Writes what was posted, as far as the peer takes it at once."""
        self._outbox.push()

    def expect_close(self, seconds: float) -> None:
        """The peer has so long to answer our close frame, because nobody else waits for that."""
        if self._closing.deadline is None:
            self._closing.deadline = Deadline(seconds)
            self._attention.ask()

    def hang_up(self, how: str) -> None:
        """Ends TCP behind what was sent, without a close frame."""
        self._closing.note_hung_up(how)
        self._serving.hang_up()

    def reset(self, how: str) -> None:
        """Resets TCP at once."""
        self._serving.reset()
        self._closing.note_dropped(how)
        self._serving.end_tcp()
