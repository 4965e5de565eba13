"""Messages as an inbox keeps them: most are their data alone, because objects cost time and memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..protocol.messages import Message

REMEMBERED, REMEMBERED_SIZE = 100, 4096
"""Messages that were taken and are remembered, and characters or bytes that each of them has at most."""

Kept = Message | str | bytes
"""A message in the inbox. One that came whole in a single frame is its data alone."""


def is_remembered(kept: Kept) -> bool:
    return len(kept.data if isinstance(kept, Message) else kept) <= REMEMBERED_SIZE


def as_message(kept: Kept) -> Message:
    return kept if isinstance(kept, Message) else Message.of(kept)


def read_data(messages: Iterable[Kept]) -> list[str | bytes]:
    return [message.data if isinstance(message, Message) else message for message in messages]


def measure(messages: Collection[Kept]) -> int:
    """Bytes of messages. Most often they are plain, and this takes a few calls for all of them."""
    types = set(map(type, messages))
    if types == {bytes} or (types == {str} and all(map(str.isascii, messages))):  # type: ignore[arg-type]
        return sum(map(len, messages))
    return sum(as_message(message).size for message in messages)
