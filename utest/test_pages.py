"""Robot Framework's blocks in README.md and in docs/ are run as they stand, and the failures shown there are true."""

import re
from pathlib import Path

import pytest
from robot import running

README = Path(__file__).parent.parent / "README.md"
DOCS = README.parent / "docs"
RUN_BY_THEIR_SUITES = {"recipes", "decisions"}
"""Recipes show parts of the suites in examples/recipes, which need applications of their own."""
BLOCK = re.compile(r"^```(robotframework|failure)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SETTINGS = "*** Settings ***\nLibrary    RobotWebSocketLibrary    timeout=20s\n"


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """Each test of a page with the failure that is shown behind it, empty if none is."""
    found: list[tuple[str, str]] = []
    for language, text in BLOCK.findall(page.read_text("utf-8")):
        found.append((text, "") if language == "robotframework" else (found.pop()[0], text.rstrip()))
    return found


BLOCKS = {
    f"{page.relative_to(README.parent).as_posix()}:{number}": block
    for page in (README, *sorted(DOCS.rglob("*.md")))
    if page.parent.name not in RUN_BY_THEIR_SUITES
    for number, block in enumerate(blocks_of(page), start=1)
}


@pytest.mark.parametrize("name", BLOCKS)
def test_block_passes_or_fails_as_the_page_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("APPLICATION_TOKEN", "secret")
    text, failure = BLOCKS[name]
    suite = running.TestSuite.from_string(text if "*** Settings ***" in text else SETTINGS + text)
    result = suite.run(outputdir=str(tmp_path), output="output.xml", console="none")
    assert result.suite.all_tests
    assert [as_shown(test.message) for test in result.suite.all_tests] == [failure] * result.suite.test_count
    assert [str(message) for message in result.errors.messages] == []


def as_shown(message: str) -> str:
    """The message with the port that pages show."""
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", message)


@pytest.mark.parametrize("page", sorted((DOCS / "recipes").glob("[!R]*.md")), ids=lambda page: page.name)
def test_recipe_shows_what_its_suite_runs(page: Path):
    suites = re.findall(r"\]\((\.\./\.\./examples/recipes/\w+\.robot)\)", page.read_text("utf-8"))
    run = {line.strip() for suite in suites for line in (page.parent / suite).read_text("utf-8").splitlines()}
    shown = [line.strip() for block, _ in blocks_of(page) for line in block.splitlines()]
    assert shown
    assert [line for line in shown if line not in run and not line.startswith("#")] == []
