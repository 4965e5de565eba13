"""What examples/load/run.py makes of options and results. `invoke load` runs it as a whole."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parent.parent / "examples" / "load" / "run.py"


@pytest.fixture(scope="module")
def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("load_run", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_results(folder: Path, *rows: tuple[str, str, float]) -> None:
    place = folder / "results" / "run"
    place.mkdir(parents=True)
    (place / "PreRun.db").touch()
    connection = sqlite3.connect(place / "run.db")
    connection.execute("CREATE TABLE Results (result_name TEXT, result TEXT, elapsed_time REAL)")
    connection.executemany("INSERT INTO Results VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()


def test_report_has_a_line_for_each_keyword(load: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    answers = [("Send Request", "PASS", number / 1000) for number in range(100, 0, -1)]
    write_results(tmp_path, ("Open WebSocket", "PASS", 0.005), *answers)
    assert load.report(tmp_path) == 0
    _, opened, asked, _ = capsys.readouterr().out.splitlines()
    assert opened.split() == ["Open", "WebSocket", "1", "0", *["5.0"] * 5]
    assert asked.split() == ["Send", "Request", "100", "0", "50.5", "50.0", "90.0", "99.0", "100.0"]


def test_failures_are_counted_and_told_by_the_exit_code(
    load: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write_results(tmp_path, ("Send Ping", "PASS", 0.001), ("Send Ping", "FAIL", 5.0), ("Close", "FAIL", 1.0))
    assert load.report(tmp_path) == 1
    _, ping, close, _ = capsys.readouterr().out.splitlines()
    assert ping.split() == ["Send", "Ping", "1", "1", *["1.0"] * 5]
    assert close.split() == ["Close", "0", "1"]


def test_run_without_robots_fails(load: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert load.report(tmp_path) == 1
    assert "RFSwarm has started no robot" in capsys.readouterr().err


def test_run_that_rfswarm_would_not_start_is_refused(
    load: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["run.py", "--seconds", "9"])
    with pytest.raises(SystemExit):
        load.read_options()
    assert "RFSwarm starts no robot for less than 10 seconds." in capsys.readouterr().err


def test_scenario_has_the_options_of_the_run(load: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(sys, "argv", ["run.py", "--robots", "7", "--seconds", "30"])
    scenario = load.write_scenario(tmp_path, "ws://127.0.0.1:1/", load.read_options()).read_text()
    for line in ("robots = 7", "run = 30", "rampup = 10", "resultnamemode = kywrd"):
        assert f"\n{line}\n" in scenario
    assert "robotoptions = -L INFO -v URL:ws://127.0.0.1:1/\n" in scenario
    assert (tmp_path / "conversation.robot").exists()


def test_run_that_was_too_short_fails(load: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_results(tmp_path)
    assert load.report(tmp_path) == 1
    assert "No robot has begun before the run ended: --seconds 60 may help." in capsys.readouterr().err
