"""What websocket-client takes in an opening handshake: `python bench/studies/opening_request.py`.

Compares the whole handshake of websocket-client, on an answer that lies ready in memory, with what this library lets it
do: write the request. Microseconds of one call, and how often something is read from its socket.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import websocket

sys.path.insert(0, str(Path(__file__).parents[2]))

from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.client.websocket_client import RequestRecorder, write_request
from RobotWebSocketLibrary.protocol.handshake import make_switch
from RobotWebSocketLibrary.protocol.http import read_request, serialize_response

CALLS, ROUNDS = 1_000, 9
REQUEST = OpeningRequest(read_url("ws://localhost/"))


class AnsweringSocket(RequestRecorder):
    """Gives websocket-client the 101 that its request asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self._answer = b""

    def recv(self, size: int) -> bytes:
        if not self.reads:
            request = read_request(self.written.removesuffix(b"\r\n\r\n").split(b"\r\n"))
            self._answer = serialize_response(make_switch(request, None))
        self.reads += 1
        piece, self._answer = self._answer[:size], self._answer[size:]
        return piece


def main() -> None:
    print(f"websocket-client {websocket.__version__}")
    print(f"whole handshake      {microseconds(perform):6.1f} µs, {perform()} reads")
    print(f"writes the request   {microseconds(lambda: write_request(REQUEST)):6.1f} µs, 1 read, which ends its work")


def perform() -> int:
    socket = AnsweringSocket()
    websocket.WebSocket().connect(
        "ws://localhost/", socket=socket, host="localhost", header=[], suppress_origin=True, redirect_limit=0
    )
    return socket.reads


def microseconds(step: Callable[[], object]) -> float:
    return median(timed(step) for _ in range(ROUNDS)) / CALLS * 1e6


def timed(step: Callable[[], object]) -> float:
    begin = perf_counter()
    for _ in range(CALLS):
        step()
    return perf_counter() - begin


if __name__ == "__main__":
    main()
