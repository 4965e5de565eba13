"""Texts that were meant as named arguments, and that a keyword takes for messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from robot.api import logger

from ..errors import quoted

ARGUMENTS = re.compile(
    "alias|close_code|code|connection|delay|drop|every|inside|interval|json_path|path|reason|server|status"
    "|subprotocols?|timeout|times"
)
"""Names that this or another keyword has."""
SEPARATORS = str.maketrans("", "", " _-")
SIMILARITY = 0.8
"""From which on a name is a misspelt one: two letters of five may have changed places."""


def warn_of_arguments(messages: Sequence[Any], keyword: str, noun: str, *own: str) -> None:
    """Warns of messages that look like named arguments which the keyword has not. A test has escaped its own ones."""
    for message in messages:
        if not isinstance(message, str):
            continue
        name, equal, _ = message.partition("=")
        if not equal or name in own:
            continue
        similar = _find_similar(name, own)
        if similar or ARGUMENTS.fullmatch(name):
            meant = f" (did you mean '{similar}'?)" if similar else ""
            logger.warn(f"`{keyword}` has no argument '{name}'{meant}: {quoted(message)} was taken for a {noun}.")


def _find_similar(name: str, own: Sequence[str]) -> str | None:
    """The argument of the keyword that a name is close to."""
    plain = _simplify(name)
    names = {_simplify(argument): argument for argument in own}
    close = get_close_matches(plain, names, n=1, cutoff=SIMILARITY) if plain.isidentifier() else []
    return names[close[0]] if close else None


def _simplify(name: str) -> str:
    return name.lower().translate(SEPARATORS)
