"""Documentation for RIDE: its old Libdoc takes a Google-style section for one paragraph, and lists for lines."""

from __future__ import annotations

import re
import sys

SECTION = re.compile(r"^(Args|Raises):\n((?:    .*\n?)+)", re.MULTILINE)
ENTRY = re.compile(r"^    (\S+): (.*(?:\n        .*)*)", re.MULTILINE)


def runs_in_ride() -> bool:
    """Whether RIDE shows the documentation: it imports libraries into its own process."""
    return "robotide" in sys.modules


def write_lists(documentation: str) -> str:
    """Documentation whose sections are lists, an argument or an error in a line each."""
    return SECTION.sub(_write_list, documentation)


def _write_list(section: re.Match[str]) -> str:
    lines = [f"- ``{name}``: {' '.join(text.split())}" for name, text in ENTRY.findall(section[2])]
    return "\n".join([f"{section[1]}:", "", *lines, ""])
