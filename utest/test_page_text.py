"""What a page of HTML says, whoever has written it."""

from time import thread_time

import pytest

from RobotWebSocketLibrary.page_text import is_page, read_page


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><p>x",
        "<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>\n<html>",
        "\r\n <html lang=en>",
        "<HEAD>",
        "<body>x",
        '<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN">',
    ],
)
def test_page_is_known_by_its_beginning(text: str):
    assert is_page(text)


@pytest.mark.parametrize("text", ["", "why?", "<b>why?</b>", "a <html>", "<header>", "<?xml version='1.0'?><error/>"])
def test_anything_else_is_not_a_page(text: str):
    assert not is_page(text)


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<html><head><title>No\n such</title></head><body><h1>No such</h1><p>page</body></html>", "No such page"),
        ("<!doctype html><title>Shop</title><div id=root></div><noscript>Enable it.</noscript>", "Shop: Enable it."),
        ("<html><head><title>Shop</title><script>let a = '<p>';</script></head><body><div></div>", "Shop"),
        ("<html><body><style>p {}</style><!-- <p>no</p> --><p>Tom &amp; Jerry &lt;3</p>", "Tom & Jerry <3"),
        ("<html><body>1 < 2 and 3 > 2<br>yes<script>never closed", "1 < 2 and 3 > 2 yes"),
        ("<html><head><title>Only a title", "Only a title"),
        ("<html><body><header>Error</header><p class='a'>502<p>Bad", "Error 502 Bad"),
        ("<html></html>", ""),
    ],
)  # fmt: skip
def test_page_says_its_title_and_its_text(page: str, shown: str):
    assert read_page(page) == shown


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<title", "<head>", "</head ", "<script>", "<title> ", "&", "<svg </svg "]
)
def test_time_grows_no_faster_than_a_hostile_page(piece: str):
    def measure(size: int) -> float:
        text = "<html>" + piece * (size // len(piece))
        begin = thread_time()
        is_page(text)
        read_page(text)
        return thread_time() - begin

    small = sum(measure(32_768) for _ in range(8))  # as much text in all
    assert min(measure(262_144) for _ in range(3)) < 0.1 + 4 * small  # a quadratic one would take 8 times as long
