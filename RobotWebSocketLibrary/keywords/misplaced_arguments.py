"""Texts that were meant as named arguments, and that a keyword takes for messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from robot.api import logger

from ..errors import quoted

ARGUMENTS = re.compile(
    "(alias|close_code|code|connection|delay|drop|every|inside|interval|json_path|path|reason|server|status"
    "|subprotocols?|timeout|times)="
)
"""How a text begins that looks like a named argument of this or another keyword."""


def warn_of_arguments(messages: Sequence[Any], keyword: str, noun: str, *own: str) -> None:
    """Warns of messages that look like named arguments which the keyword has not. A test has escaped its own ones."""
    for message in messages:
        if isinstance(message, str) and (argument := ARGUMENTS.match(message)) and argument[1] not in own:
            logger.warn(f"`{keyword}` has no argument '{argument[1]}': {quoted(message)} was taken for a {noun}.")
