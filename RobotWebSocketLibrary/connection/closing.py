"""How a connection ends (RFC 6455 section 7)."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from typing import Literal

from ..deadline import Deadline
from ..errors import escaped
from ..protocol.close import CloseCode, CloseStatus, Initiator, explain_code
from .news import Announcer

Role = Literal["client", "server"]
State = Literal["connecting", "open", "closing", "closed"]

SHOWN_REASON = 200
NO_ANSWER = ", and got no answer"


class Closing:
    """The closing handshake of one connection, seen from our end: who began, what was exchanged, why it failed.

    - Any thread may report an end. The first report counts, and no later one changes how the connection ended.
    - `status` is set last, under a lock: whoever sees it finds everything else there.
    - An end that is not clean is given to `record` before anybody can see its status.
    """

    def __init__(self, role: Role, record: Callable[[str], object] = bool, announcer: Announcer | None = None) -> None:
        self.peer: Role = "server" if role == "client" else "client"
        self.status: CloseStatus | None = None
        self.sent_status: CloseStatus | None = None
        self.deadline: Deadline | None = None
        self.tcp_is_lost = False
        self.warns_when_missed = False
        self._role = role
        self._record = record
        self._announcer = announcer or Announcer()
        self._how = ""
        self._finished = False
        self._ending = _thread.allocate_lock()

    @property
    def began(self) -> bool:
        return self.sent_status is not None or self.status is not None

    @property
    def unanswered(self) -> bool:
        """Our close frame was sent, and the peer's has not come."""
        return self.sent_status is not None and not (self.status is not None and self.status.clean)

    @property
    def state(self) -> State:
        if self._finished:
            return "closed"
        return "closing" if self.began else "open"

    @property
    def server_closes_first(self) -> bool:
        """A server ends TCP first (section 7.1.1); so does whoever fails the connection."""
        return self._role == "server" or self.status is None or not self.status.clean

    def note_sent(self, code: int, reason: str, deadline: Deadline | None = None) -> None:
        """Our own close frame is on its way. The peer's has not come yet, or has had no answer."""
        self.deadline = deadline
        self.sent_status = CloseStatus(code, reason, self._role)
        self.note_answered(True)

    def note_received(self, code: int, reason: str, *, answered: bool = True, passed: bool = False) -> None:
        """The peer's close frame has come; ours was sent before, or answers it, or was passed on and has no answer."""
        if self.sent_status is not None:
            self._end(CloseStatus(code, reason, self._role, True), f"closed with {_describe(code, reason)}")
        else:
            how = f"the {self.peer} closed the connection with {_describe(code, reason)}"
            how = how if answered else how + NO_ANSWER
            self._end(CloseStatus(code, reason, self.peer, answered), how, records=not (answered or passed))

    def note_answered(self, answered: bool) -> None:
        """Corrects what was assumed when the peer closed: whether our end answers."""
        with self._ending:
            status = self.status
            if status is not None and status.initiator == self.peer and status.clean is not answered:
                self._how = self._how.removesuffix(NO_ANSWER) if answered else self._how + NO_ANSWER
                self.status = CloseStatus(status.code, status.reason, self.peer, answered)

    def note_lost(self, how: str) -> None:
        """TCP ended without a close frame of the peer."""
        if self.sent_status is not None:
            how = f"the {self.peer} did not answer our close frame {self.sent_status}"
        self.note_dropped(how)

    def note_dropped(self, how: str) -> None:
        """Our end ends TCP without waiting for a close frame of the peer."""
        self._end(CloseStatus(CloseCode.ABNORMAL_CLOSURE, initiator=self._initiator), how)
        self.tcp_is_lost = True  # last: whoever sees it ends TCP, and the status is known before

    def note_hung_up(self, how: str) -> None:
        """Our end ends TCP behind what it has sent, without a close frame."""
        self._end(CloseStatus(CloseCode.ABNORMAL_CLOSURE, initiator=self._initiator), how)

    def note_failed(self, code: int, how: str) -> None:
        """Our end fails the connection (section 7.1.7)."""
        self._end(CloseStatus(code, how, self._role), how)

    def note_finished(self) -> None:
        """TCP has ended."""
        self._finished = True
        self._announcer.announce()

    def __str__(self) -> str:
        """How the connection stands, to continue a sentence."""
        if self.status is None:
            return "the connection is closing" if self.began else "the connection is open"
        return self._how

    def describe_unended(self) -> str:
        """How the connection stands while TCP has not ended, to continue a sentence."""
        status = self.status
        if status is None or not status.clean:
            return str(self)
        frame = _describe(status.code, status.reason)
        return f"the {self.peer} has sent the close frame {frame}, but has not ended TCP"

    @property
    def _initiator(self) -> Initiator:
        return "none" if self.sent_status is None else self._role

    def _end(self, status: CloseStatus, how: str, *, records: bool | None = None) -> None:
        with self._ending:
            if self.status is None:
                self._how = how
                if not status.clean if records is None else records:
                    self._record(how)
                self.status = status


def _describe(code: int, reason: str) -> str:
    text = f"{code} ({explain_code(code)})"
    return f"{text} {escaped(reason[:SHOWN_REASON])}" if reason else text
