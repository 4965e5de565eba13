"""The options of a test server."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..connection.inbox import InboxLimit
from ..connection.traffic import TrafficLimit
from ..defaults import HANDSHAKE_TIMEOUT, SERVER_HOST, SERVER_PORT, SERVER_PROTOCOL
from .behaviors import PING_INTERVAL, TIME_INTERVAL
from .certificates import ServerTls


class ServerOptions(NamedTuple):
    """How a server behaves. Intervals and timeouts are in seconds.

    An unattended server keeps nothing for a test: no messages, no clients that left, no requests. With `shows_traffic`
    it tells what is new at its connections nevertheless.
    """

    max_message_size: int
    host: str = SERVER_HOST
    port: int = SERVER_PORT
    tls: ServerTls | None = None
    protocols: Mapping[str, str] = MappingProxyType({})
    default_protocol: str = SERVER_PROTOCOL
    ping_interval: float = PING_INTERVAL
    time_interval: float = TIME_INTERVAL
    max_clients: int | None = None
    allowed_origins: tuple[str, ...] = ()
    compression: bool = True
    handshake_timeout: float = HANDSHAKE_TIMEOUT
    inbox_limit: InboxLimit = InboxLimit()
    traffic_limit: TrafficLimit = TrafficLimit()
    unattended: bool = False
    shows_traffic: bool = False
