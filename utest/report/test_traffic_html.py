"""Table and diagram: what they say, that log.html stays small, and that no live HTML ever comes out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.live_html import ATTRIBUTES, DIAGRAM_TAGS, TABLE_TAGS, Page
from RobotWebSocketLibrary.connection.traffic import EVENT, TrafficRecord
from RobotWebSocketLibrary.protocol.frames import Opcode
from RobotWebSocketLibrary.report.traffic_html import draw_sequence_diagram, draw_table

NOON = datetime(2026, 1, 2, 12, 0, 0, 250_000).timestamp()
UNREADABLE = r"\xff"
CELL = re.compile(r"<td>(?:<details><summary>)?([^<]*)")


def record(
    direction: str, opcode: int, payload: bytes, *, fin: bool = True, kept: int = 256, **more: Any
) -> TrafficRecord:
    return TrafficRecord(NOON, direction, opcode, len(payload), payload[:kept], fin, **more)


def sent(payload: bytes, opcode: int = Opcode.TEXT, **more: Any) -> TrafficRecord:
    return record(">", opcode, payload, **more)


def received(payload: bytes, opcode: int = Opcode.TEXT, **more: Any) -> TrafficRecord:
    return record("<", opcode, payload, **more)


def event(text: str) -> TrafficRecord:
    return record("!", EVENT, text.encode())


def diagram(records: list[TrafficRecord], **options: Any) -> str:
    return draw_sequence_diagram(records, "client", "ws://localhost/", **options)


def rows_of(*records: TrafficRecord) -> list[list[str]]:
    """Cells of the table, row by row; of those that unfold, the line."""
    rows = re.findall(r"<tr class=.*?</tr>", draw_table(records), re.DOTALL)
    return [[unescape(cell) for cell in CELL.findall(row)] for row in rows]


def whole_of(shown: TrafficRecord, **options: Any) -> str | None:
    """What the cell of a payload unfolds to."""
    return next(iter(Page(draw_table([shown], **options)).texts.get("pre", [])), None)


def labels_of(*records: TrafficRecord) -> list[str]:
    """What is written along the lifelines."""
    texts = Page(diagram(list(records))).texts["text"]
    return texts[2 + len(records) :]


both = pytest.mark.parametrize("shown", [draw_table, diagram], ids=["table", "diagram"])
Shown = Callable[..., str]


def test_table_shows_a_frame_in_a_row():
    assert rows_of(
        sent(b"hello"),
        received(b"a" * 1234, compressed_size=1001),
        received(b"\0\xff", Opcode.BINARY),
        event("connection reset"),
    ) == [
        ["12:00:00.250", "→ sent", "text", "5", "", "'hello'"],
        ["12:00:00.250", "← received", "text", "1,234", "1,001", f"'{'a' * 120}…'"],
        ["12:00:00.250", "← received", "binary", "2", "", r"'\x00\xff'"],
        ["12:00:00.250", "!", "event", "", "", "connection reset"],
    ]


def test_column_for_compressed_sizes_is_there_only_where_something_was_compressed():
    plain = Page(draw_table([sent(b"a"), received(b"b")]))
    assert plain.texts["th"] == ["Time", "Direction", "Type", "Bytes", "Payload"]
    assert plain.tags.count("td") == 10
    compressed = Page(draw_table([sent(b"a"), received(b"b", compressed_size=3)]))
    assert compressed.texts["th"] == ["Time", "Direction", "Type", "Bytes", "Compressed", "Payload"]
    assert compressed.tags.count("td") == 12


DUMP = """\
000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................
000010  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f  ................
000020  20 21 22 23 24 25 26 27 48 65 6c 6c 6f 21         !"#$%&'Hello!"""


