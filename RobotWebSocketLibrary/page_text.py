"""What a page of HTML says to a reader. Servers and proxies refuse with such pages.

A peer chooses the text that is searched here, so the time of each expression must not grow faster than the text.
"""

from __future__ import annotations

import re
from html import unescape

PAGE = re.compile(r"\s*(?:<\?xml\b[^<>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(head|script|style|svg|template|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
BODY = re.compile(r"<body\b", re.IGNORECASE)
TAG = re.compile(r"<[/!a-zA-Z][^<>]*>?")


def is_page(text: str) -> bool:
    """Whether the text begins as a page of HTML does."""
    return PAGE.match(text) is not None


def read_page(text: str) -> str:
    """Title and text of a page in one line; the title once, if the text begins with it."""
    title_found = TITLE.search(text)
    title = _join_words(title_found[1]) if title_found else ""
    body = BODY.search(text)
    shown = _join_words(TAG.sub(" ", UNSEEN.sub(" ", text[body.start() :] if body else text)))
    if not shown or not title:
        return shown or title
    return shown if shown.startswith(title) else f"{title}: {shown}"


def _join_words(text: str) -> str:
    return " ".join(unescape(text).split())
