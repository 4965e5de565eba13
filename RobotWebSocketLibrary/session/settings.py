"""The import arguments: what applies where a keyword is not told otherwise."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from robot.api.types import Secret

from ..byte_size import ByteSize
from ..connection.inbox import InboxLimit
from ..connection.traffic import TrafficLimit
from ..deadline import Deadline
from ..errors import WebSocketError
from .auto_close import AutoClose
from .durations import seconds
from .opening_options import OpeningOptions, proxy_choice


@dataclass
class Settings:
    """Import arguments, read, of which `Set WebSocket Defaults` changes some. `timeout` is in seconds."""

    timeout: float
    auto_close: AutoClose
    max_message_size: int
    inbox_limit: InboxLimit
    traffic_limit: TrafficLimit
    options: OpeningOptions

    def deadline(self, timeout: timedelta | None) -> Deadline:
        """Until when a keyword may take; the library's own timeout applies where it was given none."""
        return Deadline(self.timeout if timeout is None else seconds(timeout))


def read_settings(
    timeout: timedelta | float | str,
    auto_close: AutoClose | str,
    max_message_size: ByteSize | str,
    *,
    inbox_limit: int | str,
    traffic_frames: int | str,
    traffic_preview: ByteSize | str,
    verify: bool | Path | str,
    headers: Mapping[str, str | Secret] | str | None,
    proxy: Secret | str | None,
) -> Settings:
    """Reads import arguments, which may all be text.

    Tools that import the library by themselves convert nothing, and Robot Framework ends the whole run with a traceback
    when it cannot convert one: so none is left to it.
    """
    proxy_choice(proxy)  # a wrong one is told at once
    return Settings(
        timeout=seconds(timeout),
        auto_close=_auto_close(auto_close),
        max_message_size=_size(max_message_size, "max_message_size"),
        inbox_limit=InboxLimit(messages=_count(inbox_limit, "inbox_limit", "messages")),
        traffic_limit=TrafficLimit(
            frames=_count(traffic_frames, "traffic_frames", "frames"),
            preview=_size(traffic_preview, "traffic_preview"),
        ),
        options=OpeningOptions(verify=_verify(verify), headers=_headers(headers), proxy=proxy),
    )


def _auto_close(value: AutoClose | str) -> AutoClose:
    if isinstance(value, AutoClose):
        return value
    if value.upper() not in AutoClose.__members__:
        names = ", ".join(AutoClose.__members__)
        raise WebSocketError(f"The argument 'auto_close' is '{value}'; it can be {names}.")
    return AutoClose[value.upper()]


def _size(value: ByteSize | str, name: str) -> int:
    try:
        return int(ByteSize.read(value))
    except ValueError as error:
        raise WebSocketError(f"The argument '{name}' cannot be used: {error}.") from None


def _count(value: int | str, name: str, what: str) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise WebSocketError(f"The argument '{name}' is '{value}'; it must be a number of {what}, at least 1.")
    return int(text)


def _verify(value: bool | Path | str) -> bool | Path:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), Path(value))
    return value


def _headers(value: Mapping[str, str | Secret] | str | None) -> Mapping[str, str | Secret]:
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            value = None
        if not isinstance(value, dict):
            raise WebSocketError("The argument 'headers' is no dictionary; write it as {'Name': 'value'}.")
    return {str(name): text if isinstance(text, Secret) else str(text) for name, text in (value or {}).items()}


def message_limit(size: ByteSize | None, default: int) -> int:
    """How long a message may be."""
    if size is not None and size < 1:
        raise WebSocketError(f"The argument 'max_message_size' is {size}; it is at least 1 byte.")
    return default if size is None else int(size)
