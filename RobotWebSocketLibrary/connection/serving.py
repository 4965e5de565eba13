"""One connection in the reading thread: reading, writing what is left, and the end of TCP."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..deadline import Deadline
from ..ownership import Owner
from ..protocol.close import CloseCode
from .attention import Attention
from .closing import Closing
from .heartbeat import Heartbeat
from .outbox import Outbox
from .pace import Pace
from .pauses import Pauses
from .reading_thread import READ, WRITE, ReadingThread, claim, disclaim
from .receiver import READS, Receiver
from .schedule import Timer
from .stream import Stream

if TYPE_CHECKING:
    from .relay import Relay

LINGER = 1.0
"""Seconds that TCP may stay after both close frames, or after our end has failed the connection."""


class Serving:
    """Serves one connection from its hand-over to the end of TCP.

    - `start` may come from any thread. Everything else runs in the reading thread, which never waits here.
    - `interest` says what the thread waits for. A pause takes the interest in reading away; what the peer has not taken
      yet brings the interest in writing.
    - The end: once nothing more is to be received, our last frames are written, our direction ends if it is our turn,
      and the peer has a second to end its own. A connection that is lost or dropped ends at once.
    - The selector forgets the socket before it is closed. `note_finished` comes behind that, and `on_end` last.
    """

    def __init__(
        self,
        stream: Stream,
        outbox: Outbox,
        closing: Closing,
        *,
        receiver: Receiver,
        pauses: Pauses,
        attention: Attention,
        notices: deque[str],
        relay: Relay | None = None,
    ) -> None:
        self.interest = self.watched = 0
        self.heartbeat: Heartbeat | None = None
        self._stream = stream
        self._outbox = outbox
        self._closing = closing
        self._receiver = receiver
        self._pauses = pauses
        self._attention = attention
        self._pace = Pace(outbox, attention)
        self._notices = notices
        self._relay = relay
        self._hangs_up = False
        self._thread: ReadingThread | None = None
        self._owner: Owner | None = None
        self._received: bytes | None = b""
        self._on_end: Callable[[], None] | None = None
        self._failed_reply: str | None = None
        self._said_everything = False
        self._reads = False
        self._close_timer: Timer | None = None
        self._close_deadline: Deadline | None = None
        self._linger_timer: Timer | None = None

    def start(self, owner: object, received: bytes, on_end: Callable[[], None] | None = None) -> None:
        """Hands the connection to the reading thread, with the bytes that came behind the opening handshake.

        The connection lasts no longer than its owner.
        """
        self._received, self._on_end = received, on_end
        try:
            self._thread = thread = claim(self)
            self._owner = thread.watch_over(owner, self)
            self._attention.direct(thread, self)
            self._attention.ask()
        except BaseException:
            if not self._attention.is_directed:  # otherwise the reading thread ends it, once it is asked to look
                disclaim(self)
            raise

    def end_tcp(self) -> None:
        """Ends TCP. It was noted before that it is lost, so the reading thread waits for nothing. For any thread.

        The reading thread itself does it, so that it reads nothing of a connection that was shut down (`Stream.end`).
        """
        if self._attention.is_directed:
            self._attention.ask()
        else:  # `start` was interrupted: nobody else would close the stream
            self._stream.shutdown()
            self._stream.close()
            self._closing.note_finished()

    def hang_up(self) -> None:
        """Ends TCP behind what was sent. It was noted before why. For any thread."""
        self._hangs_up = True
        self._attention.ask()

    def reset(self) -> None:
        """Makes the end of TCP a reset; `end_tcp` comes next. For any thread."""
        self._stream.reset()

    def fileno(self) -> int:
        return self._stream.fileno()

    def serve(self, events: int) -> None:
        """Reads what has arrived."""
        if self._thread is None or self._closing.tcp_is_lost:
            return
        if self._pauses.is_deaf and not self._receiver.over:  # a test may have made it so just now
            return
        if events & READ or self._stream.wants_to_write:
            self._read()

    def look(self) -> None:
        """Looks at what another thread has changed."""
        if self._thread is None:  # it has ended
            return
        if self._owner is not None and self._owner() is None:
            self._closing.note_lost("nobody used the connection any more")
        if self._received is not None:
            self._begin(self._received)
        if self._failed_reply is not None:
            self._receiver.fail(CloseCode.INTERNAL_ERROR, self._failed_reply)
        if self._hangs_up:
            self._receiver.hang_up()
        self._receiver.look()
        self._watch_for_close()
        if self._reads and (self._stream.holds_back or self._stream.ended):
            self._read()
        self.settle()

    def break_off(self) -> None:
        """Ends at once what an error of this library has struck."""
        self._closing.note_lost("connection lost: an error in RobotWebSocketLibrary (1006)")
        self._finish()

    def fail(self, code: int, how: str) -> None:
        """Fails a connection whose peer answers no ping: it would not answer a close frame either."""
        self._receiver.fail(code, how)
        self._outbox.push()
        self._stream.shutdown()
        self._attention.ask()

    def fail_reply(self, how: str) -> None:
        """Fails the connection because our end could not make an answer. Any thread may call it."""
        self._failed_reply = how
        self._attention.ask()

    def _begin(self, received: bytes) -> None:
        self._received = None
        if self.heartbeat is not None and self._thread is not None:
            self.heartbeat.start(self._thread)
        if received:
            self._receiver.feed(received)

    def _read(self) -> None:
        if self._receiver.over:
            self._read_to_the_end()
        else:
            self._receiver.read()

    def _read_to_the_end(self) -> None:
        """Waits for the peer to end TCP. Closing a socket with unread bytes would reset it (RFC 6455 section 7.1.1)."""
        try:
            for _ in range(READS):
                data = self._stream.receive_now()
                if data == b"":  # the peer has ended TLS, and may not have ended TCP
                    data = self._stream.receive_below()
                if data is None:
                    return
                if not data:
                    self._finish()
                    return
        except OSError:
            self._finish()

    def settle(self) -> None:
        """Does what follows from what has just happened, and finds what to wait for next."""
        if self._thread is None:
            return
        if self._outbox.is_due:
            self._outbox.write_more()
        if self._receiver.frame_has_grown:
            self._receiver.frame_has_grown = False
            self._pauses.peer_is_excused = True
        if self._closing.tcp_is_lost:
            self._finish()
        elif self._receiver.over:
            self._linger()
        if self._thread is not None:
            if self._outbox.slow or self._pace.is_kept:
                self._pace.keep(self._thread)
            self._find_interest()
        if self._relay is not None:
            self._relay.settle()

    def _find_interest(self) -> None:
        """What to wait for. While another thread writes, the reading thread does not wait to write: it is asked."""
        writes = self._outbox.is_due and not self._outbox.is_awaited
        self._reads = reads = self._receiver.over or not self._pauses.check()
        if reads and self._stream.buffers:
            writes = writes or self._stream.wants_to_write
            if self._stream.holds_back:  # the selector knows nothing of it
                self._attention.ask()
        self.interest = (READ if reads else 0) | (WRITE if writes else 0)

    def _watch_for_close(self) -> None:
        """The peer has until the deadline to answer our close frame."""
        deadline = self._closing.deadline
        if deadline is None or deadline is self._close_deadline or self._thread is None:
            return
        self._close_deadline = deadline  # another one if a close that was interrupted is repeated
        self._thread.cancel(self._close_timer)
        self._close_timer = self._thread.later(deadline.remaining, self._miss_close)

    def _miss_close(self) -> None:
        if self._closing.warns_when_missed and self._closing.unanswered:
            self._notices.append(f"the {self._closing.peer} did not answer the close frame in {self._closing.deadline}")
        self._receiver.lose()
        self._attention.ask()

    def _linger(self) -> None:
        """Lets our last frames leave, and the peer end TCP."""
        if self._linger_timer is None and self._thread is not None:
            self._receiver.wake_waits()
            self._stop_timers()
            self._pass_end()
            self._linger_timer = self._thread.later(LINGER + self._outbox.held_back, self._finish)
            if self._outbox.is_due:
                self._outbox.write_more()
        if self._outbox.broken is not None:
            self._finish()
        elif self._outbox.empty and not self._said_everything:
            self._said_everything = True
            if self._closing.server_closes_first:
                self._stream.finish()
            self._read_to_the_end()

    def _pass_end(self) -> None:
        if self._relay is not None:
            self._relay.pass_end(reset=self._receiver.was_reset or self._stream.resets)

    def _stop_timers(self) -> None:
        if self.heartbeat is not None:
            self.heartbeat.stop()
        if self._thread is not None:
            for timer in (self._close_timer, self._linger_timer):
                self._thread.cancel(timer)

    def _finish(self) -> None:
        if self._thread is None:
            return
        thread, self._thread, self._owner = self._thread, None, None
        self._receiver.over = True
        self._attention.release()
        if self.heartbeat is not None:
            self.heartbeat.stop()
        self._pace.stop(thread)
        for timer in (self._close_timer, self._linger_timer):
            thread.cancel(timer)
        thread.release(self)
        self._pass_end()
        self._receiver.wake_waits()
        if self._outbox.slow and not self._said_everything:  # a test held our answer back for too long
            self._closing.note_answered(False)
        self._stream.end()
        self._outbox.end()
        self._stream.close()
        self._receiver.finish()
        self._closing.note_finished()
        self._receiver.wake_waits()
        if self._on_end is not None:
            self._on_end()