@pytest.mark.parametrize(
    ("shown", "whole"),
    [
        (sent(b"a" * 120), None),
        (sent(b"a" * 100, kept=20), None),
        (sent(b"a" * 121), "a" * 121),
        (sent(b"a" * 200 + b"\n\x1b<b>&amp;"), "a" * 200 + "\n\\x1b<b>&amp;"),
        (
            sent(b"a" * 5000),
            "a" * 256 + "…\n(256 of 5,000 bytes are kept: the import argument 'traffic_preview' keeps more)",
        ),
        (
            sent(bytes(range(40)) + b"Hello!", Opcode.BINARY),
            DUMP,
        ),
        (sent(b"\xff" * 31), "000000 " + " ff" * 16 + "  " + "." * 16 + "\n000010 " + " ff" * 15 + "     " + "." * 15),
        (sent(b"\x03\xe8" + b"x" * 121, Opcode.CLOSE), "1000 (normal closure) " + "x" * 121),
    ],
)
def test_cell_unfolds_to_all_that_is_kept(shown: TrafficRecord, whole: str | None):
    assert whole_of(shown) == whole


def test_whole_payloads_have_a_bound_and_the_newest_come_first():
    records = [sent(b"a" * 200), sent(b"b" * 200), sent(b"\0" * 200), sent(b"c" * 201)]
    assert Page(draw_table(records, room=401)).texts["pre"] == ["b" * 200, "c" * 201]
    assert Page(draw_table(records, room=400)).texts["pre"] == ["c" * 201]
    assert "pre" not in Page(draw_table(records, room=199)).texts


def test_long_table_keeps_its_heading_in_sight_and_folds_equal_frames():
    records = [sent(b"ka"), received(b"ka"), *[record._replace(time=NOON + 1) for record in [sent(b"ka")] * 1197]]
    html = draw_table([*records, received(b"end")], limit=2000)
    page = Page(html)
    assert page.values("type") == ["checkbox"]
    assert page.texts["label"] == ["Fold equal frames"]
    assert page.texts["i"] == ["(1,198 times)"]
    assert html.count('<tr class="sent again">') == 1197
    assert html.count("<td>→ sent <i>(1,198 times)</i></td>") == 1
    assert ".websocket-long .websocket-frames th{position:sticky" in html


@pytest.mark.parametrize(("frames", "is_long"), [(199, False), (200, True)])
def test_short_table_has_nothing_to_fold(frames: int, is_long: bool):
    html = draw_table([sent(b"ka")] * frames, limit=1000)
    assert ('<div class="websocket-long">' in html, "again" in html.partition("</style>")[2]) == (is_long, is_long)


def test_time_is_that_of_the_log():
    assert (
        rows_of(TrafficRecord(0.0, ">", 1, 0, b"", True))[0][0] == time.strftime("%H:%M:%S", time.localtime(0)) + ".000"
    )


