"""Opens connections that an exception of a signal handler strikes, in a process of its own.

`python -m client.opening_storm` in the folder `utest` runs it. It is not under coverage, whose own lock such an
exception can leave locked.
"""

from __future__ import annotations

import faulthandler
import gc
import random
import tempfile
from tempfile import TemporaryDirectory

from connection.interrupting import interrupted, interruptions
from leaks import left_since, resources
from peers.raw import PATIENCE
from peers.websockets_peers import echo_server

from .connected import connected


def main() -> None:
    faulthandler.dump_traceback_later(3 * PATIENCE, exit=True)
    with TemporaryDirectory() as tempfile.tempdir:  # to which no other program writes
        opens_and_is_interrupted()


def opens_and_is_interrupted() -> None:
    before, chance, strikes = resources(), random.Random(5), 0
    with echo_server() as url, interruptions():

        def open_one() -> None:
            with connected(url):
                pass

        open_one()
        for _ in range(200):
            strikes += interrupted(open_one, chance.random() * 0.004)
        open_one()
    gc.collect()  # an exception may strike before anybody owns a new socket, which websocket-client ties into a circle
    left = left_since(before)
    print(f"{strikes} of 200 interrupted")  # noqa: T201, shown on failure
    assert strikes > 20
    assert not left, "\n".join(left)


if __name__ == "__main__":
    main()
