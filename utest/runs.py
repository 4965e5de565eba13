"""Runs of Robot Framework in this process, and what their output says."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import robot
from robot.api import ExecutionResult, ResultVisitor
from robot.result import Keyword, Message, TestCase

from RobotWebSocketLibrary import RobotWebSocketLibrary

RunTests = Callable[..., "Run"]
"""The fixture `run_tests`."""
LIBRARY = "Library    RobotWebSocketLibrary    timeout=20s"


class Imported:
    """A listener that sees the instances of the library which a run imports."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self.instances: list[RobotWebSocketLibrary] = []

    def library_import(self, library: Any, _: Any) -> None:
        if isinstance(library.instance, RobotWebSocketLibrary):
            self.instances.append(library.instance)


class Run:
    """A finished run."""

    def __init__(self, output: Path, console: str, imported: Imported) -> None:
        self.suite = ExecutionResult(output).suite
        self.errors = [message.message for message in ExecutionResult(output).errors]
        self.console = console
        self.imported = imported
        self.output = output

    @property
    def tests(self) -> dict[str, TestCase]:
        return {test.name: test for test in self.suite.all_tests}

    @property
    def failures(self) -> dict[str, str]:
        return {name: test.message for name, test in self.tests.items() if not test.passed}

    def keywords(self, name: str, test: str | None = None) -> list[Keyword]:
        """All runs of a keyword, in order."""
        finder = _KeywordFinder(name)
        (self.suite if test is None else self.tests[test]).visit(finder)
        return finder.found

    def log(self, keyword: str, test: str | None = None) -> list[tuple[str, str]]:
        """Levels and texts that a keyword logged."""
        return [(line.level, line.message) for found in self.keywords(keyword, test) for line in lines_of(found)]


class _KeywordFinder(ResultVisitor):
    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[Keyword] = []

    def start_keyword(self, keyword: Keyword) -> None:
        if keyword.name == self.name:
            self.found.append(keyword)


def lines_of(keyword: Keyword) -> list[Message]:
    return [item for item in keyword.body if isinstance(item, Message)]


def run_suite(folder: Path, text: str, **options: Any) -> Run:
    """Runs the text of a suite file, or a folder of such, given by name."""
    console = StringIO()
    imported = Imported()
    source = folder / "suite.robot"
    if text:
        source.write_text(textwrap.dedent(text), encoding="utf-8")
    output = folder / "output.xml"
    robot.run(
        source if text else folder,
        **{
            "outputdir": folder,
            "output": output,
            "log": None,
            "report": None,
            "loglevel": "DEBUG",
            "consolecolors": "off",
            "stdout": console,
            "stderr": console,
            "listener": imported,
            **options,
        },
    )
    assert output.exists(), console.getvalue()
    return Run(output, console.getvalue(), imported)


def suite_of(tests: dict[str, str], settings: str = "", library: str = LIBRARY) -> str:
    """A suite file with a test for each text; lines within a test are indented here."""
    parts = ["*** Settings ***", library, textwrap.dedent(settings).strip("\n"), "", "*** Test Cases ***"]
    for name, body in tests.items():
        parts += [name, textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")]
    return "\n".join(parts) + "\n"


def cases_by_number(cases: dict[str, str]) -> dict[str, str]:
    """Texts of tests that are named by their number."""
    return {f"Case {number}": line for number, line in enumerate(cases)}
