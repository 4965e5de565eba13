"""HTML in a log, as a browser takes it: only what this library makes may be in it."""

from __future__ import annotations

from html.parser import HTMLParser

from RobotWebSocketLibrary.report.traffic_html import STYLE

TABLE_TAGS = {"details", "summary", "style", "table", "tr", "th", "td", "pre", "div", "label", "input", "i"}
DIAGRAM_TAGS = {"details", "summary", "svg", "g", "rect", "path", "text"}
ATTRIBUTES = {"open", "class"} | {
    *("viewbox", "width", "height", "style", "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-dasharray"),
    *("type", "stroke-width", "font-size", "font-weight", "text-anchor", "transform", "d", "x", "y", "rx"),
}


class Page(HTMLParser):
    """What a browser makes of HTML: tags, attributes, and the text of each element that has some."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)
        self.attributes += attrs
        self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts[self.open[-1]][-1] += data

    def unknown(self, data: str) -> None:
        raise AssertionError(f"neither tag nor text: {data}")

    handle_comment = handle_decl = handle_pi = unknown_decl = unknown

    def values(self, name: str) -> list[str | None]:
        return [value for attribute, value in self.attributes if attribute == name]


def check_is_ours(html: str) -> None:
    """Fails where HTML of the log holds anything but our own elements, with plain text in them."""
    page = Page(html)
    assert set(page.tags) <= TABLE_TAGS | DIAGRAM_TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert set(page.texts.pop("style", [])) <= {STYLE.removeprefix("<style>").removesuffix("</style>")}
    assert all(line.isprintable() for texts in page.texts.values() for text in texts for line in text.split("\n"))
