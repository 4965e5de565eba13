"""Compares masks in C with ours in Python: `python bench/studies/masking.py`.

docs/decisions/0007 says what follows from it.

Microseconds of processor time for one payload of bytes, the least of several interleaved rounds, the making of what an
in-place mask changes included; then how long the import takes. A mask that is not installed is left out. Beside the
extra `speedups` these are: `pip install aiohttp numpy pycryptodome tornado wsaccel`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import thread_time

sys.path.insert(0, str(Path(__file__).parents[2]))

from RobotWebSocketLibrary.protocol.masking import mask_in_python

KEY = b"\x37\xfa\x21\x3d"
ROUNDS, BYTES, MOST = 7, 1 << 24, 20_000
ROWS = {"16-B": 16, "125-B": 125, "4-KiB": 4 << 10, "64-KiB": 64 << 10, "1-MiB": 1 << 20, "64-MiB": 64 << 20}

Mask = Callable[[bytes, bytes], object]


def make_websockets() -> Mask:
    from websockets.speedups import apply_mask

    return apply_mask


def make_aiohttp() -> Mask:
    from aiohttp._websocket.mask import _websocket_mask_cython as mask_in_place

    def mask(payload: bytes, key: bytes) -> bytearray:
        masked = bytearray(payload)
        mask_in_place(key, masked)
        return masked

    return mask


def make_tornado() -> Mask:
    from tornado.speedups import websocket_mask

    return lambda payload, key: websocket_mask(key, payload)


def make_wsaccel() -> Mask:
    from wsaccel.xormask import XorMaskerSimple

    return lambda payload, key: XorMaskerSimple(key).process(payload)


def make_numpy() -> Mask:
    import numpy as np

    def mask(payload: bytes, key: bytes) -> bytes:
        padded = payload + bytes(-len(payload) % 4)
        masked = np.frombuffer(padded, np.uint32) ^ np.frombuffer(key, np.uint32)
        return masked.tobytes()[: len(payload)]

    return mask


def make_pycryptodome() -> Mask:
    from Crypto.Util.strxor import strxor

    return lambda payload, key: strxor(payload, (key * (len(payload) // 4 + 1))[: len(payload)])


MASKS: dict[str, tuple[str, Callable[[], Mask]]] = {
    "ours in Python": ("", lambda: mask_in_python),
    "websockets": ("websockets.speedups", make_websockets),
    "aiohttp": ("aiohttp._websocket.mask", make_aiohttp),
    "tornado": ("tornado.speedups", make_tornado),
    "numpy": ("numpy", make_numpy),
    "pycryptodome": ("Crypto.Util.strxor", make_pycryptodome),
    "wsaccel": ("wsaccel.xormask", make_wsaccel),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", choices=ROWS, action="append", help="measure these sizes only")
    rows = parser.parse_args().row or list(ROWS)
    masks = load_masks()
    table = {row: measure(masks, ROWS[row]) for row in rows}
    print(f"{'':16}" + "".join(f"{row:>11}" for row in rows) + "  import, ms")
    for name in masks:
        print(f"{name:16}" + "".join(f"{table[row][name]:11,.2f}" for row in rows) + f"{importing(name):12.1f}")


def load_masks() -> dict[str, Mask]:
    masks = {}
    for name, (_, make) in MASKS.items():
        with suppress(ImportError):
            masks[name] = make()
    return masks


def measure(masks: dict[str, Mask], size: int) -> dict[str, float]:
    """Microseconds by the name of the mask."""
    payload, times = os.urandom(size), max(1, min(MOST, BYTES // size))
    expected = mask_in_python(payload, KEY)
    least = dict.fromkeys(masks, float("inf"))
    for _ in range(ROUNDS):
        for name, mask in masks.items():
            begin = thread_time()
            for _ in range(times):
                masked = mask(payload, KEY)
            least[name] = min(least[name], (thread_time() - begin) / times * 1e6)
            assert bytes(masked) == expected
    return least


def importing(name: str) -> float:
    """Milliseconds of processor time that the import takes beside Robot Framework."""
    module = MASKS[name][0]
    if not module:
        return 0
    code = (
        "import importlib, time, robot.running; begin = time.process_time();"
        f"importlib.import_module({module!r}); print(time.process_time() - begin)"
    )
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(ROUNDS)]
    return 1000 * median(float(run.stdout) for run in runs)


if __name__ == "__main__":
    main()
