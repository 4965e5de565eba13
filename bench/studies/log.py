"""Makes a log of many messages, and measures how large it is and how long a browser needs to open it.

`python bench/studies/log.py` runs a suite that sends 10,000 messages and waits for their echoes, with the default log
level and with DEBUG, and opens each log.html in headless Chromium: the time, by the clock, until the page with the
execution log is in the browser's document and the browser has ended. `--log FILE` opens a log that is there already.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

MESSAGES, ROUNDS, PATIENCE = 10_000, 3, 300
SUITE = f"""
*** Settings ***
Library    RobotWebSocketLibrary

*** Test Cases ***
Many Messages
    Start WebSocket Server
    Open WebSocket    ${{websocket.server.url}}
    FOR    ${{number}}    IN RANGE    {MESSAGES}
        Send Text Message    {{"type": "tick", "number": ${{number}}}}
        Wait For Message    timeout=10s
    END

Nothing
    No Operation
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, help="open this log instead")
    log = parser.parse_args().log
    if log is not None:
        print_opening(log.resolve())
        return
    with TemporaryDirectory() as folder:
        for what, level, test in (
            ("nothing", "INFO", "Nothing"),
            *((level, level, "Many*") for level in ("INFO", "DEBUG")),
        ):
            print_run(Path(folder), what, level, test)


def print_run(folder: Path, what: str, level: str, test: str) -> None:
    suite = folder / "suite.robot"
    suite.write_text(SUITE, "utf-8")
    options = ("--loglevel", level, "--test", test, "--report", "NONE", "--console", "none", "--outputdir", folder)
    start = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "robot", *options, suite],
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    print(f"{what}: the run took {perf_counter() - start:.1f} s; output.xml has {size(folder / 'output.xml')}")
    print_opening(folder / "log.html")


def print_opening(log: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"  log.html has {size(log)}; there is no Chromium to open it")
        return
    times = sorted(seconds_to_open(browser, log) for _ in range(ROUNDS))
    print(f"  log.html has {size(log)}; opened in {median(times):.1f} s [{times[0]:.1f} to {times[-1]:.1f}]")


def seconds_to_open(browser: str, log: Path) -> float:
    with TemporaryDirectory() as profile:
        start = perf_counter()
        page = subprocess.run(
            [browser, *OPTIONS, f"--user-data-dir={profile}", "--dump-dom", f"{log.as_uri()}#s1-t1"],
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            text=True,
            encoding="utf-8",
        ).stdout
        took = perf_counter() - start
    if 'id="s1-t1-k1"' not in page:
        raise SystemExit("The browser has ended before the execution log was there.")
    return took


def size(file: Path) -> str:
    return f"{file.stat().st_size / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
