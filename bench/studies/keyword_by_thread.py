"""What a send and a wait for its echo take of the processor, by thread, in a run of Robot Framework.

`python bench/studies/keyword_by_thread.py` compares the library with keywords that do nothing, but have its arguments,
documentation and tags. Microseconds of one exchange, of the test's thread and of all others together, without what
Robot Framework takes for the log when the test has ended. Needs Linux.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

import keywords

COUNT, ROUNDS = 5_000, 5
LIBRARIES = ("RobotWebSocketLibrary", "documented_keywords")
NOTE = "Evaluate    keyword_by_thread.note_threads(r'{file}')    modules=keyword_by_thread"


def main() -> None:
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where the run finds `note_threads`
    figures: dict[str, list[tuple[float, float]]] = {library: [] for library in LIBRARIES}
    for _ in range(ROUNDS):
        for library in LIBRARIES:
            figures[library].append(measure(library))
    for library, rounds in figures.items():
        test, others = (median(values) for values in zip(*rounds, strict=True))
        print(f"{library:22} {test:6.0f} µs of the test's thread, {others:5.0f} µs of others")


def measure(library: str) -> tuple[float, float]:
    """Microseconds of the test's thread, which is the first, and of all others."""
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        exchanges = keywords.repeat(COUNT, *keywords.EXCHANGE)
        keywords.run_robot(library, [keywords.OPEN, NOTE.format(file=before), *exchanges, NOTE.format(file=after)])
        began, ended = (json.loads(file.read_text()) for file in (before, after))
    took = [(ended[thread] - began.get(thread, 0)) / COUNT / 1000 for thread in sorted(ended, key=int)]
    return took[0], sum(took[1:])


def note_threads(file: str) -> None:
    """Writes the nanoseconds that each thread of this process has taken of the processor."""
    threads = {
        task.name: int((task / "schedstat").read_text().split()[0]) for task in Path("/proc/self/task").iterdir()
    }
    Path(file).write_text(json.dumps(threads))


if __name__ == "__main__":
    main()
