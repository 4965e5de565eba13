"""Fuzzes one target with atheris, which follows new branches: `python utest/fuzz/fuzzing.py TARGET SECONDS FOLDER`.

What it finds worth keeping goes into the folder; the committed seeds are only read. An input that breaks a promise is
written into the folder, too, and ends the run with a traceback.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

FOLLOWED = [f"RobotWebSocketLibrary.{layer}" for layer in ("protocol", "connection", "client", "matching")]
with atheris.instrument_imports(include=FOLLOWED):
    from fuzz.targets import TARGETS


def main() -> None:
    name, seconds, folder = sys.argv[1:]
    grown = Path(folder) / name
    grown.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", "-seed=1", "-max_len=2000", "-timeout=10", "-rss_limit_mb=1000"]
    options += ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={grown}/broken-"]
    atheris.Setup([sys.argv[0], *options, str(grown), str(HERE / "seeds" / name)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
