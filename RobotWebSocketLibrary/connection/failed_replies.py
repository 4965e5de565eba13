"""Where the code of a test failed that was to make a reply."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from traceback import format_exception, walk_tb
from typing import NamedTuple

from ..errors import QUOTE_LIMIT, WebSocketError, escaped, quoted
from ..protocol.messages import Message

PACKAGE = str(Path(__file__).parent.parent)
INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
"""Where code lies that tests use and did not write."""
TRACEBACK_SIZE = 10_000
"""Characters of a traceback that are kept: its end, which says what was raised."""


REPLACEMENT = "replacement"
"""What a proxy makes of a message. It does not answer the message, but stands for it."""


class FailedReply(NamedTuple):
    """What is kept of a failure: what was to be answered, why it was not, and lines for whoever looks for its cause."""

    asked: str
    reason: str
    traceback: str

    @property
    def sentence(self) -> str:
        """How a sentence about a reply continues."""
        return f"to {self.asked} failed: {self.reason}"

    @classmethod
    def of(cls, message: Message, error: BaseException) -> FailedReply:
        """Why there is no reply to a message."""
        return cls.to(message.data, error)

    @classmethod
    def to(cls, asked: str | bytes, error: BaseException) -> FailedReply:
        """Why nothing answers what was asked. Where our own sentence says it, no line of the test's code does."""
        where = "" if isinstance(error, WebSocketError) else find_line(error)
        return cls(quoted(asked), f"{describe_error(error)}{where}", write_traceback(error))


def find_line(error: BaseException) -> str:
    """The file and line of the test's code that was running last, such as ` (replies.py:3)`; empty if none was."""
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    foreign = [place for place in places if not place[0].startswith((PACKAGE, "<"))]
    own = [place for place in foreign if not place[0].startswith(INSTALLED)]
    for file, line in (own or foreign)[-1:]:
        return f" ({escaped(Path(file).name)}:{line})"
    return ""


def write_traceback(error: BaseException) -> str:
    """The traceback, with nothing in it that a log could act on."""
    lines = "".join(format_exception(error)).splitlines()
    text = "\n".join(map(escaped, lines))
    return text if len(text) <= TRACEBACK_SIZE else f"…{text[-TRACEBACK_SIZE:]}"


def describe_error(error: BaseException) -> str:
    """Describes an error in code of the test, to end a sentence: in one line, cut, and without a final dot."""
    text = str(error)
    shown = escaped(text[:QUOTE_LIMIT]) + ("…" if len(text) > QUOTE_LIMIT else "")
    if not isinstance(error, WebSocketError):
        shown = f"{type(error).__name__}: {shown}" if shown else type(error).__name__
    return shown.removesuffix(".")
