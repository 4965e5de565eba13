"""What can go wrong with the file of an HTTP archive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import WebSocketError, escaped

STREAM_SIGN = ":" if os.name == "nt" else ""
"""What no name may hold on Windows: it leads to a part of a file that no folder shows."""


@contextmanager
def explain_saving(path: Path) -> Iterator[None]:
    """Makes the folder of the file, and a sentence of what fails."""
    try:
        if STREAM_SIGN and STREAM_SIGN in path.name:
            raise ValueError(f"the name of a file cannot hold '{STREAM_SIGN}' on Windows")
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, ValueError) as error:  # ValueError: no file can have such a name
        why = escaped(getattr(error, "strerror", None) or str(error))
        raise WebSocketError(f"Could not save the traffic as '{escaped(str(path))}': {why}.") from error
