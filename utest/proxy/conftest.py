from collections.abc import Callable, Iterator
from typing import Any

import pytest

from peers.certificates import TlsFiles
from proxy.linked import RawTarget
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.tls import TlsOptions
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.proxy.target import TargetOptions
from RobotWebSocketLibrary.server.certificates import choose_tls
from RobotWebSocketLibrary.server.server_options import ServerOptions

MAX_MESSAGE_SIZE = 64 * 1024 * 1024

StartProxy = Callable[..., WebSocketProxy]


@pytest.fixture
def start_proxy() -> Iterator[StartProxy]:
    """Starts proxies, and stops them when the test ends. `opening` and `target` are options towards the target."""
    started = []

    def start(
        url: str, *, opening: dict[str, Any] | None = None, target: dict[str, Any] | None = None, **options: Any
    ) -> WebSocketProxy:
        leads_to = TargetOptions(OpeningRequest(read_url(url), **(opening or {})), **(target or {}))
        proxy = WebSocketProxy(ServerOptions(**{"max_message_size": MAX_MESSAGE_SIZE, **options}), leads_to)
        started.append(proxy)
        proxy.start()
        return proxy

    yield start
    for proxy in started:
        proxy.stop()


OVER_TLS = pytest.mark.parametrize("target", [False, True], indirect=True, ids=["ws", "wss"])
"""Runs a test without TLS, and with TLS on both sides of the proxy."""


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[RawTarget]:
    listening = RawTarget(tls=getattr(request, "param", False))
    yield listening
    listening.close()


@pytest.fixture
def proxy(start_proxy: StartProxy, target: RawTarget, files: TlsFiles) -> WebSocketProxy:
    if not target.tls:
        return start_proxy(target.url)
    tls = choose_tls("127.0.0.1", False, files.together, None, None)
    return start_proxy(target.url, opening={"tls": TlsOptions(verify=files.authority)}, tls=tls)
