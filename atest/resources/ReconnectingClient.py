"""An application that connects again by itself, with the package `websockets`."""

import asyncio
import threading
from contextlib import suppress

from robot.api.deco import keyword, library
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


@library(scope="TEST", listener="SELF")
class ReconnectingClient:
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ending = asyncio.Event()

    @keyword
    def start_application(self, url: str, *pauses: float) -> None:
        """Connects, and again after these pauses in seconds, of which the last one repeats."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(url, pauses)), daemon=True)
        self._thread.start()

    def end_test(self, *_: object) -> None:
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(10)
            self._thread = None

    async def _run(self, url: str, pauses: tuple[float, ...]) -> None:
        self._loop = asyncio.get_running_loop()
        working = asyncio.create_task(self._connect(url, pauses))
        await self._ending.wait()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    async def _connect(self, url: str, pauses: tuple[float, ...]) -> None:
        tried = 0
        while True:
            with suppress(OSError, WebSocketException):
                async with connect(url, proxy=None) as connection:
                    tried = 0
                    await connection.wait_closed()
            await asyncio.sleep(pauses[min(tried, len(pauses) - 1)])
            tried += 1
