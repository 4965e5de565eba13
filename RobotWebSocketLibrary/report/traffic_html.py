"""Traffic of one connection as HTML for log.html: a table and a sequence diagram.

Colours are half transparent, the same as the text around them, or those of log.html: it has a light and a dark mode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from ..connection.traffic import EVENT, TrafficRecord
from ..defaults import LOGGED_FRAMES
from ..protocol.frames import Opcode
from .payload_html import WHOLE_TEXT, WholePayloads, quote_payload, say_more, write_line

LABEL_TEXT, NOTE_TEXT, NAME_TEXT, TITLE_TEXT = 56, 76, 38, 200
"""Characters of HTML that remote text may take: a bound for its width, and for the size of log.html."""

Rows = Sequence[tuple[int, TrafficRecord]]
"""Records with their place from the top."""

DIRECTIONS = {">": "→ sent", "<": "← received", "!": "!"}
CLASSES = {">": "sent", "<": "received", "!": "event"}
COLUMNS = ("Time", "Direction", "Type", "Bytes")
STYLE = """<style>
.websocket-frames{border-collapse:collapse;margin:4px 0}
.websocket-frames :is(th,td){padding:1px 8px;text-align:left;border-bottom:1px solid rgba(128,128,128,.3)}
.websocket-frames td{vertical-align:top}
.websocket-frames td:last-child{overflow-wrap:anywhere}
.websocket-frames td:not(:last-child){white-space:nowrap}
.websocket-frames :is(th,td):is(:nth-child(4),:nth-child(5)):not(:last-child){text-align:right}
.websocket-frames .sent{background:rgba(59,130,214,.12)}
.websocket-frames .received{background:rgba(46,158,107,.12)}
.websocket-frames .event{background:rgba(230,140,30,.25)}
.websocket-frames summary{cursor:pointer}
.websocket-frames pre{max-height:30em;overflow:auto;white-space:pre-wrap}
.websocket-frames pre{margin:2px 0;padding:2px 6px;border-left:3px solid rgba(128,128,128,.5)}
.websocket-long .websocket-frames th{position:sticky;top:0;background:var(--background-color,Canvas)}
.websocket-long>div{max-height:75vh;overflow:auto}
.websocket-long i,.websocket-long:has(input:checked) .again{display:none}
.websocket-long:has(input:checked) i{display:inline}
</style>"""
LONG_TABLE = 200
"""Rows from which on the heading stays in sight, and equal frames can be folded."""

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
    room: int = WHOLE_TEXT,
) -> str:
    """The last frames, one in each row. `earlier` is how many frames are not among the records any more.

    `room` is for whole payloads, in characters.
    """
    shown = records[max(len(records) - limit, 0) :]
    content = f"{STYLE}{_write_table(shown, WholePayloads(room))}"
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
    summary = f"{write_line(title, TITLE_TEXT)}: {sent:,} sent, {received:,} received"
    if events:
        summary += f", {events:,} event{'s' * (events > 1)}"
    if omitted:
        summary += f" ({omitted:,} earlier {'is' if omitted == 1 else 'are'} not shown)"
    return f"<details{' open' * opened}><summary>{summary}</summary>{content}</details>"


def _write_table(shown: Sequence[TrafficRecord], payloads: WholePayloads) -> str:
    compressed = any(record.compressed_size is not None for record in shown)
    columns = (*COLUMNS, *["Compressed"] * compressed, "Payload")
    head = "".join(f"<th>{column}</th>" for column in columns)
    cells = [
        payloads.write_cell(record) + _say_who_took(record)
        for record in reversed(shown)  # the newest are whole first
    ][::-1]
    is_long = len(shown) >= LONG_TABLE
    remarks = _find_equal(shown) if is_long else [""] * len(shown)
    rows = "".join(
        _write_row(record, cell, remark, compressed) for record, cell, remark in zip(shown, cells, remarks, strict=True)
    )
    table = f'<table class="websocket-frames"><tr>{head}</tr>{rows}</table>'
    if not is_long:
        return table
    switch = '<label><input type="checkbox"/>Fold equal frames</label>'
    return f'<div class="websocket-long">{switch}<div>{table}</div></div>'


def _find_equal(shown: Sequence[TrafficRecord]) -> list[str | None]:
    """For each frame how many are equal to it, if it is the first of them; None for the others."""
    keys = [record._replace(time=0.0, taken_by=None) for record in shown]
    counts = Counter(keys)
    firsts = {key: at for at, key in reversed(list(enumerate(keys)))}
    return [
        None if firsts[key] != at else f" <i>({counts[key]:,} times)</i>" if counts[key] > 1 else ""
        for at, key in enumerate(keys)
    ]


def _write_row(record: TrafficRecord, payload: str, remark: str | None, compressed: bool) -> str:
    cells = [
        _write_time(record),
        DIRECTIONS[record.direction] + (remark or ""),
        record.type,
        "" if record.opcode == EVENT else f"{record.size:,}",
    ]
    if compressed:
        cells.append("" if record.compressed_size is None else f"{record.compressed_size:,}")
    kind = CLASSES[record.direction] + " again" * (remark is None)
    return f'<tr class="{kind}">{"".join(f"<td>{cell}</td>" for cell in (*cells, payload))}</tr>'


def _say_who_took(record: TrafficRecord) -> str:
    return "" if record.taken_by is None else f" (taken by {write_line(record.taken_by, NAME_TEXT)})"


def _draw_lifelines(height: int, *names: str) -> str:
    places = tuple(zip((OURS, THEIRS), names, strict=True))
    lines = "".join(f"M{x} 29V{height}" for x, _ in places)
    boxes = "".join(f'<rect x="{x - BOX_WIDTH // 2}" y="1" width="{BOX_WIDTH}" height="27" rx="4"/>' for x, _ in places)
    texts = "".join(f'<text x="{x}" y="19">{write_line(name, NAME_TEXT)}</text>' for x, name in places)
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
        return quote_payload(record, NOTE_TEXT)
    kind = "" if record.opcode == Opcode.TEXT else record.type
    size = f"{record.size:,} bytes" if record.size > LABEL_TEXT else ""
    return " ".join(filter(None, (kind, quote_payload(record, LABEL_TEXT) + say_more(record), size)))


def _write_time(record: TrafficRecord) -> str:
    return datetime.fromtimestamp(record.time).time().isoformat(timespec="milliseconds")
