"""Options of which each of many connections has its own: `{n}` stands for its number."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from robot.api.types import Secret

from .given_headers import list_pairs
from .opening_options import OpeningOptions

TOKEN = "{n}"
Text = TypeVar("Text", str | Secret, str | Secret | None)


def number_text(text: Text, number: int) -> Text:
    """A text with the number in place of each token. A secret stays one."""
    if isinstance(text, Secret):
        return Secret(text.value.replace(TOKEN, str(number)))
    return text.replace(TOKEN, str(number)) if isinstance(text, str) else text


def number_options(options: OpeningOptions, number: int) -> OpeningOptions:
    """Options whose headers and cookies have the number in place of each token."""
    return replace(
        options,
        headers=[(name, number_text(value, number)) for name, value in list_pairs(options.headers)],
        cookies={name: number_text(value, number) for name, value in (options.cookies or {}).items()},
    )
