"""Traffic of one connection as HTML for log.html: a table and a sequence diagram.

Remote text is escaped twice: what a terminal could act on becomes `\\x1b`, and then `<` becomes `&lt;`. Colours are
half transparent or the same as the text around them, because log.html has a light and a dark mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from ..connection.traffic import EVENT, TrafficRecord, decode_preview
from ..defaults import LOGGED_FRAMES
from ..errors import quoted
from ..protocol.close import CloseStatus
from ..protocol.frames import Opcode

TABLE_TEXT, LABEL_TEXT, NOTE_TEXT, NAME_TEXT, TITLE_TEXT = 120, 56, 76, 38, 200
"""Characters of HTML that remote text may take: a bound for its width, and for the size of log.html."""

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

DIAGRAM_WIDTH, OURS, THEIRS, MIDDLE = 880, 145, 735, 440
"""Where the lifelines stand, in units of the diagram: one is a pixel unless the page is narrow."""
BOX_WIDTH, FIRST_ROW, ROW_HEIGHT = 280, 58, 26
STROKES = {"sent": "#3b82d6", "received": "#2e9e6b", "control": "currentColor", "close": "#d9534f"}


def draw_table(
    records: Sequence[TrafficRecord],
    *,
    title: str = "Frames",
    limit: int = LOGGED_FRAMES,
    earlier: int = 0,
    opened: bool = False,
) -> str:
    """The last frames, one in each row. `earlier` is how many frames are not among the records any more."""
    shown = records[max(len(records) - limit, 0) :]
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    rows = "".join(map(_write_row, shown))
    content = f'{STYLE}<table class="websocket-frames"><tr>{head}</tr>{rows}</table>'
    return _fold(title, shown, earlier + len(records) - len(shown), content if shown else "", opened)


def draw_sequence_diagram(
    records: Sequence[TrafficRecord],
    our_name: str,
    peer_name: str,
    *,
    title: str = "Sequence diagram",
    limit: int = LOGGED_FRAMES,
    earlier: int = 0,
    opened: bool = False,
) -> str:
    """The last frames as arrows between our end, on the left, and the peer."""
    shown = records[max(len(records) - limit, 0) :]
    rows = [(FIRST_ROW + number * ROW_HEIGHT, record) for number, record in enumerate(shown)]
    height = FIRST_ROW + len(shown) * ROW_HEIGHT
    lifelines = _draw_lifelines(height, our_name, peer_name)
    content = (
        f'<svg viewBox="0 0 {DIAGRAM_WIDTH} {height}" width="{DIAGRAM_WIDTH}" height="{height}"'
        ' style="max-width:100%;height:auto;margin:4px 0" fill="currentColor" font-size="12">'
        f"{lifelines}{_draw_arrows(rows)}{_draw_notes(rows)}{_write_times(rows)}{_write_labels(rows)}</svg>"
    )
    return _fold(title, shown, earlier + len(records) - len(shown), content, opened)


def _fold(title: str, shown: Sequence[TrafficRecord], omitted: int, content: str, opened: bool) -> str:
    sent, received, events = (sum(record.direction == sign for record in shown) for sign in DIRECTIONS)
    summary = f"{_write_line(title, TITLE_TEXT)}: {sent:,} sent, {received:,} received"
    if events:
        summary += f", {events:,} event{'s' * (events > 1)}"
    if omitted:
        summary += f" ({omitted:,} earlier {'is' if omitted == 1 else 'are'} not shown)"
    return f"<details{' open' * opened}><summary>{summary}</summary>{content}</details>"


def _write_row(record: TrafficRecord) -> str:
    compressed = "" if record.compressed_size is None else f"{record.compressed_size:,}"
    cells = (
        _write_time(record),
        DIRECTIONS[record.direction],
        record.type,
        "" if record.opcode == EVENT else f"{record.size:,}",
        compressed,
        _quote_payload(record, TABLE_TEXT) + _say_more(record),
    )
    return f'<tr class="{CLASSES[record.direction]}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _draw_lifelines(height: int, *names: str) -> str:
    places = tuple(zip((OURS, THEIRS), names, strict=True))
    lines = "".join(f"M{x} 29V{height}" for x, _ in places)
    boxes = "".join(f'<rect x="{x - BOX_WIDTH // 2}" y="1" width="{BOX_WIDTH}" height="27" rx="4"/>' for x, _ in places)
    texts = "".join(f'<text x="{x}" y="19">{_write_line(name, NAME_TEXT)}</text>' for x, name in places)
    return (
        f'<g fill-opacity=".07" stroke="currentColor" stroke-opacity=".4">{boxes}'
        f'<path d="{lines}" stroke-dasharray="5 4"/></g>'
        f'<g text-anchor="middle" font-weight="bold">{texts}</g>'
    )


def _draw_arrows(rows: Rows) -> str:
    """Draws all arrows of one colour as one path."""
    paths = dict.fromkeys(STROKES, "")
    for y, record in rows:
        if record.opcode != EVENT:
            paths[_choose_stroke(record)] += _draw_arrow(y, record)
    drawn = "".join(f'<path d="{path}" stroke="{STROKES[name]}"/>' for name, path in paths.items() if path)
    return f'<g fill="none" stroke-width="1.5">{drawn}</g>'


def _draw_arrow(y: int, record: TrafficRecord) -> str:
    return f"M{OURS} {y}H{THEIRS}m-8-4 8 4-8 4" if record.direction == ">" else f"M{THEIRS} {y}H{OURS}m8-4-8 4 8 4"


def _choose_stroke(record: TrafficRecord) -> str:
    if record.opcode == Opcode.CLOSE:
        return "close"
    return CLASSES[record.direction] if record.opcode < Opcode.CLOSE else "control"


def _draw_notes(rows: Rows) -> str:
    places = (y for y, record in rows if record.opcode == EVENT)
    boxes = (f'<rect x="{OURS - 25}" y="{y - 17}" width="{THEIRS - OURS + 50}" height="20" rx="3"/>' for y in places)
    return f'<g fill="#e68c1e" fill-opacity=".3">{"".join(boxes)}</g>'


def _write_times(rows: Rows) -> str:
    texts = (f'<text y="{y - 4}">{_write_time(record)}</text>' for y, record in rows)
    return f'<g font-size="11" fill-opacity=".7">{"".join(texts)}</g>'


def _write_labels(rows: Rows) -> str:
    texts = (f'<text y="{y - 4}">{_write_label(record)}</text>' for y, record in rows)
    return f'<g text-anchor="middle" transform="translate({MIDDLE})">{"".join(texts)}</g>'


def _write_label(record: TrafficRecord) -> str:
    if record.opcode == EVENT:
        return _quote_payload(record, NOTE_TEXT)
    kind = "" if record.opcode == Opcode.TEXT else record.type
    size = f"{record.size:,} bytes" if record.size > LABEL_TEXT else ""
    return " ".join(filter(None, (kind, _quote_payload(record, LABEL_TEXT) + _say_more(record), size)))


def _write_time(record: TrafficRecord) -> str:
    return datetime.fromtimestamp(record.time).time().isoformat(timespec="milliseconds")


def _say_more(record: TrafficRecord) -> str:
    return "" if record.fin else " (to be continued)"


def _quote_payload(record: TrafficRecord, limit: int) -> str:
    """HTML of a payload, in quotes unless it is a sentence already."""
    line = _write_line(_read_payload(record), limit)
    if record.cut and not line.endswith("…"):
        line += "…"
    return line if record.opcode in (Opcode.CLOSE, EVENT) else f"'{line}'"


def _read_payload(record: TrafficRecord) -> str | bytes:
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


def _write_line(remote: str | bytes, limit: int) -> str:
    """One line of HTML for remote text or bytes, cut between characters."""
    line = ""
    for at in range(len(remote)):
        sign = escape(quoted(remote[at : at + 1])[1:-1], quote=False)
        if len(line) + len(sign) > limit:
            return f"{line}…"
        line += sign
    return line
