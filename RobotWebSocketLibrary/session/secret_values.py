"""Values that a test may give as `Secret`, which Robot Framework keeps out of its log."""

from __future__ import annotations

from collections.abc import Mapping

from robot.api.types import Secret


class Concealed(Secret):
    """A value that a test gave openly, and that the library returns as a secret because it may be one."""


def is_given_as_secret(value: str | Secret) -> bool:
    return isinstance(value, Secret) and not isinstance(value, Concealed)


def reveal(value: str | Secret) -> str:
    return value.value if isinstance(value, Secret) else value


def reveal_any(value: str | Secret | None) -> str | None:
    return None if value is None else reveal(value)


def reveal_all(values: Mapping[str, str | Secret] | None) -> dict[str, str]:
    return {name: reveal(value) for name, value in (values or {}).items()}


def conceal(value: str | Secret) -> Secret:
    return value if isinstance(value, Secret) else Concealed(value)


def conceal_all(values: Mapping[str, str | Secret | None]) -> dict[str, Secret | None]:
    return {name: None if value is None else conceal(value) for name, value in values.items()}
