"""How values in JSON are compared, which have types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import WebSocketError
from .hidden_values import refuse_to_compare
from .json_values import describe, equals, view_members
from .operators import (
    CONTAINS,
    DIFFERENT,
    ENDS,
    EQUAL,
    MATCHES,
    NOT_CONTAINS,
    STARTS,
    VALIDATE,
    WORDINGS,
    Operator,
    check_expression,
    validates,
)

ORDERING = (Operator["<"], Operator[">"], Operator["<="], Operator[">="])


def check_expected(operator: Operator, expected: Any) -> None:
    """Refuses what no value in JSON can be compared with."""
    refuse_to_compare(expected)
    if expected is None and operator not in (EQUAL, DIFFERENT, CONTAINS, NOT_CONTAINS):
        raise WebSocketError(f"The operator '{operator.name}' needs a value to compare with.")
    if operator in (MATCHES, VALIDATE, STARTS, ENDS) and not isinstance(expected, str):
        raise WebSocketError(f"The operator '{operator.name}' needs text, not {describe(expected)}.")
    if operator is VALIDATE:
        check_expression(expected)


def choose_comparison(operator: Operator) -> Callable[[Any, Any], bool]:
    return JSON_COMPARISONS.get(operator, WORDINGS[operator].holds)


def _compare_in_order(operator: Operator) -> Callable[[Any, Any], bool]:
    return lambda found, expected: can_be_ordered(found, expected) and WORDINGS[operator].holds(found, expected)


def can_be_ordered(found: Any, expected: Any) -> bool:
    """Numbers are less or greater than numbers, strings than strings; true is not a number here."""
    if bool in (type(found), type(expected)):
        return False
    return any(isinstance(found, kind) and isinstance(expected, kind) for kind in (str, (int, float)))


def _contains(found: Any, expected: Any) -> bool:
    """Whether a string contains a text, an array an element, an object a name. Nothing else contains anything."""
    if isinstance(found, list):
        return any(equals(item, expected) for item in found)
    return isinstance(found, (str, dict)) and isinstance(expected, str) and expected in found


JSON_COMPARISONS: dict[Operator, Callable[[Any, Any], bool]] = {
    EQUAL: equals,
    DIFFERENT: lambda found, expected: not equals(found, expected),
    CONTAINS: _contains,
    NOT_CONTAINS: lambda found, expected: not _contains(found, expected),
    VALIDATE: lambda found, expression: validates(view_members(found), expression),
    **{operator: _compare_in_order(operator) for operator in ORDERING},
}
"""Operators that compare values of JSON in another way than whole messages."""
