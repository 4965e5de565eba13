"""RIDE imports libraries with Robot Framework 3.1, in its own process: does it find all our keywords there?"""

import json
import subprocess
from pathlib import Path

import pytest
from robot.libdoc import LibraryDocumentation

from RobotWebSocketLibrary.editor_documentation import write_lists

ROOT = Path(__file__).parent.parent
RIDE_PYTHON = ROOT / ".venv-ride/bin/python"

pytestmark = pytest.mark.skipif(
    not RIDE_PYTHON.exists(), reason="RIDE is not installed: 'invoke ride' does it, where there is wxPython"
)


def import_in_ride(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RIDE_PYTHON, ROOT / "utest/ride_keywords.py", "RobotWebSocketLibrary", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [[], ["timeout=2s"], ["timeout=2s", "auto_close=SUITE"]], ids=str)
def test_ride_finds_every_keyword(arguments: list[str]):
    prefixes = {"VAR_POSITIONAL": "*", "VAR_NAMED": "**"}
    expected = LibraryDocumentation("RobotWebSocketLibrary").keywords
    assert expected

    run = import_in_ride(*arguments)
    assert run.returncode == 0, run.stderr
    found = {keyword["name"]: keyword for keyword in json.loads(run.stdout)}

    assert found.keys() == {keyword.name for keyword in expected}
    for keyword in expected:
        in_ride = found[keyword.name]
        names = [prefixes.get(argument.kind, "") + argument.name for argument in keyword.args if argument.name]
        assert [argument.partition("=")[0] for argument in in_ride["arguments"]] == names
        assert keyword.doc
        assert set(write_lists(keyword.doc).splitlines()) <= set(in_ride["documentation"].splitlines())


def test_ride_refuses_an_unknown_import_argument():
    run = import_in_ride("no_such_argument=1")
    assert run.returncode == 1
    assert "RobotWebSocketLibrary" in run.stderr.splitlines()[-1]
