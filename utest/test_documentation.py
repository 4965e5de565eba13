"""Examples in the keyword documentation are run as they stand."""

import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from robot import running
from robot.libdocpkg import LibraryDocumentation

from RobotWebSocketLibrary import RobotWebSocketLibrary

SETTINGS = "*** Settings ***\nLibrary    RobotWebSocketLibrary    timeout=20s\n"
DOCUMENTATION = LibraryDocumentation("RobotWebSocketLibrary", doc_format="RAW")
LIBRARY = RobotWebSocketLibrary()
KEYWORD_DOCS = {name: LIBRARY.get_keyword_documentation(name) for name in LIBRARY.get_keyword_names()}
"""Docstrings as they are: Libdoc takes the rows of the arguments out of them."""
STARTS_A_SERVER = "Start WebSocket Server"


def examples_of_keywords() -> dict[str, str]:
    """Each keyword's example, in a test of its own; most expect a running server, as the introduction says."""
    examples = {}
    for keyword in DOCUMENTATION.keywords:
        rows = re.findall(r"^\| ?(.*)$", keyword.doc.partition("Example:")[2], re.MULTILINE)
        lines = [row.replace("`", "") for row in rows]
        if not any(line.startswith(STARTS_A_SERVER) for line in lines):
            lines.insert(0, STARTS_A_SERVER)
        examples[keyword.name] = f"*** Test Cases ***\n{keyword.name}\n" + textwrap.indent("\n".join(lines), "    ")
    return examples


KEYWORD_EXAMPLES = examples_of_keywords()


def blocks_of_introduction() -> list[list[str]]:
    """Blocks of lines behind `| ` that are no tables."""
    found = re.findall(r"(?:^\|.*\n)+", DOCUMENTATION.doc + "\n", re.MULTILINE)
    blocks = [[line.removeprefix("|").removeprefix(" ") for line in block.splitlines()] for block in found]
    return [block for block in blocks if not block[0].endswith("|")]


def examples_in_python() -> list[str]:
    return ["\n".join(lines) for lines in blocks_of_introduction() if lines[0].startswith("from ")]


def examples_of_introduction() -> list[str]:
    """Examples in Robot Framework's language; what they take for granted is done before them."""
    examples = []
    for block in blocks_of_introduction():
        lines = [line.replace("`", "") for line in block]
        if lines[0].startswith(("No ", "from ")):  # the text of a failure, and Python
            continue
        if "***" not in lines[0]:
            if not block[0].startswith(("`Start", "`Open")):
                lines.insert(0, "Open WebSocket    ${URL}")
            if not block[0].startswith("`Start"):
                lines.insert(0, STARTS_A_SERVER)
                lines.insert(1, "VAR    ${URL}    ${websocket.server.url}")
            lines = ["*** Settings ***", "Library    RobotWebSocketLibrary", "*** Test Cases ***", "Example"] + [
                f"    {line}" for line in lines
            ]
        examples.append("\n".join(lines).replace("*****", "***"))
    return examples


@pytest.mark.parametrize("text", examples_of_introduction(), ids=lambda text: text.splitlines()[-1].strip())
def test_example_of_the_introduction_passes(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("APPLICATION_TOKEN", "secret")
    run(text, tmp_path)


def test_example_in_python_talks_to_a_server_of_its_own():
    text = next(text for text in examples_in_python() if "with closing" in text)
    names: dict[str, Any] = {}
    exec(text, names)
    assert names["library"].websocket.message == "hello"
    assert names["library"].websocket.state == "closed"


def test_example_of_a_library_that_is_built_upon_this_one_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = next(text for text in examples_in_python() if "class ChatLibrary" in text)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ChatLibrary.py").write_text(text)
    suite = """
        *** Settings ***
        Library    RobotWebSocketLibrary    auto_close=SUITE
        Library    ChatLibrary
        *** Test Cases ***
        Logs In
            ${server} =    Start WebSocket Server    alias=chat
            Log In    ${server.url}    Ann
            ${client} =    Wait For Client    timeout=20s
            Wait For Json Message    $.user    ==    Ann    timeout=20s    connection=${client}
            VAR    ${client}    ${client}    scope=SUITE
        Was Closed When The Test Ended
            Wait For Close    code=1000    timeout=20s    connection=${client}
    """
    run(textwrap.dedent(suite), tmp_path)


@pytest.mark.parametrize(
    "row",
    [
        f"{name}: {' '.join(row.split())}"
        for name, doc in KEYWORD_DOCS.items()
        for row in re.findall(r"^    (?:timeout|within): (?:.*\n)(?:      .*\n)*", doc, re.MULTILINE)
        if name != "Set WebSocket Defaults"
    ],
)
def test_row_of_a_timeout_says_whose_default_it_has(row: str):
    assert "he library's ``timeout`` by default." in row


@pytest.mark.parametrize("name", sorted(KEYWORD_EXAMPLES))
def test_keyword_example_passes(name: str, tmp_path: Path):
    assert len(KEYWORD_EXAMPLES[name].splitlines()) > 3, "the keyword has no example"
    run(SETTINGS + KEYWORD_EXAMPLES[name], tmp_path)


def run(text: str, folder: Path) -> None:
    result = running.TestSuite.from_string(text).run(outputdir=str(folder), output="output.xml", console="none")
    assert [test.message for test in result.suite.all_tests if not test.passed] == []
    assert result.suite.all_tests
    assert [str(message) for message in result.errors.messages] == []


def test_sections_are_lists_in_ride(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "robotide", sys)
    shown = LIBRARY.get_keyword_documentation("Open WebSocket")
    assert "\n\nArgs:\n\n- ``url``: Where to connect, such as ``ws://localhost:8080/chat`` or " in shown
    assert "\n- ``alias``: Name for this connection, for the ``connection`` argument of other keywords.\n- " in shown
    for name, documentation in KEYWORD_DOCS.items():
        words = LIBRARY.get_keyword_documentation(name).replace("- ``", "").replace("``", "").split()
        assert words == documentation.replace("- ``", "").replace("``", "").split(), name
