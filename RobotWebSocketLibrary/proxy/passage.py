"""One direction of a link: from the end where messages arrive to the end where they leave."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..connection.connection import Connection
from ..connection.kept_messages import as_message
from ..connection.pings import KEPT_PINGS
from ..connection.reading_thread import ReadingThread, later
from ..connection.schedule import Timer
from ..protocol.frames import Opcode
from ..protocol.http import Request
from ..protocol.messages import DividedMessage, Message
from .fates import BEHIND, FORWARDED, NOT_FORWARDED, Fate, Fates
from .judge import Judge, Waiting
from .message_rules import Action, Course, MessageRule, MessageRules, To

if TYPE_CHECKING:
    from ..connection.relay import Outlet

MEBIBYTE = 1024 * 1024
PENDING_LIMIT = MEBIBYTE
"""Bytes that may wait for a slow peer before the other end is not read on."""
CONTROL_LIMIT = 10_000
"""Pings and pongs that may wait for it."""
HELD_LIMIT = 16 * MEBIBYTE
"""Bytes of messages that rules may hold and delay before reading pauses."""
HELD_MESSAGES = 100_000
"""Messages that rules may hold and delay before reading pauses."""
CLOSE_GRACE = 1.0
"""Seconds in which a close frame must be answered when the end is gone whose peer has sent it."""


class Passage:
    """Passes messages, pings, pongs, the close frame and the end of TCP from one end of a link to the other.

    - Messages come in the reading thread, or in a thread of their client's own where rules look at them: one thread at
      a time. Everything else comes in the reading thread, and `release` from the test's thread.
    - What leaves does so under `_changing`, where nobody waits. So the order of arrival stays. The test's thread never
      lets anything leave: an exception of a signal handler that strikes it could lose a message.
    - `_queue` is what waits: the first item is held, is not due yet, or waits until the peer has taken what was
      before. Close and FIN wait in it. A reset and pings do not.
    - While too much waits, the source is not read on (`behind`). `settle` has it look again.
    - `_passed` are the pings whose pongs are awaited from the other side.
    """

    def __init__(self, to: To, rules: MessageRules, request: Request) -> None:
        self.fates = Fates()
        self._to = to
        self._rules = rules
        self._request = request
        self._queue: deque[Waiting] = deque()
        self._size = 0
        self._changing = _thread.allocate_lock()
        self._timer: tuple[float, tuple[ReadingThread, Timer]] | None = None
        self._passed: deque[bytes] = deque(maxlen=KEPT_PINGS)
        self._source_waits = False
        self._warned = False
        self._ended = False
        self._end_follows = False
        self._has_passed_close = False
        self._is_over = False

    def join(self, source: Connection, sink: Connection, fail: Callable[[str], None]) -> None:
        """Joins two ends, of which nothing was read yet. `fail` fails both, with what continues a sentence."""
        self._source = source
        self._sink = sink
        self._outlet: Outlet = sink.outlet
        self._judge = Judge(self._rules, self.fits, self.fates, fail)
        self._rules.watch(self)

    @property
    def behind(self) -> bool:
        """So much waits that the source is not read on."""
        if not self._is_full:
            return False
        self._source_waits = True
        self._outlet.await_room()  # before the last look: whoever writes after it has the sink settle
        return self._is_full

    def fits(self, course: Course) -> bool:
        subprotocol = course.subprotocol in (None, self._source.subprotocol, self._sink.subprotocol)
        return course.to.covers(self._to) and subprotocol and self._request.asks_for(course.path)

    def pass_on(self, _source: Connection, messages: Sequence[Any], _peers: object = None) -> None:
        """Passes on messages of one type, or does with each what the rules say."""
        if self._rules.rules or self._queue:
            for message in messages:
                self._let_wait(self._judge.judge(as_message(message)))
            self.flush()
            return
        with self._changing:
            passed = self._post(messages)
        self.fates.note_forwarded(messages) if passed else self._note_lost(messages)
        self._outlet.push()

    def pass_ping(self, body: bytes) -> None:
        self._passed.append(body)
        self._outlet.post_control(Opcode.PING, body)

    def take_passed(self, body: bytes) -> bool:
        """Whether a pong answers a ping that was passed on. It answers those before it, too (RFC 6455 section 5.5.3)"""
        if body not in self._passed:
            return False
        while self._passed.popleft() != body:
            pass
        return True

    def pass_pong(self, body: bytes) -> None:
        self._outlet.post_control(Opcode.PONG, body)

    def pass_close(self, payload: bytes) -> None:
        """Passes on a close frame, behind all messages."""
        self._has_passed_close = True
        self._add(Waiting(leave=lambda: self._close(payload)))
        self.flush()

    def end(self, *, reset: bool) -> None:
        """Nothing more comes from the source: TCP of the sink ends in the same way."""
        if self._ended:
            return
        self._ended = True
        if reset and not self._has_passed_close:
            self.clear()
            self._outlet.reset(self._describe_end("reset TCP"))
        else:
            self.follow_end()

    def follow_end(self) -> None:
        """Passes on the end of the source, once all its messages are on their way."""
        self._rules.progress.set()
        with self._changing:
            if not self._ended or self._end_follows or self._source.is_answering:
                return
            self._end_follows = True
        self._add(Waiting(leave=self._expect_answer if self._has_passed_close else self._hang_up))
        self.flush()

    def clear(self) -> None:
        """Nothing can leave any more: the sink has ended."""
        self._is_over = True
        with self._changing:
            for item in self._queue:
                if item.fate is not None:
                    item.fate.became += ", and was not forwarded: the other end has ended"
            self._queue.clear()
            self._size = 0
            self._set_timer(None)
        self._rules.forget(self)

    def stop(self) -> None:
        """Passes on no end: both ends are failed."""
        self._ended = self._end_follows = True

    def settle(self) -> None:
        """The sink may have room, or something was released."""
        if self._queue:
            self.flush()
        if self._source_waits and not self._is_full:
            self._source_waits = False
            self._source.look()

    def flush(self) -> None:
        """Lets leave what may leave now."""
        with self._changing:
            while self._queue and self._leave(self._queue[0]):
                item = self._queue.popleft()
                self._size -= item.message.size if item.message is not None else 0
        self._rules.progress.set()
        self._outlet.push()

    @property
    def is_leaving(self) -> bool:
        """A message may leave, and will once the reading thread has looked."""
        with self._changing:
            return bool(self._queue) and self._queue[0].message is not None and not self._queue[0].waits

    def list_held(self) -> list[tuple[int, MessageRule]]:
        with self._changing:
            return [(item.number, item.rule) for item in self._queue if item.held and item.rule is not None]

    def release(self, numbers: set[int] | None) -> None:
        with self._changing:
            for item in self._queue:
                if item.is_among(numbers):
                    item.release()
        self._sink.look()

    @property
    def _holds_much(self) -> bool:
        return self._size > HELD_LIMIT or len(self._queue) > HELD_MESSAGES

    @property
    def _is_full(self) -> bool:
        if self._holds_much:
            return not self._is_over
        return self._outlet.pending > PENDING_LIMIT or self._outlet.unsent_control > CONTROL_LIMIT

    def _let_wait(self, item: Waiting | None) -> None:
        if item is not None:
            self._add(item)
            if self._holds_much:
                self._warn_once()

    def _add(self, item: Waiting) -> None:
        with self._changing:
            if item.rule is not None and item.rule.removed:
                item.release()
            self._queue.append(item)
            self._size += item.message.size if item.message is not None else 0

    def _warn_once(self) -> None:
        if not self._warned:
            self._warned = True
            size, count = HELD_LIMIT // MEBIBYTE, f"{HELD_MESSAGES:,}"
            self._source.notices.append(
                f"reading paused: more than {size} MiB, or {count} messages, wait because of message rules"
            )

    def _leave(self, item: Waiting) -> bool:
        """Lets an item leave; returns whether it has left."""
        if item.waits and not self._is_over:  # otherwise it came too late, and waits for nothing
            if not item.held:
                self._set_timer(item.due)
            return False
        if item.message is None:
            return item.leave()
        assert item.fate is not None
        if self._post([item.message]):
            self._note_left(item.fate)
        else:
            item.fate.became = NOT_FORWARDED
        return True

    def _note_left(self, fate: Fate) -> None:
        if fate.became.startswith(Action.REPLACE.value):
            return
        fate.became = FORWARDED if fate.became == BEHIND else f"{fate.became}, then {FORWARDED}"

    def _note_lost(self, messages: Sequence[Any]) -> None:
        for message in messages[-1:]:
            self.fates.note(as_message(message).data, NOT_FORWARDED)

    def _post(self, messages: Sequence[Any]) -> bool:
        first = messages[0]
        if isinstance(first, DividedMessage):
            return self._outlet.post_divided(first)
        return self._outlet.post([first.data] if isinstance(first, Message) else messages)  # type: ignore[arg-type]

    def _close(self, payload: bytes) -> bool:
        self._outlet.post_close(payload)
        return True

    def _expect_answer(self) -> bool:
        self._outlet.expect_close(CLOSE_GRACE)
        return True

    def _hang_up(self) -> bool:
        """Ends TCP of the sink once its peer has taken all that was before."""
        self._outlet.await_room()  # before the look: whoever writes afterwards has this end look again
        if not self._outlet.empty:
            return False
        self._outlet.hang_up(self._describe_end("ended TCP"))
        return True

    def _describe_end(self, did: str) -> str:
        if self._source.dropped:
            return f"our end {did} (1006), as it did at the other end"
        return f"our end {did} like the other end ({self._source.how})"

    def _set_timer(self, due: float | None) -> None:
        """Flushes when the first item is due."""
        if self._timer is not None:
            set_for, (thread, timer) = self._timer
            if set_for == due and timer.action is not None:
                return
            thread.cancel(timer)
        self._timer = None if due is None else (due, later(max(0.0, due - monotonic()), self.flush))
