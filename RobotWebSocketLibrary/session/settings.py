"""The import arguments: what applies where a keyword is not given something else."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from robot.api.types import Secret

from ..byte_size import ByteSize
from ..connection.inbox import InboxLimit
from ..connection.traffic import TrafficLimit
from ..deadline import Deadline
from ..errors import WebSocketError
from ..matching.wrappers import Wrapper, make_wrapper
from .auto_close import AutoClose
from .durations import read_seconds
from .opening_options import OpeningOptions, read_proxy_choice
from .scopes import ScopedChanges


@dataclass
class Settings:
    """Import arguments as they were read. `Set WebSocket Defaults` changes some. `timeout` is in seconds.

    What is changed in a test or suite ends with it. Then the values are made again, from the import arguments on.
    """

    timeout: float
    auto_close: AutoClose
    max_message_size: int
    inbox_limit: InboxLimit
    traffic_limit: TrafficLimit
    options: OpeningOptions
    wrapper: Wrapper | None = None

    def __post_init__(self) -> None:
        self._imported = self.timeout, self.max_message_size, self.options
        self._changes = ScopedChanges()
        self.sent_at: float | None = None
        """When a keyword sent last, in seconds since 1970."""

    def change(self, changed: Mapping[str, Any], place: str) -> None:
        """Changes values, by their names, until a place has ended. What cannot work is refused, and changes nothing."""
        self._apply(self._changes.including(place, changed))

    def end(self, place: str) -> None:
        """A test or suite has ended, and what was changed for it."""
        if place in self._changes:
            self._apply(self._changes.without(place))

    def _apply(self, changes: ScopedChanges) -> None:
        timeout, max_message_size, options = self._imported
        for changed in changes:
            options = options.replace_with(changed)
            timeout = changed.get("timeout", timeout)
            max_message_size = changed.get("max_message_size", max_message_size)
        options.check(timeout)
        self._changes, self.options, self.timeout, self.max_message_size = changes, options, timeout, max_message_size

    def deadline(self, timeout: timedelta | None) -> Deadline:
        """When a keyword must end; the library's own timeout applies where the keyword was given none."""
        return Deadline(self.timeout if timeout is None else read_seconds(timeout))

    def find_wrapper(self, inside: str | None, json_path: str | None = "$") -> Wrapper | None:
        """The wrapper that a keyword names, or the library's own; without a path, nobody looks for JSON."""
        if json_path is None:
            if inside is not None:
                raise WebSocketError("The argument 'inside' needs a 'json_path', such as '$'.")
            return None
        return self.wrapper if inside is None else make_wrapper(inside)

    def message_limit(self, size: ByteSize | None) -> int:
        """How many bytes a message may have; the library's own limit applies where the keyword was given none."""
        if size is not None and size < 1:
            raise WebSocketError(f"The argument 'max_message_size' is {size}; it must be at least 1 byte.")
        return self.max_message_size if size is None else int(size)


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
    inside: str | None = None,
) -> Settings:
    """Reads import arguments, which may all be text.

    Tools that import the library by themselves convert nothing, and Robot Framework ends the whole run with a traceback
    when it cannot convert one. So we leave the conversion to neither.
    """
    read_proxy_choice(proxy)  # refuses a wrong one at once
    return Settings(
        timeout=read_seconds(timeout),
        auto_close=_read_auto_close(auto_close),
        max_message_size=_read_size(max_message_size, "max_message_size"),
        inbox_limit=InboxLimit(messages=_read_count(inbox_limit, "inbox_limit", "messages")),
        traffic_limit=TrafficLimit(
            frames=_read_count(traffic_frames, "traffic_frames", "frames"),
            preview=_read_size(traffic_preview, "traffic_preview"),
        ),
        options=OpeningOptions(verify=_read_verify(verify), headers=_read_headers(headers), proxy=proxy),
        wrapper=make_wrapper(inside or ""),
    )


def _read_auto_close(value: AutoClose | str) -> AutoClose:
    if isinstance(value, AutoClose):
        return value
    if value.upper() not in AutoClose.__members__:
        names = ", ".join(AutoClose.__members__)
        raise WebSocketError(f"The argument 'auto_close' is '{value}'; it can be {names}.")
    return AutoClose[value.upper()]


def _read_size(value: ByteSize | str, name: str) -> int:
    try:
        return int(ByteSize.read(value))
    except ValueError as error:
        raise WebSocketError(f"The argument '{name}' cannot be used: {error}.") from None


def _read_count(value: int | str, name: str, what: str) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise WebSocketError(f"The argument '{name}' is '{value}'; it must be a number of {what}, at least 1.")
    return int(text)


def _read_verify(value: bool | Path | str) -> bool | Path:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), Path(value))
    return value


def _read_headers(value: Mapping[str, str | Secret] | str | None) -> Mapping[str, str | Secret]:
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            value = None
        if not isinstance(value, dict):
            raise WebSocketError("The argument 'headers' is not a dictionary; write it as {'Name': 'value'}.")
    return {str(name): text if isinstance(text, Secret) else str(text) for name, text in (value or {}).items()}
