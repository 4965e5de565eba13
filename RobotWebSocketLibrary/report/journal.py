"""Writes to Robot Framework's log what threads have collected: it takes log messages from its main thread only."""

from __future__ import annotations

from collections import deque
from functools import partial
from operator import itemgetter
from typing import TypeVar

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn
from robot.running.context import EXECUTION_CONTEXTS

from ..connection.connection import Connection
from ..connection.news import News
from ..errors import HandshakeError, escaped, quoted
from ..protocol.http import Exchange
from ..secrecy import make_response_mask, mask_request_header
from ..server.clients import Client, Upstream
from ..server.connection_attempts import ConnectionAttempt
from ..server.counted_notices import CountedNotices
from ..server.server import WebSocketServer
from ..session.registry import Registry
from ..session.websocket_variable import WebSocket

End = TypeVar("End", WebSocket, Client, Upstream)
"""An end of a connection: one that the test opened, a test server's, or a proxy's second one."""

LINES_PER_KEYWORD = 100
"""Frames of one connection that one keyword logs."""
SERVER_PREFIX = "server "
"""The beginning of lines about a test server's ends."""
UPSTREAM_PREFIX = "upstream "
"""The beginning of lines about those ends of a proxy that face the target."""
FRAMES_BENEATH_FAILURE = 20
"""Frames that are shown beneath a keyword that failed."""
WHOLE_TEXT_BENEATH_FAILURE = 256 * 1024
"""Characters that whole payloads may take in each table there: a keyword may fail again and again until it succeeds."""

Line = tuple[float, str]
"""What happened, and when, in seconds since the epoch."""


class Journal:
    """Logs warnings, and frames where somebody wants DEBUG lines, after every keyword.

    - Used by the main thread only. The threads that record frames and collect notices announce that they did.
    - Only what was announced is looked at, so a keyword costs the same however many connections there are.
    - Nobody wants old frames when the level of the log falls: what was not logged in its time counts as seen.
    - A connection that has ended, and whose last frames were logged, is released to whoever else keeps it.
    - Frames of all ends are logged in the order of their times. `_lines` are those that are not written yet: a flush
      that was interrupted leaves them to the next one.
    - Servers are few. One that was stopped or forgotten since the last flush is flushed once more.
    """

    def __init__(self, connections: Registry[WebSocket], servers: Registry[WebSocketServer]) -> None:
        self._connections = connections
        self._servers = servers
        self._known_servers: list[WebSocketServer] = []
        self._lines: deque[Line] = deque()
        self._debug_file: bool | None = None

    def flush(self, *, frames: bool = True) -> bool:
        """Logs what is new, and returns whether it has printed something for that.

        Frames are left out if no keyword runs, because Robot Framework ignores prints then.
        """
        for websocket in self._flush("", self._connections.news, frames):
            self._connections.release(websocket)
        if self._known_servers or len(self._servers):
            known, self._known_servers = self._known_servers, self._servers.items
            for server in dict.fromkeys((*known, *self._known_servers)):
                if server.notices:
                    _warn(f"Test server '{server.url}'", server.notices)
                if frames:
                    self._collect_failed_attempts(server.outage.attempts.news)
                self._flush(SERVER_PREFIX, server.news, frames)
                self._flush(UPSTREAM_PREFIX, server.upstream_news, frames)
        if not (self._lines and frames):
            return False
        self._write_lines()
        return True

    def show_handshake(self, error: HandshakeError) -> None:
        """Shows an opening handshake that failed in log.html, on any level."""
        from .handshake_html import draw_handshake  # only runs in which a keyword fails need it

        if table := draw_handshake(error):
            logger.info(table, html=True)

    def show_end(self, websocket: WebSocket) -> None:
        """Shows the last frames in log.html, on any level, and what waits in the inbox where a failure cuts it."""
        self._show_last_frames(websocket)
        from .inbox_html import draw_messages

        connection = websocket.connection
        if table := draw_messages(connection.inbox, connection.name, WHOLE_TEXT_BENEATH_FAILURE):
            logger.info(table, html=True)

    def _show_last_frames(self, websocket: WebSocket) -> None:
        recorded, records = websocket.connection.traffic.since(0)
        if records:
            from .taken_marks import mark_taken  # only runs in which a keyword fails need these
            from .traffic_html import draw_table

            title = f"Last frames of '{websocket.connection.name}'"
            earlier = recorded - len(records)
            table = draw_table(
                mark_taken(records, websocket.connection.inbox),
                title=title,
                limit=FRAMES_BENEATH_FAILURE,
                earlier=earlier,
                room=WHOLE_TEXT_BENEATH_FAILURE,
            )
            logger.info(table, html=True)

    def _flush(self, side: str, news: News[End], frames: bool) -> list[End]:
        """Logs what is new at connections, and returns those that have ended."""
        ended = []
        changed = news.take()
        wanted = bool(changed) and self._wants_debug_lines()
        for end in changed:
            connection = end.connection
            over = connection.state == "closed"  # asked before the flush, which then leaves nothing behind
            if connection.notices:
                _warn(f"Connection '{connection.name}'", connection.notices)
            if wanted and not frames:
                continue
            if wanted:
                _collect_lines(self._lines, side, connection, end.handshake)
            else:
                connection.announcer.logged = connection.traffic.recorded
            news.finish(end)
            if over:
                ended.append(end)
        return ended

    def _collect_failed_attempts(self, news: deque[ConnectionAttempt]) -> None:
        """Collects the attempts that have led to no connection, each with the address of its client."""
        wanted = bool(news) and self._wants_debug_lines()
        while news:
            attempt = news.popleft()
            if wanted:
                self._lines.append((attempt.time, f"{SERVER_PREFIX}! client {attempt.address}: {attempt.failure}"))

    def _write_lines(self) -> None:
        """Writes what was collected, in the order in which it happened."""
        self._lines = deque(sorted(self._lines, key=itemgetter(0)))
        while self._lines:
            _log(*self._lines[0])
            self._lines.popleft()

    def _wants_debug_lines(self) -> bool:
        """Whether anybody sees lines of DEBUG level: the log, or a file of `--debugfile`, which a run has or has not.

        The object behind the level is internal to Robot Framework 7.4 and 7.5. Without it lines are written, and Robot
        Framework drops what it is not to log.
        """
        if not BuiltIn().robot_running:
            return False
        try:
            if self._debug_file is None:
                self._debug_file = BuiltIn().get_variable_value("${DEBUG FILE}") != "NONE"
            return self._debug_file or EXECUTION_CONTEXTS.current.output.log_level.level in ("DEBUG", "TRACE")
        except AttributeError:
            return True


