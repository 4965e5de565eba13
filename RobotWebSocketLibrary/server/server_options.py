"""What a test server is told when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..connection.inbox import InboxLimit
from ..connection.traffic import TrafficLimit
from .certificates import ServerTls


@dataclass(frozen=True)
class ServerOptions:
    """How a server behaves. Intervals and timeouts are in seconds.

    An unattended one keeps nothing for a test: no messages, no clients that left, no requests.
    """

    max_message_size: int
    host: str = "127.0.0.1"
    port: int = 0
    tls: ServerTls | None = None
    protocols: Mapping[str, str] = field(default_factory=dict)
    default_protocol: str = "echo"
    ping_interval: float = 10.0
    time_interval: float = 5.0
    max_clients: int | None = None
    allowed_origins: tuple[str, ...] = ()
    compression: bool = True
    handshake_timeout: float = 10.0
    inbox_limit: InboxLimit = field(default_factory=InboxLimit)
    traffic_limit: TrafficLimit = field(default_factory=TrafficLimit)
    unattended: bool = False
