"""Writes the tables of docs/conformance.md from the verdicts in expected.json."""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain
from pathlib import Path

EXPECTED = Path(__file__).parent / "expected.json"
PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
BEGIN, END = "<!-- from expected.json: -->\n", "<!-- end -->\n"
WITHOUT = " without compression"
"""Ends the name of a run in which no compression was negotiated."""

CHAPTERS = {
    "1": "framing",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "opcodes",
    "5": "fragmentation",
    "6": "UTF-8",
    "7": "close handling",
    "9": "limits and performance",
    "10": "auto-fragmentation",
    "12": "compression, different payloads",
    "13": "compression, different parameters",
}

Verdicts = dict[str, list[str]]
"""Behavior and closing behavior by case."""


def write_tables() -> None:
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(head + BEGIN + tables(read_expected()) + END + rest.partition(END)[2], encoding="utf-8")


def read_expected() -> dict[str, Verdicts]:
    return json.loads(EXPECTED.read_text(encoding="utf-8"))


def tables(runs: dict[str, Verdicts]) -> str:
    """A table of the runs with compression, and one of those without, where there are any."""
    cases = set(chain.from_iterable(runs.values()))
    with_compression = {name: found for name, found in runs.items() if not name.endswith(WITHOUT)}
    without = {name.removesuffix(WITHOUT): found for name, found in runs.items() if name.endswith(WITHOUT)}
    captions = {"With compression": with_compression, "Without compression": without}
    return "".join(f"\n{caption}:\n\n{table(found, cases)}\n" for caption, found in captions.items() if found) + "\n"


def table(runs: dict[str, Verdicts], cases: set[str]) -> str:
    """A row per chapter and a column per run. `cases` are all that could have been run."""
    chapters = sorted({chapter_of(case) for case in chain.from_iterable(runs.values())}, key=int)
    rows = [[chapter, CHAPTERS.get(chapter, ""), *cells(runs, cases, [chapter])] for chapter in chapters]
    rows.append(["", "all", *(f"**{cell}**" for cell in cells(runs, cases, chapters))])
    head = ["chapter", "", *(", ".join(name.split()) for name in runs)]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in [head, ["---"] * len(head), *rows])


def cells(runs: dict[str, Verdicts], cases: set[str], chapters: list[str]) -> list[str]:
    """What each run found in the chapters, and of how many cases where it did not have all."""
    size = sum(chapter_of(case) in chapters for case in cases)
    found = [
        [verdict for case, verdict in verdicts.items() if chapter_of(case) in chapters] for verdicts in runs.values()
    ]
    return [shown(verdicts) + (f" of {size}" if len(verdicts) < size else "") for verdicts in found]


def shown(verdicts: list[list[str]]) -> str:
    """How many cases are `OK`, with `OK` closing behavior; and how many of each other verdict there are."""
    counts = Counter(" / ".join(dict.fromkeys(verdict)).lower() for verdict in verdicts)
    passed = counts.pop("ok", 0)
    return " + ".join([str(passed), *(f"{count} {verdict}" for verdict, count in sorted(counts.items()))])


def chapter_of(case: str) -> str:
    return case.partition(".")[0]
