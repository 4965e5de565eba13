"""Compares the library with its peers, in ratios of interleaved rounds: `invoke bench`.

Each side of a row runs in processes of its own. The sides take turns, because machines are noisy, and a figure is the
median of the rounds. `--row echo-10` runs one row alone, and can be given several times. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

import connections
import echo
import passing
import receiving
import searching
import sending
import servers
from page import show, write_page
from processes import HERE, allow_many_files
from rows import OURS, Result, Row, judge, measure

import keywords

ROWS: dict[str, Row] = {
    name: row
    for theme in (keywords, receiving, searching, sending, echo, passing, connections)
    for name, row in theme.rows().items()
}
RESULTS = HERE / "results.json"
"""What was measured last of each row, so that a row can be measured anew for the page."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", choices=ROWS, action="append", metavar="ROW", help="run this row alone")
    parser.add_argument("--rounds", type=int, help="how many rounds, instead of what each row has")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--forget", action="store_true", help="keep nothing of this run for the page")
    parser.add_argument("--list", action="store_true", help="name the rows and say what they are")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{name}: {row.what}" for name, row in ROWS.items()))
        return
    allow_many_files()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed library is not compiled in each run
    missing = find_missing()
    for side in sorted(missing):
        print(f"Left out, because it is not installed: {side}", file=sys.stderr)
    names = options.row or list(ROWS)
    for number, name in enumerate(names, 1):
        result = measure_row(name, options.rounds or ROWS[name].rounds, missing, f"{number} of {len(names)}")
        if not options.forget:
            keep(name, result)
        print(describe(name, result), flush=True)
    if options.write:
        write_page(ROWS, read_kept(), time.strftime("%Y-%m-%d"))


def find_missing() -> set[str]:
    missing = servers.find_missing() | keywords.find_missing()
    node = shutil.which("node") and (HERE.parent / "utest" / "peers" / "node" / "node_modules" / "ws").exists()
    return missing if node else missing | {"node ws"}


def measure_row(name: str, rounds: int, missing: set[str], position: str) -> Result:
    result = Result()
    for number, side, known in measure(ROWS[name], rounds, missing):
        result = known
        if sys.stderr.isatty():
            print(f"\r\033[K{position}: {name}, round {number} of {rounds}, {side}", end="", file=sys.stderr)
        elif side == OURS:
            print(f"{position}: {name}, round {number} of {rounds}", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return result


def describe(name: str, result: Result) -> str:
    row, figures = ROWS[name], result.figures
    rounds = sorted(result.rounds[OURS])
    others = "".join(f"\n{show_side(result, side)}" for side in figures if side != OURS)
    goal = f"; goal: {row.goal.text}: {judge(row, figures)}" if row.goal else ""
    spread = f"[{show(rounds[0])} to {show(rounds[-1])}]"
    return f"{name}: {row.what} ({row.meaning}{goal})\n{show_side(result, OURS)} {spread}{others}"


def show_side(result: Result, side: str) -> str:
    """The figure, and in brackets that of processor time."""
    processor = f"({show(result.processor_figures[side])})" if side in result.processor else ""
    return f"{show(result.figures[side]):>10} {processor:>8}  {side}"


def keep(name: str, result: Result) -> None:
    kept = {other: asdict(known) for other, known in read_kept().items()} | {name: asdict(result)}
    RESULTS.write_text(json.dumps(kept, indent=1), "utf-8")


def read_kept() -> dict[str, Result]:
    if not Path(RESULTS).exists():
        return {}
    return {name: Result(**known) for name, known in json.loads(RESULTS.read_text("utf-8")).items() if name in ROWS}


if __name__ == "__main__":
    main()
