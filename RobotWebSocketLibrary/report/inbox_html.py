"""Messages of an inbox as HTML for log.html: whole ones, where a failure lists only how they begin."""

from __future__ import annotations

from ..connection.inbox import Inbox
from ..errors import format_count
from ..protocol.messages import Message
from .payload_html import LINE_TEXT, WholePayloads, write_line
from .traffic_html import STYLE

SHOWN_MESSAGES = 20
"""Messages that are shown, the last ones."""
TITLE_TEXT = 200
"""Characters of HTML that the name of a connection may take."""
COLUMNS = ("Number", "Type", "Bytes", "Message")


def draw_messages(inbox: Inbox, name: str, room: int) -> str:
    """The last messages, folded in; empty if each of them is so short that a line shows it. `room` is in characters."""
    count = len(inbox)
    first = max(0, count - SHOWN_MESSAGES)
    messages = inbox.peek(first, SHOWN_MESSAGES)
    if all(len(message.data) <= LINE_TEXT for message in messages):
        return ""
    payloads = WholePayloads(room)
    cells = [_write_message(message, payloads) for message in reversed(messages)][::-1]  # the newest are whole first
    rows = (
        _write_row(number, message, cell)
        for number, (message, cell) in enumerate(zip(messages, cells, strict=True), first + 1)
    )
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    summary = f"Inbox of '{write_line(name, TITLE_TEXT)}': {format_count(count, 'message')}"
    if first:
        summary += f" ({first:,} earlier {'is' if first == 1 else 'are'} not shown)"
    table = f'<table class="websocket-frames"><tr>{head}</tr>{"".join(rows)}</table>'
    return f"<details><summary>{summary}</summary>{STYLE}{table}</details>"


def _write_message(message: Message, payloads: WholePayloads) -> str:
    return payloads.unfold(f"'{write_line(message.data, LINE_TEXT)}'", message.data)


def _write_row(number: int, message: Message, cell: str) -> str:
    kind = "text" if isinstance(message.data, str) else "binary"
    cells = (f"{number:,}", kind, f"{message.size:,}", cell)
    return f'<tr class="received">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
