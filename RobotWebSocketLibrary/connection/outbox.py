"""What is on its way to the peer. Every byte behind the opening handshake leaves through here."""

from __future__ import annotations

import _thread
from collections import deque
from math import inf

from ..deadline import WakeUp
from .attention import Attention
from .misbehavior import Misbehavior
from .stream import Stream

GATHER = 64 * 1024
"""Small frames are joined up to this many bytes, so that a batch of answers costs one write."""
SHARE = 1024 * 1024
"""Bytes of one connection that the reading thread writes before the others have their turn."""


class Sending:
    """A message on its way."""

    done = False


class Outbox:
    """Frames waiting to be written, in order. Control frames go between the frames of a message (RFC 6455 section 5.4).

    - Any thread posts. Posting only appends, under `_lock`, which is held for a few instructions.
    - `push` writes as long as the stream takes it at once. Whoever writes has the turn, so frames do not
      mix. Whoever finds it taken does not wait for it: the reading thread is asked to look, and writes what is left.
    - The reading thread writes with `write_more`, as the peer takes it. So neither a slow peer nor a thread that sends
      much holds up the reader, a broadcast, or a test.
    - `is_awaited`: the reading thread has found the turn taken, or waits until less is pending. Whoever writes looks at
      it afterwards, and asks for it.
    - On an end that is to be slow only the reading thread writes, one frame at a time.
    - `_rest` is what remains of a frame that was begun. Nothing else is written before it.
    - A write that failed, or that an exception of a signal handler tore, breaks the outbox for good, because nobody
      knows which of its bytes left. `broken` says why; nothing is written behind half a frame.
    - `sealed` means that nothing may follow any more, `closes` that a close frame is among what was posted.
    - `done` of a `Sending` is set once its last byte was given to the operating system.
    """

    def __init__(
        self, stream: Stream, misbehavior: Misbehavior | None = None, attention: Attention | None = None
    ) -> None:
        self.is_awaited = False
        self.sealed = False
        self.closes = False
        self.torn = False
        self.broken: OSError | None = None
        self.progress = WakeUp()
        self._misbehavior = misbehavior or Misbehavior()
        self._attention = attention or Attention()
        self._stream = stream
        self._lock = _thread.allocate_lock()
        self._turn = _thread.allocate_lock()
        self._posted = 0
        self._written = 0
        self._control: deque[bytes] = deque()
        self._data: deque[tuple[bytes, Sending | None]] = deque()
        self._rest: bytes | memoryview = b""
        self._ending: list[Sending] = []
        self._writing = False
        self._last: bytes | None = None

    @property
    def pending(self) -> int:
        """Bytes that wait for the peer."""
        return self._posted - self._written

    @property
    def written(self) -> int:
        """Bytes that have left in all."""
        return self._written

    @property
    def empty(self) -> bool:
        """Nothing is left to be written, and nobody writes."""
        return not (self._is_left or self._turn.locked())

    @property
    def _is_left(self) -> bool:
        return bool(self._rest or self._control or self._data)

    @property
    def is_due(self) -> bool:
        """Something is left that may be written now, or somebody is writing. On a slow end each frame has its time."""
        if self._rest:
            return True
        if not (self._data or self._control or self._turn.locked()):
            return False
        return self._misbehavior.send_delay <= 0

    @property
    def begun(self) -> bool:
        """Part of a frame has left, and the rest of it has not."""
        return bool(self._rest)

    @property
    def slow(self) -> bool:
        """A test wants each frame to wait."""
        return self._misbehavior.send_delay > 0

    @property
    def delay(self) -> float:
        """Seconds that each frame waits because a test wants this end to be slow."""
        return self._misbehavior.send_delay

    @property
    def held_back(self) -> float:
        """Seconds that the last frame waits because a test wants this end to be slow."""
        return self._misbehavior.send_delay * (len(self._control) + len(self._data))

    @property
    def unsent_control(self) -> int:
        """Control frames that wait for the peer."""
        return len(self._control)

    def post(self, frames: list[bytes]) -> Sending | None:
        """Adds the frames of one message, all or, once sealed, none. Nothing is written yet."""
        sending = Sending()
        last = frames[-1]
        with self._lock:
            if self.sealed:
                return None
            if len(frames) == 1:
                self._data.append((last, sending))
                self._posted += len(last)
            else:
                self._data.extend([*[(frame, None) for frame in frames[:-1]], (last, sending)])
                self._posted += sum(map(len, frames))
        return sending

    def post_control(self, frame: bytes) -> bool:
        """Adds a control frame before all frames of data."""
        with self._lock:
            if self.sealed:
                return False
            self._control.append(frame)
            self._posted += len(frame)
        return True

    def post_last(self, frame: bytes, *, urgent: bool = False) -> bool:
        """Adds the close frame, unless there is one, and seals. An urgent one replaces the messages not begun."""
        with self._lock:
            if self.sealed:
                return False
            self.sealed = True
            if self.closes:
                return False
            self.closes = True
            self._data.append((frame, None))
            self._posted += len(frame)
            self._last = frame if urgent else None
        if urgent and not self._turn.locked():  # otherwise whoever writes goes on as long as the peer takes it
            self._cut()
        return True

    def post_anything(self, data: bytes, *, closes: bool = False) -> Sending | None:
        """Adds bytes also where no frame may follow any more, but for a broken connection."""
        sending = Sending()
        with self._lock:
            if self.broken is not None:
                return None
            self._data.append((data, sending))
            self._posted += len(data)
            self.closes = self.closes or closes
        return sending

    def push(self) -> None:
        """Writes what the stream takes at once. The reading thread writes the rest."""
        if not (self.slow or self._turn.locked()):
            with self._turn:
                self._write()
        if self.is_awaited or not self.empty:
            self.is_awaited = False
            self._attention.ask()

    def write_more(self) -> None:
        """Writes what the stream takes at once, on a slow end one frame. The reading thread calls this."""
        self.is_awaited = True  # before it looks: whoever has the turn sees it when the turn is over
        if not self._turn.locked():
            self.is_awaited = False
            with self._turn:
                self._write(self._written + SHARE)

    def end(self) -> None:
        """Ends sending. The stream has been shut down before, so nobody writes for long."""
        with self._turn:
            self._give_up(ConnectionError("the connection has ended"))

    def _write(self, until: float = inf) -> None:
        """Writes as long as the stream takes more, or until so many bytes have been written in all."""
        if self._writing:  # it was left so by two exceptions of signal handlers, of which the second struck below
            self._tear()
        self._writing = True
        try:
            while (self._rest or self._data or self._control) and self._written < until:  # none in a broken outbox
                rest = self._rest = self._rest or self._gather()
                size = len(rest)
                written = self._stream.send(rest if size <= SHARE else memoryview(rest)[:SHARE])
                self._written += written
                if written == size:
                    self._rest = b""
                    self._complete()
                else:
                    self._rest = memoryview(rest)[written:]
                if not written or self._misbehavior.send_delay > 0:
                    self._cut()
                    break
        except OSError as error:
            self._give_up(error)
        except BaseException:
            self._tear()
            raise
        self._writing = False

    def _gather(self) -> bytes:
        """Takes the next frames: control frames first, then as many small ones as fit into one write."""
        frames: list[bytes] = []
        size = 0
        with self._lock:
            slow, control, data = self._misbehavior.send_delay > 0, self._control, self._data
            if slow and control:
                return control.popleft()
            while control:
                frames.append(control.popleft())
            while data and size < GATHER:
                frame, sending = data.popleft()
                frames.append(frame)
                size += len(frame)
                if sending is not None:
                    self._ending.append(sending)
                if slow:
                    break
        return frames[0] if len(frames) == 1 else b"".join(frames)

    def _cut(self) -> None:
        """Drops the messages before an urgent close frame: the peer takes no more of them."""
        if self._last is None:
            return
        with self._lock:
            if any(frame is self._last for frame, _ in self._data):
                while self._data[0][0] is not self._last:
                    self._posted -= len(self._data.popleft()[0])
        self._last = None

    def _complete(self) -> None:
        for sending in self._ending:
            sending.done = True
        self._ending.clear()
        self.progress.set()

    def _tear(self) -> None:
        """A write was interrupted. The reader notices the end of the stream, and says why."""
        self.torn = True
        self._give_up(ConnectionError("a write was interrupted"))
        self._stream.shutdown()
        self._attention.ask()  # the shutdown of our own socket does not wake the reader on Windows

    def _give_up(self, error: OSError) -> None:
        with self._lock:
            self.sealed = True
            if self.broken is None:
                self.broken = error
            self._control.clear()
            self._data.clear()
            self._rest = b""
            self._posted = self._written
        self.progress.set()
