"""The benchmark has the rows that docs/performance.md shows, and still runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent
PATIENCE = 60
READS_PROC = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the benchmark reads /proc")


def run_bench(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "bench" / "run.py"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout


@READS_PROC
def test_a_small_row_runs():
    output = run_bench("--row", "open-10", "--rounds", "1", "--forget")

    assert re.match(r"open-10: 10 connections to .*\(s\)\n +[\d.]+ +library \[", output)


@READS_PROC
def test_documented_rows_exist():
    documented = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / "performance.md").read_text("utf-8"), re.MULTILINE)
    known = [line.partition(":")[0] for line in run_bench("--list").splitlines()]

    assert documented == known


@pytest.mark.parametrize("plot", ["connections", "echo"])
def test_plots_are_images(plot: str):
    root = ElementTree.parse(ROOT / "docs" / f"performance-{plot}.svg").getroot()

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
