"""The check of the built site finds what is wrong with its pages."""

import importlib
from pathlib import Path

import pytest

WEBSITE = Path(__file__).parent.parent / "website"


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(WEBSITE)
    return importlib.import_module("links").findings


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('<a href="other.html#place">', ""),
        ('<a href="https://example.org/">', ""),
        ('<a href="gone.html">', "index.html: 'gone.html' leads nowhere"),
        ('<a href="other.html#gone">', "index.html: 'other.html#gone' leads nowhere"),
        ('<img src="gone.png">', "index.html: 'gone.png' leads nowhere"),
        ('<script src="https://example.org/a.js">', "index.html: loads 'https://example.org/a.js' from another host"),
        ('<a href="keywords.html#Open%20WebSocket">', ""),
        ('<a href="keywords.html#Open">', "index.html: 'keywords.html#Open' leads nowhere"),
    ],
)
def test_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(findings, text: str, finding: str, tmp_path: Path):
    (tmp_path / "index.html").write_text(text)
    (tmp_path / "other.html").write_text('<h1 id="place">')
    (tmp_path / "keywords.html").write_text("")
    assert findings(tmp_path) == ([finding] if finding else [])