@pytest.mark.parametrize(
    ("shown", "in_table", "in_diagram"),
    [
        (sent(b""), "''", "''"),
        (sent("å\x1b\n<b>&amp;\"'".encode()), "'å\\x1b\\n<b>&amp;\"''", "'å\\x1b\\n<b>&amp;\"''"),
        (sent("\u202eabc\u2066".encode()), "'\\u202eabc\\u2066'", "'\\u202eabc\\u2066'"),
        (sent("שָׁ 世界".encode()), "'שָׁ 世界'", "'שָׁ 世界'"),
        (sent(b"a\xff"), r"'a\xff'", r"'a\xff'"),
        (sent(b"hel", fin=False), "'hel' (to be continued)", "'hel' (to be continued)"),
        (sent(b"lo", Opcode.CONTINUATION), "'lo'", "continuation 'lo'"),
        (sent("å".encode(), Opcode.BINARY), r"'\xc3\xa5'", r"binary '\xc3\xa5'"),
        (sent(b"there?", Opcode.PING), "'there?'", "ping 'there?'"),
        (sent(b"", Opcode.PONG), "''", "pong ''"),
        (sent(b"\xc3", Opcode.PONG), r"'\xc3'", r"pong '\xc3'"),
        (sent(b"", Opcode.CLOSE), "", "close"),
        (sent(b"\x03\xe8", Opcode.CLOSE), "1000 (normal closure)", "close 1000 (normal closure)"),
        (sent(b"\x0f\xa5why\n", Opcode.CLOSE), r"4005 (private use) why\n", r"close 4005 (private use) why\n"),
        (sent(b"\x03", Opcode.CLOSE), "3 (unknown)", "close 3 (unknown)"),
        (
            sent(b"\x03\xe8a\xc3\xa5", Opcode.CLOSE, kept=4),
            "1000 (normal closure) a…",
            "close 1000 (normal closure) a…",
        ),
        (sent(b"?", 0xB), "'?'", "opcode 0xB '?'"),
        (sent("aå".encode(), kept=2), "'a…'", "'a…'"),
        (sent(b"a" * 57), f"'{'a' * 57}'", f"'{'a' * 56}…' 57 bytes"),
        (sent(b"a" * 300, kept=20), f"'{'a' * 20}…'", f"'{'a' * 20}…' 300 bytes"),
        (sent(b"a" * 60, fin=False), f"'{'a' * 60}' (to be continued)", f"'{'a' * 56}…' (to be continued) 60 bytes"),
        (sent(b"\xff" * 40), f"'{UNREADABLE * 30}…'", f"'{UNREADABLE * 14}…'"),
        (event("lost: <b>\x1b"), r"lost: <b>\x1b", r"lost: <b>\x1b"),
    ],
)
def test_payload_is_one_line(shown: TrafficRecord, in_table: str, in_diagram: str):
    assert rows_of(shown)[0][-1] == in_table
    assert labels_of(shown) == [in_diagram]


@pytest.mark.parametrize(
    ("records", "summary"),
    [
        ([], "0 sent, 0 received"),
        ([sent(b"a"), received(b"b"), received(b"c")], "1 sent, 2 received"),
        ([event("lost")], "0 sent, 0 received, 1 event"),
        ([sent(b"a"), event("slow"), event("lost")], "1 sent, 0 received, 2 events"),
    ],
)
def test_summary_counts_frames(records: list[TrafficRecord], summary: str):
    assert Page(draw_table(records)).texts["summary"] == [f"Frames: {summary}"]
    assert Page(diagram(records)).texts["summary"] == [f"Sequence diagram: {summary}"]


@both
@pytest.mark.parametrize(
    ("options", "end"),
    [
        ({}, "99 sent, 1 received (20 earlier are not shown)"),
        ({"limit": 119}, "118 sent, 1 received (1 earlier is not shown)"),
        ({"limit": 120, "earlier": 1234}, "119 sent, 1 received (1,234 earlier are not shown)"),
        ({"limit": 500}, "119 sent, 1 received"),
        ({"limit": 0}, "0 sent, 0 received (120 earlier are not shown)"),
    ],
)
def test_the_last_frames_are_shown_and_the_earlier_ones_counted(shown: Shown, options: dict[str, int], end: str):
    html = shown([*[sent(b"early")] * 119, received(b"late")], **options)
    assert Page(html).texts["summary"][0].endswith(f": {end}")
    assert html.count("'late'") == (options != {"limit": 0})


@both
def test_details_are_closed_unless_asked_for(shown: Shown):
    assert shown([]).startswith("<details><summary>")
    assert shown([], opened=True).startswith("<details open><summary>")


def test_table_without_frames_is_a_summary():
    assert draw_table([]) == "<details><summary>Frames: 0 sent, 0 received</summary></details>"


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_diagram_is_as_high_as_it_has_rows(count: int):
    page = Page(diagram([sent(b"hello")] * count))
    height = 58 + 26 * count
    assert page.values("viewbox") == [f"0 0 880 {height}"]
    assert page.values("style") == ["max-width:100%;height:auto;margin:4px 0"]
    assert len(page.texts["text"]) == 2 + 2 * count
    assert all(0 < int(y) < height for y in page.values("y") if y)


def test_arrows_point_where_frames_went():
    paths = re.findall(r'<path d="([^"]+)" stroke="([^"]+)"/>', diagram([sent(b""), received(b""), sent(b"", 8)]))
    assert paths == [
        ("M145 58H735m-8-4 8 4-8 4", "#3b82d6"),
        ("M735 84H145m8-4-8 4 8 4", "#2e9e6b"),
        ("M145 110H735m-8-4 8 4-8 4", "#d9534f"),
    ]


