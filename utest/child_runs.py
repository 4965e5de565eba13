"""Runs of Robot Framework in a process of their own: everything that they leave behind, as bytes and as text."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

from robot.api import ExecutionResult
from robot.result import Result

from peers.raw import PATIENCE

UTEST = Path(__file__).parent
STRINGS = re.compile(r'window\.output\["strings"\] = window\.output\["strings"\]\.concat\((\[.*?\])\);', re.DOTALL)


class ChildRun:
    """A finished run of the text of a suite file."""

    def __init__(self, folder: Path, text: str, *options: str, **environment: str) -> None:
        self.folder = folder
        (folder / "suite.robot").write_text(textwrap.dedent(text), encoding="utf-8")
        command = [sys.executable, "-m", "robot", "--outputdir", folder, "--pythonpath", folder, *options]
        done = subprocess.run(
            [*command, folder / "suite.robot"],
            capture_output=True,
            timeout=4 * PATIENCE,
            check=False,
            env={**os.environ, "PYTHONPATH": str(UTEST), "PYTHONIOENCODING": "utf-8", **environment},
        )
        self.console = done.stdout + done.stderr
        self.return_code = done.returncode

    @property
    def output(self) -> Path:
        return self.folder / "output.xml"

    @property
    def log(self) -> Path:
        return self.folder / "log.html"

    @property
    def result(self) -> Result:
        return ExecutionResult(self.output)

    @property
    def failures(self) -> dict[str, str]:
        return {test.name: test.message for test in self.result.suite.all_tests if not test.passed}

    @property
    def log_texts(self) -> list[str]:
        """The HTML that log.html puts into its page: long texts are compressed in it."""
        lists = STRINGS.findall(self.log.read_text("utf-8"))
        assert lists
        return [_plain(text) for strings in lists for text in json.loads(strings.replace("\\x3c", "\\u003c"))]

    def everything(self) -> dict[str, str]:
        """All that a reader of the run could come across, by where it is."""
        files = {path.name: path.read_text("utf-8") for path in self.folder.rglob("*.har")}
        return {
            **files,
            "output.xml": self.output.read_text("utf-8"),
            "log.html": "\n".join(self.log_texts),
            "console": self.console.decode(),
        }


def _plain(text: str) -> str:
    if text.startswith("*"):
        return text[1:]
    return zlib.decompress(base64.b64decode(text)).decode() if text else text
