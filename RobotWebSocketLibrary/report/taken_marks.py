"""Which keyword took the message that a frame brought, for tables of frames."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from robot.utils import printable_name

from ..connection.inbox import Inbox
from ..connection.kept_messages import Kept, as_message
from ..connection.traffic import TrafficRecord
from ..protocol.frames import DATA_OPCODES, Opcode

COMPARED_BYTES = 256
"""Bytes by which a frame and a message are told to be the same."""


class Content(NamedTuple):
    """By what a frame is recognized as the one that brought a message. Neither knows the other."""

    is_text: bool
    size: int
    beginning: bytes


def mark_taken(records: Sequence[TrafficRecord], inbox: Inbox) -> list[TrafficRecord]:
    """The records, of which those that brought messages name the keyword that took them, if it was lately.

    Among equal messages a wait takes the first, so those that are left in the inbox are the last ones.
    """
    width = min([COMPARED_BYTES, *(len(record.preview) for record in records if record.cut)])
    takers: defaultdict[Content, list[str]] = defaultdict(list)
    for keyword, message in inbox.taken:
        takers[_read_content(message, width)].append(keyword)
    marked = list(records)
    if not takers:
        return marked
    arrived = inbox.peek(max(0, len(inbox) - len(records)), len(records))
    left = Counter(_read_content(message, width) for message in arrived)
    for at, content in reversed(list(_find_messages(records, width))):
        if left[content]:
            left[content] -= 1
        elif takers[content]:
            marked[at] = records[at]._replace(taken_by=_name(takers[content].pop()))
    return marked


def _read_content(kept: Kept, width: int) -> Content:
    data, size, *_ = as_message(kept)
    if isinstance(data, str):
        return Content(True, size, data[:width].encode()[:width])
    return Content(False, size, data[:width])


def _find_messages(records: Sequence[TrafficRecord], width: int) -> Iterator[tuple[int, Content]]:
    """The last frame of each message that came, if its first one is there too."""
    opcode, size, beginning = 0, 0, b""
    for at, record in enumerate(records):
        if record.direction != "<" or record.opcode not in DATA_OPCODES:
            continue
        if record.opcode != Opcode.CONTINUATION:
            opcode, size, beginning = record.opcode, 0, b""
        size += record.size
        beginning += record.preview[: width - len(beginning)]
        if record.fin and opcode:
            yield at, Content(opcode == Opcode.TEXT, size, beginning)
            opcode = 0


def _name(keyword: str) -> str:
    name: str = printable_name(keyword, code_style=True)  # type: ignore[no-untyped-call]
    return name
