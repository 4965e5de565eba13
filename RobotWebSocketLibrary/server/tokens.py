"""Tokens in replies: `{message}` stands for the message that is answered, `{1}`, `{2}`, … for groups of its match."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

MESSAGE = "{message}"
TOKEN = re.compile(r"\{(message|[1-9][0-9]{0,3})\}")

Groups = Sequence[str | bytes | None]
"""What the groups of a pattern have matched; None for one that took no part."""


def highest_group(template: Any) -> int:
    """The highest number of a group that a text, or a text anywhere in a JSON value, asks for; 0 for none."""
    numbers = [int(name) for text in _texts(template) for name in TOKEN.findall(text) if name != "message"]
    return max(numbers, default=0)


def filled(template: Any, message: str | bytes, groups: Groups) -> Any:
    """A text, or a JSON value with all its texts, with tokens replaced. What replaces one is not looked at again."""
    match template:
        case str():
            return TOKEN.sub(
                lambda token: _text(message if token[1] == "message" else groups[int(token[1]) - 1]), template
            )
        case list():
            return [filled(item, message, groups) for item in template]
        case dict():
            return {filled(name, message, groups): filled(item, message, groups) for name, item in template.items()}
    return template


def _texts(template: Any) -> list[str]:
    match template:
        case str():
            return [template]
        case list():
            return [text for item in template for text in _texts(item)]
        case dict():
            return _texts([*template, *template.values()])
    return []


def _text(value: str | bytes | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else value.decode(errors="replace")
