"""Suspending and resuming a proxy, in the middle of whatever its clients do."""

from __future__ import annotations

import random
import sys

from leaks import server_threads
from peers.clients import eventually, opened, raw_client, request
from peers.scripted import serving, switch
from proxy.conftest import StartProxy
from proxy.linked import RawTarget, linked
from RobotWebSocketLibrary.server.outage import NewAttempts, OpenConnections, Suspension

TIMES = 100


def test_hundred_suspensions_on_one_port_lose_neither_it_nor_a_thread(start_proxy: StartProxy):
    chance = random.Random(62)
    attempts = [*NewAttempts, 503]
    if sys.platform != "linux":  # only Linux keeps a port that refuses TCP
        attempts.remove(NewAttempts.REFUSE)
    with serving(*[switch] * (2 * TIMES)) as target:
        proxy = start_proxy(target.url)
        for number in range(TIMES):
            with raw_client(proxy) as begun, opened(proxy, f"/{number}"):
                begun.send(request()[: chance.randint(0, 60)])
                suspension = Suspension(chance.choice(attempts), "test")
                proxy.outage.suspend(suspension, chance.choice(list(OpenConnections)), 1012)
                if chance.random() < 0.5:
                    proxy.outage.suspend(Suspension(chance.choice(attempts), "test"), OpenConnections.DROP, 1012)
            proxy.outage.resume()
        with opened(proxy, "/last"):
            assert len(server_threads(proxy.port)) >= 1
        assert list(proxy.notices) == []
        proxy.stop()
        eventually(lambda: not server_threads(proxy.port))


def test_suspended_proxy_does_not_dial(start_proxy: StartProxy, target: RawTarget):
    proxy = start_proxy(target.url)
    proxy.outage.suspend(Suspension(503, "test"), OpenConnections.CLOSE, 1012)
    with raw_client(proxy) as client:
        client.send(request())
        assert client.receive_rest().startswith(b"HTTP/1.1 503 ")
    proxy.outage.resume()
    with linked(proxy, target, "/behind") as link:
        assert link.asked.startswith("GET /behind ")
