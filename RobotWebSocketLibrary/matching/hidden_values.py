"""Values with secrets in them: what is sent, and what is shown instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from robot.api.types import Secret

from ..errors import WebSocketError
from ..secrecy import MASK, HiddenText


class SecretFoundError(Exception):
    """A value holds a secret somewhere. Stays inside this package."""


def refuse_secret(value: object) -> object:
    """What the writer of JSON asks about an object that it does not know."""
    if isinstance(value, Secret):
        raise SecretFoundError
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def refuse_to_compare(expected: Any) -> None:
    """Refuses a value that holds a secret: failures and rules show what is compared."""
    _replace(expected, _refuse_comparison)


def reveal_all(value: Any) -> Any:
    """A copy of a value with what its secrets are."""
    return _replace(value, lambda secret: secret.value)


def mask_all(value: Any) -> Any:
    """A copy of a value with masks for its secrets."""
    return _replace(value, lambda _: MASK)


def hide_text(text: str | Secret) -> str:
    """Text to be sent, which is not shown if it is a secret."""
    return HiddenText(text.value) if isinstance(text, Secret) else str(text)


def _refuse_comparison(_: Secret) -> NoReturn:
    raise WebSocketError(
        "A secret is not compared with messages, because failures show what was expected: "
        "its attribute 'value' can be, as in ${token.value}."
    )


def _replace(value: Any, replacement: Callable[[Secret], str]) -> Any:
    match value:
        case Secret():
            return replacement(value)
        case Mapping():
            return {_replace(name, replacement): _replace(item, replacement) for name, item in value.items()}
        case list() | tuple():
            return [_replace(item, replacement) for item in value]
    return value