def _warn(who: str, notices: deque[str] | CountedNotices) -> None:
    while notices:
        logger.warn(f"{who}: {escaped(notices.popleft())}.")


def _collect_lines(lines: deque[Line], side: str, connection: Connection, handshake: Exchange) -> None:
    """Collects the handshake of a connection, the first time, and the frames that were recorded since the last time."""
    announcer = connection.announcer
    if announcer.logged is None:
        lines.extend(_describe_handshake(side, handshake))
    announcer.logged, new = connection.traffic.since(announcer.logged or 0)
    shown = new[-LINES_PER_KEYWORD:]
    if len(new) > LINES_PER_KEYWORD:
        lines.append((shown[0].time, f"{side}earlier frames are not shown"))
    lines.extend((record.time, f"{side}{record}") for record in shown)


def _describe_handshake(side: str, handshake: Exchange) -> list[Line]:
    """The HTTP exchange that opened a connection, in a line for each direction."""
    request, response = handshake.request, handshake.response
    asks, answers = "<>" if side == SERVER_PREFIX else "><"
    target = quoted(request.shown_target)[1:-1]
    mask = partial(mask_request_header, secret_names=request.secret_headers)
    mask_answer = make_response_mask(request.secret_headers)
    answered = handshake.started + (handshake.seconds or 0)
    return [
        (handshake.started, f"{side}{asks} GET {target}; {request.headers.describe(mask)}"),
        (answered, f"{side}{answers} HTTP {response}; {response.headers.describe(mask_answer)}"),
    ]


def _log(time: float, line: str) -> None:
    """Robot Framework reads level and time from the start of what is printed. The line must be escaped already."""
    print(f"*DEBUG:{time * 1000:.3f}* {line}")  # noqa: T201
