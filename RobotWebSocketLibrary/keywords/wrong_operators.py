"""What stands where an operator belongs, and what a test may have meant by it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches

from ..errors import quoted
from ..matching.json_values import suggest_spelling
from ..matching.operators import SPELLINGS, THEN, Operator
from ..session.durations import is_duration

DURATIONS = ("timeout", "within")
SUGGESTED_WIDTH = 60
"""Characters of a value up to which a failure says how to write it behind an operator."""
WORDS = [name for name, operator in Operator.__members__.items() if name[0].isalpha() and operator is not THEN]
OPERATORS = [*dict.fromkeys((*SPELLINGS, *WORDS))]
"""What may have been misspelt. Everything of one sign is close to `*=`, `^=` and `$=`, also the path `$`."""


def explain_wrong_operator(value: object, arguments: Sequence[str], duration: str) -> str:
    """Says what may have been meant in a call of a keyword with these arguments, of which `duration` is one."""
    return f"{quoted(str(value))} is not an operator{_suggest(value, str(value), arguments, duration)}"


def _suggest(value: object, text: str, arguments: Sequence[str], duration: str) -> str:
    name, equal, _ = text.partition("=")
    if equal and name in DURATIONS:
        return f": this keyword has '{duration}', and not '{name}'"
    if is_duration(text):
        return f": give a duration by name: {duration}={text}"
    if operator := _find_closest(text.lower(), OPERATORS):
        return f": did you mean '{operator}'?"
    if not equal or not name.isidentifier() or name in arguments:
        return f" ({', '.join(SPELLINGS)}): {_write_behind_operator(value)}"
    unknown = f"and this keyword has no argument {quoted(name)}"
    if argument := _find_closest(name, arguments):
        return f", {unknown}: did you mean '{argument}'?"
    return f" ({', '.join(SPELLINGS)}), {unknown}: {_write_behind_operator(value)}"


def _find_closest(text: str, names: Sequence[str]) -> str:
    """The name that is closest to the text, the first of several that are; nothing if none is close."""
    close = sorted(get_close_matches(text, names, len(names)), key=names.index)
    return max(close, key=lambda name: SequenceMatcher(None, name, text).ratio(), default="")


def _write_behind_operator(value: object) -> str:
    written = value if isinstance(value, str) else suggest_spelling(str(value), value)
    if written is None or len(written) > SUGGESTED_WIDTH or not written.isprintable():
        return "write one before it"
    return f"write  ==  {written or '${EMPTY}'}"
