"""Messages as a test gives them to be sent later, for example by a timer."""

from __future__ import annotations

from typing import Any

from robot.api.types import Secret

from ..errors import WebSocketError
from ..protocol.messages import encode_text
from .hidden_values import hide_text
from .json_values import name_type, write_json


def read_outgoing(message: Any, noun: str) -> str | bytes:
    """A message as it is now: a test may change its dictionary or list later. `noun` names it in a failure."""
    match message:
        case bytes():
            return message
        case str() | Secret():
            text = hide_text(message)
            encode_text(text, noun)
            return text
        case dict() | list() | tuple():
            return write_json(message)
    raise WebSocketError(f"A {noun} is text, bytes, a dictionary or a list, not {name_type(message)}.")
