"""One end of a WebSocket connection, a client's or a server's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn

from ..deadline import Deadline, WakeUp
from ..errors import ConnectionClosedError, WebSocketError, describe_os_error, quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import Frame, Opcode
from ..protocol.messages import Messages
from ..wall_clock import now
from .attention import Attention
from .automatic_replies import AutomaticReplies
from .closing import Closing, Role, State
from .compression import Compression
from .control_frames import ControlFrames
from .delivery import Delivery, Responder
from .heartbeat import Heartbeat, HeartbeatTimes
from .inbox import Inbox
from .incoming import Incoming
from .misbehavior import Misbehavior
from .news import Announcer, Notices
from .observed_inbox import ObservedInbox
from .outbox import Outbox, Sending
from .pauses import Pauses
from .pings import Pings
from .receiver import Receiver
from .relay import Outlet, Relay
from .sender import Sender
from .serving import Serving
from .stream import Stream
from .terms import Limits, Terms
from .traffic import Traffic
from .waits import Waits

OUTBOX_LIMIT = 16 * 1024 * 1024
"""Bytes that may wait for a slow peer when nobody waits for them to be written."""
ABORT_GRACE = 1.0
"""Seconds for the reader to notice that TCP was ended under it."""


class Connection:
    """Sends, receives into an inbox, pings, closes. The end that we opened and one that our server accepted are alike.

    - `start` hands it to the reading thread, which alone reads, and closes the socket at the end. A connection that
      nobody knows any more ends, too.
    - Every method may be called from any thread. `waits` and taking from `inbox` are for one thread at a time.
    - Whatever the reading thread must see is changed first, and `attention` asked for afterwards.
    - `notices` are warnings. Any thread adds, and the test's thread logs them.
    - `dropped`: `drop` was called while TCP had not ended.
    - `announcer` says to whoever keeps a log that something was recorded or noticed, or that the connection has ended.
    - An interrupted write breaks the connection, and an interrupted close is finished by the next one. Nothing else
      that an exception of a signal handler strikes changes how the connection stands.
    """

    def __init__(
        self,
        stream: Stream,
        role: Role,
        name: str,
        terms: Terms,
        limits: Limits,
        *,
        heartbeat: HeartbeatTimes | None = None,
        responder: Responder | None = None,
        relay: Relay | None = None,
    ) -> None:
        self._stream = stream
        self.name = name
        self.role = role
        self.url = terms.url
        self.subprotocol = terms.subprotocol
        self.compression = terms.compression
        self.dropped = False
        self.announcer = Announcer()
        self.traffic = Traffic(limits.traffic, self.announcer)
        self.notices = notices = Notices(self.announcer)
        self._attention = attention = Attention()
        self.misbehavior = misbehavior = Misbehavior(attention)
        make_inbox = ObservedInbox if limits.forgets else Inbox
        self.inbox = make_inbox(limits.inbox, limits.keep_last, attention)
        self._closing = closing = Closing(role, self.traffic.record_event, self.announcer)
        self._outbox = outbox = Outbox(stream, misbehavior, attention)
        compression = None
        if terms.compression is not None:
            compression = Compression(terms.compression, role, limits.max_message_size)
        self._sender = sender = Sender(outbox, closing, self.traffic, masked=role == "client", compression=compression)
        self.pings = pings = Pings(relay)
        self.relay = relay
        changed = WakeUp()
        incoming = Incoming(
            self.traffic,
            compression,
            masked=role == "server",
            limit=limits.max_message_size,
            keeps_lengths=relay is not None,
        )
        self.waits = Waits(
            name,
            closing=closing,
            inbox=self.inbox,
            pings=pings,
            misbehavior=misbehavior,
            incoming=incoming,
            traffic=self.traffic,
            changed=changed,
            attention=attention,
            relay=relay,
        )
        self._delivery = delivery = Delivery(
            self.inbox,
            closing,
            responder,
            answer=None if responder is None else partial(responder.answer, self),
            changed=changed,
            notices=notices,
            relays=relay is not None,
        )
        control = ControlFrames(outbox, sender, closing, pings, misbehavior, relay=relay)
        receiver = Receiver(
            stream, outbox, sender, closing, incoming=incoming, delivery=delivery, control=control, changed=changed
        )
        pauses = Pauses(stream, closing, outbox, receiver, delivery, misbehavior=misbehavior, relay=relay)
        self._serving = serving = Serving(
            stream, outbox, closing, receiver=receiver, pauses=pauses, attention=attention, notices=notices, relay=relay
        )
        self.outlet = Outlet(outbox, sender, closing, serving, attention)
        if heartbeat is not None:
            serving.heartbeat = Heartbeat(
                heartbeat, outbox=outbox, sender=sender, closing=closing, pings=pings, pauses=pauses, fail=serving.fail
            )

    @property
    def state(self) -> State:
        return self._closing.state

    @property
    def how(self) -> str:
        """How the connection stands, to continue a sentence."""
        return str(self._closing)

    @property
    def is_answering(self) -> bool:
        """Messages that have arrived are still being looked at by whoever answers or passes them on."""
        return self._delivery.is_answering

    @property
    def close_status(self) -> CloseStatus | None:
        """How the connection closed; None while it has not."""
        return self._closing.status

    @property
    def automatic(self) -> AutomaticReplies:
        """What this end answers and sends by itself, because a test has said so."""
        if self._delivery.automatic is None:
            self._delivery.automatic = AutomaticReplies(self, self._delivery.sieving)
        return self._delivery.automatic

    def check_open(self, action: str) -> None:
        """Fails where nothing can be sent any more; `action` begins the sentence."""
        if self._closing.began:
            raise ConnectionClosedError(action, self.name, str(self._closing))

    def start(self, received: bytes = b"", on_end: Callable[[], None] | None = None) -> None:
        """Hands the connection to the reading thread, which receives until it has ended and then calls `on_end`."""
        self._serving.start(self, received, on_end)

    def look(self) -> None:
        """Has the reading thread look at what has changed."""
        self._attention.ask()

    def fail_reply(self, how: str) -> None:
        """Fails the connection because our end could not make an answer."""
        self._serving.fail_reply(how)

    def send(self, data: str | bytes, deadline: Deadline, fragment_size: int | None = None) -> None:
        """Sends a message and waits until the operating system has taken all of it, unless this end is to be slow."""
        if self._outbox.slow:
            self._check_outbox()
        sending = self._post([data], fragment_size)  # type: ignore[arg-type]
        size = self._outbox.pending
        self._outbox.push()
        while not (sending.done or self._outbox.slow):
            self._check_sending(size, deadline)
            if not self._outbox.progress.wait(deadline.slice):
                self._attention.ask()  # whoever was to ask may have been interrupted

    def post(self, messages: Messages) -> None:
        """Adds messages of one type to what goes out next. What the peer does not take at once follows as it does."""
        if self._outbox.pending > OUTBOX_LIMIT:
            self._check_outbox()
        self._post(messages)

    def post_raw(self, data: bytes) -> None:
        """Adds bytes as they are to what goes out next."""
        self._outbox.post([data])

    def push(self) -> None:
        """Writes what was posted, as far as the peer takes it at once."""
        self._outbox.push()

    def send_control(self, opcode: Opcode, body: bytes) -> None:
        """Sends a ping or pong, between the frames of a message where one is on its way."""
        if opcode == Opcode.PING:
            self.pings.add_sent(body)
        if not self._sender.post_control(opcode, body):
            self._cannot_send()
        self._outbox.push()

    def send_frame(self, frame: Frame, masked: bool, length: int | None = None) -> None:
        """Sends a frame as a test wants it. What the peer does not take at once follows as it does."""
        if frame.opcode == Opcode.PING:
            self.pings.add_sent(frame.payload)  # a test can wait for its pong
        self._check_outbox()
        self._push_sent(self._sender.post_frame(frame, masked=masked, length=length))

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are, in place of frames."""
        self._check_outbox()
        at = now()
        sending = self._outbox.post_anything(data)
        if sending is not None:
            self.traffic.record_event(f"sent {len(data):,} raw bytes {quoted(data)}", at)
        self._push_sent(sending)

    def drop(self, *, reset: bool = False) -> None:
        """Ends TCP without a close frame."""
        if self.state == "closed":
            return
        self.dropped = True
        if reset:
            self._stream.reset()  # before the reader can end TCP
        self._closing.note_dropped(f"our end {'reset' if reset else 'ended'} TCP (1006)")
        self._serving.end_tcp()
        self.waits.wait_until_closed(Deadline(ABORT_GRACE))

    def begin_close(self, code: int, reason: str, deadline: Deadline, *, warns: bool = False) -> None:
        """Sends a close frame behind the messages on their way, unless one was sent already, and does not wait.

        With `warns` a notice says so when the peer has not answered at the deadline: nobody waits for it.
        """
        self._closing.warns_when_missed = warns
        if self._closing.tcp_is_lost:
            self._serving.end_tcp()  # dropping it may have been interrupted
            return
        self._sender.begin_close(code, reason, deadline)
        self._outbox.push()
        self.misbehavior.restore()  # which has the reading thread look

    def finish_close(self, deadline: Deadline) -> CloseStatus | None:
        """Waits for the peer's close frame and the end of TCP, and ends TCP itself at the deadline."""
        self.waits.wait_until_closed(deadline)
        if deadline.expired and self._closing.unanswered:
            self.notices.append(f"the {self._closing.peer} did not answer the close frame in {deadline}")
        if self.state != "closed":
            self.abort(f"the {self._closing.peer} kept TCP open")
        return self.close_status

    def abort(self, how: str) -> None:
        """Ends TCP at once, and waits for the reader to leave."""
        self._closing.note_lost(how)
        self._serving.end_tcp()
        self.waits.wait_until_closed(Deadline(ABORT_GRACE))

    def _push_sent(self, sending: Sending | None) -> None:
        if sending is not None:
            self._outbox.push()
        if sending is None or (self._outbox.broken and not sending.done):
            self._cannot_send()

    def _check_outbox(self) -> None:
        """Ends the connection where too much waits for the peer, and nobody waits for it to leave."""
        if self._outbox.pending > OUTBOX_LIMIT:
            why = "our end was told to be slow" if self._outbox.slow else f"the {self._closing.peer} did not read"
            self._closing.note_lost(f"{why}, and {OUTBOX_LIMIT:,} bytes waited for it")
            self._serving.end_tcp()

    def _post(self, messages: Messages, fragment_size: int | None = None) -> Sending:
        if self._closing.began or self._outbox.broken:
            self._cannot_send()
        return self._sender.post(messages, fragment_size) or self._cannot_send()

    def _check_sending(self, size: int, deadline: Deadline) -> None:
        if self._outbox.broken:  # what the peer said before it left explains more than a failed write
            self.waits.wait_for_status(Deadline(min(ABORT_GRACE, deadline.remaining)))
        if self.close_status is not None or self._outbox.broken:
            self._cannot_send()
        if deadline.expired:
            how = f"only {size - self._outbox.pending:,} of {size:,} bytes were sent in {deadline}"
            self.abort(f"connection broken: {how}")
            raise WebSocketError(f"Cannot send to '{self.name}': {how}; the connection is broken and was closed.")

    def _cannot_send(self) -> NoReturn:
        how, broken = str(self._closing), self._outbox.broken
        if broken is not None and not self._closing.began:
            how = f"connection lost: {describe_os_error(broken)}"
        raise ConnectionClosedError("Cannot send to", self.name, how)
