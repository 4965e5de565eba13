"""Keywords as methods: for scripts, interactive sessions, and libraries that are built upon this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import BoundArguments, Parameter, signature
from typing import Any

from robot.api import TypeInfo

from .argument_conversion import CONVERTERS


def make_method(
    keyword: Callable[..., Any], types: Mapping[str, TypeInfo], run: Callable[[list[Any], dict[str, Any]], Any]
) -> Callable[..., Any]:
    """A method that converts its arguments as Robot Framework does, and then runs the keyword."""
    parameters = signature(keyword)

    @wraps(keyword)
    def method(*arguments: Any, **named: Any) -> Any:
        bound = parameters.bind(*arguments, **named)
        _convert(bound, types)
        return run(list(bound.args), bound.kwargs)

    return method


def _convert(bound: BoundArguments, types: Mapping[str, TypeInfo]) -> None:
    for name, value in bound.arguments.items():
        parameter, info = bound.signature.parameters[name], types[name]
        if parameter.kind is Parameter.VAR_POSITIONAL:
            bound.arguments[name] = tuple(info.convert(item, name, CONVERTERS) for item in value)
        elif value is not parameter.default:
            bound.arguments[name] = info.convert(value, name, CONVERTERS)
