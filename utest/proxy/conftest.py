from collections.abc import Callable, Iterator
from typing import Any

import pytest

from proxy.linked import RawTarget
from RobotWebSocketLibrary.client.opening_request import OpeningRequest
from RobotWebSocketLibrary.client.url import read_url
from RobotWebSocketLibrary.proxy.proxy import WebSocketProxy
from RobotWebSocketLibrary.proxy.target import TargetOptions
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


@pytest.fixture
def target() -> Iterator[RawTarget]:
    listening = RawTarget()
    yield listening
    listening.close()


@pytest.fixture
def proxy(start_proxy: StartProxy, target: RawTarget) -> WebSocketProxy:
    return start_proxy(target.url)