def test_control_frames_have_the_colour_of_the_text():
    assert '<path d="M145 58H735m-8-4 8 4-8 4M735 84H145m8-4-8 4 8 4" stroke="currentColor"/>' in diagram(
        [sent(b"", Opcode.PING), received(b"", Opcode.PONG)]
    )


def test_event_is_a_note_across_and_no_arrow():
    html = diagram([event("connection reset")])
    assert '<rect x="120" y="41" width="640" height="20" rx="3"/>' in html
    assert "H735" not in html


@both
def test_title_says_whose_frames_they_are(shown: Shown):
    html = shown([sent(b"")], title="Frames of 'ws://h/<b>\x1b'")
    assert Page(html).texts["summary"] == ["Frames of 'ws://h/<b>\\x1b': 1 sent, 0 received"]
    assert len(shown([sent(b"")], title="x" * 1000)) < len(shown([sent(b"")], title="")) + 210


def test_diagram_names_both_ends():
    texts = Page(draw_sequence_diagram([], "client <main>\x1b", f"ws://{'a' * 80}/")).texts["text"]
    assert texts == ["client <main>\\x1b", f"ws://{'a' * 33}…"]


@pytest.mark.parametrize(
    "payload",
    [b'{"type":"tick","value":17},' * 20, b"&" * 256, b"<" * 256, bytes(256), b"\xff" * 256, "\u202e".encode() * 80],
    ids=["json", "&", "<", "zeros", "binary", "bidi"],
)
def test_a_hundred_frames_take_less_than_60_kb_and_what_they_unfold_to(payload: bytes):
    records = [sent(payload, fin=False, compressed_size=123_456_789)] * 1000
    html = (draw_table(records) + diagram(records)).encode()
    whole = sum(map(len, re.findall(rb"<pre>(.*?)</pre>", html, re.DOTALL)))
    assert len(html) - whole < 65_000
    assert whole < 130_000


@both
def test_no_colour_is_black_or_white_and_nothing_is_fetched(shown: Shown):
    html = shown([sent(b""), received(b""), sent(b"", 8), sent(b"", 9), event("lost")]).lower()
    assert not re.search(r"black|white(?!-space)|#000|#fff|url\(|href|src=|<script", html)


HOSTILE = st.sampled_from(
    [
        "<script>",
        "</td>",
        "</text>",
        "</svg>",
        "</details>",
        "<!--",
        "-->",
        "<![CDATA[",
        "&lt;",
        "&#60;",
        "'",
        '"',
        "\0",
    ]
)
TEXTS = st.lists(HOSTILE | st.text(max_size=10)).map("".join)
RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from("<>"),
        st.integers(0, 15),
        TEXTS.map(str.encode) | st.binary(max_size=80),
        fin=st.booleans(),
        kept=st.integers(0, 256),
        compressed_size=st.none() | st.integers(0, 10_000),
    )
    | st.builds(event, TEXTS)
)


@given(RECORDS)
def test_table_has_no_live_html(records: list[TrafficRecord]):
    html = draw_table(records)
    page = Page(html)
    assert set(page.tags) <= TABLE_TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    columns = page.tags.count("th")
    assert page.tags.count("td") == columns * len(records)
    shown = [*page.texts.get("td", []), *page.texts["summary"], *page.texts.get("pre", [])]
    assert all(line.isprintable() for text in shown for line in text.split("\n"))


@given(RECORDS, TEXTS, TEXTS)
def test_diagram_has_no_live_html(records: list[TrafficRecord], our_name: str, peer_name: str):
    page = Page(draw_sequence_diagram(records, our_name, peer_name))
    assert set(page.tags) <= DIAGRAM_TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert page.tags.count("text") == 2 + 2 * len(records)
    assert all(text.isprintable() for text in page.texts["text"])
