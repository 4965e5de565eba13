"""What a connection begins with: what both ends have agreed on, and how much our end accepts and keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..protocol.deflate import DeflateParameters
from .inbox import InboxLimit
from .traffic import TrafficLimit


@dataclass(frozen=True)
class Terms:
    """What both ends have known since the opening handshake."""

    url: str
    subprotocol: str | None = None
    compression: DeflateParameters | None = None


@dataclass(frozen=True)
class Limits:
    """How much a connection accepts and keeps. `keep_last` is for an end that no test may ever look at.

    With `forgets` a full inbox drops its oldest messages, and reading goes on.
    """

    max_message_size: int
    inbox: InboxLimit = field(default_factory=InboxLimit)
    traffic: TrafficLimit = field(default_factory=TrafficLimit)
    keep_last: int | None = None
    forgets: bool = False
