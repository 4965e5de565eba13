"""Traffic of one connection as HTML for log.html: a table and a sequence diagram.

Remote text is escaped twice: what a terminal could act on becomes `\\x1b`, and then `<` becomes `&lt;`. Colours are
half transparent or those of the text around, because log.html has a light and a dark mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from ..connection.traffic import EVENT, TrafficRecord, decode_preview
from ..errors import quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import Opcode

FRAMES = 100
"""Frames that are shown unless asked for more."""
TABLE_TEXT, LABEL_TEXT, NOTE_TEXT, NAME_TEXT, TITLE_TEXT = 120, 56, 76, 38, 200
"""Characters of HTML that remote text may take: a bound for what it looks like, and for the size of log.html."""

Rows = Sequence[tuple[int, TrafficRecord]]
"""Records with their place from the top."""

DIRECTIONS = {">": "→ sent", "<": "← received", "!": "!"}
CLASSES = {">": "sent", "<": "received", "!": "event"}
COLUMNS = ("Time", "Direction", "Type", "Bytes", "Compressed", "Payload")
STYLE = """<style>
.websocket-frames{border-collapse:collapse;margin:4px 0}
.websocket-frames :is(th,td){padding:1px 8px;text-align:left;border-bottom:1px solid rgba(128,128,128,.3)}
.websocket-frames td:last-child{overflow-wrap:anywhere}
.websocket-frames td:nth-child(-n+5){white-space:nowrap}
.websocket-frames :is(th,td):is(:nth-child(4),:nth-child(5)){text-align:right}
.websocket-frames .sent{background:rgba(59,130,214,.12)}
.websocket-frames .received{background:rgba(46,158,107,.12)}
.websocket-frames .event{background:rgba(230,140,30,.25)}
</style>"""

WIDTH, OURS, THEIRS, MIDDLE = 880, 145, 735, 440
"""Where the lifelines stand, in units of the diagram: one is a pixel unless the page is narrow."""
NAME_WIDTH, FIRST_ROW, ROW = 280, 58, 26
STROKES = {"sent": "#3b82d6", "received": "#2e9e6b", "control": "currentColor", "close": "#d9534f"}


def table(
    records: Sequence[TrafficRecord],
    *,
    title: str = "Frames",
    limit: int = FRAMES,
    earlier: int = 0,
    opened: bool = False,
) -> str:
    """The last frames, one in a row. `earlier` counts those that are not among the records any more."""
    shown = _last(records, limit)
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    rows = "".join(map(_row, shown))
    content = f'{STYLE}<table class="websocket-frames"><tr>{head}</tr>{rows}</table>'
    return _details(title, shown, earlier + len(records) - len(shown), content if shown else "", opened)


def sequence_diagram(
    records: Sequence[TrafficRecord],
    our_name: str,
    peer_name: str,
    *,
    title: str = "Sequence diagram",
    limit: int = FRAMES,
    earlier: int = 0,
    opened: bool = False,
) -> str:
    """The last frames as arrows between our end, on the left, and the peer."""
    shown = _last(records, limit)
    rows = [(FIRST_ROW + number * ROW, record) for number, record in enumerate(shown)]
    height = FIRST_ROW + len(shown) * ROW
    content = (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' style="max-width:100%;height:auto;margin:4px 0" fill="currentColor" font-size="12">'
        f"{_lifelines(height, our_name, peer_name)}{_arrows(rows)}{_notes(rows)}{_times(rows)}{_labels(rows)}</svg>"
    )
    return _details(title, shown, earlier + len(records) - len(shown), content, opened)


def _last(records: Sequence[TrafficRecord], limit: int) -> Sequence[TrafficRecord]:
    return records[max(len(records) - limit, 0) :]


def _details(title: str, shown: Sequence[TrafficRecord], omitted: int, content: str, opened: bool) -> str:
    sent, received, events = (sum(record.direction == sign for record in shown) for sign in DIRECTIONS)
    summary = f"{_line(title, TITLE_TEXT)}: {sent:,} sent, {received:,} received"
    if events:
        summary += f", {events:,} event{'s' * (events > 1)}"
    if omitted:
        summary += f" ({omitted:,} earlier {'is' if omitted == 1 else 'are'} not shown)"
    return f"<details{' open' * opened}><summary>{summary}</summary>{content}</details>"


def _row(record: TrafficRecord) -> str:
    compressed = "" if record.compressed_size is None else f"{record.compressed_size:,}"
    cells = (
        _time(record),
        DIRECTIONS[record.direction],
        record.type,
        "" if record.opcode == EVENT else f"{record.size:,}",
        compressed,
        _payload(record, TABLE_TEXT) + _more(record),
    )
    return f'<tr class="{CLASSES[record.direction]}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _lifelines(height: int, *names: str) -> str:
    places = tuple(zip((OURS, THEIRS), names, strict=True))
    lines = "".join(f"M{x} 29V{height}" for x, _ in places)
    boxes = "".join(
        f'<rect x="{x - NAME_WIDTH // 2}" y="1" width="{NAME_WIDTH}" height="27" rx="4"/>' for x, _ in places
    )
    texts = "".join(f'<text x="{x}" y="19">{_line(name, NAME_TEXT)}</text>' for x, name in places)
    return (
        f'<g fill-opacity=".07" stroke="currentColor" stroke-opacity=".4">{boxes}'
        f'<path d="{lines}" stroke-dasharray="5 4"/></g>'
        f'<g text-anchor="middle" font-weight="bold">{texts}</g>'
    )


def _arrows(rows: Rows) -> str:
    """All arrows of one colour in one path."""
    paths = dict.fromkeys(STROKES, "")
    for y, record in rows:
        if record.opcode != EVENT:
            paths[_stroke(record)] += _arrow(y, record)
    drawn = "".join(f'<path d="{path}" stroke="{STROKES[name]}"/>' for name, path in paths.items() if path)
    return f'<g fill="none" stroke-width="1.5">{drawn}</g>'


def _arrow(y: int, record: TrafficRecord) -> str:
    return f"M{OURS} {y}H{THEIRS}m-8-4 8 4-8 4" if record.direction == ">" else f"M{THEIRS} {y}H{OURS}m8-4-8 4 8 4"


def _stroke(record: TrafficRecord) -> str:
    if record.opcode == Opcode.CLOSE:
        return "close"
    return CLASSES[record.direction] if record.opcode < Opcode.CLOSE else "control"


def _notes(rows: Rows) -> str:
    places = (y for y, record in rows if record.opcode == EVENT)
    boxes = (f'<rect x="{OURS - 25}" y="{y - 17}" width="{THEIRS - OURS + 50}" height="20" rx="3"/>' for y in places)
    return f'<g fill="#e68c1e" fill-opacity=".3">{"".join(boxes)}</g>'


def _times(rows: Rows) -> str:
    texts = (f'<text y="{y - 4}">{_time(record)}</text>' for y, record in rows)
    return f'<g font-size="11" fill-opacity=".7">{"".join(texts)}</g>'


def _labels(rows: Rows) -> str:
    texts = (f'<text y="{y - 4}">{_label(record)}</text>' for y, record in rows)
    return f'<g text-anchor="middle" transform="translate({MIDDLE})">{"".join(texts)}</g>'


def _label(record: TrafficRecord) -> str:
    if record.opcode == EVENT:
        return _payload(record, NOTE_TEXT)
    kind = "" if record.opcode == Opcode.TEXT else record.type
    size = f"{record.size:,} bytes" if record.size > LABEL_TEXT else ""
    return " ".join(filter(None, (kind, _payload(record, LABEL_TEXT) + _more(record), size)))


def _time(record: TrafficRecord) -> str:
    return datetime.fromtimestamp(record.time).time().isoformat(timespec="milliseconds")


def _more(record: TrafficRecord) -> str:
    return "" if record.fin else " (to be continued)"


def _payload(record: TrafficRecord, limit: int) -> str:
    """HTML of a payload, in quotes unless it is a sentence already."""
    line = _line(_readable(record), limit)
    if record.cut and not line.endswith("…"):
        line += "…"
    return line if record.opcode in (Opcode.CLOSE, EVENT) else f"'{line}'"


def _readable(record: TrafficRecord) -> str | bytes:
    """Text where a payload is text."""
    if record.opcode == Opcode.BINARY:
        return record.preview
    if record.opcode == Opcode.CLOSE and record.preview:
        reason = decode_preview(record.preview[2:], cut=record.cut)
        return CloseStatus(int.from_bytes(record.preview[:2], "big"), reason)
    try:
        return decode_preview(record.preview, cut=record.cut, errors="strict")
    except UnicodeDecodeError:
        return record.preview


def _line(remote: str | bytes, limit: int) -> str:
    """One line of HTML for remote text or bytes, cut between characters."""
    line = ""
    for at in range(len(remote)):
        sign = escape(quoted(remote[at : at + 1])[1:-1], quote=False)
        if len(line) + len(sign) > limit:
            return f"{line}…"
        line += sign
    return line
