"""An opening handshake that failed, as HTML for log.html: what was asked, and what came instead of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..errors import HandshakeError
from ..protocol.headers import Headers
from ..protocol.http import Request, Response
from ..secrecy import make_response_mask, mask_request_header
from .payload_html import LINE_TEXT, WholePayloads, write_line
from .traffic_html import CLASSES, DIRECTIONS, STYLE

NAME_TEXT, VALUE_TEXT, URL_TEXT = 60, 200, 200
"""Characters of HTML that names and values of headers, and the URL, may take."""
BODY_TEXT = 8192
"""Characters of a body that are shown."""

Row = tuple[str, str, str]
"""A direction, the name of a header, and a value that is HTML already."""


def draw_handshake(error: HandshakeError) -> str:
    """Request and answer in a table, with masked values, folded in; empty if nothing was sent."""
    if error.request is None:
        return ""
    rows = [*_list_request(error.request), *_list_response(error)]
    title = f"Opening handshake with '{write_line(error.url, URL_TEXT)}'"
    answer = "no answer" if error.response is None else f"HTTP {write_line(str(error.response), URL_TEXT)}"
    table = f'<table class="websocket-frames">{"".join(map(_write_row, rows))}</table>'
    return f"<details><summary>{title}: {answer}</summary>{STYLE}{table}</details>"


def _list_request(request: Request) -> Iterator[Row]:
    yield ">", "", write_line(f"{request.method} {request.shown_target}", VALUE_TEXT)
    yield from _list_headers(">", request.headers, partial(mask_request_header, secret_names=request.secret_headers))


def _list_response(error: HandshakeError) -> Iterator[Row]:
    response: Response | None = error.response
    if response is None:
        return
    yield "<", "", write_line(f"HTTP {response}", VALUE_TEXT)
    yield from _list_headers("<", response.headers, make_response_mask(error.request.secret_headers))
    if response.body and not error.request.secret_target:  # which it may repeat
        remark = f"({len(response.text):,} characters)" if len(response.text) > BODY_TEXT else ""
        shown = response.text[:BODY_TEXT]
        line = write_line(response.page_text if response.is_page else shown, LINE_TEXT)
        yield "<", "body", WholePayloads().unfold(line, shown, remark)


def _list_headers(direction: str, headers: Headers, mask: Callable[[str, str], str]) -> Iterator[Row]:
    for name, value in headers.fields:
        yield direction, write_line(name, NAME_TEXT), write_line(mask(name, value), VALUE_TEXT)


def _write_row(row: Row) -> str:
    direction, *cells = row
    shown = "".join(f"<td>{cell}</td>" for cell in (DIRECTIONS[direction], *cells))
    return f'<tr class="{CLASSES[direction]}">{shown}</tr>'
