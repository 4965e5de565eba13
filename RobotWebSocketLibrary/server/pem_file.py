"""A file that exists only because OpenSSL, or a client, takes certificates and keys from files."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from functools import partial
from operator import methodcaller
from pathlib import Path

from ..ownership import Owner, watch_over

_open_for_owner = partial(os.open, mode=0o600)
"""All of it is C: no exception of a signal handler can come between the making of the descriptor and its owner."""
_watched: dict[Path, Owner] = {}
"""The files that this process is to remove."""


class PemFile:
    """A file for temporary use, which `remove` removes, or else the end of the last one who knows it.

    It is known before it exists, so that nobody who is interrupted in making it leaves it behind. A forked child, which
    has a copy of this object, leaves the file to its parent.
    """

    def __init__(self, pem: bytes) -> None:
        self.path = Path(tempfile.gettempdir()) / f"websocket-{secrets.token_hex(8)}.pem"
        try:
            steps = [partial(os.access, self.path, os.F_OK), partial(os.unlink, self.path)]
            _watched[self.path] = watch_over(self, partial(all, map(methodcaller("__call__"), steps)))
            with open(self.path, "xb", opener=_open_for_owner) as file:
                file.write(pem)
        except BaseException:  # which keeps this object, as long as it is kept itself
            self.remove()
            raise

    def remove(self) -> None:
        if self.path in _watched:
            with suppress(PermissionError):  # on Windows a scanner may hold it: it is tried again at the end
                self.path.unlink(missing_ok=True)
                _watched.pop(self.path)


with suppress(AttributeError):  # a system without forks
    os.register_at_fork(after_in_child=_watched.clear)
