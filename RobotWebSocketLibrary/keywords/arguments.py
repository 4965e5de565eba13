"""Argument types of the keywords, and the little that Robot Framework's own conversion leaves to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum

from robot.api.types import Secret
from robot.utils import timestr_to_secs

from ..connection.heartbeat import HeartbeatTimes
from ..errors import WebSocketError
from ..protocol.close import is_sendable

SIZE = re.compile(r"([0-9_]+) *(?:bytes|B|(K|M|G)iB)?")


class ByteSize(int):
    """A size in bytes: a number, or a number with a unit: ``B``, ``KiB``, ``MiB`` or ``GiB``, such as ``64 MiB``."""

    def __str__(self) -> str:
        for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
            if self and self % size == 0:
                return f"{self // size} {unit}"
        return f"{int(self)} bytes"

    __repr__ = __str__

    @classmethod
    def read(cls, value: str | int) -> ByteSize:
        """Reads `64 MiB`, `65536` and the like."""
        match = SIZE.fullmatch(str(int(value)) if isinstance(value, int) else value.strip())
        if match is None:
            raise ValueError(f"'{value}' is no size: write a number of bytes, or one with a unit such as '64 MiB'")
        return cls(int(match[1]) << {"K": 10, "M": 20, "G": 30}.get(match[2], 0))


class Text(str):
    """Text. Numbers are written as text; what would become Python's own text of it is refused."""

    __slots__ = ()

    @classmethod
    def read(cls, value: object) -> Text:
        """Refuses what a test hardly wants to send as Python prints it."""
        if isinstance(value, (bytes, bytearray)):
            raise ValueError("bytes are sent with `Send Binary Message`")
        if value is None or not isinstance(value, (str, bool, int, float)):
            raise ValueError("it is no text: `Send Json Message` sends dictionaries, lists and the like as JSON")
        return cls(value)


class AutoClose(Enum):
    """When connections and servers that a test left open are closed.

    ``TEST``: what a test opened, when it ends; what a suite setup opened, when the suite ends.
    ``SUITE``: when the suite that opened them ends. ``RUN``: at the end of the whole run. ``MANUAL``: never.
    """

    TEST = "TEST"
    SUITE = "SUITE"
    RUN = "RUN"
    MANUAL = "MANUAL"


class MessageType(Enum):
    """Which messages to wait for: ``TEXT``, ``BINARY`` or ``ANY``."""

    ANY = "message"
    TEXT = "text message"
    BINARY = "binary message"

    def covers(self, data: str | bytes) -> bool:
        return self is MessageType.ANY or isinstance(data, str) is (self is MessageType.TEXT)


class BinaryEncoding(Enum):
    r"""How the argument of `Send Binary Message` stands for bytes.

    ``BYTES``: each character is the byte of its number, as Robot Framework converts bytes (``\x00\xff`` in data).
    ``ESCAPED``: literal ``\xNN`` text, as it comes from a file. ``HEX``: ``00 ff``. ``BASE64``: ``AP8=``.
    """

    BYTES = "bytes"
    ESCAPED = "escaped"
    HEX = "hex"
    BASE64 = "base64"


def seconds(duration: timedelta | float | str, name: str = "timeout") -> float:
    """Seconds of a duration."""
    try:
        value = duration.total_seconds() if isinstance(duration, timedelta) else float(timestr_to_secs(duration))
    except ValueError:
        raise WebSocketError(f"The argument '{name}' is no duration: '{duration}'; write one such as '2s'.") from None
    if value < 0:
        raise WebSocketError(f"The argument '{name}' is negative: {value:g} seconds.")
    return value


def heartbeat(interval: timedelta | None, timeout: timedelta | None, default: float) -> HeartbeatTimes | None:
    """The times of a heartbeat; `default` is its timeout, in seconds, where none was given."""
    if interval is None:
        if timeout is not None:
            raise WebSocketError("The argument 'pong_timeout' comes with a 'ping_interval'.")
        return None
    times = {
        "ping_interval": seconds(interval, "ping_interval"),
        "pong_timeout": default if timeout is None else seconds(timeout, "pong_timeout"),
    }
    for name, value in times.items():
        if not value:
            raise WebSocketError(f"The argument '{name}' is 0 seconds; it must be longer.")
    return HeartbeatTimes(*times.values())


def path_of(path: str | None) -> str | None:
    """A path as requests have it: tests write URLs as `${websocket.server.url}chat`, and so the path, too."""
    return path if path is None or path.startswith("/") else f"/{path}"


def message_limit(size: ByteSize | None, default: int) -> int:
    """How long a message may be."""
    if size is not None and size < 1:
        raise WebSocketError(f"The argument 'max_message_size' is {size}; it is at least 1 byte.")
    return default if size is None else int(size)


def check_close_code(code: int) -> None:
    """Refuses a close code that no close frame may carry."""
    if not is_sendable(code):
        raise WebSocketError(f"The close code {code} may not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999.")


def fragment_bytes(size: ByteSize | None) -> int | None:
    """How many bytes a fragment may have."""
    if size is not None and size < 1:
        raise WebSocketError(f"The argument 'fragment_size' is {size}; a fragment has at least 1 byte.")
    return size


def encodable(text: str, what: str) -> bytes:
    """Text as bytes. Half a surrogate pair, which JSON can write, is no character."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        position = error.start + 1
        raise WebSocketError(f"Cannot send a {what} with half a surrogate pair (position {position}).") from error


def plain(value: str | Secret) -> str:
    return value.value if isinstance(value, Secret) else value


def plain_values(values: Mapping[str, str | Secret] | None) -> dict[str, str]:
    return {name: plain(value) for name, value in (values or {}).items()}


def names(value: str | Sequence[str]) -> tuple[str, ...]:
    """Names from a list, or from text that separates them with commas."""
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(part.strip() for part in parts if part.strip())
