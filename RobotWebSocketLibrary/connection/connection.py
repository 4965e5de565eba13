"""One end of a WebSocket connection, a client's or a server's."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from ..deadline import Deadline
from ..errors import ConnectionClosedError, MessageTimeoutError, WebSocketError, quoted
from ..protocol.close import CloseStatus
from ..protocol.deflate import DeflateParameters
from ..protocol.frames import Frame, Opcode
from ..protocol.messages import Message, Messages
from ..threads import start
from .closing import Closing, Role, State
from .compression import Compression
from .heartbeat import Heartbeat, HeartbeatTimes
from .inbox import Inbox, InboxLimit, Matches, Search
from .misbehavior import Misbehavior
from .outbox import Outbox, Sending
from .pings import Pings, Pong
from .receiver import Receiver
from .sender import Sender
from .stream import Stream
from .traffic import Traffic, TrafficLimit

OUTBOX_LIMIT = 16 * 1024 * 1024
"""Bytes that may wait for a slow peer when nobody waits for them to be written."""
ABORT_GRACE = 1.0
"""Seconds for the reader to notice that TCP was ended under it."""

Found = TypeVar("Found")


class Connection:
    """Sends, receives into an inbox, pings, closes: the same for the end that we opened and the one our server
    accepted.

    Threads: `read` runs in a thread of its owner for as long as the connection lives, and closes the socket at its end.
    Every other method may be called from any thread; taking from the inbox is for one thread at a time. What the reader
    changes it announces through `_changed`; `notices` are warnings for the test, collected here and logged by its
    thread.
    """

    def __init__(
        self,
        stream: Stream,
        role: Role,
        *,
        name: str,
        url: str,
        max_message_size: int,
        subprotocol: str | None = None,
        inbox_limit: InboxLimit | None = None,
        traffic_limit: TrafficLimit | None = None,
        keep_last: int | None = None,
        compression: DeflateParameters | None = None,
        heartbeat: HeartbeatTimes | None = None,
        answer: Callable[[Connection, Messages], None] | None = None,
        answers_pause: bool = True,
    ) -> None:
        self.name = name
        self.url = url
        self.role = role
        self.subprotocol = subprotocol
        self.compression = compression
        self.inbox = Inbox(inbox_limit or InboxLimit(), keep_last)
        self.traffic = Traffic(traffic_limit)
        self._stream = stream
        self._closing = Closing(role, self.traffic.record_event)
        self.pings = Pings()
        self.misbehavior = Misbehavior()
        self._outbox = Outbox(stream, name, self.misbehavior)
        agreed = None if compression is None else Compression(compression, role, max_message_size)
        self._sender = Sender(self._outbox, self._closing, self.traffic, masked=role == "client", compression=agreed)
        self._receiver = Receiver(
            stream,
            self._sender,
            self._closing,
            inbox=self.inbox,
            pings=self.pings,
            traffic=self.traffic,
            masked=role == "server",
            max_message_size=max_message_size,
            compression=agreed,
            answer=None if answer is None else lambda messages: answer(self, messages),
            answers_pause=answers_pause and answer is not None,
            misbehavior=self.misbehavior,
        )
        self._heartbeat: Heartbeat | None = None
        if heartbeat is not None:
            self._heartbeat = Heartbeat(heartbeat, stream, self._sender, self._closing, self.pings)
            self._receiver.pauses.heartbeat = self._heartbeat
        self.notices = self._receiver.notices
        self._changed = self._receiver.changed

    @property
    def state(self) -> State:
        return self._closing.state

    @property
    def close_status(self) -> CloseStatus | None:
        """How the connection closed; None while it has not."""
        return self._closing.status

    def read(self, received: bytes = b"") -> None:
        """Receives until the connection has ended. The owner runs it in a thread."""
        if self._heartbeat is not None:
            start(f"heartbeat of {self.name}", self._heartbeat.run)
        self._receiver.run(received)

    def send(self, data: str | bytes, deadline: Deadline, fragment_size: int | None = None) -> None:
        """Sends a message and waits until the operating system has taken all of it, unless this end is to be slow."""
        if self._outbox.slow:
            self._check_outbox()
        sending = self._post(data, fragment_size)
        size = self._outbox.pending
        self._outbox.drain()
        while not (sending.done or self._outbox.slow):
            self._check_sending(size, deadline)
            self._outbox.progress.wait(deadline.slice)

    def post(self, message: str | bytes) -> None:
        """Adds a message to what goes out next, without waiting."""
        self.post_all([message])  # type: ignore[arg-type]

    def post_all(self, messages: Messages) -> None:
        """Adds messages of one type to what goes out next. What the peer does not take at once follows as it does."""
        self._check_outbox()
        if self._closing.began or not self._sender.post_all(messages):
            self._cannot_send()

    def post_raw(self, data: bytes) -> None:
        """Adds bytes as they are to what goes out next."""
        self._outbox.post([data])

    def drain(self) -> None:
        """Writes what was posted, as far as the peer takes it at once."""
        self._sender.drain()

    def send_control(self, opcode: Opcode, body: bytes) -> None:
        """Sends a ping or pong, between the frames of a message where one is on its way."""
        if opcode == Opcode.PING:
            self.pings.sent(body)
        if not self._sender.post_control(opcode, body):
            self._cannot_send()
        self._sender.drain()

    def send_frame(self, frame: Frame, masked: bool, length: int | None = None) -> None:
        """Sends a frame as a test wants it. What the peer does not take at once follows as it does."""
        if frame.opcode == Opcode.PING:
            self.pings.sent(frame.payload)  # `wait_for_pong` counts it
        self._check_outbox()
        self._leave(self._sender.post_frame(frame, masked=masked, length=length))

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are, in place of frames."""
        self._check_outbox()
        sending = self._outbox.post_anything(data)
        if sending is not None:
            self.traffic.record_event(f"sent {len(data):,} raw bytes {quoted(data)}")
        self._leave(sending)

    def drop(self, *, reset: bool = False) -> None:
        """Ends TCP without a close frame."""
        if self.state == "closed":
            return
        if reset:
            self._stream.reset()  # before the reader can end TCP
        self._closing.dropped(f"our end {'reset' if reset else 'ended'} TCP (1006)")
        self._end_tcp()

    def take_message(self, matches: Matches) -> Message | None:
        """The first message that matches, if it has arrived."""
        return self.inbox.take(matches)

    def wait_for_message(self, deadline: Deadline, matches: Matches, what: str = "message") -> Message:
        """Waits for a message that matches and leaves the others in the inbox."""
        found = self._wait(deadline, Search(self.inbox, matches, deadline).take, lambda: self.inbox.full)
        return self._nothing(f"No {what}", deadline) if found is None else found

    def wait_for_messages(self, deadline: Deadline, count: int) -> list[Message]:
        """Waits until there are so many messages, and takes them all at once."""
        found = self._wait(deadline, lambda: len(self.inbox) >= count or None, lambda: self.inbox.full)
        if found is None:
            self._nothing(f"Only {len(self.inbox):,} of {count:,} messages", deadline)
        return self.inbox.take_first(count)

    def wait_in_vain(self, deadline: Deadline, matches: Matches) -> Message | None:
        """Waits for a message that must not come; returns the one that did, which stays in the inbox."""
        found = self._wait(deadline, Search(self.inbox, matches, deadline).find, lambda: self.inbox.full)
        if found is None and (self.close_status is not None or self.inbox.full):
            raise ConnectionClosedError(f"'{self.name}' cannot tell that no message comes: {self._why_nothing}.")
        return found

    def wait_for_ping(self, deadline: Deadline) -> bytes:
        """Waits for a ping that no wait has returned yet, and returns its body."""
        found = self._wait(deadline, self.pings.take_ping)
        return self._nothing("No ping", deadline) if found is None else found

    def wait_for_pong(self, deadline: Deadline, body: bytes | None = None) -> Pong:
        """Waits for the pong with that body, or for that of the last ping sent."""
        wanted = self.pings.last_body if body is None else body
        if wanted is None:
            raise WebSocketError(f"Cannot wait for a pong from '{self.name}': no ping was sent and no body was given.")
        found = self._wait(deadline, lambda: self.pings.take_pong(wanted))
        return self._nothing("No pong", deadline) if found is None else found

    def wait_for_close(self, deadline: Deadline) -> CloseStatus:
        """Waits until the connection has ended, however it ends."""
        self._wait_until_closed(deadline)
        if self.state != "closed" or self.close_status is None:
            raise MessageTimeoutError(f"'{self.name}' was not closed in {deadline}; {self._closing}.")
        return self.close_status

    def begin_close(self, code: int, reason: str, deadline: Deadline) -> None:
        """Sends a close frame behind the messages on their way, unless one was sent already, and does not wait."""
        if self._closing.tcp_is_lost:
            self._stream.shutdown()  # dropping it may have been interrupted
            return
        self._sender.begin_close(code, reason, deadline)
        self.misbehavior.restore()
        self.inbox.room.set()
        self._sender.drain()

    def finish_close(self, deadline: Deadline) -> CloseStatus | None:
        """Waits for the peer's close frame and the end of TCP, and ends TCP itself at the deadline."""
        self._wait_until_closed(deadline)
        if deadline.expired and self._closing.unanswered:
            self.notices.append(f"the {self._closing.peer} did not answer the close frame in {deadline}")
        if self.state != "closed":
            self.abort(f"the {self._closing.peer} kept TCP open")
        return self.close_status

    def abort(self, how: str) -> None:
        """Ends TCP at once, and waits for the reader to leave."""
        self._closing.lost(how)
        self._end_tcp()

    def _end_tcp(self) -> None:
        self._stream.shutdown()
        self.misbehavior.changed.set()
        self._wait_until_closed(Deadline(ABORT_GRACE))

    def _leave(self, sending: Sending | None) -> None:
        if sending is not None:
            self._sender.drain()
        if sending is None or (self._outbox.broken and not sending.done):
            self._cannot_send()

    def _check_outbox(self) -> None:
        """Ends the connection where too much waits for the peer, and nobody waits for it to leave."""
        if self._outbox.pending > OUTBOX_LIMIT:
            why = "our end was told to be slow" if self._outbox.slow else f"the {self._closing.peer} did not read"
            self._closing.lost(f"{why}, and {OUTBOX_LIMIT:,} bytes waited for it")
            self._stream.shutdown()

    def _post(self, data: str | bytes, fragment_size: int | None = None) -> Sending:
        if self._closing.began or self._outbox.broken:
            self._cannot_send()
        return self._sender.post_message(data, fragment_size) or self._cannot_send()

    def _check_sending(self, size: int, deadline: Deadline) -> None:
        if self._outbox.broken:  # what the peer said before it left tells more than a failed write
            self._wait(Deadline(min(ABORT_GRACE, deadline.remaining)), lambda: self.close_status)
        if self.close_status is not None or self._outbox.broken:
            self._cannot_send()
        if deadline.expired:
            how = f"only {size - self._outbox.pending:,} of {size:,} bytes were sent in {deadline}"
            self.abort(f"connection broken: {how}")
            raise WebSocketError(f"Cannot send to '{self.name}': {how}; the connection is broken and was closed.")

    def _cannot_send(self) -> NoReturn:
        how, broken = str(self._closing), self._outbox.broken
        if broken is not None and not self._closing.began:
            how = f"connection lost: {broken.strerror or broken}"
        raise ConnectionClosedError(f"Cannot send to '{self.name}': {how}.")

    def _wait(
        self, deadline: Deadline, find: Callable[[], Found | None], hopeless: Callable[[], bool] = lambda: False
    ) -> Found | None:
        while True:
            over = self.close_status is not None or hopeless()  # looked at first: what came before it is found below
            found = find()
            if found is not None or over or deadline.expired:
                return found
            self._changed.wait(deadline.slice)

    def _wait_until_closed(self, deadline: Deadline) -> None:
        while self.state != "closed" and not deadline.expired:
            self._changed.wait(deadline.slice)

    def _nothing(self, what: str, deadline: Deadline) -> NoReturn:
        start = f"{what} from '{self.name}'"
        if self.close_status is not None:
            raise ConnectionClosedError(f"{start}: {self._closing}.")
        if self.inbox.full:
            raise MessageTimeoutError(f"{start}: {self._why_nothing}.")
        deaf = "" if self.misbehavior.reads else ", and this end was told not to read"
        raise MessageTimeoutError(f"{start} in {deadline}; {self._closing}{deaf}.")

    @property
    def _why_nothing(self) -> str:
        """Why no message can come."""
        if self.close_status is not None:
            return str(self._closing)
        return f"the inbox is full with {len(self.inbox):,} messages"
