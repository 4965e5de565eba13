"""What a connection begins with: what both ends have agreed on, and how much our end accepts and keeps."""

from __future__ import annotations

from typing import NamedTuple

from ..protocol.deflate import DeflateParameters
from .inbox import InboxLimit
from .traffic import TrafficLimit


class Terms(NamedTuple):
    """What both ends have known since the opening handshake."""

    url: str
    subprotocol: str | None = None
    compression: DeflateParameters | None = None


class Limits(NamedTuple):
    """How much a connection accepts and keeps. `keep_last` is for an end that no test may ever look at.

    With `forgets` a full inbox drops its oldest messages, and reading goes on.
    """

    max_message_size: int
    inbox: InboxLimit = InboxLimit()
    traffic: TrafficLimit = TrafficLimit()
    keep_last: int | None = None
    forgets: bool = False
