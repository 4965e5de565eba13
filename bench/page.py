"""Writes the results into docs/performance.md, between its two marks, and the plots beside it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import run

from connections import COUNTS
from echo import BARE
from plot import draw_bars, draw_lines
from rows import OURS, Result, Row, judge

from keywords import OLDER, OLDER_PYTHON

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"
BEGIN, END = "<!-- invoke bench writes from here -->\n", "<!-- to here -->\n"
PACKAGES = ("robotframework", "websocket-client", "websockets", "aiohttp", "picows")
ECHOES = ("echo-1", "echo-10", "echo-100", "echo-10x16", "echo-64-KiB")


def write_page(rows: Mapping[str, Row], results: Mapping[str, Result], date: str) -> None:
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    table = [
        "| row | what | unit | library | by processor time | goal | | others |",
        "|---|---|---|---|---|---|---|---|",
        *(describe_in_table(name, rows[name], results[name]) for name in rows if name in results),
    ]
    PAGE.write_text("\n".join([before + BEGIN, describe_machine(date), "", *table, "", END + after]), "utf-8")
    write_plots(results)


def describe_in_table(name: str, row: Row, result: Result) -> str:
    figures = result.figures
    rounds = sorted(result.rounds[OURS])
    ours = f"**{show(figures[OURS])}** [{show(rounds[0])} to {show(rounds[-1])}]"
    others = ", ".join(f"{side} {show(figure)}" for side, figure in figures.items() if side != OURS)
    processor = show(result.processor_figures[OURS]) if result.processor else ""
    goal = row.goal.text if row.goal else ""
    return (
        f"| `{name}` | {row.what} | {row.meaning} | {ours} | {processor} | {goal} | {judge(row, figures)} | {others} |"
    )


def show(figure: float) -> str:
    return f"{figure:.3f}" if abs(figure) < 0.1 else f"{figure:.2f}" if abs(figure) < 10 else f"{figure:.1f}"


def describe_machine(date: str) -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    return (
        f"{date}; {platform.system()} {platform.release().partition('-')[0]}, {os.cpu_count()} cores of {processor}; "
        f"Python {platform.python_version()}, {', '.join(find_versions())}. "
        f"At the end of the run {os.getloadavg()[2]:.1f} processes wanted a core, those of the run included."
    )


def find_versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    commands = {
        "node": ["node", "--version"],
        "ws": ["node", "-p", "require('./utest/peers/node/node_modules/ws/package.json').version"],
        OLDER: [
            str(OLDER_PYTHON),
            "-c",
            "import WebSocketClient as w; print('robotframework-websocketclient', w.__version__)",
        ],
    }
    for name, command in commands.items():
        try:
            answer = run(command, capture_output=True, text=True, check=False, cwd=DOCS.parent).stdout.strip()
        except FileNotFoundError:
            answer = ""
        found.append(f"{name} {answer or 'not installed'}")
    return found


def write_plots(results: Mapping[str, Result]) -> None:
    names = {"open": "opening them", "await": "a broadcast, awaited on each"}
    lines = {
        what: [(count, results[row].figures[OURS]) for count in COUNTS if (row := f"{name}-{count}") in results]
        for name, what in names.items()
    }
    if all(lines.values()):
        plot = draw_lines("Seconds for so many connections of one test", "connections", lines)
        (DOCS / "performance-connections.svg").write_text(plot, "utf-8")
    groups = {
        name.removeprefix("echo-"): {side: figure for side, figure in results[name].figures.items() if side != BARE}
        for name in ECHOES
        if name in results
    }
    if groups:
        plot = draw_bars("Echo servers: speed, websockets sync = 1", groups)
        (DOCS / "performance-echo.svg").write_text(plot, "utf-8")
