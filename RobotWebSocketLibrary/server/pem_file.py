"""A file that exists only because OpenSSL, or a client, takes certificates and keys from files."""

from __future__ import annotations

import os
import secrets
import tempfile
from functools import partial
from pathlib import Path

_open_for_owner = partial(os.open, mode=0o600)
"""All of it is C: no exception of a signal handler can come between the making of the descriptor and its owner."""


class PemFile:
    """A file for temporary use, which `remove` removes, or else the end of the last one who knows it.

    It is known before it exists, so that nobody who is interrupted in making it leaves it behind. A forked child, which
    has a copy of this object, leaves the file to its parent.
    """

    path: Path | None = None

    def __init__(self, pem: bytes) -> None:
        self._process = os.getpid()
        self.path = Path(tempfile.gettempdir()) / f"websocket-{secrets.token_hex(8)}.pem"
        try:
            with open(self.path, "xb", opener=_open_for_owner) as file:
                file.write(pem)
        except BaseException:  # which keeps this object, as long as it is kept itself
            self.remove()
            raise

    def __del__(self) -> None:
        self.remove()

    def remove(self) -> None:
        if self.path is not None and os.getpid() == self._process:
            self.path.unlink(missing_ok=True)
