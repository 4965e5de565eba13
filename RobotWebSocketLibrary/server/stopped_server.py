"""What the library keeps of a server that was stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .server import WebSocketServer


@dataclass(frozen=True, repr=False)
class StoppedServer:
    """What `${websocket.server}` shows of a stopped server, which itself keeps clients with their inboxes."""

    url: str
    host: str
    port: int
    ca_file: Path | None

    @classmethod
    def of(cls, server: WebSocketServer) -> StoppedServer:
        return cls(server.url, server.host, server.port, server.ca_file)

    def __repr__(self) -> str:
        return f"<WebSocketServer '{self.url}': stopped>"
