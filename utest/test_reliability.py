"""The page on reliability names tests; each fault has some, and they exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
FAULT = re.compile(r"^(\d+)\. (.*(?:\n    .*)*)", re.MULTILINE)
TEST = re.compile(r"`([\w/]+\.(?:py|robot))::([^`]+)`|`invoke (\w+)[^`]*`")


def read_faults(page: str) -> dict[int, list[tuple[str, str, str]]]:
    """The tests of each fault by its number: file, name, task."""
    return {int(fault[1]): TEST.findall(fault[2]) for fault in FAULT.finditer(page)}


def missing(file: str, name: str, task: str) -> str:
    """What there is not of a test."""
    if task:
        return "" if f"\ndef {task}(" in (ROOT / "tasks.py").read_text("utf-8") else f"the task '{task}'"
    path = ROOT / file if file.startswith("atest/") else ROOT / "utest" / file
    if not path.exists():
        return f"the file '{file}'"
    text = path.read_text("utf-8")
    if path.suffix == ".robot":
        names = {re.split(r"\s{2,}", line)[0] for line in text.splitlines()}
    else:
        names = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    return "" if name in names else f"'{name}' in '{file}'"


def test_each_fault_has_tests_that_exist():
    faults = read_faults(PAGE.read_text("utf-8"))
    assert list(faults) == list(range(1, 67))
    assert [number for number, tests in faults.items() if not tests] == []
    assert [lack for tests in faults.values() for test in tests if (lack := missing(*test))] == []


@pytest.mark.parametrize(
    ("fault", "lack"),
    [
        ("1. **A fault.** What happens.\n    `test_chaos.py::test_nothing`", "'test_nothing' in 'test_chaos.py'"),
        ("1. **A fault.** What happens.\n    `server/test_none.py::test_a`", "the file 'server/test_none.py'"),
        (
            "1. **A fault.** What happens.\n    `atest/timeouts.robot::No Such Test`",
            "'No Such Test' in 'atest/timeouts.robot'",
        ),
        ("1. **A fault.** What happens.\n    `invoke nothing`", "the task 'nothing'"),
    ],
)
def test_what_does_not_exist_is_named(fault: str, lack: str):
    [[test]] = read_faults(fault).values()
    assert missing(*test) == lack


def test_fault_without_a_test_is_seen():
    assert read_faults("7. **A fault.** What happens.\n") == {7: []}
