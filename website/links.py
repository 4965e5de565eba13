"""Checks a built site: each link leads to a page and a place on it, and no page loads anything from another host."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from robot.libdocpkg import LibraryDocumentation

LOADS = {("img", "src"), ("link", "href"), ("script", "src"), ("source", "src"), ("iframe", "src")}
MADE_BY_SCRIPT = "keywords.html"
"""Libdoc's page makes its headings in the browser, so their names come from Libdoc."""


class HtmlPage(HTMLParser):
    """Links and places of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places = {""}
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.places.add(value or "")
            elif (tag, name) in LOADS and value:
                self.loads.append(value)
            elif (tag, name) == ("a", "href") and value:
                self.links.append(value)


def findings(site: Path) -> list[str]:
    """What is wrong with the site, one line each."""
    pages = {path: HtmlPage(path) for path in site.rglob("*.html")}
    for path, page in pages.items():
        if path.name == MADE_BY_SCRIPT:
            page.places |= places_of_libdoc()
    return [
        f"{page.path.relative_to(site)}: {problem}"
        for page in pages.values()
        for problem in loaded_from_elsewhere(page) + broken(page, pages)
    ]


def places_of_libdoc() -> set[str]:
    library = LibraryDocumentation("RobotWebSocketLibrary", doc_format="RAW")
    headings = {"Importing"} | {line.strip("= ") for line in library.doc.splitlines() if line.startswith("=")}
    return headings | {keyword.name for keyword in library.keywords} | {kind.name for kind in library.type_docs}


def loaded_from_elsewhere(page: HtmlPage) -> list[str]:
    return [f"loads '{url}' from another host" for url in page.loads if urlsplit(url).netloc]


def broken(page: HtmlPage, pages: dict[Path, HtmlPage]) -> list[str]:
    return [f"'{link}' leads nowhere" for link in page.links + page.loads if not leads_somewhere(link, page, pages)]


def leads_somewhere(link: str, page: HtmlPage, pages: dict[Path, HtmlPage]) -> bool:
    url = urlsplit(link)
    if url.scheme or url.netloc or page.path.name in (MADE_BY_SCRIPT, "404.html"):
        return True
    target = (page.path.parent / unquote(url.path)).resolve() if url.path else page.path
    if target.is_dir():
        target /= "index.html"
    return target.exists() and (target not in pages or unquote(url.fragment) in pages[target].places)


if __name__ == "__main__":
    FOUND = findings(Path(sys.argv[1]).resolve())
    print("\n".join(FOUND) or "Every link leads somewhere.")
    sys.exit(bool(FOUND))
