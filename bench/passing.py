"""Rows of messages that pass through a proxy, from a server of bare sockets to a client of bare sockets.

`proxy NAME PORT` runs a proxy to that port of this machine and prints its own. `receive PORT COUNT SIZE` is the client,
and prints what it took.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from bare import KEPT, KEY, connect, make_frame
from clients import take_time
from processes import run, start
from rows import Row, Took

RELAY, RULES = "plain TCP relay", "library with rules that match none"
MITMPROXY = "mitmproxy"
PROXIES = ("library", RULES, RELAY, MITMPROXY)
MITMDUMP = Path(__file__).parents[1] / ".venv-mitmproxy" / "bin" / "mitmdump"
COUNT, SIZE = 200_000, 125
LARGEST = 1 << 26


def relay(port: int) -> int:
    """Passes bytes on as they come, in a thread for each direction: the least that a proxy in Python can do."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            near, far = listening.accept()[0], socket.create_connection(("127.0.0.1", port))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    chosen: int = listening.getsockname()[1]
    return chosen


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)


def intercept(port: int, *, rules: bool) -> int:
    """Runs the library's proxy, perhaps with a rule of each kind that matches nothing."""
    from RobotWebSocketLibrary.client.opening_request import OpeningRequest
    from RobotWebSocketLibrary.client.url import read_url
    from RobotWebSocketLibrary.proxy.message_rules import Action, MessageRule
    from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
    from RobotWebSocketLibrary.proxy.target import TargetOptions
    from RobotWebSocketLibrary.server.server_options import ServerOptions

    target = TargetOptions(OpeningRequest(read_url(f"ws://127.0.0.1:{port}/")))
    proxy = WebSocketProxy(ServerOptions(max_message_size=LARGEST), target)
    for action in Action if rules else ():
        proxy.rules.add(MessageRule(action, "none", lambda message: message.data == "none"))
    proxy.start()
    return proxy.port


def run_mitmproxy(port: int) -> None:
    """Becomes mitmproxy; a child tells the port once somebody listens on it."""
    with socket.create_server(("127.0.0.1", 0)) as finding:
        chosen = finding.getsockname()[1]
    if os.fork():
        mode = ("--quiet", "--mode", f"reverse:http://127.0.0.1:{port}", "--set", "connection_strategy=lazy")
        os.execv(MITMDUMP, [str(MITMDUMP), *mode, "--listen-host", "127.0.0.1", "--listen-port", str(chosen)])
    while not listens(chosen):
        time.sleep(0.05)
    print(chosen, flush=True)
    os._exit(0)


def listens(port: int) -> bool:
    with socket.socket() as connecting:
        return connecting.connect_ex(("127.0.0.1", port)) == 0


def run_proxy(name: str, port: int) -> None:
    if name == MITMPROXY:
        run_mitmproxy(port)
    print(relay(port) if name == RELAY else intercept(port, rules=name == RULES), flush=True)
    sys.stdin.read()


def receive(port: int, count: int, size: int) -> None:
    connected = connect(port, f"/flood?{count}&{size}")
    left = count * len(make_frame(size))

    def receive_all() -> None:
        nonlocal left
        connected.sendall(make_frame(5, KEY))
        while left > 0:
            left -= connected.recv_into(KEPT)

    print(*take_time(receive_all), flush=True)


def measure(name: str) -> Took:
    """By the clock, and by the processor time of the proxy."""
    with start("bare.py", "serve") as server, start("passing.py", "proxy", name, server.read()) as proxy:
        port = proxy.read()
        before = proxy.processor_seconds
        seconds, _ = run("passing.py", "receive", port, COUNT, SIZE)
        return Took(seconds, proxy.processor_seconds - before)


def rows() -> dict[str, Row]:
    return {
        "proxy": Row(
            f"{COUNT:,} texts of {SIZE} B through a proxy",
            {name: partial(measure, name) for name in PROXIES},
            "time",
            RELAY,
        )
    }


if __name__ == "__main__":
    if sys.argv[1] == "proxy":
        run_proxy(sys.argv[2], int(sys.argv[3]))
    else:
        receive(*map(int, sys.argv[2:]))
