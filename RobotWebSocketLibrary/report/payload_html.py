"""Payloads as HTML: one line of each, and behind that line all that is kept of a longer one.

Remote text is escaped twice: what a terminal could act on becomes `\\x1b`, and then `<` becomes `&lt;`.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..connection.traffic import EVENT, TrafficRecord, decode_preview
from ..errors import escaped, quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import Opcode

LINE_TEXT = 120
"""Characters of HTML that remote text may take in one line."""
WHOLE_TEXT = 4 * 1024 * 1024
"""Characters of HTML that whole payloads may take in one table. The newest ones come first."""
DUMP_WIDTH = 16
"""Bytes in one line of a binary payload."""


class WholePayloads:
    """Writes whole payloads as long as there is room for them: a bound for the size of log.html."""

    def __init__(self, room: int = WHOLE_TEXT) -> None:
        self._room = room

    def write_cell(self, record: TrafficRecord) -> str:
        """HTML of a payload in one line, which unfolds where there is more of it."""
        payload = read_payload(record)
        remark = ""
        if record.cut:
            kept = f"{len(record.preview):,} of {record.size:,} bytes"
            remark = f"({kept} are kept: the import argument 'traffic_preview' keeps more)"
        return self.unfold(quote_payload(record, LINE_TEXT) + say_more(record), payload, remark)

    def unfold(self, line: str, payload: str | bytes, remark: str = "") -> str:
        """A line that unfolds to the whole payload, if it does not show it already and there is room."""
        if not write_line(payload, LINE_TEXT).endswith("…") or len(payload) > self._room:
            return line
        whole = _write_dump(payload) if isinstance(payload, bytes) else _write_lines(payload)
        if len(whole) > self._room:
            return line
        self._room -= len(whole)
        end = f"…\n{remark}" if remark else ""
        return f"<details><summary>{line}</summary><pre>{whole}{end}</pre></details>"


def quote_payload(record: TrafficRecord, limit: int) -> str:
    """HTML of a payload, in quotes unless it is a sentence already."""
    line = write_line(read_payload(record), limit)
    if record.cut and not line.endswith("…"):
        line += "…"
    return line if record.opcode in (Opcode.CLOSE, EVENT) else f"'{line}'"


def say_more(record: TrafficRecord) -> str:
    return "" if record.fin else " (to be continued)"


def read_payload(record: TrafficRecord) -> str | bytes:
    """The payload as text, where it is text."""
    if record.opcode == Opcode.BINARY:
        return record.preview
    if record.opcode == Opcode.CLOSE and record.preview:
        reason = decode_preview(record.preview[2:], cut=record.cut)
        return CloseStatus(int.from_bytes(record.preview[:2], "big"), reason)
    try:
        return decode_preview(record.preview, cut=record.cut, errors="strict")
    except UnicodeDecodeError:
        return record.preview


def write_line(remote: str | bytes, limit: int) -> str:
    """One line of HTML for remote text or bytes, cut between characters."""
    line = ""
    for at in range(len(remote)):
        sign = escape(quoted(remote[at : at + 1])[1:-1], quote=False)
        if len(line) + len(sign) > limit:
            return f"{line}…"
        line += sign
    return line


def _write_lines(text: str) -> str:
    """A whole text, with its own line breaks."""
    return escape("\n".join(map(escaped, text.split("\n"))), quote=False)


def _write_dump(payload: bytes) -> str:
    """Bytes with their positions, in hex and as ASCII."""
    return escape("\n".join(_dump(payload)), quote=False)


def _dump(payload: bytes) -> Iterator[str]:
    for at in range(0, len(payload), DUMP_WIDTH):
        row = payload[at : at + DUMP_WIDTH]
        signs = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{at:06x}  {row.hex(' '):<{3 * DUMP_WIDTH}} {signs}"
