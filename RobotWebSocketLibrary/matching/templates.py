"""Templates of replies, whose tokens are replaced by values of the message that is answered.

`{message}` is the message, `{1}`, `{2}`, … are groups of its match, and `{$.id}` is what is there in its JSON. A token
goes by what is between its braces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

WHOLE_MESSAGE = "{message}"
REPLY_TOKEN = re.compile(r"\{(message|[1-9][0-9]{0,3}|\$(?:[.\[][^{}]*)?)\}")

ValueOf = Callable[[str], Any]
"""The value of a token; None for what is not there."""


def list_tokens(template: Any) -> list[str]:
    """The tokens in a text, or in the texts anywhere in a JSON value."""
    return [token for text in _list_texts(template) for token in REPLY_TOKEN.findall(text)]


def fill(template: Any, value_of: ValueOf) -> Any:
    """A text, or a JSON value with all its texts, with tokens replaced. What replaces one is not looked at again."""
    match template:
        case str():
            return REPLY_TOKEN.sub(lambda token: _convert_to_text(value_of(token[1])), template)
        case list():
            return [_fill_within_json(item, value_of) for item in template]
        case dict():
            return {fill(name, value_of): _fill_within_json(item, value_of) for name, item in template.items()}
    return template


def _fill_within_json(template: Any, value_of: ValueOf) -> Any:
    """A value within JSON. A text that is nothing but a token for JSON becomes what this stands for, of any type."""
    if isinstance(template, str) and (token := REPLY_TOKEN.fullmatch(template)) and token[1].startswith("$"):
        return value_of(token[1])
    return fill(template, value_of)


def _convert_to_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bytes():
            return value.decode(errors="replace")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _list_texts(template: Any) -> list[str]:
    match template:
        case str():
            return [template]
        case list():
            return [text for item in template for text in _list_texts(item)]
        case dict():
            return _list_texts([*template, *template.values()])
    return []
